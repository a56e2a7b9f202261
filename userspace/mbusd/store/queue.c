// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "store/queue.h"

void queue_init(struct queue *queue)
{
	*queue = (struct queue){ .last = &queue->first };
}

static size_t size_of(const struct reading *reading)
{
	const struct store_readout *readout = reading->readout;
	size_t len, size;

	reading_text(reading, &len);
	size = sizeof(*readout) + len;
	for (size_t i = 0; i < readout->telegram_count; i++)
		size += readout->telegrams[i].len;
	return size;
}

bool queue_add(struct queue *queue, struct reading *reading, bool spilled)
{
	struct queue_item *item = calloc(1, sizeof(*item));

	if (!item)
		return false;
	item->reading = reading_get(reading);
	item->size = size_of(reading);
	item->spilled = spilled;
	*queue->last = item;
	queue->last = &item->next;
	queue->count++;
	queue->bytes += item->size;
	return true;
}

static void unlink_item(struct queue *queue, struct queue_item **at)
{
	struct queue_item *item = *at;

	*at = item->next;
	if (!item->next)
		queue->last = at;
	queue->count--;
	queue->bytes -= item->size;
	reading_put(item->reading);
	free(item);
}

unsigned int queue_make_room(struct queue *queue)
{
	struct queue_item **at = &queue->first;
	unsigned int dropped = 0;

	for (size_t i = 0; i < queue->busy; i++)
		at = &(*at)->next;
	while (*at &&
	       (queue->count >= QUEUE_MAX || queue->bytes >= QUEUE_BYTES_MAX)) {
		unlink_item(queue, at);
		dropped++;
	}
	return dropped;
}

void queue_pop(struct queue *queue)
{
	unlink_item(queue, &queue->first);
}

void queue_clear(struct queue *queue)
{
	while (queue->first)
		queue_pop(queue);
}
