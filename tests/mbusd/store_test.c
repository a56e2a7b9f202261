// SPDX-License-Identifier: GPL-2.0-only
/*
 * The store: readouts are returned exactly as stored; failures of the disk.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "kselftest_harness.h"

#include "../../userspace/mbusd/store/store.h"
#include "../vectors/hyd.h"

#define SECOND 1000000000LL

FIXTURE(store)
{
	char folder[64];
	char path[96];
	struct store *store;
	struct meterbus_error err;
};

FIXTURE_SETUP(store)
{
	/* In memory, where thousands of commits do not wait for a disk. */
	snprintf(self->folder, sizeof(self->folder), "%s/mbus-store.XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	ASSERT_NE(NULL, mkdtemp(self->folder));
	snprintf(self->path, sizeof(self->path), "%s/readings.db",
		 self->folder);
	ASSERT_EQ(0, store_open(&self->store, self->path, STORE_WRITE,
				&self->err))
	{
		TH_LOG("%s", self->err.text);
	}
}

FIXTURE_TEARDOWN(store)
{
	char command[128];

	store_close(self->store);
	snprintf(command, sizeof(command), "rm -rf %s", self->folder);
	ASSERT_EQ(0, system(command));
}

static struct store_readout readout(const char *meter, int64_t time_ns)
{
	return (struct store_readout){
		.meter = meter,
		.bus = "house",
		.address = "3189274724232804",
		.time_ns = time_ns,
		.elapsed_ms = 612,
		.why = "",
		.telegram_count = 1,
		.telegrams = { { hyd, sizeof(hyd) } },
	};
}

static struct store_readout failure(const char *meter, int64_t time_ns)
{
	return (struct store_readout){
		.meter = meter,
		.bus = "house",
		.address = "5",
		.time_ns = time_ns,
		.outcome = METERBUS_E_SILENCE,
		.why = "nobody answered",
	};
}

/* The result of a query, as text: "ID METER OUTCOME;" for each. */
struct seen {
	char text[1024];
	int count;
	int stop_after;
};

static bool see(void *context, const struct store_readout *readout)
{
	struct seen *seen = context;
	size_t len = strlen(seen->text);

	snprintf(seen->text + len, sizeof(seen->text) - len, "%lld %s %s;",
		 (long long)readout->id, readout->meter,
		 meterbus_readout_outcome(readout->outcome));
	return ++seen->count != seen->stop_after;
}

/* The first column of the first row, to be freed. */
static char *ask(const char *path, const char *sql)
{
	sqlite3_stmt *statement;
	char *text = NULL;
	sqlite3 *db;

	if (sqlite3_open(path, &db) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK) {
		if (sqlite3_step(statement) == SQLITE_ROW &&
		    sqlite3_column_text(statement, 0))
			text = strdup((const char *)sqlite3_column_text(
				statement, 0));
		sqlite3_finalize(statement);
	}
	sqlite3_close(db);
	return text;
}

#define EXPECT_ASK(expected, sql)                         \
	do {                                              \
		char *text_ = ask(self->path, sql);       \
		EXPECT_STREQ(expected, text_);            \
		free(text_);                              \
	} while (0)

static bool compare(void *context, const struct store_readout *got)
{
	*(bool *)context = !strcmp(got->meter, "h47") &&
			   !strcmp(got->bus, "house") &&
			   !strcmp(got->address, "3189274724232804") &&
			   got->time_ns == 5 && got->elapsed_ms == 612 &&
			   got->outcome == METERBUS_OK && !*got->why &&
			   got->telegram_count == 1 &&
			   got->telegrams[0].len == sizeof(hyd) &&
			   !memcmp(got->telegrams[0].bytes, hyd, sizeof(hyd));
	return true;
}

/* What this process has written so far, in bytes. */
static long written(void)
{
	FILE *file = fopen("/proc/self/io", "r");
	char line[80];
	long bytes = -1;

	while (file && bytes < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "wchar: %ld", &bytes);
	if (file)
		fclose(file);
	return bytes;
}

TEST_F(store, a_readout_costs_a_flash_card_few_bytes)
{
	enum { COUNT = 2000, METERS = 15 };
	struct store_readout added;
	struct stat st;
	char name[16];
	long before = written();

	ASSERT_GE(before, 0);
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "house-%d", i % METERS);
		added = readout(name, i * 60 * SECOND);
		ASSERT_EQ(0, store_add(self->store, &added, &self->err));
	}
	EXPECT_LT((written() - before) / COUNT, 12000);
	store_close(self->store);
	self->store = NULL;
	ASSERT_EQ(0, stat(self->path, &st));
	EXPECT_LT(st.st_size / COUNT, 300);
}

TEST_F(store, a_readout_comes_back_as_it_was)
{
	struct store_readout r = readout("h47", 5);
	bool same = false;

	ASSERT_EQ(0, store_add(self->store, &r, &self->err));
	EXPECT_EQ(1, r.id);
	EXPECT_EQ(0, store_after(self->store, 0, 0, compare, &same,
				 &self->err));
	EXPECT_TRUE(same);
}

TEST_F(store, failures_are_stored)
{
	struct store_readout r = failure("h1", 5);

	ASSERT_EQ(0, store_add(self->store, &r, &self->err));
	EXPECT_ASK("silence nobody answered",
		   "SELECT outcome || ' ' || why FROM readout");
}

TEST_F(store, hostile_names_are_stored_as_text)
{
	static const char *const names[] = {
		"'; DROP TABLE readout; --", "\"x\"", "%s%n", "ä\xff", "",
	};
	struct seen seen = { 0 };

	for (size_t i = 0; i < 5; i++) {
		struct store_readout r = readout(names[i], i);
		struct store_query query = { .meter = names[i] };

		ASSERT_EQ(0, store_add(self->store, &r, &self->err));
		seen = (struct seen){ 0 };
		EXPECT_EQ(0, store_history(self->store, &query, see, &seen,
					   &self->err));
		EXPECT_EQ(1, seen.count);
	}
	EXPECT_ASK("5", "SELECT count(*) FROM readout");
}

TEST_F(store, bytes_that_are_no_telegram_are_kept)
{
	static const uint8_t junk[] = { 0x68, 0xff, 0x00, 0x16 };
	struct store_readout r = readout("h1", 5);

	r.telegrams[0].bytes = junk;
	r.telegrams[0].len = sizeof(junk);
	ASSERT_EQ(0, store_add(self->store, &r, &self->err));
	EXPECT_ASK("68FF0016", "SELECT hex(bytes) FROM telegram");
	EXPECT_ASK("0", "SELECT count(*) FROM value");
}

/* a 1, b 2 (failed), a 3, c 4 (failed), b 5, a 6 (failed), times alike */
static void fill(struct store *store)
{
	struct store_readout all[] = {
		readout("a", 1 * SECOND), failure("b", 2 * SECOND),
		readout("a", 3 * SECOND), failure("c", 4 * SECOND),
		readout("b", 5 * SECOND), failure("a", 6 * SECOND),
	};

	for (size_t i = 0; i < 6; i++)
		store_add(store, &all[i], NULL);
}

TEST_F(store, outputs_get_readouts_after_their_position_in_order)
{
	struct seen seen = { 0 };

	fill(self->store);
	EXPECT_EQ(0, store_after(self->store, 2, 3, see, &seen, &self->err));
	EXPECT_STREQ("3 a read;4 c silence;5 b read;", seen.text);
	seen = (struct seen){ .stop_after = 1 };
	EXPECT_EQ(0, store_after(self->store, 2, 0, see, &seen, &self->err));
	EXPECT_STREQ("3 a read;", seen.text);
}

TEST_F(store, history_is_ordered_by_time_and_meter)
{
	struct store_query query = {
		.meter = "a", .since_ns = 1 * SECOND, .until_ns = 6 * SECOND,
	};
	struct seen seen = { 0 };

	fill(self->store);
	EXPECT_EQ(0, store_history(self->store, &query, see, &seen,
				   &self->err));
	EXPECT_STREQ("1 a read;3 a read;", seen.text);

	seen = (struct seen){ 0 };
	query = (struct store_query){ .newest_first = true, .limit = 2 };
	EXPECT_EQ(0, store_history(self->store, &query, see, &seen,
				   &self->err));
	EXPECT_STREQ("6 a silence;5 b read;", seen.text);

	seen = (struct seen){ 0 };
	query = (struct store_query){ .read_only = true };
	EXPECT_EQ(0, store_history(self->store, &query, see, &seen,
				   &self->err));
	EXPECT_STREQ("1 a read;3 a read;5 b read;", seen.text);

	seen = (struct seen){ 0 };
	query = (struct store_query){ .meter = "nobody" };
	EXPECT_EQ(0, store_history(self->store, &query, see, &seen,
				   &self->err));
	EXPECT_STREQ("", seen.text);
}

TEST_F(store, the_latest_is_the_one_stored_last)
{
	struct store_readout back = readout("b", 1);
	struct seen seen = { 0 };

	fill(self->store);
	/* The clock was ahead and has been corrected. */
	store_add(self->store, &back, &self->err);
	EXPECT_EQ(0, store_latest(self->store, "", see, &seen, &self->err));
	EXPECT_STREQ("3 a read;7 b read;", seen.text);
}

TEST_F(store, a_budget_counts_attempts_that_reached_the_wire)
{
	struct store_readout r = failure("a", 7 * SECOND);
	unsigned int count;
	int64_t last;

	fill(self->store);
	r.outcome = METERBUS_E_UNPLUGGED;
	store_add(self->store, &r, &self->err);
	EXPECT_EQ(0, store_attempts(self->store, "a", 0, 100 * SECOND, &count,
				    &self->err));
	EXPECT_EQ(3, count);
	EXPECT_EQ(0, store_attempts(self->store, "a", 3 * SECOND, 6 * SECOND,
				    &count, &self->err));
	EXPECT_EQ(1, count);
	EXPECT_EQ(0, store_last(self->store, "b", 5 * SECOND, &last,
				&self->err));
	EXPECT_EQ(2 * SECOND, last);
	EXPECT_EQ(0, store_last(self->store, "nobody", INT64_MAX, &last,
				&self->err));
	EXPECT_EQ(0, last);
}

/* Whatever the answer was, the meter has sent it. */
TEST_F(store, a_budget_counts_every_outcome_of_the_wire)
{
	static const bool counts[METERBUS_ERROR_KINDS] = {
		[METERBUS_OK] = true,
		[METERBUS_E_SILENCE] = true,
		[METERBUS_E_COLLISION] = true,
		[METERBUS_E_GARBLED] = true,
		[METERBUS_E_UNREADABLE] = true,
		[METERBUS_E_DECODE] = true,
	};

	for (unsigned int i = 0; i < METERBUS_ERROR_KINDS; i++) {
		const char *name = meterbus_readout_outcome(i);
		struct store_readout r = failure(name, SECOND);
		unsigned int count;

		r.outcome = i;
		ASSERT_EQ(0, store_add(self->store, &r, &self->err));
		ASSERT_EQ(0, store_attempts(self->store, name, 0, 2 * SECOND,
					    &count, &self->err));
		EXPECT_EQ(counts[i], count)
		{
			TH_LOG("%s", name);
		}
	}
}

TEST_F(store, an_output_begins_now_and_keeps_its_position)
{
	uint64_t backlog;
	int64_t id;

	fill(self->store);
	EXPECT_EQ(0, store_position(self->store, "new", false, &id,
				    &self->err));
	EXPECT_EQ(6, id);
	EXPECT_EQ(0, store_position(self->store, "all", true, &id, &self->err));
	EXPECT_EQ(0, id);
	EXPECT_EQ(0, store_set_position(self->store, "all", 4, &self->err));
	EXPECT_EQ(0, store_backlog(self->store, "all", &backlog, &self->err));
	EXPECT_EQ(2, backlog);
	EXPECT_EQ(0, store_position(self->store, "all", true, &id, &self->err));
	EXPECT_EQ(4, id);
}

TEST_F(store, retention_waits_for_the_outputs)
{
	static const char *const outputs[] = { "slow" };
	struct store_readout r = readout("a", 9 * SECOND);
	struct seen seen = { 0 };
	int64_t id;
	bool more;

	fill(self->store);
	store_set_position(self->store, "slow", 2, &self->err);
	EXPECT_EQ(0, store_expire(self->store, 5 * SECOND, outputs, 1, &more,
				  &self->err));
	EXPECT_FALSE(more);
	store_after(self->store, 0, 0, see, &seen, &self->err);
	EXPECT_EQ(4, seen.count);

	/* All gone, with what belongs to it; a new one has a new id. */
	store_set_position(self->store, "slow", 6, &self->err);
	EXPECT_EQ(0, store_expire(self->store, 100 * SECOND, outputs, 1, &more,
				  &self->err));
	EXPECT_ASK("0", "SELECT (SELECT count(*) FROM readout) +"
			" (SELECT count(*) FROM telegram) +"
			" (SELECT count(*) FROM value)");
	EXPECT_EQ(0, store_position(self->store, "new", false, &id,
				    &self->err));
	EXPECT_EQ(6, id);
	store_add(self->store, &r, &self->err);
	EXPECT_EQ(7, r.id);
}

TEST_F_TIMEOUT(store, retention_deletes_in_steps, 120)
{
	int64_t id = 0;
	int steps = 0;
	bool more = true;

	for (int i = 0; i < 1200; i++) {
		struct store_readout r = failure("a", i);

		store_add(self->store, &r, &self->err);
		id = r.id;
	}
	EXPECT_EQ(1200, id);
	while (more && steps++ < 10)
		ASSERT_EQ(0, store_expire(self->store, SECOND, NULL, 0, &more,
					  &self->err));
	EXPECT_EQ(3, steps);
	EXPECT_ASK("0", "SELECT count(*) FROM readout");
}

/* -------------------------------------------------------------- versions */

/* A store of version 1. */
static const char version_1[] =
	"CREATE TABLE meter (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
	"CREATE TABLE readout (id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" meter INTEGER NOT NULL REFERENCES meter, bus TEXT NOT NULL,"
	" address TEXT NOT NULL, time_ns INTEGER NOT NULL,"
	" elapsed_ms INTEGER NOT NULL, outcome TEXT NOT NULL,"
	" why TEXT NOT NULL);"
	"CREATE INDEX readout_by_time ON readout (time_ns);"
	"CREATE INDEX readout_by_meter ON readout (meter, time_ns);"
	"CREATE TABLE telegram (readout INTEGER NOT NULL REFERENCES readout"
	" ON DELETE CASCADE, number INTEGER NOT NULL, bytes BLOB NOT NULL,"
	" PRIMARY KEY (readout, number)) WITHOUT ROWID;"
	"CREATE TABLE value (readout INTEGER NOT NULL REFERENCES readout"
	" ON DELETE CASCADE, telegram INTEGER NOT NULL,"
	" record INTEGER NOT NULL, function TEXT NOT NULL,"
	" storage INTEGER NOT NULL, tariff INTEGER NOT NULL,"
	" subunit INTEGER NOT NULL, quantity TEXT NOT NULL, unit TEXT NOT NULL,"
	" modifiers TEXT NOT NULL, value TEXT, invalid TEXT,"
	" PRIMARY KEY (readout, telegram, record)) WITHOUT ROWID;"
	"CREATE TABLE position (output TEXT PRIMARY KEY,"
	" readout INTEGER NOT NULL) WITHOUT ROWID;"
	"INSERT INTO meter VALUES (1, 'old');"
	"INSERT INTO readout VALUES (41, 1, 'house', '5', 1, 2, 'read', '');"
	"INSERT INTO position VALUES ('mqtt', 40);"
	"PRAGMA application_id = 0x6d627573; PRAGMA user_version = 1;";

static void make(const char *path, const char *sql)
{
	sqlite3 *db;

	unlink(path);
	sqlite3_open(path, &db);
	sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_close(db);
}

TEST_F(store, an_older_store_is_converted)
{
	struct store_readout r = readout("old", 5);
	struct seen seen = { 0 };
	uint64_t backlog;

	store_close(self->store);
	make(self->path, version_1);
	ASSERT_EQ(-1, store_open(&self->store, self->path, STORE_READ,
				 &self->err));
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	ASSERT_EQ(0, store_open(&self->store, self->path, STORE_WRITE,
				&self->err));
	EXPECT_EQ(0, store_add(self->store, &r, &self->err));
	EXPECT_EQ(0, store_backlog(self->store, "mqtt", &backlog, &self->err));
	EXPECT_EQ(2, backlog);
	EXPECT_EQ(0, store_latest(self->store, "", see, &seen, &self->err));
	EXPECT_STREQ("42 old read;", seen.text);
	/* The same layout as a new store. */
	store_close(self->store);
	EXPECT_ASK("3", "PRAGMA user_version");
	EXPECT_ASK("ok", "PRAGMA integrity_check");
	self->store = NULL;
}

/* Opening fails with @kind, and the file is not changed. */
#define EXPECT_REFUSED(sql, kind_)                                            \
	do {                                                                  \
		struct stat before_, after_;                                  \
		store_close(self->store);                                     \
		make(self->path, sql);                                        \
		stat(self->path, &before_);                                   \
		EXPECT_EQ(-1, store_open(&self->store, self->path,            \
					 STORE_WRITE, &self->err));           \
		EXPECT_EQ(kind_, self->err.kind);                             \
		EXPECT_NE(NULL, strstr(self->err.text, self->path));          \
		stat(self->path, &after_);                                    \
		EXPECT_EQ(before_.st_size, after_.st_size);                   \
	} while (0)

TEST_F(store, a_newer_store_is_not_changed)
{
	EXPECT_REFUSED("CREATE TABLE x (y); PRAGMA application_id = 0x6d627573;"
		       "PRAGMA user_version = 999;", METERBUS_E_USAGE);
}

TEST_F(store, the_database_of_another_program_is_not_changed)
{
	EXPECT_REFUSED("CREATE TABLE x (y); INSERT INTO x VALUES (1);",
		       METERBUS_E_USAGE);
}

/* --------------------------------------------------------------- the disk */

static void overwrite(const char *path, off_t from, size_t len)
{
	int fd = open(path, O_WRONLY);
	char junk[4096];

	memset(junk, 0x5a, sizeof(junk));
	if (pwrite(fd, junk, len, from) < 0)
		abort();
	close(fd);
}

TEST_F(store, a_file_that_is_no_database_is_reported_and_not_changed)
{
	store_close(self->store);
	self->store = NULL;
	overwrite(self->path, 0, 100);
	EXPECT_EQ(-1, store_open(&self->store, self->path, STORE_WRITE,
				 &self->err));
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "not an SQLite database"));
}

TEST_F(store, a_damaged_page_is_reported_with_the_remedy)
{
	struct store_query query = { 0 };
	struct seen seen = { 0 };
	int result;

	fill(self->store);
	store_close(self->store);
	/* All but the first page, which has the schema. */
	for (off_t at = 4096; at < 12 * 4096; at += 4096)
		overwrite(self->path, at, 4096);
	result = store_open(&self->store, self->path, STORE_WRITE, &self->err);
	if (result == 0)
		result = store_history(self->store, &query, see, &seen,
				       &self->err);
	EXPECT_EQ(-1, result);
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, ".recover"));
}

/* Adds until it fails or @max are in; returns how many went in. */
static int add_many(struct store *store, int max, struct meterbus_error *err)
{
	for (int i = 0; i < max; i++) {
		struct store_readout r = readout("a", i);

		if (store_add(store, &r, err) < 0)
			return i;
	}
	return max;
}

/* RLIMIT_FSIZE fails writes as a full disk does, and belongs to the process. */
TEST_F(store, a_full_disk_loses_nothing_and_writing_resumes)
{
	struct rlimit limit, before;
	struct seen seen = { 0 };
	char expected[16];
	int count;

	signal(SIGXFSZ, SIG_IGN);
	fill(self->store);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 400000;
	setrlimit(RLIMIT_FSIZE, &limit);
	count = add_many(self->store, 1000, &self->err);
	EXPECT_LT(0, count);
	EXPECT_GT(1000, count);
	EXPECT_EQ(METERBUS_E_SYSTEM, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "writing resumes"))
	{
		TH_LOG("%s", self->err.text);
	}
	/* It can be read meanwhile. */
	seen.stop_after = 6;
	EXPECT_EQ(0, store_after(self->store, 0, 6, see, &seen, &self->err));
	EXPECT_EQ(6, seen.count);

	setrlimit(RLIMIT_FSIZE, &before);
	EXPECT_EQ(10, add_many(self->store, 10, &self->err));
	store_close(self->store);
	EXPECT_ASK("ok", "PRAGMA integrity_check");
	self->store = NULL;
	snprintf(expected, sizeof(expected), "%d", 6 + count + 10);
	EXPECT_ASK(expected, "SELECT count(*) FROM readout");
}

TEST_F(store, only_the_owner_may_read_it_with_any_umask)
{
	char path[512];
	struct store *store;
	struct stat st;
	mode_t old = umask(0);

	snprintf(path, sizeof(path), "%s.mode", self->path);
	ASSERT_EQ(0, store_open(&store, path, STORE_WRITE, &self->err));
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(0640, st.st_mode & 07777);
	store_close(store);
	chmod(path, 0644);
	umask(077);
	ASSERT_EQ(0, store_open(&store, path, STORE_WRITE, &self->err));
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(0640, st.st_mode & 07777);
	store_close(store);
	unlink(path);
	ASSERT_EQ(0, store_open(&store, path, STORE_WRITE, &self->err));
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(0640, st.st_mode & 07777);
	store_close(store);
	unlink(path);
	umask(old);
}

TEST_F(store, opening_for_reading_creates_no_file)
{
	struct store *other;
	char path[128];

	snprintf(path, sizeof(path), "%s/none.db", self->folder);
	EXPECT_EQ(-1, store_open(&other, path, STORE_READ, &self->err));
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	EXPECT_EQ(-1, access(path, F_OK));
	/* While another connection writes. */
	fill(self->store);
	ASSERT_EQ(0, store_open(&other, self->path, STORE_READ, &self->err));
	EXPECT_EQ(-1, store_set_position(other, "x", 1, &self->err));
	store_close(other);
}

/* True if the plan of SQLite for @query reads a whole table. */
static bool scans(const char *path, const char *query)
{
	sqlite3_stmt *statement;
	bool found = false;
	char sql[512];
	sqlite3 *db;

	snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", query);
	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return true;
	while (sqlite3_step(statement) == SQLITE_ROW)
		if (strstr((const char *)sqlite3_column_text(statement, 3),
			   "SCAN"))
			found = true;
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return found;
}

TEST_F(store, no_query_scans_the_whole_store)
{
	static const char *const queries[] = {
		"SELECT max(time_ns) FROM readout WHERE meter = 1"
		" AND time_ns < 5",
		"SELECT count(*) FROM readout WHERE meter = 1 AND"
		" time_ns >= 1 AND time_ns < 2",
		"SELECT r.id FROM readout r JOIN meter m ON m.id = r.meter"
		" WHERE r.time_ns >= 1 AND r.time_ns < 2"
		" ORDER BY r.time_ns, r.id LIMIT 5",
		"SELECT max(n.id) FROM readout n WHERE n.meter = 1"
		" AND n.outcome = 'read'",
	};

	for (size_t i = 0; i < 4; i++) {
		EXPECT_FALSE(scans(self->path, queries[i]))
		{
			TH_LOG("%s", queries[i]);
		}
	}
	EXPECT_TRUE(scans(self->path, "SELECT * FROM readout"));
}

TEST_HARNESS_MAIN
