// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Readouts that somebody waits for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reader/private.h"

static void enqueue(struct reader *reader, struct reader_request *request)
{
	struct reader_request **at = &reader->requests;

	while (*at)
		at = &(*at)->next;
	*at = request;
}

static void dequeue(struct reader *reader, struct reader_request *request)
{
	struct reader_request **at = &reader->requests;

	while (*at && *at != request)
		at = &(*at)->next;
	if (*at)
		*at = request->next;
}

/* What has begun is waited for: it ends by itself, and soon. */
static void wait_for(struct reader *reader, struct reader_request *request,
		     const struct timespec *until)
{
	while (request->state == REQUEST_UNDER_WAY ||
	       request->state == REQUEST_WAITING) {
		if (request->state == REQUEST_UNDER_WAY)
			pthread_cond_wait(&reader->answered, &reader->lock);
		else if (pthread_cond_timedwait(&reader->answered,
						&reader->lock,
						until) == ETIMEDOUT &&
			 request->state == REQUEST_WAITING)
			break;
	}
}

int reader_read(struct reader *reader, const char *name,
		const struct meterbus_address *address, bool force,
		unsigned int timeout_s, struct store_readout **readout,
		struct meterbus_error *err)
{
	struct reader_request request = {
		.name = name, .address = address, .force = force,
		.state = REQUEST_WAITING,
	};
	struct timespec until;

	*readout = NULL;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_s;
	pthread_mutex_lock(&reader->lock);
	/* The thread has refused all that waited, and takes no more. */
	if (atomic_load(&reader->ending)) {
		pthread_mutex_unlock(&reader->lock);
		return meterbus_fail(err, METERBUS_E_UNPLUGGED,
				     "bus %s is not there: the daemon ends",
				     reader->status.bus);
	}
	enqueue(reader, &request);
	reader_wake(reader);
	wait_for(reader, &request, &until);
	if (request.state == REQUEST_WAITING) {
		dequeue(reader, &request);
		request.result = meterbus_fail(&request.err, METERBUS_E_BUSY,
					       "bus %s had other things to do for %u s; try again later",
					       reader->status.bus, timeout_s);
	}
	pthread_mutex_unlock(&reader->lock);
	if (err)
		*err = request.err;
	*readout = request.readout;
	return request.result;
}

static struct reader_request *take(struct reader *reader)
{
	struct reader_request *request;

	pthread_mutex_lock(&reader->lock);
	request = reader->requests;
	if (request) {
		reader->requests = request->next;
		request->state = REQUEST_UNDER_WAY;
	}
	pthread_mutex_unlock(&reader->lock);
	return request;
}

static void answer(struct reader *reader, struct reader_request *request,
		   int result)
{
	pthread_mutex_lock(&reader->lock);
	request->result = result;
	request->state = REQUEST_DONE;
	pthread_cond_broadcast(&reader->answered);
	pthread_mutex_unlock(&reader->lock);
}

static struct agenda_item *find_item(struct reader *reader, const char *name)
{
	for (size_t i = 0; i < reader->agenda.count; i++)
		if (!strcmp(reader->agenda.items[i].meter->name, name))
			return &reader->agenda.items[i];
	return NULL;
}

bool reader_answer(struct reader *reader)
{
	struct reader_request *request = take(reader);
	struct agenda_item *item = NULL;
	struct store_readout readout;
	size_t size;
	int result;

	if (!request)
		return false;
	if (request->name)
		item = find_item(reader, request->name);
	else
		item = known_address(&reader->agenda, request->address);
	if (request->name && !item) {
		answer(reader, request,
		       meterbus_fail(&request->err, METERBUS_E_USAGE,
				     "there is no meter %.64s on bus %s",
				     request->name, reader->bus->name));
		return true;
	}
	reader->current = item;
	result = reader_read_one(reader, item ? item->meter : NULL,
				 request->address, request->force, &readout,
				 &request->err);
	reader->current = NULL;
	if (readout.meter) {
		request->readout = store_readout_copy(&readout, &size);
		item = find_item(reader, readout.meter);
	}
	/* A schedule that comes at this moment has what it wants. */
	if (item && result == 0 && item->next &&
	    item->next <= reader_now().real)
		agenda_done(item, reader_now());
	answer(reader, request, result);
	return true;
}

void reader_refuse(struct reader *reader, const char *problem)
{
	struct reader_request *request;

	while ((request = take(reader)))
		answer(reader, request,
		       meterbus_fail(&request->err, METERBUS_E_UNPLUGGED,
				     "bus %s is not there: %.180s",
				     reader->status.bus, problem));
}
