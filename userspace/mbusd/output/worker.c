// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "base/log.h"
#include "output/output.h"
#include "output/worker.h"
#include "store/parked.h"
#include "store/reading.h"
#include "store/store.h"

/* Between attempts: doubled each time, partly random. */
#define BACKOFF_FIRST_MS	1000
#define BACKOFF_MAX_MS		60000
/* Longest time between calls of idle(). */
#define IDLE_MS			5000
/* Events may be lost: the store is read at least this often. */
#define LOOK_MS			60000

struct batch {
	struct reading **readings; /* room for kind->batch of them */
	size_t count;
};

struct output_worker {
	const struct output_kind *kind;
	/* The configuration of @output. */
	struct config *opened;
	const struct config_output *output;
	pthread_t thread;
	int stop_fd;			/* readable once it has to end */
	struct subscription *events;
	struct recent *recent;
	struct commands *commands;

	/* The thread's own. */
	struct config *current;
	struct store *store;
	void *state;
	bool has_position;
	int64_t position;		/* up to here is delivered */
	int64_t saved;			/* the position in the store */
	unsigned int attempts;		/* that failed, since the last success */
	int64_t failed_ms;		/* when the last one was */
	struct pollfd wake;
	struct batch batch;
	int64_t failing;		/* id of the readout with attempts; 0 */
	bool refused;			/* output_park() was called */

	atomic_bool again;		/* parked readouts are to be sent */
	pthread_mutex_t lock;		/* of what follows */
	struct config *newest;
	struct output_status status;
};

/* The kind's configuration is its first member, see kinds.c. */
static const struct output_kind *kind_of(const struct config_output *output)
{
	return (const struct output_kind *)output->kind;
}

void output_command(struct output_worker *worker, enum command_kind kind,
		    const char *name)
{
	struct command command = { .kind = kind };

	snprintf(command.name, sizeof(command.name), "%s", name);
	snprintf(command.output, sizeof(command.output), "%s",
		 worker->output->name);
	if (!commands_add(worker->commands, &command))
		log_warning("output %s: command for '%s' is dropped, too many wait; send fewer",
			    worker->output->name, command.name);
}

void output_park(struct output_worker *worker,
		 const struct store_readout *readout, const char *why)
{
	const char *name = worker->output->name;
	struct meterbus_error err;

	worker->refused = true;
	if (store_park(worker->store, name, readout->id, wall_ns(), why,
		       &err) < 0)
		log_error("output %s: readout %lld of meter %s is left out: %s; it could not be parked: %s",
			  name, (long long)readout->id, readout->meter, why,
			  err.text);
	else
		log_error("output %s: readout %lld of meter %s is parked: %s; 'mbusctl parked' lists and sends it",
			  name, (long long)readout->id, readout->meter, why);
}

int output_each_meter(struct output_worker *worker, store_meter_fn *each,
		      void *context, struct meterbus_error *err)
{
	return store_meters(worker->store, each, context, err);
}

/* ----------------------------------------------------------- batches */

/*
 * Recent readings are shared, older ones are decoded again. Without memory the
 * batch is shorter.
 */
static bool add_to_batch(void *context, const struct store_readout *readout)
{
	struct output_worker *worker = context;
	const struct config *config = worker->current;
	struct batch *batch = &worker->batch;
	struct reading *reading;

	reading = recent_find(worker->recent, readout->id);
	if (!reading)
		reading = reading_new(config,
				      config_find_meter(config, readout->meter),
				      readout);
	if (!reading)
		return false;
	batch->readings[batch->count++] = reading;
	return true;
}

static void empty_batch(struct batch *batch)
{
	while (batch->count)
		reading_put(batch->readings[--batch->count]);
}

/* ------------------------------------------------------------ status */

static void count_delivered(struct output_worker *worker, size_t count)
{
	pthread_mutex_lock(&worker->lock);
	worker->status.delivered += count;
	pthread_mutex_unlock(&worker->lock);
}

static void note_success(struct output_worker *worker)
{
	bool before;

	pthread_mutex_lock(&worker->lock);
	before = !worker->status.problem[0];
	worker->status.connected = true;
	worker->status.problem[0] = '\0';
	pthread_mutex_unlock(&worker->lock);
	/* A connection that breaks at once is no success. */
	if (now_ms() - worker->failed_ms > BACKOFF_MAX_MS)
		worker->attempts = 0;
	if (!before)
		log_notice("output %s: delivery works again", worker->output->name);
}

static void note_failure(struct output_worker *worker,
		      const struct meterbus_error *err)
{
	uint64_t backlog = 0;
	bool known;

	pthread_mutex_lock(&worker->lock);
	known = !strcmp(worker->status.problem, err->text);
	worker->status.connected = false;
	worker->status.failures++;
	snprintf(worker->status.problem, sizeof(worker->status.problem), "%s",
		 err->text);
	pthread_mutex_unlock(&worker->lock);
	if (known)
		return;
	if (worker->store)
		store_backlog(worker->store, worker->output->name, &backlog,
			      NULL);
	if (backlog)
		log_warning("output %s: %s; %" PRIu64
			    " readouts wait, delivery is retried",
			    worker->output->name, err->text, backlog);
	else
		log_warning("output %s: %s; delivery is retried",
			    worker->output->name, err->text);
}

/* ------------------------------------------------------------ thread */

static bool stop_requested(const struct output_worker *worker)
{
	struct pollfd fd = { .fd = worker->stop_fd, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

/* Random by up to half, so that many daemons do not retry at the same time. */
static unsigned int backoff_ms(unsigned int attempts)
{
	unsigned int ms = BACKOFF_MAX_MS;

	if (attempts < 6)
		ms = BACKOFF_FIRST_MS << attempts;
	return ms / 2 + arc4random_uniform(ms / 2);
}

static void wait_backoff(struct output_worker *worker)
{
	struct pollfd fd = { .fd = worker->stop_fd, .events = POLLIN };

	worker->failed_ms = now_ms();
	poll(&fd, 1, (int)backoff_ms(worker->attempts));
	if (worker->attempts < 6)
		worker->attempts++;
}

static void discard_events(struct output_worker *worker)
{
	const struct event *item;
	unsigned int lost;

	while ((item = events_next(worker->events, &lost)))
		event_put(item);
}

static void wait_events(struct output_worker *worker)
{
	struct pollfd fds[] = {
		{ .fd = worker->stop_fd, .events = POLLIN },
		{ .fd = events_fd(worker->events), .events = POLLIN },
		worker->wake,
	};

	poll(fds, 3, worker->kind->idle ? IDLE_MS : LOOK_MS);
}

static void take_config(struct output_worker *worker)
{
	struct config *old = NULL;

	pthread_mutex_lock(&worker->lock);
	if (worker->newest != worker->current) {
		old = worker->current;
		worker->current = config_get(worker->newest);
	}
	pthread_mutex_unlock(&worker->lock);
	if (old)
		config_put(old);
}

/* Repeated while the disk is full. */
static int find_position(struct output_worker *worker,
			 struct meterbus_error *err)
{
	if (!worker->store && store_open(&worker->store, worker->opened->store,
					 STORE_WRITE, err) < 0)
		return -1;
	if (worker->has_position)
		return 0;
	if (store_position(worker->store, worker->output->name, false,
			   &worker->position, err) < 0)
		return -1;
	worker->saved = worker->position;
	worker->has_position = true;
	return 0;
}

/*
 * Delivery continues if this fails: readouts would be repeated after a restart
 * only.
 */
static int save_position(struct output_worker *worker,
			 struct meterbus_error *err)
{
	if (worker->saved == worker->position)
		return 0;
	if (store_set_position(worker->store, worker->output->name,
			       worker->position, err) < 0)
		return -1;
	worker->saved = worker->position;
	return 0;
}

static int open_receiver(struct output_worker *worker,
			 struct meterbus_error *err)
{
	void *state;

	if (worker->state)
		return 0;
	state = calloc(1, worker->kind->state_size);
	if (!state)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	if (worker->kind->open(state, worker, worker->opened,
			       worker->output, worker->stop_fd, err) < 0) {
		free(state);
		return -1;
	}
	worker->state = state;
	return 0;
}

static void close_receiver(struct output_worker *worker)
{
	if (worker->state && worker->kind->close)
		worker->kind->close(worker->state);
	free(worker->state);
}

/* Whether it has failed often and long enough to be parked. */
static bool give_up(struct output_worker *worker,
		    const struct store_readout *readout, const char *why)
{
	const struct config_output *output = worker->output;
	struct store_attempts attempts;
	int64_t now = wall_ns();

	worker->failing = readout->id;
	if (store_note_attempt(worker->store, output->name, readout->id, now,
			       why, &attempts, NULL) < 0)
		return false;
	return output->park_after_s && attempts.count >= output->park_tries &&
	       now - attempts.since_ns >=
		       (int64_t)output->park_after_s * NS_PER_S;
}

static void forget_attempts(struct output_worker *worker, int64_t readout)
{
	struct meterbus_error err;

	if (worker->failing == readout &&
	    store_forget_attempts(worker->store, worker->output->name, readout,
				  &err) < 0)
		log_warning("output %s: %s", worker->output->name, err.text);
	worker->failing = 0;
}

/* By send(). Returns 1 if the readout need not be sent again. */
static size_t send_one(struct output_worker *worker, struct meterbus_error *err)
{
	const struct reading *reading = worker->batch.readings[0];
	enum output_result result = worker->kind->send(worker->state, reading,
						       err);

	if (result == OUTPUT_FAILED &&
	    give_up(worker, reading->readout, err->text))
		result = OUTPUT_REFUSED;
	if (result == OUTPUT_REFUSED)
		output_park(worker, reading->readout, err->text);
	else if (result == OUTPUT_TAKEN)
		forget_attempts(worker, reading->readout->id);
	return result == OUTPUT_TAKEN || result == OUTPUT_REFUSED;
}

/* One that was parked. Returns 0, or -1 to repeat it later. */
static int deliver_again(struct output_worker *worker,
			 struct meterbus_error *err)
{
	struct reading *reading = worker->batch.readings[0];
	const struct output_kind *kind = worker->kind;
	enum output_result result = OUTPUT_LATER;

	worker->refused = false;
	if (kind->send)
		result = kind->send(worker->state, reading, err);
	else if (kind->deliver(worker->state, worker->current, &reading, 1,
			       err) == 1)
		result = worker->refused ? OUTPUT_REFUSED : OUTPUT_TAKEN;
	if (result == OUTPUT_LATER)
		return -1;
	if (result != OUTPUT_TAKEN) {
		if (!worker->refused)
			output_park(worker, reading->readout, err->text);
		return 0;
	}
	count_delivered(worker, 1);
	return store_forget_attempts(worker->store, worker->output->name,
				     reading->readout->id, err);
}

/* Sends what store_send_again() has marked. Returns 0, or -1 with @err. */
static int send_again(struct output_worker *worker, struct meterbus_error *err)
{
	int ret = 0;

	while (ret == 0 && atomic_exchange(&worker->again, false)) {
		ret = store_next_again(worker->store, worker->output->name,
				       add_to_batch, worker, err);
		if (ret == 0 && worker->batch.count) {
			ret = deliver_again(worker, err);
			atomic_store(&worker->again, true);
		}
		empty_batch(&worker->batch);
	}
	if (ret < 0)
		atomic_store(&worker->again, true);
	return ret;
}

static int deliver(struct output_worker *worker, struct meterbus_error *err)
{
	struct batch *batch = &worker->batch;
	size_t count;

	if (worker->kind->send)
		count = send_one(worker, err);
	else
		count = worker->kind->deliver(worker->state, worker->current,
					      batch->readings, batch->count,
					      err);
	if (count) {
		worker->position = batch->readings[count - 1]->readout->id;
		worker->attempts = 0;
		count_delivered(worker, count);
	}
	return count == batch->count ? 0 : -1;
}

/* Delivers a batch, or waits for one. Returns -1 if it is to be repeated. */
static int step(struct output_worker *worker, struct meterbus_error *err)
{
	struct batch *batch = &worker->batch;
	struct meterbus_error save_err;
	int ret;

	take_config(worker);
	if (find_position(worker, err) < 0)
		return -1;
	if (open_receiver(worker, err) < 0)
		return -1;
	discard_events(worker);
	if (send_again(worker, err) < 0)
		return -1;
	if (store_after(worker->store, worker->position, worker->kind->batch,
			add_to_batch, worker, err) < 0)
		return -1;
	if (batch->count) {
		ret = deliver(worker, err);
		if (save_position(worker, &save_err) < 0 && ret == 0) {
			*err = save_err;
			ret = -1;
		}
		return ret;
	}
	if (worker->kind->idle &&
	    worker->kind->idle(worker->state, &worker->wake, err) < 0)
		return -1;
	ret = save_position(worker, err);
	/* An earlier problem may have been one of the store. */
	if (ret == 0 && (worker->kind->idle || worker->attempts))
		note_success(worker);
	if (ret == 0)
		wait_events(worker);
	return ret;
}

static void *run(void *context)
{
	struct output_worker *worker = context;
	struct meterbus_error err;
	int ret;

	while (!stop_requested(worker)) {
		bool delivers;

		err.text[0] = '\0';
		ret = step(worker, &err);
		delivers = worker->batch.count;
		empty_batch(&worker->batch);
		if (ret == 0 && delivers)
			note_success(worker);
		/* An interrupted attempt is no failure. */
		if (ret == 0 || stop_requested(worker))
			continue;
		note_failure(worker, &err);
		wait_backoff(worker);
	}
	close_receiver(worker);
	return NULL;
}

/* --------------------------------------------------------------- life */

static void free_worker(struct output_worker *worker)
{
	if (worker->store)
		store_close(worker->store);
	if (worker->events)
		events_unsubscribe(worker->events);
	if (worker->stop_fd >= 0)
		close(worker->stop_fd);
	free(worker->batch.readings);
	config_put(worker->opened);
	config_put(worker->current);
	config_put(worker->newest);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}

static struct output_worker *new_worker(struct config *config,
					const struct config_output *output,
					struct events *events,
					struct recent *recent,
					struct commands *commands)
{
	struct output_worker *worker = calloc(1, sizeof(*worker));
	const struct output_kind *kind = kind_of(output);

	if (!worker)
		return NULL;
	pthread_mutex_init(&worker->lock, NULL);
	worker->kind = kind;
	worker->output = output;
	worker->opened = config_get(config);
	worker->current = config_get(config);
	worker->newest = config_get(config);
	worker->wake.fd = -1;
	atomic_init(&worker->again, true);
	worker->status.kind = kind->name;
	snprintf(worker->status.name, sizeof(worker->status.name), "%s",
		 output->name);
	worker->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	worker->events = events_subscribe(events);
	worker->recent = recent;
	worker->commands = commands;
	worker->batch.readings = calloc(kind->batch,
					sizeof(*worker->batch.readings));
	if (worker->stop_fd >= 0 && worker->events && worker->batch.readings)
		return worker;
	free_worker(worker);
	return NULL;
}

/* Stores where @worker begins, before readouts are added. */
static void begin_position(struct output_worker *worker)
{
	struct meterbus_error err;

	if (find_position(worker, &err) < 0)
		log_warning("output %s: %s", worker->output->name, err.text);
}

struct output_worker *output_worker_start(struct config *config,
					  const struct config_output *output,
					  struct events *events,
					  struct recent *recent,
					  struct commands *commands,
					  struct meterbus_error *err)
{
	struct output_worker *worker = new_worker(config, output, events,
						  recent, commands);
	int error;

	if (!worker) {
		meterbus_fail(err, METERBUS_E_SYSTEM,
			      "output %s: out of memory or file descriptors",
			      output->name);
		return NULL;
	}
	begin_position(worker);
	error = pthread_create(&worker->thread, NULL, run, worker);
	if (!error)
		return worker;
	meterbus_fail(err, METERBUS_E_SYSTEM, "output %s: no thread: %s",
		      output->name, strerror(error));
	free_worker(worker);
	return NULL;
}

bool output_worker_reload(struct output_worker *worker, struct config *config)
{
	const struct config_output *output;
	struct config *old;

	output = config_find_output(config, worker->output->name);
	if (!output || !config_same_output(output, worker->output) ||
	    strcmp(config->site, worker->opened->site))
		return false;
	pthread_mutex_lock(&worker->lock);
	old = worker->newest;
	worker->newest = config_get(config);
	pthread_mutex_unlock(&worker->lock);
	config_put(old);
	return true;
}

void output_worker_send_again(struct output_worker *worker)
{
	atomic_store(&worker->again, true);
}

void output_worker_end(struct output_worker *worker)
{
	eventfd_write(worker->stop_fd, 1);
}

void output_worker_stop(struct output_worker *worker)
{
	if (!worker)
		return;
	output_worker_end(worker);
	pthread_join(worker->thread, NULL);
	free_worker(worker);
}

void output_worker_status(struct output_worker *worker,
			  struct output_status *status)
{
	pthread_mutex_lock(&worker->lock);
	*status = worker->status;
	pthread_mutex_unlock(&worker->lock);
}
