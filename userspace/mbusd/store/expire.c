// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Deletes old readouts in short transactions, so that writing goes on.
 */
#include <string.h>

#include "store/db.h"

/* Readouts of a transaction: some ten milliseconds. */
#define STEP 500

/*
 * The id up to which all of @outputs have delivered. One without a position will
 * begin behind the newest readout.
 */
static int delivered_by_all(struct store *store, const char *const *outputs,
			    size_t count, int64_t *id)
{
	sqlite3_stmt *statement;
	int code = SQLITE_OK;

	*id = INT64_MAX;
	statement = store_statement(store, STORE_SQL_GET_POSITION);
	if (!statement)
		return SQLITE_ERROR;
	for (size_t i = 0; i < count && code == SQLITE_OK; i++) {
		sqlite3_bind_text(statement, 1, outputs[i], -1,
				  SQLITE_TRANSIENT);
		if (sqlite3_step(statement) == SQLITE_ROW &&
		    sqlite3_column_int64(statement, 0) < *id)
			*id = sqlite3_column_int64(statement, 0);
		code = sqlite3_reset(statement);
	}
	return code;
}

int store_expire(struct store *store, int64_t before_ns,
		 const char *const *outputs, size_t output_count, bool *more,
		 struct meterbus_error *err)
{
	sqlite3_stmt *statement;
	int64_t delivered;
	int code;

	*more = false;
	statement = store_statement(store, STORE_SQL_EXPIRE);
	if (!statement ||
	    delivered_by_all(store, outputs, output_count, &delivered))
		return store_failed(store, "delete old readouts", err);
	sqlite3_bind_int64(statement, 1, before_ns);
	sqlite3_bind_int64(statement, 2, delivered);
	sqlite3_bind_int(statement, 3, STEP);
	code = store_run(statement);
	if (code)
		return store_failed(store, "delete old readouts", err);
	*more = sqlite3_changes(store->db) == STEP;
	return 0;
}
