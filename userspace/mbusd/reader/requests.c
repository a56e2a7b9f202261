// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Readouts on request, by other threads that wait for them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "reader/private.h"

/* How often a waiting thread checks whether the bus hangs. */
#define LOOK_MS 1000

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

/*
 * Waits for the end of a readout that has begun, unless the tty hangs.
 * Called with the lock held.
 */
static void wait_for(struct reader *reader, struct reader_request *request,
		     int64_t until_ms)
{
	while (request->state != REQUEST_DONE) {
		struct timespec look = timespec_of_ms(now_ms() + LOOK_MS);
		struct timespec until = timespec_of_ms(until_ms);
		bool waiting = request->state == REQUEST_WAITING;

		if (waiting && now_ms() >= until_ms)
			return;
		if (!waiting && (reader_is_hung(reader) ||
				 atomic_load(&reader->ending)))
			return;
		pthread_cond_timedwait(&reader->answered, &reader->lock,
				       waiting ? &until : &look);
	}
}

static int give_up(struct reader *reader, struct reader_request *request,
		   unsigned int timeout_s, struct meterbus_error *err)
{
	if (request->state == REQUEST_WAITING) {
		dequeue(reader, request);
		free(request);
		return meterbus_fail(err, METERBUS_E_BUSY,
				     "bus %s was busy for %u s; try again later",
				     reader->status.bus, timeout_s);
	}
	request->given_up = true;
	return meterbus_fail(err, METERBUS_E_UNPLUGGED,
			     "bus %s does not answer: its tty hangs",
			     reader->status.bus);
}

static struct reader_request *
new_request(const char *name, const struct meterbus_address *address,
	    bool force)
{
	struct reader_request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	if (name)
		snprintf(request->name, sizeof(request->name), "%s", name);
	else
		request->address = *address;
	request->force = force;
	return request;
}

int reader_read(struct reader *reader, const char *name,
		const struct meterbus_address *address, bool force,
		unsigned int timeout_s, struct reading **reading,
		struct meterbus_error *err)
{
	struct reader_request *request = new_request(name, address, force);
	int result;

	*reading = NULL;
	if (!request)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	pthread_mutex_lock(&reader->lock);
	/* The thread has failed all waiting requests and takes no more. */
	if (atomic_load(&reader->ending)) {
		pthread_mutex_unlock(&reader->lock);
		free(request);
		return meterbus_fail(err, METERBUS_E_UNPLUGGED,
				     "bus %s is not available: the daemon ends",
				     reader->status.bus);
	}
	enqueue(reader, request);
	reader_wake(reader);
	wait_for(reader, request, now_ms() + timeout_s * 1000LL);
	if (request->state != REQUEST_DONE) {
		result = give_up(reader, request, timeout_s, err);
	} else {
		if (err)
			*err = request->err;
		*reading = request->reading;
		result = request->result;
		free(request);
	}
	pthread_mutex_unlock(&reader->lock);
	return result;
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
	if (request->given_up) {
		reading_put(request->reading);
		free(request);
	}
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

bool reader_serve_request(struct reader *reader)
{
	struct reader_request *request = take(reader);
	struct agenda_item *item = NULL;
	struct reading *reading;
	int result;

	if (!request)
		return false;
	if (*request->name)
		item = find_item(reader, request->name);
	else
		item = match_address(&reader->agenda, &request->address);
	if (*request->name && !item) {
		answer(reader, request,
		       meterbus_fail(&request->err, METERBUS_E_USAGE,
				     "there is no meter %.64s on bus %s",
				     request->name, reader->bus->name));
		return true;
	}
	reader->current = item;
	result = reader_read_one(reader, item ? item->meter : NULL,
				 &request->address, request->force, &reading,
				 &request->err);
	reader->current = NULL;
	if (reading)
		item = find_item(reader, reading->readout->meter);
	request->reading = reading;
	/* A scheduled readout due now is not needed any more. */
	if (item && result == 0 && item->next &&
	    item->next <= reader_now().real)
		agenda_done(item, reader_now());
	answer(reader, request, result);
	return true;
}

void reader_refuse_requests(struct reader *reader, const char *problem)
{
	struct reader_request *request;

	while ((request = take(reader)))
		answer(reader, request,
		       meterbus_fail(&request->err, METERBUS_E_UNPLUGGED,
				     "bus %s is not available: %.180s",
				     reader->status.bus, problem));
}
