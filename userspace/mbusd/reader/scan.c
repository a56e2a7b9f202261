// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A search: its thread shares the link with readouts, which come first.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <time.h>

#include <meterbus/json.h>
#include <meterbus/search.h>

#include "base/hint.h"
#include "base/log.h"
#include "reader/private.h"

/*
 * How long the next search waits for the end of one that is done: the reader's
 * thread ends it between two readouts. The client is refused after that.
 */
#define REAP_MAX_S 10

/* The state of the thread. */
struct scan_run {
	struct reader *reader;
	struct meterbus_link link;
	bool held;		/* the wire lock, for a sequence */
};

static struct scan_run *run_of(struct meterbus_link *link)
{
	return (struct scan_run *)((char *)link -
				   offsetof(struct scan_run, link));
}

static struct meterbus_link *behind(struct meterbus_link *link)
{
	return bus_link_exchanges(run_of(link)->reader->link);
}

static int scan_exchange(struct meterbus_link *link,
			 struct meterbus_exchange *exchange,
			 struct meterbus_error *err)
{
	struct scan_run *run = run_of(link);
	int result;

	if (run->held)
		return behind(link)->exchange(behind(link), exchange, err);
	wire_lock_take(&run->reader->wire, false);
	result = behind(link)->exchange(behind(link), exchange, err);
	wire_lock_release(&run->reader->wire);
	return result;
}

static int scan_hold(struct meterbus_link *link, struct meterbus_error *err)
{
	struct scan_run *run = run_of(link);

	wire_lock_take(&run->reader->wire, false);
	if (behind(link)->hold(behind(link), err) < 0) {
		wire_lock_release(&run->reader->wire);
		return -1;
	}
	run->held = true;
	return 0;
}

static void scan_release(struct meterbus_link *link)
{
	struct scan_run *run = run_of(link);

	if (!run->held)
		return;
	behind(link)->release(behind(link));
	run->held = false;
	wire_lock_release(&run->reader->wire);
}

static int scan_get_timing(struct meterbus_link *link,
			   struct meterbus_timing *timing,
			   struct meterbus_error *err)
{
	return behind(link)->get_timing(behind(link), timing, err);
}

static int scan_set_timing(struct meterbus_link *link,
			   const struct meterbus_timing *timing,
			   struct meterbus_error *err)
{
	return behind(link)->set_timing(behind(link), timing, err);
}

static uint64_t scan_sent(struct meterbus_link *link)
{
	return behind(link)->sent ? behind(link)->sent(behind(link)) : 0;
}

/* ------------------------------------------------------------- events */

static void publish(struct reader *reader, const char *event,
		    struct json_object *object)
{
	if (!object)
		return;
	json_object_object_add(object, "scan",
			       json_object_new_int(reader->scan.id));
	json_object_object_add(object, "bus",
			       json_object_new_string(reader->status.bus));
	events_publish(reader->events, event, object);
}

static void on_finding(void *context, const struct meterbus_finding *finding)
{
	char text[HINT_TEXT];
	struct meterbus_finding complete = hint_finding(finding, text);

	publish(((struct scan_run *)context)->reader, "finding",
		meterbus_json_finding(&complete));
}

static void on_found(void *context, const struct meterbus_found *found)
{
	char text[HINT_TEXT];
	struct meterbus_found complete = hint_found(found, text);

	publish(((struct scan_run *)context)->reader, "meter",
		meterbus_json_found(&complete));
}

static void on_progress(void *context, const struct meterbus_progress *progress)
{
	publish(((struct scan_run *)context)->reader, "progress",
		meterbus_json_progress(progress));
}

static bool is_cancelled(void *context)
{
	struct reader *reader = ((struct scan_run *)context)->reader;

	return atomic_load(&reader->scan.cancelled) ||
	       atomic_load(&reader->ending);
}

/* ---------------------------------------------------------- the thread */

/* Returns the summary; NULL without memory. */
static struct json_object *search(struct scan_run *run)
{
	struct meterbus_search search = {
		.baud = run->reader->scan.baud,
		.found = on_found,
		.progress = on_progress,
		.context = run,
	};
	struct reader_scan *scan = &run->reader->scan;
	struct meterbus_search_result result = { 0 };
	struct json_object *summary;
	struct meterbus_error err;
	int ret;

	search.master = meterbus_master_new(&run->link, &err);
	if (!search.master) {
		log_warning("search on bus %s: %s", run->reader->status.bus,
			    err.text);
		return meterbus_json_summary(&result, &err);
	}
	meterbus_master_set_callbacks(search.master, on_finding, is_cancelled,
				      run);
	ret = scan->secondary ?
		      meterbus_search_secondary(&search, &scan->mask, &result,
						&err) :
		      meterbus_search_primary(&search, &result, &err);
	if (ret < 0) {
		hint_complete(&err);
		log_warning("search on bus %s: %s", run->reader->status.bus,
			    err.text);
	}
	summary = meterbus_json_summary(&result, ret < 0 ? &err : NULL);
	meterbus_master_free(search.master);
	return summary;
}

static void *scan_main(void *context)
{
	struct scan_run run = {
		.reader = context,
		.link = {
			.exchange = scan_exchange,
			.hold = scan_hold,
			.release = scan_release,
			.get_timing = scan_get_timing,
			.set_timing = scan_set_timing,
			.sent = scan_sent,
		},
	};

	struct json_object *summary = search(&run);

	/* First, as a client may start the next search once it has the summary. */
	pthread_mutex_lock(&run.reader->lock);
	run.reader->scan.done = true;
	pthread_mutex_unlock(&run.reader->lock);
	reader_wake(run.reader);
	publish(run.reader, "summary", summary);
	return NULL;
}

/* Waits, with the lock held, until the thread of a search that is done has ended. */
static void wait_for_reap(struct reader *reader)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += REAP_MAX_S;
	while (reader->scan.active && reader->scan.done)
		if (pthread_cond_timedwait(&reader->reaped, &reader->lock,
					   &until))
			return;
}

int reader_scan(struct reader *reader, const struct meterbus_address *mask,
		unsigned int *id, struct meterbus_error *err)
{
	struct reader_scan *scan = &reader->scan;
	int result = 0;

	pthread_mutex_lock(&reader->lock);
	wait_for_reap(reader);
	if (scan->active) {
		result = meterbus_fail(err, METERBUS_E_BUSY,
				       "bus %s is already being searched; wait for the end or cancel that search",
				       reader->status.bus);
	} else if (!reader->open || atomic_load(&reader->ending)) {
		result = meterbus_fail(err, METERBUS_E_UNPLUGGED,
				       "bus %s is not available: %.180s",
				       reader->status.bus,
				       reader->status.problem);
	} else {
		scan->done = false;
		scan->secondary = mask;
		if (mask)
			scan->mask = *mask;
		scan->baud = reader->bus->baud;
		atomic_store(&scan->cancelled, false);
		*id = ++scan->id;
		scan->active = pthread_create(&scan->thread, NULL, scan_main,
					      reader) == 0;
		if (!scan->active)
			result = meterbus_fail(err, METERBUS_E_SYSTEM,
					       "cannot start a thread for the search");
	}
	pthread_mutex_unlock(&reader->lock);
	return result;
}

bool reader_scan_cancel(struct reader *reader, unsigned int id)
{
	bool found;

	pthread_mutex_lock(&reader->lock);
	found = reader->scan.active && !reader->scan.done &&
		reader->scan.id == id;
	if (found)
		atomic_store(&reader->scan.cancelled, true);
	pthread_mutex_unlock(&reader->lock);
	return found;
}

/* Only the reader's thread joins, so it needs no lock for that. */
void reader_scan_end(struct reader *reader)
{
	bool active;

	pthread_mutex_lock(&reader->lock);
	active = reader->scan.active;
	pthread_mutex_unlock(&reader->lock);
	if (!active)
		return;
	atomic_store(&reader->scan.cancelled, true);
	pthread_join(reader->scan.thread, NULL);
	pthread_mutex_lock(&reader->lock);
	reader->scan.active = false;
	pthread_cond_broadcast(&reader->reaped);
	pthread_mutex_unlock(&reader->lock);
	/* The search has changed the frame count bits of meters. */
	meterbus_master_reset(reader->master);
}

void reader_scan_reap(struct reader *reader)
{
	bool done;

	pthread_mutex_lock(&reader->lock);
	done = reader->scan.active && reader->scan.done;
	pthread_mutex_unlock(&reader->lock);
	if (done)
		reader_scan_end(reader);
}
