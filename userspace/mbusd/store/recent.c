// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <stdlib.h>

#include "store/recent.h"

/* More than outputs lag behind normally; a few MiB at most. */
#define RECENT_MAX 256

struct recent {
	pthread_mutex_t lock;	/* of what follows */
	struct reading *readings[RECENT_MAX];
};

struct recent *recent_new(void)
{
	struct recent *recent = calloc(1, sizeof(*recent));

	if (recent)
		pthread_mutex_init(&recent->lock, NULL);
	return recent;
}

void recent_free(struct recent *recent)
{
	if (!recent)
		return;
	for (unsigned int i = 0; i < RECENT_MAX; i++)
		reading_put(recent->readings[i]);
	pthread_mutex_destroy(&recent->lock);
	free(recent);
}

/* Ids are consecutive, so each is kept as long as possible. */
static struct reading **place(struct recent *recent, int64_t id)
{
	return &recent->readings[(uint64_t)id % RECENT_MAX];
}

void recent_add(struct recent *recent, struct reading *reading)
{
	struct reading **at = place(recent, reading->readout->id);
	struct reading *old;

	pthread_mutex_lock(&recent->lock);
	old = *at;
	*at = reading_get(reading);
	pthread_mutex_unlock(&recent->lock);
	reading_put(old);
}

struct reading *recent_find(struct recent *recent, int64_t id)
{
	struct reading *found;

	pthread_mutex_lock(&recent->lock);
	found = *place(recent, id);
	found = found && found->readout->id == id ? reading_get(found) : NULL;
	pthread_mutex_unlock(&recent->lock);
	return found;
}
