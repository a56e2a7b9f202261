// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "common/clock.h"
#include "base/log.h"
#include "store/expiry.h"
#include "store/lock.h"
#include "store/queue.h"
#include "store/recorder.h"
#include "store/spill.h"
#include "store/space.h"

/* Readings that arrive within this time share a commit. */
#define GATHER_MS 100
/* Most readings of a commit, to keep transactions short. */
#define BATCH_MAX 256
/* Between attempts while the store fails, and how long one waits for a lock. */
#define RETRY_MS 1000
#define PATIENCE_MS 1000
/* Of lookups by buses: short, as WAL readers do not wait for writers. */
#define LOOKUP_PATIENCE_MS 200
/* How often old readouts are deleted while nothing is to be written. */
#define TICK_MS 5000
/* How long recorder_close() writes the queue, and waits for the disk. */
#define FLUSH_MS 3000
#define JOIN_S 10

struct recorder {
	struct events *events;
	struct recent *recent;
	char *path;		/* of the store */
	int lock_fd;
	pthread_t thread;

	/* The thread's own. */
	struct store *store;
	struct expiry expiry;
	struct space space;
	struct reading *batch[BATCH_MAX];
	bool spilled[BATCH_MAX];
	size_t batch_count;

	/* Protects lookup. Never held by the thread. */
	pthread_mutex_t lookup_lock;
	struct store *lookup;

	/* Protects what follows. Never held while the disk is used. */
	pthread_mutex_t lock;
	pthread_cond_t changed;	/* of the queue, hurry, ending, problem */
	struct config *config;
	struct queue queue;
	int64_t arrived_ms;	/* when the oldest that is not busy came */
	uint64_t added, done;	/* readings, since the daemon began */
	unsigned int waiters;	/* in recorder_wait(): do not gather */
	bool ending;
	int64_t end_ms;		/* the last moment to write, once ending */
	size_t spill_left;	/* of the spill file, not in the store yet */
	bool spill_broken;
	struct recorder_status status;
	unsigned long lost_reported;
	unsigned long drained;	/* written since the problem was over */
};

/* ------------------------------------------------------------- problems */

/* Called with the lock held. Logs a loss again when it has doubled. */
static void note_loss(struct recorder *recorder, unsigned int dropped)
{
	struct recorder_status *status = &recorder->status;

	if (!dropped)
		return;
	status->lost += dropped;
	if (status->lost < 2 * recorder->lost_reported)
		return;
	recorder->lost_reported = status->lost;
	log_error("store unavailable and queue full: %lu readouts dropped",
		  status->lost);
}

/* A finding without a bus. */
static void publish_problem(struct recorder *recorder, const char *text)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return;
	json_object_object_add(object, "event",
			       json_object_new_string("finding"));
	json_object_object_add(object, "kind", json_object_new_string("store"));
	json_object_object_add(object, "text", json_object_new_string(text));
	events_publish(recorder->events, "finding", object);
}

static void note_problem(struct recorder *recorder, const char *text)
{
	struct recorder_status *status = &recorder->status;
	bool is_new;

	pthread_mutex_lock(&recorder->lock);
	is_new = strcmp(status->problem, text);
	if (is_new)
		log_error("%s; readouts wait in memory meanwhile", text);
	snprintf(status->problem, sizeof(status->problem), "%s", text);
	snprintf(status->last_error, sizeof(status->last_error), "%s", text);
	status->error_ns = wall_ns();
	pthread_cond_broadcast(&recorder->changed);
	pthread_mutex_unlock(&recorder->lock);
	if (is_new)
		publish_problem(recorder, text);
}

/* Called with the lock held, after a commit. */
static void note_success(struct recorder *recorder, size_t count)
{
	struct recorder_status *status = &recorder->status;

	if (!status->problem[0])
		return;
	recorder->drained += count;
	if (recorder->queue.count)
		return;
	log_notice("store available again; %lu readouts that waited were written",
		   recorder->drained);
	recorder->drained = 0;
	status->problem[0] = '\0';
	recorder->lost_reported = 0;
}

/* -------------------------------------------------------------- writing */

/* Called with the lock held. The queue keeps them until they are stored. */
static void take_batch(struct recorder *recorder)
{
	struct queue *queue = &recorder->queue;
	size_t count = 0;

	for (struct queue_item *item = queue->first;
	     item && count < BATCH_MAX; item = item->next) {
		recorder->batch[count] = reading_get(item->reading);
		recorder->spilled[count++] = item->spilled;
	}
	recorder->batch_count = count;
	queue->busy = count;
}

static void put_batch(struct recorder *recorder)
{
	for (size_t i = 0; i < recorder->batch_count; i++)
		reading_put(recorder->batch[i]);
	recorder->batch_count = 0;
}

/*
 * Selects those to be written. Readings of the spill file may already be in the
 * store, if the daemon was killed after its last commit.
 */
static int choose(struct recorder *recorder,
		  struct store_readout *readouts[BATCH_MAX], size_t *count,
		  struct meterbus_error *err)
{
	*count = 0;
	for (size_t i = 0; i < recorder->batch_count; i++) {
		struct store_readout *readout = recorder->batch[i]->readout;
		bool has = false;

		if (recorder->spilled[i] &&
		    store_has(recorder->store, readout->meter,
			      readout->time_ns, &has, err) < 0)
			return -1;
		if (!has)
			readouts[(*count)++] = readout;
	}
	return 0;
}

/* Sets the id, which is part of the text, before publishing. */
static void publish(struct recorder *recorder, struct reading *reading)
{
	const char *text;
	size_t len;

	if (!reading->readout->id ||
	    reading_set_id(reading, reading->readout->id) < 0)
		return;
	log_debug("meter %s: readout %lld is in the store",
		  reading->readout->meter, (long long)reading->readout->id);
	recent_add(recorder->recent, reading);
	text = reading_text(reading, &len);
	events_publish_text(recorder->events, "readout", text, len);
}

static int write_batch(struct recorder *recorder, struct meterbus_error *err)
{
	struct store_readout *readouts[BATCH_MAX];
	size_t count;

	if (choose(recorder, readouts, &count, err) < 0)
		return -1;
	if (count && store_add_all(recorder->store, readouts, count, err) < 0)
		return -1;
	for (size_t i = 0; i < recorder->batch_count; i++)
		publish(recorder, recorder->batch[i]);
	return 0;
}

/* Called with the lock held. */
static void remove_batch(struct recorder *recorder)
{
	for (size_t i = 0; i < recorder->batch_count; i++) {
		if (recorder->spilled[i])
			recorder->spill_left--;
		else
			recorder->done++;
		queue_pop(&recorder->queue);
	}
	recorder->status.stored += recorder->batch_count;
	recorder->status.commits++;
	recorder->arrived_ms = now_ms();
	note_success(recorder, recorder->batch_count);
}

/* Returns false if the store failed. */
static bool store_batch(struct recorder *recorder)
{
	struct meterbus_error err;
	bool stored, spill_done;

	stored = write_batch(recorder, &err) == 0;
	if (!stored)
		note_problem(recorder, err.text);
	pthread_mutex_lock(&recorder->lock);
	recorder->queue.busy = 0;
	spill_done = recorder->spill_left;
	if (stored)
		remove_batch(recorder);
	spill_done = spill_done && !recorder->spill_left;
	pthread_cond_broadcast(&recorder->changed);
	pthread_mutex_unlock(&recorder->lock);
	put_batch(recorder);
	if (spill_done)
		spill_remove(recorder->path, recorder->spill_broken);
	return stored;
}

/* ---------------------------------------------------------- the thread */

/* Called with the lock held. */
static void wait_until(struct recorder *recorder, int64_t ms)
{
	struct timespec until = timespec_of_ms(ms);

	pthread_cond_timedwait(&recorder->changed, &recorder->lock, &until);
}

/* Waits for readings; false after TICK_MS without. Called with the lock held. */
static bool gather(struct recorder *recorder)
{
	int64_t until = now_ms() + TICK_MS;

	while (!recorder->queue.count && !recorder->ending && now_ms() < until)
		wait_until(recorder, until);
	while (recorder->queue.count && recorder->queue.count < BATCH_MAX &&
	       !recorder->ending && !recorder->waiters &&
	       now_ms() < recorder->arrived_ms + GATHER_MS)
		wait_until(recorder, recorder->arrived_ms + GATHER_MS);
	return recorder->queue.count;
}

/* Called with the lock held. New readings do not shorten the wait. */
static void wait_retry(struct recorder *recorder)
{
	int64_t until = now_ms() + RETRY_MS;

	while (now_ms() < until && !(recorder->ending &&
				     now_ms() >= recorder->end_ms))
		wait_until(recorder, recorder->ending &&
						     recorder->end_ms < until ?
					     recorder->end_ms :
					     until);
}

static void expire(struct recorder *recorder, struct config *config)
{
	struct meterbus_error err;

	if (expiry_step(&recorder->expiry, recorder->store, config, &err) < 0)
		note_problem(recorder, err.text);
}

static bool is_over(struct recorder *recorder)
{
	return recorder->ending &&
	       (!recorder->queue.count || now_ms() >= recorder->end_ms);
}

/* Called with the lock held; releases it while it reads the file system. */
static void measure(struct recorder *recorder)
{
	struct recorder_status *status = &recorder->status;

	if (!space_is_due(&recorder->space, now_ms()))
		return;
	pthread_mutex_unlock(&recorder->lock);
	space_measure(&recorder->space, recorder->path, now_ms());
	pthread_mutex_lock(&recorder->lock);
	status->bytes = recorder->space.bytes;
	status->free_bytes = recorder->space.free_bytes;
	status->growth = recorder->space.growth;
}

static void *recorder_main(void *context)
{
	struct recorder *recorder = context;
	struct config *config;
	bool stored = true;

	pthread_mutex_lock(&recorder->lock);
	while (!is_over(recorder)) {
		measure(recorder);
		if (!stored)
			wait_retry(recorder);
		if (gather(recorder)) {
			take_batch(recorder);
			pthread_mutex_unlock(&recorder->lock);
			stored = store_batch(recorder);
		} else {
			config = config_get(recorder->config);
			pthread_mutex_unlock(&recorder->lock);
			expire(recorder, config);
			config_put(config);
		}
		pthread_mutex_lock(&recorder->lock);
	}
	pthread_mutex_unlock(&recorder->lock);
	return NULL;
}

/* ------------------------------------------------------------- lifetime */

static int take_spilled(struct recorder *recorder, struct meterbus_error *err)
{
	size_t count, broken;

	if (spill_read(recorder->path, recorder->config, &recorder->queue,
		       &count, &broken, err) < 0)
		return -1;
	recorder->spill_left = count;
	recorder->spill_broken = broken;
	if (count)
		log_notice("writing %zu readouts of the last run from %s.spill to the store",
			   count, recorder->path);
	if (broken)
		log_error("%zu lines of %s.spill are not readouts; the file is kept as %s.spill.bad",
			  broken, recorder->path, recorder->path);
	if (broken && !count)
		spill_remove(recorder->path, true);
	return 0;
}

static int open_stores(struct recorder *recorder, struct meterbus_error *err)
{
	if (store_open(&recorder->store, recorder->path, STORE_WRITE, err) < 0)
		return -1;
	store_set_patience(recorder->store, PATIENCE_MS);
	if (store_open(&recorder->lookup, recorder->path, STORE_READ, err) < 0)
		return -1;
	store_set_patience(recorder->lookup, LOOKUP_PATIENCE_MS);
	expiry_init(&recorder->expiry, recorder->lookup);
	return take_spilled(recorder, err);
}

/* Called when the thread has ended or never began. */
static void free_recorder(struct recorder *recorder)
{
	queue_clear(&recorder->queue);
	store_close(recorder->store);
	store_close(recorder->lookup);
	if (recorder->lock_fd >= 0)
		close(recorder->lock_fd);
	config_put(recorder->config);
	pthread_cond_destroy(&recorder->changed);
	pthread_mutex_destroy(&recorder->lock);
	pthread_mutex_destroy(&recorder->lookup_lock);
	free(recorder->path);
	free(recorder);
}

static struct recorder *new_recorder(struct config *config)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	pthread_condattr_t attr;

	if (!recorder)
		return NULL;
	pthread_mutex_init(&recorder->lock, NULL);
	pthread_mutex_init(&recorder->lookup_lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&recorder->changed, &attr);
	pthread_condattr_destroy(&attr);
	queue_init(&recorder->queue);
	recorder->lock_fd = -1;
	recorder->config = config_get(config);
	recorder->path = strdup(config->store);
	return recorder;
}

struct recorder *recorder_open(struct config *config, struct events *events,
			       struct recent *recent,
			       struct meterbus_error *err)
{
	struct recorder *recorder = new_recorder(config);
	int error;

	if (!recorder || !recorder->path) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		goto fail;
	}
	recorder->events = events;
	recorder->recent = recent;
	recorder->lock_fd = store_lock(recorder->path, err);
	if (recorder->lock_fd < 0 || open_stores(recorder, err) < 0)
		goto fail;
	error = pthread_create(&recorder->thread, NULL, recorder_main,
			       recorder);
	if (!error)
		return recorder;
	meterbus_fail(err, METERBUS_E_SYSTEM,
		      "cannot start the store's thread: %s", strerror(error));
fail:
	if (recorder)
		free_recorder(recorder);
	return NULL;
}

void recorder_reload(struct recorder *recorder, struct config *config)
{
	struct config *old;

	pthread_mutex_lock(&recorder->lock);
	old = recorder->config;
	recorder->config = config_get(config);
	pthread_mutex_unlock(&recorder->lock);
	config_put(old);
}

/* False if the disk hangs. */
static bool join_thread(struct recorder *recorder)
{
	struct timespec until = timespec_of_ms(now_ms() + JOIN_S * 1000LL);

	pthread_mutex_lock(&recorder->lock);
	recorder->ending = true;
	recorder->end_ms = now_ms() + FLUSH_MS;
	pthread_cond_broadcast(&recorder->changed);
	pthread_mutex_unlock(&recorder->lock);
	return pthread_clockjoin_np(recorder->thread, NULL, CLOCK_MONOTONIC,
				    &until) == 0;
}

static void spill(struct recorder *recorder)
{
	struct meterbus_error err;

	pthread_mutex_lock(&recorder->lock);
	if (!recorder->queue.count)
		goto unlock;
	if (spill_write(recorder->path, &recorder->queue, &err) == 0)
		log_warning("%zu readouts could not be stored; they are in %s.spill until the next start",
			    recorder->queue.count, recorder->path);
	else
		log_error("%s; %zu readouts that waited for the store are lost",
			  err.text, recorder->queue.count);
unlock:
	pthread_mutex_unlock(&recorder->lock);
}

bool recorder_flush(struct recorder *recorder)
{
	bool joined = join_thread(recorder);

	spill(recorder);
	if (!joined) {
		log_error("%s: the disk hangs", recorder->path);
		pthread_detach(recorder->thread);
	}
	return joined;
}

bool recorder_close(struct recorder *recorder)
{
	if (!recorder)
		return true;
	if (!recorder_flush(recorder))
		return false;
	free_recorder(recorder);
	return true;
}

/* -------------------------------------------------- for other threads */

void recorder_add(struct recorder *recorder, struct reading *reading)
{
	pthread_mutex_lock(&recorder->lock);
	note_loss(recorder, queue_make_room(&recorder->queue));
	if (recorder->queue.count == recorder->queue.busy)
		recorder->arrived_ms = now_ms();
	if (queue_add(&recorder->queue, reading, false))
		recorder->added++;
	else
		note_loss(recorder, 1);
	pthread_cond_broadcast(&recorder->changed);
	pthread_mutex_unlock(&recorder->lock);
}

bool recorder_wait(struct recorder *recorder, unsigned int timeout_ms)
{
	int64_t until = now_ms() + timeout_ms;
	uint64_t number;
	bool stored;

	pthread_mutex_lock(&recorder->lock);
	number = recorder->added;
	recorder->waiters++;
	pthread_cond_broadcast(&recorder->changed);
	while (recorder->done < number && !recorder->status.problem[0] &&
	       now_ms() < until)
		wait_until(recorder, until);
	recorder->waiters--;
	stored = recorder->done >= number;
	pthread_mutex_unlock(&recorder->lock);
	return stored;
}

/* May count one twice that is being stored: harmless for a limit. */
static unsigned int count_waiting(struct recorder *recorder, const char *meter,
				  int64_t since_ns, int64_t until_ns)
{
	unsigned int count = 0;

	pthread_mutex_lock(&recorder->lock);
	for (const struct queue_item *i = recorder->queue.first; i;
	     i = i->next) {
		const struct store_readout *readout = i->reading->readout;

		count += !strcmp(readout->meter, meter) &&
			 readout->time_ns >= since_ns &&
			 readout->time_ns < until_ns;
	}
	pthread_mutex_unlock(&recorder->lock);
	return count;
}

int recorder_attempts(struct recorder *recorder, const char *meter,
		      int64_t since_ns, int64_t until_ns, unsigned int *count,
		      struct meterbus_error *err)
{
	unsigned int waiting;
	int result;

	waiting = count_waiting(recorder, meter, since_ns, until_ns);
	pthread_mutex_lock(&recorder->lookup_lock);
	result = store_attempts(recorder->lookup, meter, since_ns, until_ns,
				count, err);
	pthread_mutex_unlock(&recorder->lookup_lock);
	if (result == 0)
		*count += waiting;
	return result;
}

int64_t recorder_last(struct recorder *recorder, const char *meter,
		      int64_t before_ns)
{
	int64_t last;

	pthread_mutex_lock(&recorder->lookup_lock);
	if (store_last(recorder->lookup, meter, before_ns, &last, NULL) < 0)
		last = 0;
	pthread_mutex_unlock(&recorder->lookup_lock);
	return last;
}

void recorder_status(struct recorder *recorder, struct recorder_status *status)
{
	pthread_mutex_lock(&recorder->lock);
	*status = recorder->status;
	status->waiting = recorder->queue.count;
	if (recorder->queue.first)
		status->oldest_ns =
			recorder->queue.first->reading->readout->time_ns;
	pthread_mutex_unlock(&recorder->lock);
}
