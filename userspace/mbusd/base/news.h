/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens in the daemon, for the parts that wait for it: outputs, the
 * API's event streams. Publishing never blocks; who is too slow misses events
 * and is told how many, as all that matters is in the store.
 */
#ifndef MBUSD_NEWS_H
#define MBUSD_NEWS_H

#include <stddef.h>

struct json_object;
struct news;
struct subscription;

/*
 * Text, because json-c's objects cannot be shared by threads: their counters
 * are not atomic, and printing changes them.
 */
struct news_item {
	const char *event;	/* see news_publish() */
	const char *json;	/* one object on one line */
};

struct news *news_new(void);		/* NULL without memory */
void news_free(struct news *news);	/* after the last news_leave() */

/*
 * From any thread. @event, a constant: "readout" (with its id in the store),
 * "meter", "finding", "progress", "summary", "bus", "reload". Takes over
 * @object's reference, which must be the last one.
 */
void news_publish(struct news *news, const char *event,
		  struct json_object *object);

/* The same with @json, a text of @len bytes, which is copied. */
void news_publish_text(struct news *news, const char *event, const char *json,
		       size_t len);

/* NULL without memory or file descriptors. */
struct subscription *news_join(struct news *news);
void news_leave(struct subscription *subscription);

/* Readable (poll) while news_next() has something. */
int news_fd(const struct subscription *subscription);

/*
 * The next event, oldest first, for news_put(); NULL if there is none. *@lost
 * counts those that were dropped before it.
 */
const struct news_item *news_next(struct subscription *subscription,
				  unsigned int *lost);
void news_put(const struct news_item *item);
/* Another reference, for another news_put(). From any thread. */
const struct news_item *news_get(const struct news_item *item);

#endif
