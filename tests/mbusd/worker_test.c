// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread of an output, with a receiver that does as a test wants: without
 * memory, without threads, and what is left of attempts that failed.
 */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "kselftest_harness.h"

#include "../../userspace/mbusd/output/outbox.h"
#include "../../userspace/mbusd/output/output.h"
#include "../../userspace/mbusd/output/worker.h"
#include "../../userspace/mbusd/store/parked.h"
#include "../../userspace/mbusd/store/store.h"
#include "no_memory.h"

#define MANY 120

/* ---------------------------------------------------------- receiver */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int64_t ids[2 * MANY];		/* of what it was given */
	size_t count;
	int64_t bad;			/* the readout that fails or is refused */
	int failures;			/* so many times; -1: always */
	bool refuses;
	bool starves;			/* more and more memory, then none */
	int stop_fds[2];		/* of outputs, in the order of opening */
	size_t opened;
	bool waits;			/* until the last output has to stop */
	struct output_worker *worker;
} receiver = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

/* Whether it takes it. */
static bool receive(const struct store_readout *readout)
{
	struct pollfd stop = { .events = POLLIN };
	bool good = true;

	pthread_mutex_lock(&receiver.lock);
	if (readout->id == receiver.bad && receiver.failures) {
		receiver.failures -= receiver.failures > 0;
		good = false;
	}
	if (good && receiver.count < 2 * MANY)
		receiver.ids[receiver.count++] = readout->id;
	/* Each time a later allocation fails, up to the next readout. */
	if (receiver.starves)
		fail_allocation((long)receiver.count);
	stop.fd = receiver.waits ? receiver.stop_fds[1] : -1;
	pthread_cond_broadcast(&receiver.changed);
	pthread_mutex_unlock(&receiver.lock);
	while (stop.fd >= 0 && !stop.revents)
		poll(&stop, 1, 1);
	return good;
}

static void await(size_t count)
{
	pthread_mutex_lock(&receiver.lock);
	while (receiver.count < count)
		pthread_cond_wait(&receiver.changed, &receiver.lock);
	pthread_mutex_unlock(&receiver.lock);
}

static void await_opened(size_t count)
{
	pthread_mutex_lock(&receiver.lock);
	while (receiver.opened < count)
		pthread_cond_wait(&receiver.changed, &receiver.lock);
	pthread_mutex_unlock(&receiver.lock);
}

static void starve(bool starves)
{
	pthread_mutex_lock(&receiver.lock);
	receiver.starves = starves;
	pthread_mutex_unlock(&receiver.lock);
}

static int open_receiver(void *state, struct output_worker *worker,
			 const struct config *config,
			 const struct config_output *output, int stop_fd,
			 struct meterbus_error *err)
{
	(void)state;
	(void)config;
	(void)output;
	(void)err;
	pthread_mutex_lock(&receiver.lock);
	receiver.worker = worker;
	receiver.stop_fds[receiver.opened++ % 2] = stop_fd;
	pthread_cond_broadcast(&receiver.changed);
	pthread_mutex_unlock(&receiver.lock);
	return 0;
}

static enum output_result send_one(void *state, const struct reading *reading,
				   struct meterbus_error *err)
{
	(void)state;
	if (receive(reading->readout))
		return OUTPUT_TAKEN;
	meterbus_fail(err, METERBUS_E_SYSTEM, "not now");
	return receiver.refuses ? OUTPUT_REFUSED : OUTPUT_FAILED;
}

static size_t deliver(void *state, const struct config *config,
		      struct reading *const *readings, size_t count,
		      struct meterbus_error *err)
{
	(void)state;
	(void)config;
	for (size_t i = 0; i < count; i++) {
		if (receive(readings[i]->readout))
			continue;
		if (!receiver.refuses) {
			meterbus_fail(err, METERBUS_E_SYSTEM, "not now");
			return i;
		}
		output_park(receiver.worker, readings[i]->readout, "never");
	}
	return count;
}

static const struct output_kind one_by_one = {
	.config = { .type = "one", .size = 1 },
	.name = "one", .batch = 1, .state_size = 1,
	.open = open_receiver, .send = send_one,
};

static const struct output_kind in_batches = {
	.config = { .type = "batches", .size = 1 },
	.name = "batches", .batch = 4, .state_size = 1,
	.open = open_receiver, .deliver = deliver,
};

static const struct config_output_kind *const kinds[] = {
	&one_by_one.config, &in_batches.config, NULL,
};

/* ------------------------------------------------------------ system */

static bool no_threads;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
		   void *(*start)(void *context), void *context)
{
	__typeof__(&pthread_create) next =
		(__typeof__(next))dlsym(RTLD_NEXT, __func__);

	return no_threads ? EAGAIN : next(thread, attributes, start, context);
}

/* Nobody waits as long as between attempts. */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	__typeof__(&poll) next = (__typeof__(next))dlsym(RTLD_NEXT, __func__);

	return next(fds, count, timeout > 1 ? 1 : timeout);
}

FIXTURE(output)
{
	char folder[64];
	struct config *config;
	struct store *store;
	struct events *events;
	struct recent *recent;
	struct output_worker *worker;
};

static void print_fault(void *context, bool warning, const char *file, int line,
			const char *text)
{
	(void)context;
	(void)warning;
	printf("# %s:%d: %s\n", file, line, text);
}

FIXTURE_SETUP(output)
{
	char path[96];
	FILE *stream;

	/* In memory, where commits do not wait for a disk. */
	snprintf(self->folder, sizeof(self->folder), "%s/mbus-worker.XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	ASSERT_NE(NULL, mkdtemp(self->folder));
	snprintf(path, sizeof(path), "%s/mbusd.conf", self->folder);
	stream = fopen(path, "w");
	fprintf(stream, "[mbusd]\nstore = %s/readings.db\n", self->folder);
	fprintf(stream, "[output a]\ntype = one\n[output b]\ntype = batches\n");
	fclose(stream);
	self->config = config_load(path, kinds, print_fault, NULL);
	ASSERT_NE(NULL, self->config);
	ASSERT_EQ(0, store_open(&self->store, self->config->store, STORE_WRITE,
				NULL));
	self->events = events_new();
	self->recent = recent_new();
}

FIXTURE_TEARDOWN(output)
{
	char command[128];

	output_worker_stop(self->worker);
	recent_free(self->recent);
	events_free(self->events);
	store_close(self->store);
	config_put(self->config);
	snprintf(command, sizeof(command), "rm -rf %s", self->folder);
	ASSERT_EQ(0, system(command));
}

static void add(struct store *store, unsigned int count)
{
	struct store_readout readout = {
		.meter = "cellar", .bus = "b", .address = "5",
		.outcome = METERBUS_E_SILENCE, .why = "nobody answered",
	};

	while (count--)
		store_add(store, &readout, NULL);
}

/* The worker of output @i, for readouts from now on. */
static struct output_worker *start(struct config *config, size_t i,
				   struct events *events, struct recent *recent,
				   struct meterbus_error *err)
{
	return output_worker_start(config, config->outputs[i], events, recent,
				   NULL, err);
}

/* Without those that are being sent again. */
static bool count_parked(void *context, const struct store_parked *parked)
{
	*(unsigned int *)context += !parked->again;
	return true;
}

static unsigned int parked(struct store *store, const char *output)
{
	unsigned int count = 0;

	store_list_parked(store, output, 0, count_parked, &count, NULL);
	return count;
}

static bool being_sent(void *context, const struct store_parked *parked)
{
	*(bool *)context |= parked->again;
	return true;
}

/* Until what was to be sent again has been, and @count are parked. */
static void await_parked(struct store *store, const char *output,
			 unsigned int count)
{
	bool again;

	do {
		poll(NULL, 0, 1);
		again = false;
		store_list_parked(store, output, 0, being_sent, &again, NULL);
	} while (again || parked(store, output) != count);
}

/* ------------------------------------------------------------- tests */

TEST_F(output, without_memory_no_readout_is_left_out)
{
	self->worker = start(self->config, 0, self->events, self->recent, NULL);
	ASSERT_NE(NULL, self->worker);
	add(self->store, MANY);
	events_publish(self->events, "readout", json_object_new_object());
	/* From now on only the worker allocates. */
	starve(true);
	await(MANY);
	starve(false);
	allocation_failed();
	output_worker_stop(self->worker);
	self->worker = NULL;
	ASSERT_EQ(MANY, receiver.count);
	for (int i = 0; i < MANY; i++)
		ASSERT_EQ(i + 1, receiver.ids[i]);
}

TEST_F(output, without_threads_it_does_not_start)
{
	struct meterbus_error err;

	no_threads = true;
	self->worker = start(self->config, 0, self->events, self->recent, &err);
	no_threads = false;
	ASSERT_EQ(NULL, self->worker);
	EXPECT_STREQ("output a: no thread: Resource temporarily unavailable",
		     err.text);
}

TEST_F(output, a_readout_that_is_delivered_has_no_attempts)
{
	struct store_attempts attempts;

	self->worker = start(self->config, 0, self->events, self->recent, NULL);
	ASSERT_NE(NULL, self->worker);
	receiver.bad = 2;
	receiver.failures = 3;
	add(self->store, 3);
	events_publish(self->events, "readout", json_object_new_object());
	await(3);
	output_worker_stop(self->worker);
	self->worker = NULL;
	EXPECT_EQ(0, receiver.failures);
	EXPECT_EQ(2, receiver.ids[1]);
	EXPECT_EQ(0, parked(self->store, "a"));
	ASSERT_EQ(0, store_note_attempt(self->store, "a", 2, 7, "again",
					&attempts, NULL));
	EXPECT_EQ(1, attempts.count);
	EXPECT_EQ(7, attempts.since_ns);
}

TEST_F(output, a_parked_readout_is_sent_again_once)
{
	unsigned int count;

	for (size_t i = 0; i < 2; i++) {
		const char *name = self->config->outputs[i]->name;
		int64_t last = (int64_t)(i * 3);

		self->worker = start(self->config, i, self->events, self->recent,
				     NULL);
		ASSERT_NE(NULL, self->worker);
		receiver.count = 0;
		receiver.bad = last + 2;
		receiver.refuses = true;
		receiver.failures = 2;
		add(self->store, 3);
		events_publish(self->events, "readout", json_object_new_object());
		await(2);
		EXPECT_EQ(last + 1, receiver.ids[0]);
		EXPECT_EQ(last + 3, receiver.ids[1]);
		EXPECT_EQ(1, parked(self->store, name));

		/* It is refused once more, then taken. */
		for (int left = 1; left >= 0; left--) {
			ASSERT_EQ(0, store_send_again(self->store, name, 0,
						      &count, NULL));
			EXPECT_EQ(1, count);
			output_worker_send_again(self->worker);
			events_publish(self->events, "output",
				       json_object_new_object());
			await_parked(self->store, name, (unsigned int)left);
			EXPECT_EQ(0, receiver.failures);
			EXPECT_EQ(left ? 2 : 3, receiver.count);
		}
		EXPECT_EQ(last + 2, receiver.ids[2]);
		output_worker_stop(self->worker);
		self->worker = NULL;
	}
}

/* An outbox of one output, and then of both: the order in which they open. */
static struct outbox *start_both(FIXTURE_DATA(output) *self)
{
	size_t count = self->config->output_count;
	struct outbox *outbox;

	self->config->output_count = 1;
	outbox = outbox_start(self->config, self->events, self->recent, NULL,
			      NULL);
	await_opened(1);
	self->config->output_count = count;
	outbox_reload(outbox, self->config, NULL);
	await_opened(2);
	return outbox;
}

TEST_F(output, all_have_to_stop_before_the_first_has_stopped)
{
	struct outbox *outbox = start_both(self);

	ASSERT_NE(NULL, outbox);
	receiver.waits = true;
	add(self->store, 1);
	events_publish(self->events, "readout", json_object_new_object());
	await(2);
	outbox_stop(outbox);
}

TEST_F(output, without_its_store_nothing_is_sent_again)
{
	struct outbox *outbox = start_both(self);
	struct meterbus_error err;
	unsigned int count;

	ASSERT_NE(NULL, outbox);
	add(self->store, 1);
	ASSERT_EQ(0, store_park(self->store, "a", 1, 7, "never", NULL));
	EXPECT_EQ(-1, outbox_send_again(outbox, "c", 0, &count, &err));
	EXPECT_STREQ("there is no output c", err.text);
	unlink(self->config->store);
	ASSERT_EQ(0, mkdir(self->config->store, 0700));
	EXPECT_EQ(-1, outbox_send_again(outbox, "a", 0, &count, &err));
	EXPECT_NE(NULL, strstr(err.text, self->config->store));
	outbox_stop(outbox);
}

TEST_HARNESS_MAIN
