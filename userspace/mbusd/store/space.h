/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How large the store is, how fast it grows, and how much room its disk has.
 */
#ifndef MBUSD_SPACE_H
#define MBUSD_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#define SPACE_SAMPLES 24

/* Zeroed at first. */
struct space {
	uint64_t bytes;		/* of the store and its write-ahead log */
	uint64_t free_bytes;	/* for this user, on the store's disk */
	int64_t growth;		/* bytes a day, over the last day at most */

	/* Private: sizes an hour apart, the oldest at @next. */
	struct {
		uint64_t bytes;
		int64_t ms;
	} samples[SPACE_SAMPLES];
	unsigned int next, count;
	int64_t measured_ms;
};

bool space_is_due(const struct space *space, int64_t now_ms);
/* @path is that of the store. */
void space_measure(struct space *space, const char *path, int64_t now_ms);

#endif
