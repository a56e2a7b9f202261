// SPDX-License-Identifier: GPL-2.0-or-later
#include "queue.h"

#include <string.h>

void queue_put(struct byte_queue *q, int64_t t, uint8_t byte)
{
	if (q->head == q->nr) {
		q->head = q->nr = 0;
	} else if (q->head >= 4096) {
		q->nr -= q->head;
		memmove(q->items, q->items + q->head,
			q->nr * sizeof(*q->items));
		q->head = 0;
	}
	q->items = grow(q->items, q->nr, sizeof(*q->items));
	q->items[q->nr++] = (struct timed_byte){t, byte};
}

struct timed_byte *queue_first(const struct byte_queue *q)
{
	return q->head < q->nr ? &q->items[q->head] : NULL;
}

void queue_drop(struct byte_queue *q)
{
	q->head++;
}

size_t queue_length(const struct byte_queue *q)
{
	return q->nr - q->head;
}
