/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times as numbers: of day since 1970, and monotonic since the system began.
 */
#ifndef MBUSD_CLOCK_H
#define MBUSD_CLOCK_H

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

/* Time of day. */
static inline int64_t now_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

/* Monotonic. */
static inline int64_t now_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / NS_PER_MS;
}

static inline struct timespec timespec_of_ms(int64_t ms)
{
	return (struct timespec){ .tv_sec = ms / 1000,
				  .tv_nsec = ms % 1000 * NS_PER_MS };
}

#endif
