// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/events.h"

/* Events a subscriber may lag behind: all meters of a large bus, twice. */
#define QUEUE_LEN 512

struct shared_item {
	struct event item;
	atomic_uint users;
	char json[];
};

struct subscription {
	struct events *events;
	struct subscription *next;
	int fd;		/* eventfd, not zero while there is something */
	struct shared_item *queue[QUEUE_LEN];
	unsigned int head, count;
	unsigned int lost;
};

struct events {
	/* Protects the list and all queues. */
	pthread_mutex_t lock;
	struct subscription *subscriptions;
};

struct events *events_new(void)
{
	struct events *events = calloc(1, sizeof(*events));

	if (events)
		pthread_mutex_init(&events->lock, NULL);
	return events;
}

void events_free(struct events *events)
{
	if (!events)
		return;
	pthread_mutex_destroy(&events->lock);
	free(events);
}

static struct shared_item *new_item(const char *event, const char *json,
				    size_t len)
{
	struct shared_item *item = malloc(sizeof(*item) + len + 1);

	if (!item)
		return NULL;
	memcpy(item->json, json, len);
	item->json[len] = '\0';
	item->item.event = event;
	item->item.json = item->json;
	atomic_init(&item->users, 1);
	return item;
}

static void put_item(struct shared_item *item)
{
	if (item && atomic_fetch_sub(&item->users, 1) == 1)
		free(item);
}

void event_put(const struct event *item)
{
	put_item((struct shared_item *)item);
}

const struct event *event_get(const struct event *item)
{
	atomic_fetch_add(&((struct shared_item *)item)->users, 1);
	return item;
}

static void signal_fd(int fd)
{
	uint64_t one = 1;

	/* Fails only when it is readable for ever already. */
	if (write(fd, &one, sizeof(one)) < 0)
		return;
}

static void enqueue(struct subscription *subscription,
		    struct shared_item *item)
{
	unsigned int at;

	if (subscription->count == QUEUE_LEN) {
		put_item(subscription->queue[subscription->head]);
		subscription->head = (subscription->head + 1) % QUEUE_LEN;
		subscription->count--;
		subscription->lost++;
	}
	at = (subscription->head + subscription->count) % QUEUE_LEN;
	atomic_fetch_add(&item->users, 1);
	subscription->queue[at] = item;
	if (subscription->count++ == 0)
		signal_fd(subscription->fd);
}

void events_publish_text(struct events *events, const char *event, const char *json,
		       size_t len)
{
	struct subscription *subscription;
	struct shared_item *item = NULL;

	pthread_mutex_lock(&events->lock);
	subscription = events->subscriptions;
	if (subscription)
		item = new_item(event, json, len);
	for (; subscription; subscription = subscription->next) {
		if (item)
			enqueue(subscription, item);
		else
			subscription->lost++;
	}
	pthread_mutex_unlock(&events->lock);
	put_item(item);
}

void events_publish(struct events *events, const char *event,
		  struct json_object *object)
{
	size_t len = 0;
	const char *text = json_object_to_json_string_length(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
		&len);

	events_publish_text(events, event, text ? text : "{}", text ? len : 2);
	json_object_put(object);
}

struct subscription *events_subscribe(struct events *events)
{
	struct subscription *subscription = calloc(1, sizeof(*subscription));

	if (!subscription)
		return NULL;
	subscription->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (subscription->fd < 0) {
		free(subscription);
		return NULL;
	}
	subscription->events = events;
	pthread_mutex_lock(&events->lock);
	subscription->next = events->subscriptions;
	events->subscriptions = subscription;
	pthread_mutex_unlock(&events->lock);
	return subscription;
}

void events_unsubscribe(struct subscription *subscription)
{
	struct subscription **at;

	if (!subscription)
		return;
	pthread_mutex_lock(&subscription->events->lock);
	at = &subscription->events->subscriptions;
	while (*at != subscription)
		at = &(*at)->next;
	*at = subscription->next;
	pthread_mutex_unlock(&subscription->events->lock);

	for (unsigned int i = 0; i < subscription->count; i++)
		put_item(subscription->queue[(subscription->head + i) %
					     QUEUE_LEN]);
	close(subscription->fd);
	free(subscription);
}

int events_fd(const struct subscription *subscription)
{
	return subscription->fd;
}

const struct event *events_next(struct subscription *subscription,
				  unsigned int *lost)
{
	struct shared_item *item = NULL;
	uint64_t number;

	pthread_mutex_lock(&subscription->events->lock);
	if (subscription->count) {
		item = subscription->queue[subscription->head];
		subscription->head = (subscription->head + 1) % QUEUE_LEN;
		*lost = subscription->lost;
		subscription->lost = 0;
		/* The descriptor is readable only while there are events. */
		if (--subscription->count == 0 &&
		    read(subscription->fd, &number, sizeof(number)) < 0)
			number = 0;
	}
	pthread_mutex_unlock(&subscription->events->lock);
	return item ? &item->item : NULL;
}
