/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readings that wait for the store, in order, bounded in number and bytes.
 * The caller locks.
 */
#ifndef MBUSD_STORE_QUEUE_H
#define MBUSD_STORE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/reading.h"

/* Readings of days on one bus, of hours on many. */
#define QUEUE_MAX	20000
#define QUEUE_BYTES_MAX	(16U << 20)

struct queue_item {
	struct queue_item *next;
	struct reading *reading;
	size_t size;
	bool spilled;	/* of the spill file: may already be stored */
};

struct queue {
	struct queue_item *first, **last;
	size_t count, bytes;
	/*
	 * The first so many are being written and must not be dropped.
	 */
	size_t busy;
};

void queue_init(struct queue *queue);
/* Takes a reference of @reading. False without memory. */
bool queue_add(struct queue *queue, struct reading *reading, bool spilled);
/*
 * Makes room for one more by dropping the oldest that are not busy, as counters
 * of later readouts include theirs. Returns how many were dropped.
 */
unsigned int queue_make_room(struct queue *queue);
/* Removes the first one. */
void queue_pop(struct queue *queue);
void queue_clear(struct queue *queue);

#endif
