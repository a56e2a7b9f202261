/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of the store: connection, statements, errors.
 */
#ifndef MBUSD_STORE_DB_H
#define MBUSD_STORE_DB_H

#include <sqlite3.h>

#include "store/store.h"

/* Prepared once per connection. */
enum store_sql {
	STORE_SQL_BEGIN,
	STORE_SQL_COMMIT,
	STORE_SQL_ADD_METER,
	STORE_SQL_ADD_READOUT,
	STORE_SQL_ADD_TELEGRAM,
	STORE_SQL_HAS,
	STORE_SQL_TELEGRAMS,
	STORE_SQL_LAST,
	STORE_SQL_LAST_OF_ALL,
	STORE_SQL_ATTEMPTS,
	STORE_SQL_GET_POSITION,
	STORE_SQL_NEW_POSITION,
	STORE_SQL_SET_POSITION,
	STORE_SQL_BACKLOG,
	STORE_SQL_EXPIRE,
	STORE_SQL_PARK,
	STORE_SQL_UNPARK,
	STORE_SQL_SEND_AGAIN,
	STORE_SQL_COUNT_PARKED,
	STORE_SQL_LIST_PARKED,
	STORE_SQL_COUNT,
};

struct store {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *statements[STORE_SQL_COUNT];
};

/* @what: "add a readout". Sets @err by what SQLite says; returns -1. */
int store_failed(struct store *store, const char *what,
		 struct meterbus_error *err);

/* The statement, reset and ready to be bound; NULL if it cannot be prepared. */
sqlite3_stmt *store_statement(struct store *store, enum store_sql which);

/* Runs a statement that has no rows. Returns an SQLite code, SQLITE_OK. */
int store_run(sqlite3_stmt *statement);

int store_begin(struct store *store);
int store_commit(struct store *store);
void store_rollback(struct store *store);

/* The outcome of that name, see meterbus_readout_outcome(). */
enum meterbus_error_kind store_outcome(const char *name);

/* Brings the schema to this program's version. */
int store_migrate(struct store *store, struct meterbus_error *err);
/* Fails unless the file has this program's schema. */
int store_check_version(struct store *store, struct meterbus_error *err);

#endif
