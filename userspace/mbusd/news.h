/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens in the daemon, for the parts that wait for it: outputs, the
 * API's event streams. Publishing never blocks; who is too slow misses events
 * and is told how many, as all that matters is in the store.
 */
#ifndef MBUSD_NEWS_H
#define MBUSD_NEWS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct json_object;
struct news;
struct subscription;

struct news *news_new(void);
void news_free(struct news *news);	/* after the last news_leave() */

/*
 * From any thread. @event: "readout" (with its id in the store), "meter",
 * "finding", "progress", "summary", "bus", "reload". Takes over @object's
 * reference; it is not changed afterwards.
 */
void news_publish(struct news *news, const char *event,
		  struct json_object *object);

struct subscription *news_join(struct news *news);
void news_leave(struct subscription *subscription);

/* Readable (poll) while news_next() has something. */
int news_fd(const struct subscription *subscription);

/*
 * The next event, oldest first; false if there is none. The caller puts
 * *@object. *@lost counts those that were dropped before it.
 */
bool news_next(struct subscription *subscription, const char **event,
	       struct json_object **object, unsigned int *lost);

#endif
