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

#include <sqlite3.h>

#include "kselftest_harness.h"

#include "../../userspace/mbusd/output/output.h"
#include "../../userspace/mbusd/store/queue.h"
#include "../../userspace/mbusd/store/recorder.h"

#define LARGE_BYTES (METERBUS_READOUT_MAX * METERBUS_TELEGRAM_MAX)

FIXTURE(recorder)
{
	char folder[64];
	char path[96];
	struct events *events;
	struct recent *recent;
	struct recorder *recorder;
	struct config *loaded;
	struct rlimit before;
};

static void ignore_fault(void *context, bool warning, const char *file, int line,
			 const char *text)
{
	(void)context;
	(void)warning;
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
	self->loaded = config_load(conf, output_kinds, ignore_fault, NULL);
	ASSERT_NE(NULL, self->loaded);
	self->events = events_new();
	self->recent = recent_new();
	self->recorder = recorder_open(self->loaded, self->events, self->recent,
				       NULL);
	ASSERT_NE(NULL, self->recorder);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &self->before);
}

FIXTURE_TEARDOWN(recorder)
{
	char command[128];

	setrlimit(RLIMIT_FSIZE, &self->before);
	EXPECT_TRUE(recorder_close(self->recorder));
	recent_free(self->recent);
	events_free(self->events);
	config_put(self->loaded);
	snprintf(command, sizeof(command), "rm -rf %s", self->folder);
	ASSERT_EQ(0, system(command));
}

static void fill_disk(struct rlimit limit)
{
	limit.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void add_readout(struct recorder *recorder, const struct config *config,
			const struct store_readout *readout)
{
	struct reading *reading = reading_new(config, NULL, readout);

	recorder_add(recorder, reading);
	reading_put(reading);
}

/* Each has its number as its time. */
static void add(struct recorder *recorder, const struct config *config,
		const char *meter, int64_t number)
{
	const struct store_readout readout = {
		.meter = meter, .bus = "b", .address = "5",
		.time_ns = number, .outcome = METERBUS_E_SILENCE,
		.why = "nobody answered",
	};

	add_readout(recorder, config, &readout);
}

/* As large as a readout can be, so that few of them fill the queue. */
static void add_large(struct recorder *recorder, const struct config *config,
		      int64_t number)
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
	add_readout(recorder, config, &readout);
}

/* Waits until the store has refused a readout. */
static void wait_refused(struct recorder *recorder)
{
	struct recorder_status status;

	do {
		recorder_wait(recorder, 10000);
		recorder_status(recorder, &status);
	} while (!status.problem[0]);
}

static void wait_stored(struct recorder *recorder)
{
	struct recorder_status status;

	do {
		recorder_wait(recorder, 10000);
		recorder_status(recorder, &status);
	} while (status.waiting);
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

TEST_F(recorder, queued_readouts_are_stored_in_order)
{
	struct recorder_status status;
	unsigned int count;
	struct row row;

	add(self->recorder, self->loaded, "a", 1);
	EXPECT_TRUE(recorder_wait(self->recorder, 10000));
	fill_disk(self->before);
	for (int i = 2; i <= 100; i++)
		add(self->recorder, self->loaded, "a", i);
	wait_refused(self->recorder);
	recorder_status(self->recorder, &status);
	EXPECT_EQ(99, status.waiting);
	EXPECT_EQ(2, status.oldest_ns);
	EXPECT_FALSE(recorder_wait(self->recorder, 10000));
	/* Queued readouts count for reads-per-day, too. */
	EXPECT_EQ(0, recorder_attempts(self->recorder, "a", 0, 1000, &count,
				       NULL));
	EXPECT_EQ(100, count);

	setrlimit(RLIMIT_FSIZE, &self->before);
	add(self->recorder, self->loaded, "a", 101);
	wait_stored(self->recorder);
	recorder_status(self->recorder, &status);
	EXPECT_EQ(101, status.stored);
	EXPECT_EQ(0, status.lost);
	EXPECT_EQ('\0', status.problem[0]);
	EXPECT_NE('\0', status.last_error[0]);
	row = look(self->path);
	EXPECT_EQ(101, row.count);
	EXPECT_FALSE(row.broken);
}

TEST_F(recorder, queued_readouts_are_stored_without_another_readout)
{
	fill_disk(self->before);
	add(self->recorder, self->loaded, "a", 1);
	wait_refused(self->recorder);
	EXPECT_EQ(0, look(self->path).count);
	setrlimit(RLIMIT_FSIZE, &self->before);
	wait_stored(self->recorder);
	EXPECT_EQ(1, look(self->path).count);
}

TEST_F_TIMEOUT(recorder, memory_is_bounded_and_losses_are_counted, 120)
{
	const int added = QUEUE_BYTES_MAX / LARGE_BYTES + 10;
	struct recorder_status full;
	struct row row;

	fill_disk(self->before);
	for (int i = 1; i <= added; i++)
		add_large(self->recorder, self->loaded, i);
	wait_refused(self->recorder);
	recorder_status(self->recorder, &full);
	EXPECT_LT(0, full.lost);
	EXPECT_EQ(added, full.waiting + full.lost);

	setrlimit(RLIMIT_FSIZE, &self->before);
	wait_stored(self->recorder);
	/* What was being written while the queue overflowed may be older. */
	row = look(self->path);
	EXPECT_EQ(full.waiting, row.count);
	EXPECT_EQ(added, row.last);
}

/* Number of lines of a file that contain a text. */
static unsigned int count_lines(const char *path, const char *text)
{
	unsigned int count = 0;
	char line[1024];
	FILE *stream = fopen(path, "r");

	while (stream && fgets(line, sizeof(line), stream))
		count += !!strstr(line, text);
	if (stream)
		fclose(stream);
	return count;
}

/* A loss is reported when it has doubled, so that it does not fill the log. */
TEST_F_TIMEOUT(recorder, a_loss_is_reported_as_it_doubles, 120)
{
	const int room = QUEUE_BYTES_MAX / LARGE_BYTES;
	struct recorder_status status;
	unsigned int reports = 0;
	char path[128];

	snprintf(path, sizeof(path), "%s/log", self->folder);
	ASSERT_NE(NULL, freopen(path, "w", stderr));
	setlinebuf(stderr);
	fill_disk(self->before);
	for (int i = 1; i <= room + 40; i++)
		add_large(self->recorder, self->loaded, i);
	recorder_status(self->recorder, &status);
	for (unsigned long lost = 1; lost <= status.lost; lost *= 2)
		reports++;
	EXPECT_LT(4, reports);
	setrlimit(RLIMIT_FSIZE, &self->before);
	wait_stored(self->recorder);
	EXPECT_EQ(reports, count_lines(path, "readouts dropped"));
}

/* A transaction of another connection, as that of a backup. */
static sqlite3 *lock_store(const char *path)
{
	sqlite3 *db;

	if (sqlite3_open(path, &db) ||
	    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL))
		return NULL;
	return db;
}

TEST_F(recorder, a_locked_store_delays_no_reader)
{
	sqlite3 *other = lock_store(self->path);
	struct recorder_status status;
	unsigned int count;

	ASSERT_NE(NULL, other);
	for (int i = 1; i <= 10; i++)
		add(self->recorder, self->loaded, "a", i);
	/* Read from the store, although it cannot be written to. */
	EXPECT_EQ(0, recorder_attempts(self->recorder, "a", 0, 1000, &count,
				       NULL));
	EXPECT_EQ(10, count);
	wait_refused(self->recorder);
	recorder_status(self->recorder, &status);
	EXPECT_EQ(10, status.waiting);
	EXPECT_NE(NULL, strstr(status.problem, "locked"));
	sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(other);
	wait_stored(self->recorder);
	EXPECT_EQ(10, look(self->path).count);
}

TEST_F(recorder, readouts_not_stored_at_the_end_are_stored_at_the_next_start)
{
	sqlite3 *other = lock_store(self->path);
	struct row row;

	ASSERT_NE(NULL, other);
	for (int i = 1; i <= 10; i++)
		add(self->recorder, self->loaded, "a", i);
	EXPECT_TRUE(recorder_close(self->recorder));
	sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(other);
	EXPECT_EQ(0, look(self->path).count);
	/* A second import adds nothing: a killed start may have imported it before. */
	for (int i = 0; i < 2; i++) {
		char command[256];

		snprintf(command, sizeof(command),
			 i ? "mv %s/copy %s.spill" : "cp %2$s.spill %1$s/copy",
			 self->folder, self->path);
		ASSERT_EQ(0, system(command));
		self->recorder = recorder_open(self->loaded, self->events,
					       self->recent, NULL);
		ASSERT_NE(NULL, self->recorder);
		wait_stored(self->recorder);
		row = look(self->path);
		EXPECT_EQ(10, row.count);
		EXPECT_FALSE(row.broken);
		EXPECT_TRUE(recorder_close(self->recorder));
	}
	self->recorder = recorder_open(self->loaded, self->events, self->recent,
				       NULL);
	snprintf(self->path + strlen(self->path), 16, ".spill");
	EXPECT_NE(0, access(self->path, F_OK));
}

TEST_F(recorder, readouts_close_together_are_one_commit)
{
	struct recorder_status status;

	for (int i = 1; i <= 50; i++)
		add(self->recorder, self->loaded, "a", i);
	EXPECT_TRUE(recorder_wait(self->recorder, 10000));
	recorder_status(self->recorder, &status);
	EXPECT_EQ(50, status.stored);
	EXPECT_GE(2, status.commits);
}

TEST_F(recorder, a_store_has_one_recorder)
{
	struct meterbus_error err;

	EXPECT_EQ(NULL, recorder_open(self->loaded, self->events,
				      self->recent, &err));
	EXPECT_EQ(METERBUS_E_BUSY, err.kind);
}

TEST_HARNESS_MAIN
