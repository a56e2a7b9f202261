// SPDX-License-Identifier: GPL-2.0-only
/*
 * What waits in memory while the store takes nothing. A limit for the size of
 * files does what a full disk does; it belongs to the process.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "../../userspace/mbusd/store/recorder.h"

#define WAITING_BYTES_MAX (16 << 20)	/* of recorder.c */
#define LARGE_BYTES (METERBUS_READOUT_MAX * METERBUS_TELEGRAM_MAX)

FIXTURE(recorder)
{
	char folder[64];
	char path[96];
	struct news *news;
	struct recorder *recorder;
	struct config *loaded;
	struct rlimit before;
};

static void ignore_fault(void *context, const char *file, int line,
			 const char *text)
{
	(void)context;
	fprintf(stderr, "# %s:%d: %s\n", file, line, text);
}

FIXTURE_SETUP(recorder)
{
	char conf[128];
	FILE *stream;

	/* In memory, where thousands of commits do not wait for a disk. */
	snprintf(self->folder, sizeof(self->folder), "%s/mbus-recorder.XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	ASSERT_NE(NULL, mkdtemp(self->folder));
	snprintf(self->path, sizeof(self->path), "%s/readings.db",
		 self->folder);
	snprintf(conf, sizeof(conf), "%s/mbusd.conf", self->folder);
	stream = fopen(conf, "w");
	fprintf(stream, "[mbusd]\nstore = %s\n", self->path);
	fclose(stream);
	self->loaded = config_load(conf, ignore_fault, NULL);
	ASSERT_NE(NULL, self->loaded);
	self->news = news_new();
	self->recorder = recorder_open(self->loaded, self->news, NULL);
	ASSERT_NE(NULL, self->recorder);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &self->before);
}

FIXTURE_TEARDOWN(recorder)
{
	char command[128];

	setrlimit(RLIMIT_FSIZE, &self->before);
	recorder_close(self->recorder);
	news_free(self->news);
	config_put(self->loaded);
	snprintf(command, sizeof(command), "rm -rf %s", self->folder);
	ASSERT_EQ(0, system(command));
}

static void fill_disk(struct rlimit limit)
{
	limit.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &limit);
}

/* Each has its number as its time. */
static int64_t add(struct recorder *recorder, const char *meter, int64_t number)
{
	struct store_readout readout = {
		.meter = meter, .bus = "b", .address = "5",
		.time_ns = number, .outcome = METERBUS_E_SILENCE,
		.why = "nobody answered",
	};

	recorder_add(recorder, &readout);
	return readout.id;
}

/* As large as a readout can be, so that few are many. */
static void add_large(struct recorder *recorder, int64_t number)
{
	static const uint8_t telegram[METERBUS_TELEGRAM_MAX];
	struct store_readout readout = {
		.meter = "a", .bus = "b", .address = "5", .why = "",
		.time_ns = number, .telegram_count = METERBUS_READOUT_MAX,
	};

	for (int i = 0; i < METERBUS_READOUT_MAX; i++) {
		readout.telegrams[i].bytes = telegram;
		readout.telegrams[i].len = sizeof(telegram);
	}
	recorder_add(recorder, &readout);
}

/* Counts readouts whose times rise by one. */
struct row {
	int64_t first, last;
	size_t count;
	bool broken;
};

static bool see(void *context, const struct store_readout *readout)
{
	struct row *row = context;

	if (!row->count++)
		row->first = readout->time_ns;
	else if (readout->time_ns != row->last + 1)
		row->broken = true;
	row->last = readout->time_ns;
	return true;
}

static struct row look(const char *path)
{
	struct row row = { 0 };
	struct store *store;

	if (store_open(&store, path, STORE_READ, NULL) == 0) {
		store_after(store, 0, 0, see, &row, NULL);
		store_close(store);
	}
	return row;
}

TEST_F(recorder, what_waits_is_stored_in_order)
{
	struct recorder_status status;
	unsigned int count;
	struct row row;

	EXPECT_LT(0, add(self->recorder, "a", 1));
	fill_disk(self->before);
	for (int i = 2; i <= 100; i++)
		EXPECT_EQ(0, add(self->recorder, "a", i));
	recorder_status(self->recorder, &status);
	EXPECT_EQ(99, status.waiting);
	EXPECT_NE('\0', status.problem[0]);
	/* A budget counts them, too. */
	EXPECT_EQ(0, recorder_attempts(self->recorder, "a", 0, 1000, &count,
				       NULL));
	EXPECT_EQ(100, count);

	setrlimit(RLIMIT_FSIZE, &self->before);
	EXPECT_LT(0, add(self->recorder, "a", 101));
	recorder_status(self->recorder, &status);
	EXPECT_EQ(0, status.waiting);
	EXPECT_EQ(0, status.lost);
	EXPECT_EQ('\0', status.problem[0]);
	row = look(self->path);
	EXPECT_EQ(101, row.count);
	EXPECT_FALSE(row.broken);
}

TEST_F(recorder, what_waits_is_stored_without_another_readout)
{
	fill_disk(self->before);
	EXPECT_EQ(0, add(self->recorder, "a", 1));
	recorder_tick(self->recorder);
	EXPECT_EQ(0, look(self->path).count);
	setrlimit(RLIMIT_FSIZE, &self->before);
	recorder_tick(self->recorder);
	EXPECT_EQ(1, look(self->path).count);
}

TEST_F(recorder, memory_has_a_bound_and_the_loss_is_counted)
{
	const int added = WAITING_BYTES_MAX / LARGE_BYTES + 10;
	struct recorder_status full, status;
	struct row row;

	fill_disk(self->before);
	for (int i = 1; i <= added; i++)
		add_large(self->recorder, i);
	recorder_status(self->recorder, &full);
	EXPECT_LE(full.waiting * LARGE_BYTES, WAITING_BYTES_MAX);
	EXPECT_LT(WAITING_BYTES_MAX / LARGE_BYTES * 9 / 10, full.waiting);
	EXPECT_EQ(added, full.waiting + full.lost);

	/* A few at a time, as others wait for the store meanwhile. */
	setrlimit(RLIMIT_FSIZE, &self->before);
	recorder_tick(self->recorder);
	recorder_status(self->recorder, &status);
	EXPECT_LT(0, status.waiting);
	while (status.waiting) {
		recorder_tick(self->recorder);
		recorder_status(self->recorder, &status);
	}
	/* The oldest went. */
	row = look(self->path);
	EXPECT_EQ(full.waiting, row.count);
	EXPECT_EQ(full.lost + 1, row.first);
	EXPECT_EQ(added, row.last);
	EXPECT_FALSE(row.broken);
}

TEST_F(recorder, there_is_one_for_a_store)
{
	struct meterbus_error err;

	EXPECT_EQ(NULL, recorder_open(self->loaded, self->news, &err));
	EXPECT_EQ(METERBUS_E_BUSY, err.kind);
}

TEST_HARNESS_MAIN
