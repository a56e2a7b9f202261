/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes with the time they count from; first in, first out. */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include "../base/units.h"

struct timed_byte {
	int64_t t;
	uint8_t byte;
};

struct byte_queue {
	struct timed_byte *items;
	size_t head, nr;
};

void queue_put(struct byte_queue *q, int64_t t, uint8_t byte);

/* NULL if there is none. */
struct timed_byte *queue_first(const struct byte_queue *q);

/* Takes the first out; there is one. */
void queue_drop(struct byte_queue *q);

size_t queue_length(const struct byte_queue *q);

#endif
