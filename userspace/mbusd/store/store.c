// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/db.h"

/* Other connections write, too, for the time of some fsyncs. */
#define BUSY_TIMEOUT_MS 10000

/* Readouts are private: only for the owner and the group. */
#define MODE 0640

/* Page cache of a connection, in KiB: many may be open. */
#define CACHE_KIB "512"

static const char *const statements[STORE_SQL_COUNT] = {
	[STORE_SQL_BEGIN] = "BEGIN IMMEDIATE",
	[STORE_SQL_COMMIT] = "COMMIT",
	[STORE_SQL_ADD_METER] =
		"INSERT INTO meter (name) VALUES (?1) ON CONFLICT DO NOTHING",
	[STORE_SQL_ADD_READOUT] =
		"INSERT INTO readout (meter, bus, address, time_ns, elapsed_ms,"
		" outcome, why) VALUES ((SELECT id FROM meter WHERE name = ?1),"
		" ?2, ?3, ?4, ?5, ?6, ?7)",
	[STORE_SQL_ADD_TELEGRAM] =
		"INSERT INTO telegram (readout, number, bytes)"
		" VALUES (?1, ?2, ?3)",
	[STORE_SQL_HAS] =
		"SELECT count(*) FROM readout WHERE"
		" meter = (SELECT id FROM meter WHERE name = ?1)"
		" AND time_ns = ?2",
	[STORE_SQL_TELEGRAMS] =
		"SELECT bytes FROM telegram WHERE readout = ?1 ORDER BY number",
	[STORE_SQL_LAST] =
		"SELECT coalesce(max(time_ns), 0) FROM readout WHERE"
		" meter = (SELECT id FROM meter WHERE name = ?1)"
		" AND time_ns < ?2",
	[STORE_SQL_LAST_OF_ALL] =
		"SELECT coalesce(max(time_ns), 0) FROM readout WHERE"
		" time_ns < ?2",
	[STORE_SQL_ATTEMPTS] =
		"SELECT count(*) FROM readout WHERE"
		" meter = (SELECT id FROM meter WHERE name = ?1)"
		" AND time_ns >= ?2 AND time_ns < ?3 AND outcome IN ('read',"
		" 'silence', 'collision', 'garbled', 'unreadable', 'decode')",
	[STORE_SQL_GET_POSITION] =
		"SELECT readout FROM position WHERE output = ?1",
	/* sqlite_sequence remembers ids that retention has deleted. */
	[STORE_SQL_NEW_POSITION] =
		"INSERT INTO position (output, readout) VALUES (?1, CASE ?2"
		" WHEN 0 THEN coalesce((SELECT seq FROM sqlite_sequence"
		" WHERE name = 'readout'), 0) ELSE 0 END)",
	[STORE_SQL_SET_POSITION] =
		"INSERT INTO position (output, readout) VALUES (?1, ?2)"
		" ON CONFLICT DO UPDATE SET readout = excluded.readout",
	[STORE_SQL_BACKLOG] =
		"SELECT count(*) FROM readout WHERE id > coalesce((SELECT"
		" readout FROM position WHERE output = ?1), 0)",
	/* States: 0 failing, 1 parked, 2 to be sent again. */
	[STORE_SQL_PARK] =
		"INSERT INTO parked (output, readout, since_ns, tries, why,"
		" state) VALUES (?1, ?2, ?3, 1, ?4, ?5) ON CONFLICT DO UPDATE"
		" SET tries = tries + 1, why = excluded.why,"
		" state = max(min(state, 1), excluded.state)"
		" RETURNING tries, since_ns",
	[STORE_SQL_UNPARK] =
		"DELETE FROM parked WHERE output = ?1 AND readout = ?2",
	[STORE_SQL_SEND_AGAIN] =
		"UPDATE parked SET state = 2 WHERE output = ?1 AND state = 1"
		" AND (?2 = 0 OR readout = ?2)",
	[STORE_SQL_COUNT_PARKED] =
		"SELECT count(*) FROM parked WHERE output = ?1 AND state > 0",
	[STORE_SQL_LIST_PARKED] =
		"SELECT p.readout, m.name, r.time_ns, p.tries, p.since_ns,"
		" p.why, p.state FROM parked p JOIN readout r ON r.id ="
		" p.readout JOIN meter m ON m.id = r.meter WHERE p.output = ?1"
		" AND p.readout > ?2 AND p.state > 0 ORDER BY p.readout",
	/* Telegrams and parked go with them (ON DELETE CASCADE). */
	[STORE_SQL_EXPIRE] =
		"DELETE FROM readout WHERE id IN (SELECT id FROM readout"
		" WHERE time_ns < ?1 AND id <= ?2 ORDER BY time_ns LIMIT ?3)",
};

void store_set_patience(struct store *store, unsigned int ms)
{
	sqlite3_busy_timeout(store->db, (int)ms);
}

/* The reason and what to do. */
static enum meterbus_error_kind explain(struct store *store, const char **what)
{
	switch (sqlite3_errcode(store->db) & 0xff) {
	case SQLITE_FULL:
		*what = "the disk is full; free some space, then writing resumes";
		return METERBUS_E_SYSTEM;
	case SQLITE_IOERR:
		*what = "the disk fails: full, over quota or broken; see df and dmesg, writing resumes once it works";
		return METERBUS_E_SYSTEM;
	case SQLITE_READONLY:
		*what = "it is read-only; remount its disk writable or change its owner, then writing resumes";
		return METERBUS_E_SYSTEM;
	case SQLITE_CORRUPT:
		*what = "it is damaged; stop mbusd, then move the file away or repair it with .recover of sqlite3";
		return METERBUS_E_USAGE;
	case SQLITE_NOTADB:
		*what = "it is not an SQLite database; choose another path or move it away";
		return METERBUS_E_USAGE;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		*what = "another program has locked it (a backup, VACUUM); writing resumes when it is done";
		return METERBUS_E_SYSTEM;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		*what = "no permission";
		return METERBUS_E_PERMISSION;
	default:
		*what = NULL;
		return METERBUS_E_SYSTEM;
	}
}

int store_failed(struct store *store, const char *what,
		 struct meterbus_error *err)
{
	int number = sqlite3_system_errno(store->db);
	enum meterbus_error_kind kind;
	const char *remedy;

	kind = explain(store, &remedy);
	if (remedy)
		return meterbus_fail(err, kind, "%s: cannot %s: %s",
				     store->path, what, remedy);
	return meterbus_fail(err, METERBUS_E_SYSTEM, "%s: cannot %s: %s%s%s",
			     store->path, what, sqlite3_errmsg(store->db),
			     number ? ": " : "",
			     number ? strerror(number) : "");
}

sqlite3_stmt *store_statement(struct store *store, enum store_sql which)
{
	sqlite3_stmt **at = &store->statements[which];

	if (!*at)
		sqlite3_prepare_v3(store->db, statements[which], -1,
				   SQLITE_PREPARE_PERSISTENT, at, NULL);
	return *at;
}

int store_run(sqlite3_stmt *statement)
{
	int code;

	if (!statement)
		return SQLITE_ERROR;
	do {
		code = sqlite3_step(statement);
	} while (code == SQLITE_ROW);
	/* Returns the error of a failed step again. */
	return sqlite3_reset(statement);
}

int store_begin(struct store *store)
{
	return store_run(store_statement(store, STORE_SQL_BEGIN));
}

int store_commit(struct store *store)
{
	return store_run(store_statement(store, STORE_SQL_COMMIT));
}

void store_rollback(struct store *store)
{
	/* A full disk may have ended the transaction already. */
	if (!sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

/*
 * FULL makes a commit wait for the disk, also with a WAL. A commit writes each page
 * it touches whole: small ones wear an SD card a third as much. They are for new
 * files; older ones keep their size. STORE_READ must not create a file.
 */
static int set_up(struct store *store, enum store_mode mode,
		  struct meterbus_error *err)
{
	const char *pragmas =
		mode == STORE_READ ?
			"PRAGMA cache_size = -" CACHE_KIB ";"
			"PRAGMA query_only = 1;" :
			"PRAGMA cache_size = -" CACHE_KIB ";"
			"PRAGMA page_size = 1024;"
			"PRAGMA journal_mode = WAL;"
			"PRAGMA wal_autocheckpoint = 4000;"
			"PRAGMA synchronous = FULL;"
			"PRAGMA foreign_keys = ON;";

	sqlite3_busy_timeout(store->db, BUSY_TIMEOUT_MS);
	if (sqlite3_exec(store->db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
		return store_failed(store, "open it", err);
	return mode == STORE_READ ? store_check_version(store, err) :
				    store_migrate(store, err);
}

static int check_file(const char *path, enum store_mode mode,
		      struct meterbus_error *err)
{
	if (access(path, R_OK | (mode == STORE_WRITE ? W_OK : 0)) == 0)
		return 0;
	switch (errno) {
	case ENOENT:
		if (mode == STORE_WRITE)
			return 0;
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "%s does not exist; mbusd creates it, check that this is the store of mbusd.conf",
				     path);
	case EACCES:
		return meterbus_fail(err, METERBUS_E_PERMISSION,
				     "no permission to %s %s; check: ls -l %s",
				     mode == STORE_READ ? "read" : "write",
				     path, path);
	case EROFS:
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "%s is on a read-only disk; remount it writable",
				     path);
	default:
		return meterbus_fail(err, METERBUS_E_SYSTEM, "%s: %s", path,
				     strerror(errno));
	}
}

/*
 * Creates the file with MODE, which SQLite also gives to the files beside it,
 * whatever the umask is. An older file becomes inaccessible to others.
 */
static void set_mode(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, MODE);
	struct stat st;

	if (fd >= 0) {
		fchmod(fd, MODE);
		close(fd);
	} else if (stat(path, &st) == 0 && st.st_mode & S_IRWXO) {
		chmod(path, st.st_mode & 0777 & ~S_IRWXO);
	}
}

int store_open(struct store **out, const char *path, enum store_mode mode,
	       struct meterbus_error *err)
{
	struct store *store;
	int flags = mode == STORE_READ ?
			    SQLITE_OPEN_READONLY :
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

	*out = NULL;
	if (check_file(path, mode, err) < 0)
		return -1;
	if (mode == STORE_WRITE)
		set_mode(path);
	store = calloc(1, sizeof(*store));
	if (store)
		store->path = strdup(path);
	if (!store || !store->path) {
		free(store);
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	}
	if (sqlite3_open_v2(path, &store->db, flags | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		store_failed(store, "open it", err);
	else if (set_up(store, mode, err) == 0)
		*out = store;
	if (*out)
		return 0;
	store_close(store);
	return -1;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < STORE_SQL_COUNT; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->db);
	free(store->path);
	free(store);
}
