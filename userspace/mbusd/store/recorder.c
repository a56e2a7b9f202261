// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "store/reading.h"
#include "store/recorder.h"

#define NS_PER_S 1000000000LL

/* Days of a full disk for a bus, some hours for many; a few MiB. */
#define WAITING_MAX 20000
#define WAITING_BYTES_MAX (16U << 20)

/*
 * Of those that wait, stored by one call: the threads of all buses come past
 * here and must not wait for thousands of them.
 */
#define DRAIN_STEP 200

/* Old readouts deleted by one tick, in steps of store_expire(). */
#define EXPIRE_STEPS 4

/*
 * A clock that jumps ahead makes all readouts old at once. Before they are
 * deleted somebody has a day to set it right; the same where the last readout
 * is older than a month when the daemon starts.
 */
#define JUMP_S 3600
#define GAP_S (30 * 86400)
#define JUMP_WAIT_S 86400

struct waiting {
	struct waiting *next;
	struct store_readout *readout;
	size_t size;
};

struct recorder {
	/* Protects all of it; held while the disk is written to. */
	pthread_mutex_t lock;
	struct config *config;
	struct news *news;
	struct store *store;
	int lock_fd;

	struct waiting *first, **last;
	size_t count, bytes;
	unsigned long lost;
	unsigned long lost_told;
	unsigned long drained;	/* of those that waited, so far */
	char problem[256];
	int64_t clock_offset;	/* time of day less monotonic, seconds */
	int64_t expire_from;	/* monotonic, seconds */
};

static int64_t seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec;
}

static int take_lock(const char *path, struct meterbus_error *err)
{
	char *name;
	int fd;

	if (asprintf(&name, "%s.lock", path) < 0)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0) {
		meterbus_fail(err,
			      errno == EACCES ? METERBUS_E_PERMISSION :
						METERBUS_E_SYSTEM,
			      "cannot make %s: %s; is its folder there, and mbusd's own?",
			      name, strerror(errno));
	} else if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		fd = meterbus_fail(err, METERBUS_E_BUSY,
				   "another mbusd works on %s; end it, or give this one a store of its own",
				   path);
	}
	free(name);
	return fd;
}

/* How long old readouts are left alone, see JUMP_S. */
static void set_up_expiry(struct recorder *recorder)
{
	int64_t now = seconds(CLOCK_REALTIME);
	int64_t monotonic = seconds(CLOCK_MONOTONIC);
	int64_t last;

	recorder->clock_offset = now - monotonic;
	if (store_last(recorder->store, NULL, INT64_MAX, &last, NULL) == 0 &&
	    last && now - last / NS_PER_S > GAP_S)
		recorder->expire_from = monotonic + JUMP_WAIT_S;
}

static bool may_expire(struct recorder *recorder)
{
	int64_t monotonic = seconds(CLOCK_MONOTONIC);
	int64_t offset = seconds(CLOCK_REALTIME) - monotonic;

	if (offset > recorder->clock_offset + JUMP_S ||
	    offset < recorder->clock_offset - JUMP_S) {
		log_warning("the clock jumped by %lld s; no old readouts are deleted for a day",
			    (long long)(offset - recorder->clock_offset));
		recorder->expire_from = monotonic + JUMP_WAIT_S;
	}
	recorder->clock_offset = offset;
	return monotonic >= recorder->expire_from;
}

struct recorder *recorder_open(struct config *config, struct news *news,
			       struct meterbus_error *err)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	if (!recorder) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	recorder->lock_fd = take_lock(config->store, err);
	if (recorder->lock_fd < 0)
		goto fail;
	if (store_open(&recorder->store, config->store, STORE_WRITE, err) < 0)
		goto close_lock;
	pthread_mutex_init(&recorder->lock, NULL);
	recorder->config = config_get(config);
	recorder->news = news;
	recorder->last = &recorder->first;
	set_up_expiry(recorder);
	return recorder;

close_lock:
	close(recorder->lock_fd);
fail:
	free(recorder);
	return NULL;
}

static void drop_first(struct recorder *recorder)
{
	struct waiting *first = recorder->first;

	recorder->first = first->next;
	if (!recorder->first)
		recorder->last = &recorder->first;
	recorder->count--;
	recorder->bytes -= first->size;
	free(first->readout);
	free(first);
}

/* The loss is told when it begins, and again each time it has doubled. */
static void note_loss(struct recorder *recorder)
{
	recorder->lost++;
	if (recorder->lost < 2 * recorder->lost_told)
		return;
	recorder->lost_told = recorder->lost;
	log_error("%lu readouts are lost, as memory holds no more of them while the store takes none",
		  recorder->lost);
}

/* The oldest go first: later readouts of a meter include what it counted. */
static void keep(struct recorder *recorder, const struct store_readout *readout)
{
	struct waiting *waiting = calloc(1, sizeof(*waiting));

	if (waiting)
		waiting->readout = store_readout_copy(readout, &waiting->size);
	if (!waiting || !waiting->readout) {
		free(waiting);
		note_loss(recorder);
		return;
	}
	while (recorder->count && (recorder->count >= WAITING_MAX ||
				   recorder->bytes + waiting->size >
					   WAITING_BYTES_MAX)) {
		drop_first(recorder);
		note_loss(recorder);
	}
	*recorder->last = waiting;
	recorder->last = &waiting->next;
	recorder->count++;
	recorder->bytes += waiting->size;
}

static void publish(struct recorder *recorder,
		    const struct config_meter *meter,
		    const struct store_readout *readout)
{
	struct json_object *object;

	object = reading_json(recorder->config, meter, readout);
	if (object)
		news_publish(recorder->news, "readout", object);
}

static void note_problem(struct recorder *recorder, const char *text)
{
	if (strcmp(recorder->problem, text))
		log_error("%s; readouts wait in memory meanwhile", text);
	snprintf(recorder->problem, sizeof(recorder->problem), "%s", text);
}

static bool put(struct recorder *recorder, struct store_readout *readout)
{
	const struct config_meter *meter;
	struct meterbus_error err;

	meter = config_find_meter(recorder->config, readout->meter);
	if (store_add(recorder->store, readout,
		      meter && meter->has_key ? meter->key : NULL, &err) < 0) {
		note_problem(recorder, err.text);
		return false;
	}
	publish(recorder, meter, readout);
	return true;
}

/*
 * In order; what is behind one that cannot be stored waits with it. Returns
 * true when none waits any more.
 */
static bool put_waiting(struct recorder *recorder, size_t limit)
{
	if (!recorder->first)
		return true;
	for (; recorder->first && limit; limit--) {
		if (!put(recorder, recorder->first->readout))
			return false;
		drop_first(recorder);
		recorder->drained++;
	}
	if (recorder->first)
		return false;
	log_notice("the store takes readouts again; %lu that waited are in it",
		   recorder->drained);
	recorder->drained = 0;
	recorder->problem[0] = '\0';
	recorder->lost_told = 0;
	return true;
}

void recorder_add(struct recorder *recorder, struct store_readout *readout)
{
	pthread_mutex_lock(&recorder->lock);
	readout->id = 0;
	if (!put_waiting(recorder, DRAIN_STEP) || !put(recorder, readout)) {
		readout->id = 0;
		keep(recorder, readout);
	}
	pthread_mutex_unlock(&recorder->lock);
}

int recorder_attempts(struct recorder *recorder, const char *meter,
		      int64_t since_ns, int64_t until_ns, unsigned int *count,
		      struct meterbus_error *err)
{
	int result;

	pthread_mutex_lock(&recorder->lock);
	result = store_attempts(recorder->store, meter, since_ns, until_ns,
				count, err);
	for (struct waiting *w = recorder->first; w && result == 0; w = w->next)
		if (!strcmp(w->readout->meter, meter) &&
		    w->readout->time_ns >= since_ns &&
		    w->readout->time_ns < until_ns)
			++*count;
	pthread_mutex_unlock(&recorder->lock);
	return result;
}

int64_t recorder_last(struct recorder *recorder, const char *meter,
		      int64_t before_ns)
{
	int64_t last;

	pthread_mutex_lock(&recorder->lock);
	if (store_last(recorder->store, meter, before_ns, &last, NULL) < 0)
		last = 0;
	pthread_mutex_unlock(&recorder->lock);
	return last;
}

static void expire(struct recorder *recorder)
{
	const struct config *config = recorder->config;
	struct meterbus_error err;
	const char **outputs;
	int64_t before;
	bool more = true;

	outputs = calloc(config->output_count + 1, sizeof(*outputs));
	if (!outputs)
		return;
	for (size_t i = 0; i < config->output_count; i++)
		outputs[i] = config->outputs[i]->name;
	before = seconds(CLOCK_REALTIME) - (int64_t)config->retention_s;
	for (int i = 0; more && i < EXPIRE_STEPS; i++)
		if (store_expire(recorder->store, before * NS_PER_S, outputs,
				 config->output_count, &more, &err) < 0) {
			note_problem(recorder, err.text);
			break;
		}
	free(outputs);
}

void recorder_tick(struct recorder *recorder)
{
	pthread_mutex_lock(&recorder->lock);
	if (put_waiting(recorder, DRAIN_STEP) && recorder->config->retention_s &&
	    may_expire(recorder))
		expire(recorder);
	pthread_mutex_unlock(&recorder->lock);
}

void recorder_reload(struct recorder *recorder, struct config *config)
{
	pthread_mutex_lock(&recorder->lock);
	config_put(recorder->config);
	recorder->config = config_get(config);
	pthread_mutex_unlock(&recorder->lock);
}

void recorder_status(struct recorder *recorder, struct recorder_status *status)
{
	pthread_mutex_lock(&recorder->lock);
	status->waiting = recorder->count;
	status->lost = recorder->lost;
	snprintf(status->problem, sizeof(status->problem), "%s",
		 recorder->problem);
	pthread_mutex_unlock(&recorder->lock);
}

void recorder_close(struct recorder *recorder)
{
	if (!recorder)
		return;
	if (!put_waiting(recorder, SIZE_MAX))
		log_error("%zu readouts are lost that waited for the store",
			  recorder->count);
	while (recorder->first)
		drop_first(recorder);
	store_close(recorder->store);
	close(recorder->lock_fd);
	config_put(recorder->config);
	pthread_mutex_destroy(&recorder->lock);
	free(recorder);
}
