// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The outbox: a thread for each output takes what is behind its position in
 * the store, has it delivered, and moves the position when the receiver has
 * acknowledged. The store is the queue, so nothing is lost that is in it, and
 * who writes to it never waits for a receiver.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "output.h"

/* Between attempts: doubled each time, and some of it by chance. */
#define BACKOFF_FIRST_MS	1000
#define BACKOFF_MAX_MS		60000
/* How long a connection may be left alone. */
#define IDLE_MS			5000
/* News tell what is new; this is for what they might not. */
#define LOOK_MS			60000

struct batch {
	struct store_readout **readouts; /* room for kind->batch of them */
	size_t count;
};

struct worker {
	struct worker *next;
	struct outbox *outbox;
	const struct output_kind *kind;
	/* Where the output was opened from; it leads into that. */
	struct config *opened;
	const struct config_output *output;
	pthread_t thread;
	int stop_fd;			/* readable once it shall end */
	struct subscription *news;

	/* The thread's own. */
	struct config *current;
	struct store *store;
	void *state;
	bool has_position;
	int64_t position;		/* up to here is delivered */
	int64_t saved;			/* what of that the store knows */
	unsigned int attempts;		/* in vain, since one that was not */
	int64_t failed_ms;		/* when the last one was */
	struct pollfd wake;
	struct batch batch;

	pthread_mutex_t lock;		/* of what follows */
	struct config *newest;
	struct output_status status;
};

struct outbox {
	struct news *news;
	pthread_mutex_t lock;		/* of what follows */
	struct worker *workers;
	struct store *store;		/* for the status only; NULL: not open */
	struct config *config;
};

static const struct output_kind *kind_of(const struct config_output *output)
{
	switch (output->kind) {
	case CONFIG_OUTPUT_MQTT:
		return &output_mqtt;
	case CONFIG_OUTPUT_INFLUX1:
	case CONFIG_OUTPUT_INFLUX2:
		return &output_influx;
	case CONFIG_OUTPUT_WEBHOOK:
		return &output_webhook;
	case CONFIG_OUTPUT_EXEC:
		return &output_exec;
	}
	return NULL;
}

/* ----------------------------------------------------------- batches */

/* Without memory the batch is a short one. */
static bool add_to_batch(void *context, const struct store_readout *readout)
{
	struct batch *batch = context;
	struct store_readout *copy;
	size_t size;

	copy = store_readout_copy(readout, &size);
	if (!copy)
		return false;
	batch->readouts[batch->count++] = copy;
	return true;
}

static void empty_batch(struct batch *batch)
{
	while (batch->count)
		free(batch->readouts[--batch->count]);
}

/* ------------------------------------------------------------ status */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void count_delivered(struct worker *worker, size_t count)
{
	pthread_mutex_lock(&worker->lock);
	worker->status.delivered += count;
	pthread_mutex_unlock(&worker->lock);
}

static void get_on(struct worker *worker)
{
	bool before;

	pthread_mutex_lock(&worker->lock);
	before = !worker->status.problem[0];
	worker->status.connected = true;
	worker->status.problem[0] = '\0';
	pthread_mutex_unlock(&worker->lock);
	/* A connection that breaks as soon as it is there is none. */
	if (now_ms() - worker->failed_ms > BACKOFF_MAX_MS)
		worker->attempts = 0;
	if (!before)
		log_notice("output %s: gets on again", worker->output->name);
}

static void get_stuck(struct worker *worker, const struct meterbus_error *err)
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
			    " wait, nothing is lost, it is tried again",
			    worker->output->name, err->text, backlog);
	else
		log_warning("output %s: %s; it is tried again",
			    worker->output->name, err->text);
}

/* ------------------------------------------------------------ thread */

static bool stop_requested(const struct worker *worker)
{
	struct pollfd fd = { .fd = worker->stop_fd, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

/* Half of it at least, so that many daemons do not come all at once. */
static unsigned int backoff_ms(unsigned int attempts)
{
	unsigned int ms = BACKOFF_MAX_MS;

	if (attempts < 6)
		ms = BACKOFF_FIRST_MS << attempts;
	return ms / 2 + arc4random_uniform(ms / 2);
}

static void wait_backoff(struct worker *worker)
{
	struct pollfd fd = { .fd = worker->stop_fd, .events = POLLIN };

	worker->failed_ms = now_ms();
	poll(&fd, 1, (int)backoff_ms(worker->attempts));
	if (worker->attempts < 6)
		worker->attempts++;
}

static void forget_news(struct worker *worker)
{
	const struct news_item *item;
	unsigned int lost;

	while ((item = news_next(worker->news, &lost)))
		news_put(item);
}

static void wait_news(struct worker *worker)
{
	struct pollfd fds[] = {
		{ .fd = worker->stop_fd, .events = POLLIN },
		{ .fd = news_fd(worker->news), .events = POLLIN },
		worker->wake,
	};

	poll(fds, 3, worker->kind->idle ? IDLE_MS : LOOK_MS);
}

static void take_config(struct worker *worker)
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

/* Also after the start only, if the disk was full then. */
static int find_position(struct worker *worker, struct meterbus_error *err)
{
	if (!worker->store && store_open(&worker->store, worker->opened->store,
					 STORE_WRITE, err) < 0) {
		worker->store = NULL;
		return -1;
	}
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
 * Delivering goes on if the disk is full: what was delivered would only be
 * delivered again after a restart.
 */
static int save_position(struct worker *worker, struct meterbus_error *err)
{
	if (worker->saved == worker->position)
		return 0;
	if (store_set_position(worker->store, worker->output->name,
			       worker->position, err) < 0)
		return -1;
	worker->saved = worker->position;
	return 0;
}

static int deliver(struct worker *worker, struct meterbus_error *err)
{
	struct batch *batch = &worker->batch;
	size_t count;

	count = worker->kind->deliver(worker->state, worker->current,
				      (const struct store_readout *const *)
					      batch->readouts,
				      batch->count, err);
	if (count) {
		worker->position = batch->readouts[count - 1]->id;
		worker->attempts = 0;
		count_delivered(worker, count);
	}
	return count == batch->count ? 0 : -1;
}

/* Delivers a batch, or waits for one. Returns -1 if it is to be repeated. */
static int step(struct worker *worker, struct meterbus_error *err)
{
	struct batch *batch = &worker->batch;
	struct meterbus_error save_err;
	int ret;

	take_config(worker);
	if (find_position(worker, err) < 0)
		return -1;
	if (!worker->state)
		worker->state = worker->kind->open(worker->opened,
						   worker->output,
						   worker->stop_fd, err);
	if (!worker->state)
		return -1;
	forget_news(worker);
	if (store_after(worker->store, worker->position, worker->kind->batch,
			add_to_batch, batch, err) < 0)
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
	/* What was wrong before may have been the store. */
	if (ret == 0 && (worker->kind->idle || worker->attempts))
		get_on(worker);
	if (ret == 0)
		wait_news(worker);
	return ret;
}

static void *run(void *context)
{
	struct worker *worker = context;
	struct meterbus_error err;
	int ret;

	while (!stop_requested(worker)) {
		bool delivers;

		err.text[0] = '\0';
		ret = step(worker, &err);
		delivers = worker->batch.count;
		empty_batch(&worker->batch);
		if (ret == 0 && delivers)
			get_on(worker);
		/* What was interrupted is no failure. */
		if (ret == 0 || stop_requested(worker))
			continue;
		get_stuck(worker, &err);
		wait_backoff(worker);
	}
	if (worker->state)
		worker->kind->close(worker->state);
	if (worker->store)
		store_close(worker->store);
	return NULL;
}

/* ------------------------------------------------------------ outbox */

static void free_worker(struct worker *worker)
{
	if (worker->news)
		news_leave(worker->news);
	if (worker->stop_fd >= 0)
		close(worker->stop_fd);
	free(worker->batch.readouts);
	config_put(worker->opened);
	config_put(worker->current);
	config_put(worker->newest);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}

static struct worker *new_worker(struct outbox *outbox, struct config *config,
				 const struct config_output *output)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	const struct output_kind *kind = kind_of(output);

	if (!worker)
		return NULL;
	pthread_mutex_init(&worker->lock, NULL);
	worker->outbox = outbox;
	worker->kind = kind;
	worker->output = output;
	worker->opened = config_get(config);
	worker->current = config_get(config);
	worker->newest = config_get(config);
	worker->wake.fd = -1;
	worker->status.kind = kind->name;
	snprintf(worker->status.name, sizeof(worker->status.name), "%s",
		 output->name);
	worker->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	worker->news = news_join(outbox->news);
	worker->batch.readouts = calloc(kind->batch,
					sizeof(*worker->batch.readouts));
	if (worker->stop_fd >= 0 && worker->news && worker->batch.readouts)
		return worker;
	free_worker(worker);
	return NULL;
}

/* Has the store remember where @worker begins, before anything is added. */
static void begin_position(struct worker *worker)
{
	struct meterbus_error err;

	if (find_position(worker, &err) < 0)
		log_warning("output %s: %s", worker->output->name, err.text);
}

static int start_worker(struct outbox *outbox, struct config *config,
			const struct config_output *output,
			struct meterbus_error *err)
{
	struct worker *worker = new_worker(outbox, config, output);
	int error;

	if (!worker)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "output %s: out of memory or file descriptors",
				     output->name);
	begin_position(worker);
	error = pthread_create(&worker->thread, NULL, run, worker);
	if (error) {
		if (worker->store)
			store_close(worker->store);
		free_worker(worker);
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "output %s: no thread: %s", output->name,
				     strerror(error));
	}
	worker->next = outbox->workers;
	outbox->workers = worker;
	return 0;
}

/* All at once, then one after the other is waited for. */
static void stop_workers(struct worker *workers)
{
	struct worker *next;

	for (struct worker *worker = workers; worker; worker = worker->next)
		eventfd_write(worker->stop_fd, 1);
	for (struct worker *worker = workers; worker; worker = next) {
		next = worker->next;
		pthread_join(worker->thread, NULL);
		free_worker(worker);
	}
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_output(const struct config_output *a,
			const struct config_output *b)
{
	return a->kind == b->kind && same_text(a->url, b->url) &&
	       same_text(a->user, b->user) &&
	       same_text(a->password, b->password) &&
	       same_text(a->token, b->token) &&
	       same_text(a->ca_file, b->ca_file) &&
	       same_text(a->cert_file, b->cert_file) &&
	       same_text(a->key_file, b->key_file) &&
	       same_text(a->topic, b->topic) &&
	       same_text(a->discovery, b->discovery) &&
	       a->retain == b->retain &&
	       same_text(a->database, b->database) &&
	       same_text(a->retention_policy, b->retention_policy) &&
	       same_text(a->org, b->org) && same_text(a->bucket, b->bucket) &&
	       same_text(a->command, b->command) &&
	       a->timeout_s == b->timeout_s;
}

static const struct config_output *find_output(const struct config *config,
					       const char *name)
{
	for (size_t i = 0; i < config->output_count; i++)
		if (!strcmp(config->outputs[i]->name, name))
			return config->outputs[i];
	return NULL;
}

static bool goes_on(const struct worker *worker, const struct config *config)
{
	const struct config_output *output;

	output = find_output(config, worker->output->name);
	return output && same_output(output, worker->output) &&
	       !strcmp(config->site, worker->opened->site) &&
	       !strcmp(config->store, worker->opened->store);
}

static void give_config(struct worker *worker, struct config *config)
{
	struct config *old;

	pthread_mutex_lock(&worker->lock);
	old = worker->newest;
	worker->newest = config_get(config);
	pthread_mutex_unlock(&worker->lock);
	config_put(old);
}

/* Called with the lock held. Takes away those that do not go on. */
static struct worker *take_ending(struct outbox *outbox, struct config *config)
{
	struct worker **link = &outbox->workers, *worker, *ending = NULL;

	while ((worker = *link)) {
		if (goes_on(worker, config)) {
			give_config(worker, config);
			link = &worker->next;
			continue;
		}
		*link = worker->next;
		worker->next = ending;
		ending = worker;
	}
	return ending;
}

static bool is_running(const struct outbox *outbox, const char *name)
{
	for (struct worker *worker = outbox->workers; worker;
	     worker = worker->next)
		if (!strcmp(worker->output->name, name))
			return true;
	return false;
}

int outbox_reload(struct outbox *outbox, struct config *config,
		  struct meterbus_error *err)
{
	struct worker *ending;
	int ret = 0;

	pthread_mutex_lock(&outbox->lock);
	ending = take_ending(outbox, config);
	pthread_mutex_unlock(&outbox->lock);
	/* Not under the lock: who asks for the status would wait, too. */
	stop_workers(ending);

	pthread_mutex_lock(&outbox->lock);
	for (size_t i = 0; i < config->output_count; i++)
		if (!is_running(outbox, config->outputs[i]->name) &&
		    start_worker(outbox, config, config->outputs[i], err) < 0)
			ret = -1;
	if (outbox->store && strcmp(outbox->config->store, config->store)) {
		store_close(outbox->store);
		outbox->store = NULL;
	}
	config_get(config);
	config_put(outbox->config);
	outbox->config = config;
	pthread_mutex_unlock(&outbox->lock);
	return ret;
}

struct outbox *outbox_start(struct config *config, struct news *news,
			    struct meterbus_error *err)
{
	struct outbox *outbox = calloc(1, sizeof(*outbox));

	if (!outbox) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	pthread_mutex_init(&outbox->lock, NULL);
	outbox->news = news;
	outbox->config = config_get(config);
	if (outbox_reload(outbox, config, err) < 0) {
		outbox_stop(outbox);
		return NULL;
	}
	return outbox;
}

void outbox_stop(struct outbox *outbox)
{
	stop_workers(outbox->workers);
	if (outbox->store)
		store_close(outbox->store);
	config_put(outbox->config);
	pthread_mutex_destroy(&outbox->lock);
	free(outbox);
}

/* Called with the lock held. How much waits, or why nobody can tell. */
static void add_backlog(struct outbox *outbox, struct output_status *status)
{
	struct meterbus_error err;

	if (!outbox->store && store_open(&outbox->store, outbox->config->store,
					 STORE_READ, &err) < 0)
		outbox->store = NULL;
	if (outbox->store && store_backlog(outbox->store, status->name,
					   &status->backlog, &err) == 0)
		return;
	status->connected = false;
	snprintf(status->problem, sizeof(status->problem), "%s", err.text);
}

size_t outbox_status(struct outbox *outbox, struct output_status *status,
		     size_t max)
{
	size_t count = 0;

	pthread_mutex_lock(&outbox->lock);
	for (struct worker *worker = outbox->workers; worker;
	     worker = worker->next, count++) {
		if (count >= max)
			continue;
		pthread_mutex_lock(&worker->lock);
		status[count] = worker->status;
		pthread_mutex_unlock(&worker->lock);
		add_backlog(outbox, &status[count]);
	}
	pthread_mutex_unlock(&outbox->lock);
	return count;
}
