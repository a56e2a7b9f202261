// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "api/deadline.h"
#include "base/log.h"
#include "common/clock.h"

struct api_deadline {
	struct api_deadlines *deadlines;
	struct api_deadline *next;
	const void *owner;
	int fd;
	time_t until;	/* CLOCK_MONOTONIC; 0: no limit */
};

struct api_deadlines {
	pthread_t thread;
	/* Protects all below, and descriptors of the list from being closed. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct api_deadline *list;
	bool stopping;
};

/* Shuts down those that are due; returns the next time, 0 if there is none. */
static time_t cut(struct api_deadlines *deadlines)
{
	time_t next = 0;

	for (struct api_deadline *g = deadlines->list; g; g = g->next) {
		if (!g->until)
			continue;
		if (g->until <= now_ms() / 1000) {
			log_debug("api: closed the connection of a client that took too long");
			shutdown(g->fd, SHUT_RDWR);
			g->until = 0;
		} else if (!next || g->until < next) {
			next = g->until;
		}
	}
	return next;
}

static void *run(void *context)
{
	struct api_deadlines *deadlines = context;

	pthread_mutex_lock(&deadlines->lock);
	while (!deadlines->stopping) {
		struct timespec next = { .tv_sec = cut(deadlines) };

		if (next.tv_sec)
			pthread_cond_timedwait(&deadlines->changed, &deadlines->lock,
					       &next);
		else
			pthread_cond_wait(&deadlines->changed, &deadlines->lock);
	}
	pthread_mutex_unlock(&deadlines->lock);
	return NULL;
}

struct api_deadlines *api_deadlines_start(void)
{
	struct api_deadlines *deadlines = calloc(1, sizeof(*deadlines));
	pthread_condattr_t monotonic;

	if (!deadlines)
		return NULL;
	pthread_mutex_init(&deadlines->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&deadlines->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&deadlines->thread, NULL, run, deadlines) == 0)
		return deadlines;
	pthread_cond_destroy(&deadlines->changed);
	pthread_mutex_destroy(&deadlines->lock);
	free(deadlines);
	return NULL;
}

void api_deadlines_stop(struct api_deadlines *deadlines)
{
	pthread_mutex_lock(&deadlines->lock);
	deadlines->stopping = true;
	pthread_cond_signal(&deadlines->changed);
	pthread_mutex_unlock(&deadlines->lock);
	pthread_join(deadlines->thread, NULL);
	pthread_cond_destroy(&deadlines->changed);
	pthread_mutex_destroy(&deadlines->lock);
	free(deadlines);
}

struct api_deadline *api_deadline_add(struct api_deadlines *deadlines, const void *owner,
				  int fd, unsigned int seconds)
{
	struct api_deadline *deadline = calloc(1, sizeof(*deadline));

	if (!deadline)
		return NULL;
	deadline->deadlines = deadlines;
	deadline->owner = owner;
	deadline->fd = fd;
	pthread_mutex_lock(&deadlines->lock);
	deadline->next = deadlines->list;
	deadlines->list = deadline;
	pthread_mutex_unlock(&deadlines->lock);
	api_deadline_set(deadline, seconds);
	return deadline;
}

void api_deadline_set(struct api_deadline *deadline, unsigned int seconds)
{
	struct api_deadlines *deadlines = deadline->deadlines;

	pthread_mutex_lock(&deadlines->lock);
	/* Rounded up. */
	deadline->until = seconds ? now_ms() / 1000 + seconds + 1 : 0;
	pthread_cond_signal(&deadlines->changed);
	pthread_mutex_unlock(&deadlines->lock);
}

void api_deadlines_expire(struct api_deadlines *deadlines, const void *owner)
{
	pthread_mutex_lock(&deadlines->lock);
	for (struct api_deadline *g = deadlines->list; g; g = g->next)
		if (g->owner == owner && !g->until)
			shutdown(g->fd, SHUT_RDWR);
	pthread_mutex_unlock(&deadlines->lock);
}

void api_deadline_remove(struct api_deadline *deadline)
{
	struct api_deadlines *deadlines = deadline->deadlines;
	struct api_deadline **at = &deadlines->list;

	pthread_mutex_lock(&deadlines->lock);
	while (*at != deadline)
		at = &(*at)->next;
	*at = deadline->next;
	pthread_mutex_unlock(&deadlines->lock);
	free(deadline);
}
