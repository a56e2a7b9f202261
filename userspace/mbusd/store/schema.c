// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables of the store, and the migration of older stores. The version is
 * SQLite's user_version.
 */
#include <string.h>

#include "store/db.h"

/* "mbus", for file(1). */
#define APPLICATION_ID 0x6d627573

/*
 * Step N changes version N to N+1. Released steps never change, as stores made by
 * them exist.
 *
 * Ids of readouts never repeat (AUTOINCREMENT): positions of outputs stay valid
 * when retention has emptied the table.
 */
static const char *const steps[] = {
	"CREATE TABLE meter ("
	" id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE"
	");"
	"CREATE TABLE readout ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" meter INTEGER NOT NULL REFERENCES meter,"
	" bus TEXT NOT NULL,"
	" address TEXT NOT NULL,"
	" time_ns INTEGER NOT NULL,"
	" elapsed_ms INTEGER NOT NULL,"
	" outcome TEXT NOT NULL,"
	" why TEXT NOT NULL"
	");"
	"CREATE INDEX readout_by_time ON readout (time_ns);"
	"CREATE INDEX readout_by_meter ON readout (meter, time_ns);"
	"CREATE TABLE telegram ("
	" readout INTEGER NOT NULL REFERENCES readout ON DELETE CASCADE,"
	" number INTEGER NOT NULL,"
	" bytes BLOB NOT NULL,"
	" PRIMARY KEY (readout, number)"
	") WITHOUT ROWID;"
	"CREATE TABLE value ("
	" readout INTEGER NOT NULL REFERENCES readout ON DELETE CASCADE,"
	" telegram INTEGER NOT NULL,"
	" record INTEGER NOT NULL,"
	" function TEXT NOT NULL,"
	" storage INTEGER NOT NULL,"
	" tariff INTEGER NOT NULL,"
	" subunit INTEGER NOT NULL,"
	" quantity TEXT NOT NULL,"
	" unit TEXT NOT NULL,"
	" modifiers TEXT NOT NULL,"
	" value TEXT,"
	" invalid TEXT,"
	" PRIMARY KEY (readout, telegram, record)"
	") WITHOUT ROWID;"
	"CREATE TABLE position ("
	" output TEXT PRIMARY KEY,"
	" readout INTEGER NOT NULL"
	") WITHOUT ROWID;",

	/* Finds the latest good readout of a meter behind many failures. */
	"CREATE INDEX readout_read ON readout (meter) WHERE outcome = 'read';",

	/* Deliveries that failed, see store/parked.h. */
	"CREATE TABLE parked ("
	" output TEXT NOT NULL,"
	" readout INTEGER NOT NULL REFERENCES readout ON DELETE CASCADE,"
	" since_ns INTEGER NOT NULL,"
	" tries INTEGER NOT NULL,"
	" why TEXT NOT NULL,"
	" state INTEGER NOT NULL,"
	" PRIMARY KEY (output, readout)"
	") WITHOUT ROWID;"
	"CREATE INDEX parked_by_readout ON parked (readout);",
};

#define VERSION ((int)(sizeof(steps) / sizeof(steps[0])))

static int get_number(struct store *store, const char *sql, int *number)
{
	sqlite3_stmt *statement;
	int code;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL))
		return -1;
	code = sqlite3_step(statement);
	*number = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return code == SQLITE_ROW ? 0 : -1;
}

static int get_version(struct store *store, int *version,
		       struct meterbus_error *err)
{
	int id, tables;

	if (get_number(store, "PRAGMA user_version", version) < 0 ||
	    get_number(store, "PRAGMA application_id", &id) < 0 ||
	    get_number(store, "SELECT count(*) FROM sqlite_schema",
		       &tables) < 0)
		return store_failed(store, "read it", err);
	if (id != APPLICATION_ID && (*version || tables))
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "%s is a database of another program; choose another path for the store",
				     store->path);
	if (*version > VERSION)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "%s has version %d of a newer mbusd, this one knows %d; install the newer one",
				     store->path, *version, VERSION);
	return 0;
}

int store_check_version(struct store *store, struct meterbus_error *err)
{
	int version;

	if (get_version(store, &version, err) < 0)
		return -1;
	if (version < VERSION)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "%s has version %d, this program needs %d; start mbusd once, which migrates it",
				     store->path, version, VERSION);
	return 0;
}

static int make_step(struct store *store, int version)
{
	char pragmas[128];

	sqlite3_snprintf(sizeof(pragmas), pragmas,
			 "PRAGMA application_id = %d; PRAGMA user_version = %d",
			 APPLICATION_ID, version + 1);
	if (sqlite3_exec(store->db, steps[version], NULL, NULL, NULL))
		return -1;
	return sqlite3_exec(store->db, pragmas, NULL, NULL, NULL) ? -1 : 0;
}

/*
 * All steps or none. The version is read again within the transaction, as another
 * process may have migrated the store meanwhile.
 */
int store_migrate(struct store *store, struct meterbus_error *err)
{
	int version;

	if (get_version(store, &version, err) < 0)
		return -1;
	if (version == VERSION)
		return 0;
	if (store_begin(store))
		return store_failed(store, "bring it to this version", err);
	if (get_version(store, &version, err) < 0) {
		store_rollback(store);
		return -1;
	}
	for (; version < VERSION; version++) {
		if (make_step(store, version) < 0)
			goto failed;
	}
	if (store_commit(store) == SQLITE_OK)
		return 0;
failed:
	store_failed(store, "bring it to this version", err);
	store_rollback(store);
	return -1;
}
