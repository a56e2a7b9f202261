/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events of the daemon, for its parts: outputs, the API's event streams.
 * Publishing never blocks: a subscriber that is too slow loses events and gets
 * their number. Readouts are never lost by that, as they are in the store.
 */
#ifndef MBUSD_EVENTS_H
#define MBUSD_EVENTS_H

#include <stddef.h>

struct json_object;
struct events;
struct subscription;

/*
 * Text, because json-c's objects cannot be shared by threads: their counters
 * are not atomic, and printing changes them.
 */
struct event {
	const char *event;	/* see events_publish() */
	const char *json;	/* one object on one line */
};

struct events *events_new(void);		/* NULL without memory */
void events_free(struct events *events);	/* after the last events_unsubscribe() */

/*
 * From any thread. @event, a constant: "readout" (with its id in the store),
 * "meter", "finding", "progress", "summary", "bus", "output", "reload". Takes over
 * @object's reference, which must be the last one.
 */
void events_publish(struct events *events, const char *event,
		  struct json_object *object);

/* The same with @json, a text of @len bytes, which is copied. */
void events_publish_text(struct events *events, const char *event, const char *json,
		       size_t len);

/* NULL without memory or file descriptors. */
struct subscription *events_subscribe(struct events *events);
void events_unsubscribe(struct subscription *subscription);

/* Readable (poll) while events_next() has something. */
int events_fd(const struct subscription *subscription);

/*
 * The next event, oldest first, for event_put(); NULL if there is none. *@lost
 * counts those that were dropped before it.
 */
const struct event *events_next(struct subscription *subscription,
				  unsigned int *lost);
void event_put(const struct event *item);
/* Another reference, for another event_put(). From any thread. */
const struct event *event_get(const struct event *item);

#endif
