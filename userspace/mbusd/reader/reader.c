// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "base/hint.h"
#include "base/log.h"
#include "reader/private.h"

/* Longest time between two updates of reader->alive while idle. */
#define LIFE_SIGN_S 10

/* Twice what a thread uses; the default is 8 MiB. */
#define STACK_SIZE (512 << 10)

#define FAR_S (365 * 86400)

/*
 * reader->alive is updated with each exchange. Other programs may hold a bus for
 * half a minute, several times within a readout.
 */
#define SILENCE_MAX_S 180

struct agenda_time reader_now(void)
{
	return (struct agenda_time){ .real = wall_ns() / NS_PER_S,
				     .monotonic = now_ns() / NS_PER_S };
}

void reader_wake(struct reader *reader)
{
	uint64_t one = 1;

	/* Fails only when it is readable for ever already. */
	if (write(reader->wake, &one, sizeof(one)) < 0)
		return;
}

const char *reader_state_name(enum reader_state state)
{
	switch (state) {
	case READER_WAITING:
		return "waiting";
	case READER_IDLE:
		return "idle";
	case READER_READING:
		return "reading";
	case READER_SCANNING:
		return "scanning";
	case READER_HUNG:
		return "hung";
	}
	return "waiting";
}

void reader_status(struct reader *reader, struct reader_status *status)
{
	pthread_mutex_lock(&reader->lock);
	*status = reader->status;
	status->state = reader_is_hung(reader)	? READER_HUNG :
			!reader->open		? READER_WAITING :
			*reader->status.meter	? READER_READING :
			reader->scan.active	? READER_SCANNING :
						  READER_IDLE;
	pthread_mutex_unlock(&reader->lock);
}

int64_t reader_alive(struct reader *reader)
{
	return atomic_load(&reader->alive);
}

/* ----------------------------------------------------- open and closed */

static void publish_bus(struct reader *reader)
{
	struct json_object *object = json_object_new_object();
	struct reader_status status;

	if (!object)
		return;
	reader_status(reader, &status);
	json_object_object_add(object, "bus",
			       json_object_new_string(status.bus));
	json_object_object_add(object, "state",
			       json_object_new_string(
				       reader_state_name(status.state)));
	json_object_object_add(object, "device",
			       json_object_new_string(status.device));
	json_object_object_add(object, "tty",
			       json_object_new_string(status.tty));
	json_object_object_add(object, "problem",
			       json_object_new_string(status.problem));
	events_publish(reader->events, "bus", object);
}

static void set_open(struct reader *reader, bool open, const char *problem)
{
	struct reader_status *status = &reader->status;

	pthread_mutex_lock(&reader->lock);
	reader->open = open;
	snprintf(status->device, sizeof(status->device), "%s",
		 open ? bus_link_device(reader->link) : "");
	snprintf(status->tty, sizeof(status->tty), "%s",
		 open ? bus_link_tty(reader->link) : "");
	snprintf(status->problem, sizeof(status->problem), "%s", problem);
	pthread_mutex_unlock(&reader->lock);
	publish_bus(reader);
}

static void try_open(struct reader *reader)
{
	struct meterbus_error err;

	if (bus_link_open(reader->link, &err) == 0) {
		meterbus_master_reset(reader->master);
		reader->logged = 0;
		set_open(reader, true, "");
		log_notice("bus %s is %s%s%s", reader->bus->name,
			   bus_link_device(reader->link),
			   *bus_link_tty(reader->link) ? " on " : "",
			   bus_link_tty(reader->link));
		return;
	}
	hint_complete(&err);
	/* Each reason is logged once. */
	if (strcmp(reader->status.problem, err.text)) {
		log_warning("bus %s: %s", reader->bus->name, err.text);
		set_open(reader, false, err.text);
	}
}

static void close_bus(struct reader *reader, const char *problem)
{
	pthread_mutex_lock(&reader->lock);
	reader->open = false; /* no new search */
	pthread_mutex_unlock(&reader->lock);
	reader_scan_end(reader);
	bus_link_close(reader->link);
	set_open(reader, false, problem);
}

static void gone(struct reader *reader)
{
	const char *problem = reader->bus->host ? "not connected" : "unplugged";

	log_warning("bus %s: %s; waiting for it", reader->bus->name, problem);
	close_bus(reader, problem);
}

/* ---------------------------------------------------------------- turns */

/* Reads the meter that is due; false if none is. */
static bool read_due(struct reader *reader)
{
	struct agenda_item *item = agenda_due(&reader->agenda, reader_now());
	struct reading *reading;
	struct meterbus_error err;

	if (!item)
		return false;
	reader->current = item;
	if (reader_read_one(reader, item->meter, NULL, false, &reading, &err) ==
	    0)
		agenda_done(item, reader_now());
	else if (err.kind == METERBUS_E_BUSY && !reading)
		agenda_done(item, reader_now());
	else if (err.kind == METERBUS_E_UNPLUGGED ||
		 err.kind == METERBUS_E_NO_LINK)
		gone(reader);	/* it stays due */
	else if (!atomic_load(&reader->ending))
		agenda_failed(item, reader_now());
	reading_put(reading);
	reader->current = NULL;
	return true;
}

static int64_t last_ns(void *context, const struct config_meter *meter)
{
	struct reader *reader = context;

	/* Readouts stored while the clock was ahead do not count. */
	return recorder_last(reader->recorder, meter->name,
			     (reader_now().real + 1) * NS_PER_S);
}

/* Changes to a new configuration, between two readouts. */
static void take_config(struct reader *reader)
{
	struct config *config, *old = reader->config;
	const struct config_bus *bus;

	pthread_mutex_lock(&reader->lock);
	config = reader->new_config;
	bus = reader->new_bus;
	reader->new_config = NULL;
	pthread_mutex_unlock(&reader->lock);
	if (!config)
		return;
	if (agenda_set(&reader->agenda, config, bus, reader_now(), last_ns,
		       reader) < 0) {
		log_error("bus %s: out of memory: its meters stay as they were",
			  reader->bus->name);
		config_put(config);
		return;
	}
	pthread_mutex_lock(&reader->lock);
	reader->config = config;
	reader->bus = bus;
	pthread_mutex_unlock(&reader->lock);
	bus_link_set_config(reader->link, bus);
	config_put(old);
}

/* Time of day, so that the timer also fires when the clock is set. */
static void set_timer(struct reader *reader, time_t at)
{
	struct itimerspec spec = { .it_value.tv_sec = at };

	/* With no meter due it still reports that the clock was set. */
	if (!at)
		spec.it_value.tv_sec = reader_now().real + FAR_S;
	if (timerfd_settime(reader->timer,
			    TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec,
			    NULL) < 0)
		log_error("bus %s: cannot set a timer: %s", reader->bus->name,
			  strerror(errno));
}

/* How long to sleep at most, in seconds; events end it earlier. */
static int64_t sleep_time(struct reader *reader, const struct agenda_next *next)
{
	int64_t limit = LIFE_SIGN_S;
	int64_t left;

	if (!reader->open && bus_link_retry_s(reader->link) < limit)
		limit = bus_link_retry_s(reader->link);
	if (reader->open && next->monotonic) {
		left = next->monotonic - reader_now().monotonic;
		if (left < limit)
			limit = left > 0 ? left : 0;
	}
	return limit;
}

static void drain(int fd)
{
	uint64_t number;

	/* Fails with ECANCELED after the clock was set. */
	if (read(fd, &number, sizeof(number)) < 0)
		return;
}

/* Returns true if the bus may have appeared or disappeared. */
static bool wait_for_events(struct reader *reader)
{
	struct pollfd fds[] = {
		{ .fd = reader->wake, .events = POLLIN },
		{ .fd = reader->timer, .events = POLLIN },
		{ .fd = bus_link_fd(reader->link), .events = POLLIN },
	};
	struct agenda_next next = agenda_next(&reader->agenda);
	int ready;

	pthread_mutex_lock(&reader->lock);
	reader->status.next = next.real;
	pthread_mutex_unlock(&reader->lock);
	set_timer(reader, reader->open ? next.real : 0);
	ready = poll(fds, 3, sleep_time(reader, &next) * 1000);
	if (ready > 0 && fds[0].revents)
		drain(reader->wake);
	if (ready > 0 && fds[1].revents)
		drain(reader->timer);
	if (ready == 0)
		return !reader->open;
	return fds[2].revents && bus_link_changed(reader->link);
}

/*
 * Alternates between requests and schedule, so that neither can block the other.
 * Returns false if there is nothing to do.
 */
static bool take_turn(struct reader *reader)
{
	if (reader->request_last && read_due(reader)) {
		reader->request_last = false;
		return true;
	}
	reader->request_last = reader_serve_request(reader);
	return reader->request_last || read_due(reader);
}

static void *reader_main(void *context)
{
	struct reader *reader = context;
	bool changed = true;

	while (!atomic_load(&reader->ending)) {
		atomic_store(&reader->alive, reader_now().monotonic);
		take_config(reader);
		reader_scan_reap(reader);
		if (changed && reader->open)
			gone(reader);
		if (!reader->open && changed)
			try_open(reader);
		changed = false;
		if (!reader->open)
			reader_refuse_requests(reader, reader->status.problem);
		else if (take_turn(reader))
			continue;
		changed = wait_for_events(reader);
	}
	close_bus(reader, "the daemon ends");
	reader_refuse_requests(reader, "the daemon ends");
	reader_put(reader);
	return NULL;
}

/* ------------------------------------------------------------- lifetime */

static void free_reader(struct reader *reader)
{
	meterbus_master_free(reader->master);
	bus_link_free(reader->link);
	agenda_free(&reader->agenda);
	if (reader->wake >= 0)
		close(reader->wake);
	if (reader->timer >= 0)
		close(reader->timer);
	wire_lock_destroy(&reader->wire);
	pthread_cond_destroy(&reader->answered);
	pthread_cond_destroy(&reader->reaped);
	pthread_mutex_destroy(&reader->lock);
	config_put(reader->new_config);
	config_put(reader->config);
	free(reader);
}

static struct reader *new_reader(struct config *config,
				 const struct config_bus *bus)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	pthread_condattr_t attr;

	if (!reader)
		return NULL;
	pthread_mutex_init(&reader->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&reader->answered, &attr);
	pthread_cond_init(&reader->reaped, &attr);
	pthread_condattr_destroy(&attr);
	wire_lock_init(&reader->wire);
	atomic_init(&reader->users, 1);
	reader->config = config_get(config);
	reader->bus = bus;
	reader->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	reader->timer = timerfd_create(CLOCK_REALTIME,
				       TFD_CLOEXEC | TFD_NONBLOCK);
	snprintf(reader->status.bus, sizeof(reader->status.bus), "%s",
		 bus->name);
	atomic_store(&reader->alive, reader_now().monotonic);
	return reader;
}

static int start_thread(struct reader *reader)
{
	pthread_attr_t attr;
	int result;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	/* The thread has its own reference: it may be abandoned. */
	reader_get(reader);
	result = pthread_create(&reader->thread, &attr, reader_main, reader);
	pthread_attr_destroy(&attr);
	if (!result)
		return 0;
	atomic_fetch_sub(&reader->users, 1);
	return -1;
}

struct reader *reader_start(struct config *config,
			    const struct config_bus *bus,
			    struct recorder *recorder, struct events *events,
			    struct meterbus_error *err)
{
	struct reader *reader = new_reader(config, bus);

	if (!reader) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	reader->recorder = recorder;
	reader->events = events;
	reader->link = bus_link_new(bus, err);
	if (!reader->link || reader_init_master(reader, err) < 0)
		goto fail;
	if (reader->wake < 0 || reader->timer < 0 ||
	    agenda_set(&reader->agenda, config, bus, reader_now(), last_ns,
		       reader) < 0 ||
	    start_thread(reader) < 0) {
		meterbus_fail(err, METERBUS_E_SYSTEM,
			      "bus %s: no memory, descriptors or threads left for it",
			      bus->name);
		goto fail;
	}
	return reader;

fail:
	free_reader(reader);
	return NULL;
}

void reader_reload(struct reader *reader, struct config *config,
		   const struct config_bus *bus)
{
	pthread_mutex_lock(&reader->lock);
	config_put(reader->new_config);
	reader->new_config = config_get(config);
	reader->new_bus = bus;
	pthread_mutex_unlock(&reader->lock);
	reader_wake(reader);
}

void reader_end(struct reader *reader)
{
	atomic_store(&reader->ending, true);
	reader_wake(reader);
}

bool reader_stop(struct reader *reader, int64_t until_ms)
{
	struct timespec until = timespec_of_ms(until_ms);
	bool ended;

	if (!reader)
		return true;
	reader_end(reader);
	ended = pthread_clockjoin_np(reader->thread, NULL, CLOCK_MONOTONIC,
				     &until) == 0;
	if (!ended) {
		log_error("bus %s: %s does not answer; its thread is abandoned and ends when the tty answers",
			  reader->status.bus,
			  *reader->status.tty ? reader->status.tty : "the tty");
		pthread_detach(reader->thread);
	}
	reader_put(reader);
	return ended;
}

bool reader_is_hung(struct reader *reader)
{
	return now_ms() / 1000 - reader_alive(reader) > SILENCE_MAX_S;
}

void reader_report_hung(struct reader *reader)
{
	bool hung = reader_is_hung(reader);

	if (hung == reader->hung)
		return;
	reader->hung = hung;
	if (hung)
		log_error("bus %s: no sign of life for %d s, its tty hangs; the other buses go on",
			  reader->status.bus, SILENCE_MAX_S);
	else
		log_notice("bus %s: its tty answers again", reader->status.bus);
	publish_bus(reader);
}

void reader_get(struct reader *reader)
{
	atomic_fetch_add(&reader->users, 1);
}

void reader_put(struct reader *reader)
{
	if (atomic_fetch_sub(&reader->users, 1) == 1)
		free_reader(reader);
}
