/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Times as numbers: monotonic since the system began, and of day since 1970.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_S	1000000000LL
#define NS_PER_MS	1000000LL

static inline int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Monotonic. */
static inline int64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static inline int64_t now_ms(void)
{
	return now_ns() / NS_PER_MS;
}

/* Time of day. */
static inline int64_t wall_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

/* The difference of the two, by the same order of readings everywhere. */
static inline int64_t wall_offset_ns(void)
{
	int64_t wall = wall_ns();

	return wall - now_ns();
}

static inline struct timespec timespec_of_ms(int64_t ms)
{
	return (struct timespec){ .tv_sec = ms / 1000,
				  .tv_nsec = ms % 1000 * NS_PER_MS };
}

#endif
