// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/outbox.h"
#include "store/parked.h"
#include "store/store.h"

struct outbox {
	struct events *events;
	struct recent *recent;
	struct commands *commands;
	pthread_mutex_t lock;		/* of what follows */
	struct config *config;
	/* As in config->outputs; NULL if it could not begin. */
	struct output_worker **workers;
	size_t count;
	struct store *store;		/* for the status only; NULL: not open */
};

/* Requests all to end, then waits. */
static void stop_workers(struct output_worker **workers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (workers[i])
			output_worker_end(workers[i]);
	for (size_t i = 0; i < count; i++)
		output_worker_stop(workers[i]);
	free(workers);
}

/* Called with the lock held. Removes it from the old list. */
static struct output_worker *take_same(struct outbox *outbox,
				       struct config *config, const char *name)
{
	struct output_worker *worker;

	for (size_t i = 0; i < outbox->count; i++) {
		worker = outbox->workers[i];
		if (!worker || strcmp(outbox->config->outputs[i]->name, name) ||
		    !output_worker_reload(worker, config))
			continue;
		outbox->workers[i] = NULL;
		return worker;
	}
	return NULL;
}

/* Moves those that go on into @workers, returns the others. */
static struct output_worker **keep_workers(struct outbox *outbox,
					   struct config *config,
					   struct output_worker **workers,
					   size_t *old_count)
{
	struct output_worker **old = outbox->workers;

	pthread_mutex_lock(&outbox->lock);
	for (size_t i = 0; i < config->output_count; i++)
		workers[i] = take_same(outbox, config,
				       config->outputs[i]->name);
	*old_count = outbox->count;
	outbox->workers = workers;
	outbox->count = config->output_count;
	config_put(outbox->config);
	outbox->config = config_get(config);
	pthread_mutex_unlock(&outbox->lock);
	return old;
}

int outbox_reload(struct outbox *outbox, struct config *config,
		  struct meterbus_error *err)
{
	struct output_worker **workers, **old, *worker;
	size_t count;
	int ret = 0;

	workers = calloc(config->output_count + 1, sizeof(*workers));
	if (!workers)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	old = keep_workers(outbox, config, workers, &count);
	/* Without the lock, which outbox_status() needs. */
	stop_workers(old, count);

	for (size_t i = 0; i < config->output_count; i++) {
		if (workers[i])
			continue;
		worker = output_worker_start(config, config->outputs[i],
					     outbox->events, outbox->recent,
					     outbox->commands, err);
		pthread_mutex_lock(&outbox->lock);
		workers[i] = worker;
		pthread_mutex_unlock(&outbox->lock);
		if (!worker)
			ret = -1;
	}
	return ret;
}

struct outbox *outbox_start(struct config *config, struct events *events,
			    struct recent *recent, struct commands *commands,
			    struct meterbus_error *err)
{
	struct outbox *outbox = calloc(1, sizeof(*outbox));

	if (!outbox) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	pthread_mutex_init(&outbox->lock, NULL);
	outbox->events = events;
	outbox->recent = recent;
	outbox->commands = commands;
	outbox->config = config_get(config);
	if (outbox_reload(outbox, config, err) < 0) {
		outbox_stop(outbox);
		return NULL;
	}
	return outbox;
}

void outbox_stop(struct outbox *outbox)
{
	stop_workers(outbox->workers, outbox->count);
	if (outbox->store)
		store_close(outbox->store);
	config_put(outbox->config);
	pthread_mutex_destroy(&outbox->lock);
	free(outbox);
}

/* Called with the lock held. */
static void add_backlog(struct outbox *outbox, struct output_status *status)
{
	struct meterbus_error err;

	if (!outbox->store)
		store_open(&outbox->store, outbox->config->store, STORE_READ, &err);
	if (outbox->store && store_backlog(outbox->store, status->name,
					   &status->backlog, &err) == 0 &&
	    store_count_parked(outbox->store, status->name, &status->parked,
			       &err) == 0)
		return;
	status->connected = false;
	snprintf(status->problem, sizeof(status->problem), "%s", err.text);
}

/* Called with the lock held. False if it did not start. */
static bool wake_worker(struct outbox *outbox, const char *name)
{
	for (size_t i = 0; i < outbox->count; i++) {
		if (!outbox->workers[i] ||
		    strcmp(outbox->config->outputs[i]->name, name))
			continue;
		output_worker_send_again(outbox->workers[i]);
		return true;
	}
	return false;
}

int outbox_send_again(struct outbox *outbox, const char *name, int64_t readout,
		      unsigned int *count, struct meterbus_error *err)
{
	struct json_object *event = json_object_new_object();
	struct store *store;
	bool found;
	int ret;

	ret = store_open(&store, outbox->config->store, STORE_WRITE, err);
	if (ret == 0) {
		ret = store_send_again(store, name, readout, count, err);
		store_close(store);
	}
	if (ret < 0) {
		json_object_put(event);
		return -1;
	}
	pthread_mutex_lock(&outbox->lock);
	found = wake_worker(outbox, name);
	pthread_mutex_unlock(&outbox->lock);
	json_object_object_add(event, "output", json_object_new_string(name));
	/* Workers wait for events. */
	events_publish(outbox->events, "output", event);
	return found ? 0 :
		       meterbus_fail(err, METERBUS_E_USAGE,
				     "there is no output %s", name);
}

size_t outbox_status(struct outbox *outbox, struct output_status *status,
		     size_t max)
{
	size_t count = 0;

	pthread_mutex_lock(&outbox->lock);
	for (size_t i = 0; i < outbox->count; i++) {
		if (!outbox->workers[i] || count++ >= max)
			continue;
		output_worker_status(outbox->workers[i], &status[count - 1]);
		add_backlog(outbox, &status[count - 1]);
	}
	pthread_mutex_unlock(&outbox->lock);
	return count;
}
