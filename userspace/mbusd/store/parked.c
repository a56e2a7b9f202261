// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/db.h"
#include "store/parked.h"

/* Of the column state. */
enum {
	FAILING,	/* tried, to be tried again */
	PARKED,
	AGAIN,		/* parked, to be sent again */
};

static int fail(struct store *store, struct meterbus_error *err)
{
	return store_failed(store, "note a delivery that failed", err);
}

static sqlite3_stmt *bind(struct store *store, enum store_sql which,
			  const char *output, int64_t readout)
{
	sqlite3_stmt *statement = store_statement(store, which);

	if (!statement)
		return NULL;
	sqlite3_bind_text(statement, 1, output, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 2, readout);
	return statement;
}

static int put(struct store *store, const char *output, int64_t readout,
	       int64_t now_ns, const char *why, int state,
	       struct store_attempts *attempts, struct meterbus_error *err)
{
	sqlite3_stmt *statement = bind(store, STORE_SQL_PARK, output, readout);

	if (!statement)
		return fail(store, err);
	sqlite3_bind_int64(statement, 3, now_ns);
	sqlite3_bind_text(statement, 4, why, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int(statement, 5, state);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		attempts->count = (unsigned int)sqlite3_column_int64(statement, 0);
		attempts->since_ns = sqlite3_column_int64(statement, 1);
	}
	return sqlite3_reset(statement) ? fail(store, err) : 0;
}

int store_note_attempt(struct store *store, const char *output, int64_t readout,
		       int64_t now_ns, const char *why,
		       struct store_attempts *attempts,
		       struct meterbus_error *err)
{
	return put(store, output, readout, now_ns, why, FAILING, attempts, err);
}

int store_park(struct store *store, const char *output, int64_t readout,
	       int64_t now_ns, const char *why, struct meterbus_error *err)
{
	struct store_attempts attempts;

	return put(store, output, readout, now_ns, why, PARKED, &attempts, err);
}

int store_forget_attempts(struct store *store, const char *output,
			  int64_t readout, struct meterbus_error *err)
{
	sqlite3_stmt *statement = bind(store, STORE_SQL_UNPARK, output, readout);

	return !statement || store_run(statement) ? fail(store, err) : 0;
}

int store_send_again(struct store *store, const char *output, int64_t readout,
		     unsigned int *count, struct meterbus_error *err)
{
	sqlite3_stmt *statement = bind(store, STORE_SQL_SEND_AGAIN, output,
				       readout);

	if (!statement || store_run(statement))
		return fail(store, err);
	*count = (unsigned int)sqlite3_changes(store->db);
	return 0;
}

int store_count_parked(struct store *store, const char *output,
		       uint64_t *count, struct meterbus_error *err)
{
	sqlite3_stmt *statement = bind(store, STORE_SQL_COUNT_PARKED, output, 0);

	if (!statement)
		return fail(store, err);
	*count = 0;
	if (sqlite3_step(statement) == SQLITE_ROW)
		*count = (uint64_t)sqlite3_column_int64(statement, 0);
	return sqlite3_reset(statement) ? fail(store, err) : 0;
}

int store_list_parked(struct store *store, const char *output, int64_t after,
		      store_parked_fn *each, void *context,
		      struct meterbus_error *err)
{
	sqlite3_stmt *statement = bind(store, STORE_SQL_LIST_PARKED, output,
				       after);

	if (!statement)
		return fail(store, err);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const struct store_parked parked = {
			.readout = sqlite3_column_int64(statement, 0),
			.meter = (const char *)sqlite3_column_text(statement, 1),
			.time_ns = sqlite3_column_int64(statement, 2),
			.attempts = {
				.count = (unsigned int)
					sqlite3_column_int64(statement, 3),
				.since_ns = sqlite3_column_int64(statement, 4),
			},
			.why = (const char *)sqlite3_column_text(statement, 5),
			.again = sqlite3_column_int(statement, 6) == AGAIN,
		};

		if (!each(context, &parked))
			break;
	}
	return sqlite3_reset(statement) ? fail(store, err) : 0;
}
