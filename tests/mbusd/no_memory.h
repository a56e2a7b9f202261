/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocations that fail, for tests of what happens without memory. To be included
 * by one source of a program.
 *
 * Calls reach AddressSanitizer by the names that its interceptors have beside
 * malloc() and calloc(), which this program takes for itself. realloc() fails only
 * with NO_MEMORY_REALLOC: json-c leaves out a part of a text for which its buffer
 * cannot grow, and does not report it.
 */
#ifndef NO_MEMORY_H
#define NO_MEMORY_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

void *__interceptor_malloc(size_t size);
void *__interceptor_calloc(size_t count, size_t size);

/* Allocations that succeed before the one that fails. */
static long memory_left = LONG_MAX;

/* The allocation number @count from now on fails, from 0, and no other. */
static inline void fail_allocation(long count)
{
	memory_left = count;
}

/* Ends that. Whether there were so many allocations. */
static inline bool allocation_failed(void)
{
	bool failed = memory_left < 0;

	memory_left = LONG_MAX;
	return failed;
}

static bool no_memory(void)
{
	if (memory_left == LONG_MAX || memory_left-- != 0)
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return no_memory() ? NULL : __interceptor_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return no_memory() ? NULL : __interceptor_calloc(count, size);
}

#ifdef NO_MEMORY_REALLOC
void *__interceptor_realloc(void *old, size_t size);

void *realloc(void *old, size_t size)
{
	return no_memory() ? NULL : __interceptor_realloc(old, size);
}
#endif

#endif
