// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "api/guard.h"
#include "base/log.h"

struct api_guarded {
	struct api_guard *guard;
	struct api_guarded *next;
	const void *owner;
	int fd;
	time_t until;	/* CLOCK_MONOTONIC; 0: no limit */
};

struct api_guard {
	pthread_t thread;
	/* Protects all below, and the files of the list from being closed. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct api_guarded *list;
	bool stopping;
};

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* Cuts what is due; returns when the next one is, 0 if there is none. */
static time_t cut(struct api_guard *guard)
{
	time_t next = 0;

	for (struct api_guarded *g = guard->list; g; g = g->next) {
		if (!g->until)
			continue;
		if (g->until <= now()) {
			log_debug("api: a client took too long and was cut off");
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
	struct api_guard *guard = context;

	pthread_mutex_lock(&guard->lock);
	while (!guard->stopping) {
		struct timespec next = { .tv_sec = cut(guard) };

		if (next.tv_sec)
			pthread_cond_timedwait(&guard->changed, &guard->lock,
					       &next);
		else
			pthread_cond_wait(&guard->changed, &guard->lock);
	}
	pthread_mutex_unlock(&guard->lock);
	return NULL;
}

struct api_guard *api_guard_start(void)
{
	struct api_guard *guard = calloc(1, sizeof(*guard));
	pthread_condattr_t monotonic;

	if (!guard)
		return NULL;
	pthread_mutex_init(&guard->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&guard->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&guard->thread, NULL, run, guard) == 0)
		return guard;
	pthread_cond_destroy(&guard->changed);
	pthread_mutex_destroy(&guard->lock);
	free(guard);
	return NULL;
}

void api_guard_stop(struct api_guard *guard)
{
	pthread_mutex_lock(&guard->lock);
	guard->stopping = true;
	pthread_cond_signal(&guard->changed);
	pthread_mutex_unlock(&guard->lock);
	pthread_join(guard->thread, NULL);
	pthread_cond_destroy(&guard->changed);
	pthread_mutex_destroy(&guard->lock);
	free(guard);
}

struct api_guarded *api_guard_add(struct api_guard *guard, const void *owner,
				  int fd, unsigned int seconds)
{
	struct api_guarded *guarded = calloc(1, sizeof(*guarded));

	if (!guarded)
		return NULL;
	guarded->guard = guard;
	guarded->owner = owner;
	guarded->fd = fd;
	pthread_mutex_lock(&guard->lock);
	guarded->next = guard->list;
	guard->list = guarded;
	pthread_mutex_unlock(&guard->lock);
	api_guard_set(guarded, seconds);
	return guarded;
}

void api_guard_set(struct api_guarded *guarded, unsigned int seconds)
{
	struct api_guard *guard = guarded->guard;

	pthread_mutex_lock(&guard->lock);
	/* The second that has begun does not count. */
	guarded->until = seconds ? now() + seconds + 1 : 0;
	pthread_cond_signal(&guard->changed);
	pthread_mutex_unlock(&guard->lock);
}

void api_guard_cut(struct api_guard *guard, const void *owner)
{
	pthread_mutex_lock(&guard->lock);
	for (struct api_guarded *g = guard->list; g; g = g->next)
		if (g->owner == owner && !g->until)
			shutdown(g->fd, SHUT_RDWR);
	pthread_mutex_unlock(&guard->lock);
}

void api_guard_remove(struct api_guarded *guarded)
{
	struct api_guard *guard = guarded->guard;
	struct api_guarded **at = &guard->list;

	pthread_mutex_lock(&guard->lock);
	while (*at != guarded)
		at = &(*at)->next;
	*at = guarded->next;
	pthread_mutex_unlock(&guard->lock);
	free(guarded);
}
