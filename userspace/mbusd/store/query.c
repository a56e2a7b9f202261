// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Queries of the store.
 */
#include <stdio.h>
#include <string.h>

#include <meterbus/telegram.h>

#include "store/db.h"
#include "store/parked.h"

#define COLUMNS \
	"SELECT r.id, m.name, r.bus, r.address, r.time_ns, r.elapsed_ms," \
	" r.outcome, r.why FROM readout r JOIN meter m ON m.id = r.meter "

/* Copies of the telegrams of a readout: pointers of SQLite end with the row. */
struct telegrams {
	uint8_t bytes[METERBUS_READOUT_MAX][METERBUS_TELEGRAM_MAX];
};

static int get_telegrams(struct store *store, struct telegrams *telegrams,
			 struct store_readout *readout)
{
	sqlite3_stmt *statement;
	size_t n = 0, len;

	statement = store_statement(store, STORE_SQL_TELEGRAMS);
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_int64(statement, 1, readout->id);
	while (n < METERBUS_READOUT_MAX &&
	       sqlite3_step(statement) == SQLITE_ROW) {
		len = sqlite3_column_bytes(statement, 0);
		if (len > METERBUS_TELEGRAM_MAX)
			len = METERBUS_TELEGRAM_MAX;
		memcpy(telegrams->bytes[n], sqlite3_column_blob(statement, 0),
		       len);
		readout->telegrams[n].bytes = telegrams->bytes[n];
		readout->telegrams[n].len = len;
		n++;
	}
	readout->telegram_count = n;
	return sqlite3_reset(statement);
}

/* The file may have been modified: columns may be NULL. */
static const char *text(sqlite3_stmt *statement, int at)
{
	const char *found = (const char *)sqlite3_column_text(statement, at);

	return found ? found : "";
}

static void get_head(sqlite3_stmt *statement, struct store_readout *readout)
{
	*readout = (struct store_readout){
		.id = sqlite3_column_int64(statement, 0),
		.meter = text(statement, 1),
		.bus = text(statement, 2),
		.address = text(statement, 3),
		.time_ns = sqlite3_column_int64(statement, 4),
		.elapsed_ms = sqlite3_column_int64(statement, 5),
		.outcome = store_outcome(text(statement, 6)),
		.why = text(statement, 7),
	};
}

/* Runs @statement, which selects COLUMNS, to its end and finalizes it. */
static int each_row(struct store *store, sqlite3_stmt *statement,
		    store_each_fn *each, void *context,
		    struct meterbus_error *err)
{
	struct store_readout readout;
	struct telegrams telegrams;
	int result = 0;
	int code;

	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		get_head(statement, &readout);
		if (get_telegrams(store, &telegrams, &readout)) {
			code = SQLITE_ERROR;
			break;
		}
		if (!each(context, &readout)) {
			code = SQLITE_DONE;
			break;
		}
	}
	if (code != SQLITE_DONE)
		result = store_failed(store, "read readouts", err);
	sqlite3_finalize(statement);
	return result;
}

static sqlite3_stmt *prepare(struct store *store, const char *sql,
			     struct meterbus_error *err)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) ==
	    SQLITE_OK)
		return statement;
	store_failed(store, "read readouts", err);
	return NULL;
}

/* SQLite takes -1 for no limit. */
static int64_t limit_of(size_t limit)
{
	return limit ? (int64_t)limit : -1;
}

int store_after(struct store *store, int64_t after, size_t limit,
		store_each_fn *each, void *context, struct meterbus_error *err)
{
	sqlite3_stmt *statement;

	statement = prepare(store, COLUMNS
			    "WHERE r.id > ?1 ORDER BY r.id LIMIT ?2", err);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, after);
	sqlite3_bind_int64(statement, 2, limit_of(limit));
	return each_row(store, statement, each, context, err);
}

int store_next_again(struct store *store, const char *output,
		     store_each_fn *each, void *context,
		     struct meterbus_error *err)
{
	sqlite3_stmt *statement;

	statement = prepare(store, COLUMNS
			    "JOIN parked p ON p.readout = r.id WHERE p.output ="
			    " ?1 AND p.state = 2 ORDER BY r.id LIMIT 1", err);
	if (!statement)
		return -1;
	sqlite3_bind_text(statement, 1, output, -1, SQLITE_TRANSIENT);
	return each_row(store, statement, each, context, err);
}

int store_history(struct store *store, const struct store_query *query,
		  store_each_fn *each, void *context,
		  struct meterbus_error *err)
{
	const char *order = query->newest_first ? "DESC" : "ASC";
	sqlite3_stmt *statement;
	char sql[512];

	/* Only constants; input is bound. */
	snprintf(sql, sizeof(sql), COLUMNS
		 "WHERE r.time_ns >= ?1 AND r.time_ns < ?2 %s %s"
		 " ORDER BY r.time_ns %s, r.id %s LIMIT ?3",
		 query->meter ? "AND r.meter = (SELECT id FROM meter"
				" WHERE name = ?4)" : "",
		 query->read_only ? "AND r.outcome = 'read'" : "",
		 order, order);
	statement = prepare(store, sql, err);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, query->since_ns);
	sqlite3_bind_int64(statement, 2,
			   query->until_ns ? query->until_ns : INT64_MAX);
	sqlite3_bind_int64(statement, 3, limit_of(query->limit));
	if (query->meter)
		sqlite3_bind_text(statement, 4, query->meter, -1,
				  SQLITE_TRANSIENT);
	return each_row(store, statement, each, context, err);
}

int store_latest(struct store *store, const char *after, store_each_fn *each,
		 void *context, struct meterbus_error *err)
{
	sqlite3_stmt *statement;

	statement = prepare(store, COLUMNS
			    "WHERE r.id = (SELECT max(n.id) FROM readout n"
			    " WHERE n.meter = m.id AND n.outcome = 'read')"
			    " AND m.name > ?1 ORDER BY m.name", err);
	if (!statement)
		return -1;
	sqlite3_bind_text(statement, 1, after, -1, SQLITE_TRANSIENT);
	return each_row(store, statement, each, context, err);
}

/* The number in the first row of @statement, which is reset. */
static int get_number(struct store *store, sqlite3_stmt *statement,
		      int64_t *number, bool *found, const char *what,
		      struct meterbus_error *err)
{
	int code = sqlite3_step(statement);

	*found = code == SQLITE_ROW;
	if (*found)
		*number = sqlite3_column_int64(statement, 0);
	if (sqlite3_reset(statement) != SQLITE_OK)
		return store_failed(store, what, err);
	return 0;
}

int store_last(struct store *store, const char *meter, int64_t before_ns,
	       int64_t *last_ns, struct meterbus_error *err)
{
	const char *what = "look up the last readout of a meter";
	sqlite3_stmt *statement;
	bool found;

	statement = store_statement(store, meter ? STORE_SQL_LAST :
						   STORE_SQL_LAST_OF_ALL);
	if (!statement)
		return store_failed(store, what, err);
	if (meter)
		sqlite3_bind_text(statement, 1, meter, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 2, before_ns);
	*last_ns = 0;
	return get_number(store, statement, last_ns, &found, what, err);
}

int store_attempts(struct store *store, const char *meter, int64_t since_ns,
		   int64_t until_ns, unsigned int *count,
		   struct meterbus_error *err)
{
	const char *what = "count the readouts of a meter";
	sqlite3_stmt *statement = store_statement(store, STORE_SQL_ATTEMPTS);
	int64_t number = 0;
	bool found;

	if (!statement)
		return store_failed(store, what, err);
	sqlite3_bind_text(statement, 1, meter, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 2, since_ns);
	sqlite3_bind_int64(statement, 3, until_ns);
	if (get_number(store, statement, &number, &found, what, err) < 0)
		return -1;
	*count = number;
	return 0;
}

int store_has(struct store *store, const char *meter, int64_t time_ns,
	      bool *has, struct meterbus_error *err)
{
	const char *what = "look up a readout";
	sqlite3_stmt *statement = store_statement(store, STORE_SQL_HAS);
	int64_t number = 0;
	bool found;

	if (!statement)
		return store_failed(store, what, err);
	sqlite3_bind_text(statement, 1, meter, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 2, time_ns);
	if (get_number(store, statement, &number, &found, what, err) < 0)
		return -1;
	*has = number;
	return 0;
}

int store_meters(struct store *store, store_meter_fn *each, void *context,
		 struct meterbus_error *err)
{
	sqlite3_stmt *statement = prepare(store, "SELECT name FROM meter", err);
	int result = 0;
	int code;

	if (!statement)
		return -1;
	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		if (!each(context, text(statement, 0)))
			break;
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		result = store_failed(store, "list the meters", err);
	sqlite3_finalize(statement);
	return result;
}

static int find_position(struct store *store, const char *output, int64_t *id,
			 bool *found, struct meterbus_error *err)
{
	const char *what = "read the position of an output";
	sqlite3_stmt *statement;

	statement = store_statement(store, STORE_SQL_GET_POSITION);
	if (!statement)
		return store_failed(store, what, err);
	sqlite3_bind_text(statement, 1, output, -1, SQLITE_TRANSIENT);
	return get_number(store, statement, id, found, what, err);
}

int store_position(struct store *store, const char *output, bool from_start,
		   int64_t *id, struct meterbus_error *err)
{
	sqlite3_stmt *statement;
	bool found;

	if (find_position(store, output, id, &found, err) < 0)
		return -1;
	if (found)
		return 0;
	statement = store_statement(store, STORE_SQL_NEW_POSITION);
	if (!statement)
		return store_failed(store, "add an output", err);
	sqlite3_bind_text(statement, 1, output, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int(statement, 2, from_start);
	if (store_run(statement))
		return store_failed(store, "add an output", err);
	return find_position(store, output, id, &found, err);
}

int store_set_position(struct store *store, const char *output, int64_t id,
		       struct meterbus_error *err)
{
	sqlite3_stmt *statement;

	statement = store_statement(store, STORE_SQL_SET_POSITION);
	if (!statement)
		return store_failed(store, "note the position of an output",
				    err);
	sqlite3_bind_text(statement, 1, output, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 2, id);
	if (store_run(statement))
		return store_failed(store, "note the position of an output",
				    err);
	return 0;
}

int store_backlog(struct store *store, const char *output, uint64_t *count,
		  struct meterbus_error *err)
{
	const char *what = "count the readouts of an output";
	sqlite3_stmt *statement = store_statement(store, STORE_SQL_BACKLOG);
	int64_t number = 0;
	bool found;

	if (!statement)
		return store_failed(store, what, err);
	sqlite3_bind_text(statement, 1, output, -1, SQLITE_TRANSIENT);
	if (get_number(store, statement, &number, &found, what, err) < 0)
		return -1;
	*count = number;
	return 0;
}
