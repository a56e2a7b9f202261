// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Adds readouts with their telegrams to the store. Values are not stored: they
 * are decoded from the telegrams when needed.
 */
#include <string.h>

#include "store/db.h"

enum meterbus_error_kind store_outcome(const char *name)
{
	for (int kind = 0; kind < METERBUS_ERROR_KINDS; kind++)
		if (!strcmp(meterbus_readout_outcome(kind), name))
			return kind;
	return METERBUS_E_SYSTEM;
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
}

static int add_telegram(struct store *store, int64_t readout, int number,
			const struct store_telegram *telegram)
{
	sqlite3_stmt *statement;

	statement = store_statement(store, STORE_SQL_ADD_TELEGRAM);
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_int64(statement, 1, readout);
	sqlite3_bind_int(statement, 2, number);
	sqlite3_bind_blob(statement, 3, telegram->bytes, telegram->len,
			  SQLITE_TRANSIENT);
	return store_run(statement);
}

static int add_head(struct store *store, const struct store_readout *readout)
{
	sqlite3_stmt *statement;
	int code;

	statement = store_statement(store, STORE_SQL_ADD_METER);
	if (!statement)
		return SQLITE_ERROR;
	bind_text(statement, 1, readout->meter);
	code = store_run(statement);
	if (code)
		return code;
	statement = store_statement(store, STORE_SQL_ADD_READOUT);
	if (!statement)
		return SQLITE_ERROR;
	bind_text(statement, 1, readout->meter);
	bind_text(statement, 2, readout->bus);
	bind_text(statement, 3, readout->address);
	sqlite3_bind_int64(statement, 4, readout->time_ns);
	sqlite3_bind_int64(statement, 5, readout->elapsed_ms);
	bind_text(statement, 6, meterbus_readout_outcome(readout->outcome));
	bind_text(statement, 7, readout->why);
	return store_run(statement);
}

static int add_readout(struct store *store, struct store_readout *readout)
{
	int code = add_head(store, readout);

	if (code)
		return code;
	readout->id = sqlite3_last_insert_rowid(store->db);
	for (size_t i = 0; i < readout->telegram_count && !code; i++)
		code = add_telegram(store, readout->id, i,
				    &readout->telegrams[i]);
	return code;
}

static int add_each(struct store *store, struct store_readout *const *readouts,
		    size_t count)
{
	int code = SQLITE_OK;

	for (size_t i = 0; i < count && !code; i++)
		code = add_readout(store, readouts[i]);
	return code;
}

int store_add_all(struct store *store, struct store_readout *const *readouts,
		  size_t count, struct meterbus_error *err)
{
	if (!store_begin(store) && !add_each(store, readouts, count) &&
	    !store_commit(store))
		return 0;
	store_failed(store, "add a readout", err);
	store_rollback(store);
	for (size_t i = 0; i < count; i++)
		readouts[i]->id = 0;
	return -1;
}

int store_add(struct store *store, struct store_readout *readout,
	      struct meterbus_error *err)
{
	return store_add_all(store, &readout, 1, err);
}
