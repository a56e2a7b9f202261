// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is put into the store: readouts with their values.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include <meterbus/address.h>
#include <meterbus/decoder.h>
#include <meterbus/json.h>

#include "store/descriptions.h"
#include "store/db.h"

const char *store_outcome_name(enum meterbus_error_kind outcome)
{
	return outcome == METERBUS_OK ? "read" : meterbus_error_name(outcome);
}

enum meterbus_error_kind store_outcome(const char *name)
{
	for (int kind = 0; kind < METERBUS_ERROR_KINDS; kind++)
		if (!strcmp(store_outcome_name(kind), name))
			return kind;
	return METERBUS_E_SYSTEM;
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
}

static const char *member(struct json_object *record, const char *key)
{
	return json_object_get_string(json_object_object_get(record, key));
}

static void bind_number(sqlite3_stmt *statement, int at,
			struct json_object *record, const char *key)
{
	sqlite3_bind_int64(statement, at,
			   json_object_get_int64(
				   json_object_object_get(record, key)));
}

/* "until; manufacturer code 02" */
static void bind_modifiers(sqlite3_stmt *statement, int at,
			   struct json_object *record)
{
	struct json_object *array = json_object_object_get(record, "modifiers");
	char text[1024] = "";
	size_t len = 0;

	for (size_t i = 0; i < json_object_array_length(array); i++) {
		const char *word = json_object_get_string(
			json_object_array_get_idx(array, i));

		if (len + strlen(word) + 3 > sizeof(text))
			break;
		len += snprintf(text + len, sizeof(text) - len, "%s%s",
				i ? "; " : "", word);
	}
	bind_text(statement, at, text);
}

/* A record that cannot be decoded has no value; its telegram is stored. */
static int add_value(struct store *store, int64_t readout, int telegram,
		     int number, struct json_object *record)
{
	sqlite3_stmt *statement;

	if (json_object_object_get(record, "error"))
		return SQLITE_OK;
	statement = store_statement(store, STORE_SQL_ADD_VALUE);
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_int64(statement, 1, readout);
	sqlite3_bind_int(statement, 2, telegram);
	sqlite3_bind_int(statement, 3, number);
	bind_text(statement, 4, member(record, "function"));
	bind_number(statement, 5, record, "storage");
	bind_number(statement, 6, record, "tariff");
	bind_number(statement, 7, record, "subunit");
	bind_text(statement, 8, member(record, "quantity"));
	bind_text(statement, 9, member(record, "unit"));
	bind_modifiers(statement, 10, record);
	bind_text(statement, 11, member(record, "value"));
	bind_text(statement, 12, member(record, "invalid"));
	return store_run(statement);
}

static int add_values(struct store *store, int64_t readout, int number,
		      struct json_object *decoded)
{
	struct json_object *telegrams =
		json_object_object_get(decoded, "telegrams");
	struct json_object *records;
	int code;

	if (json_object_array_length(telegrams) == 0)
		return SQLITE_OK;
	records = json_object_object_get(json_object_array_get_idx(telegrams, 0),
					 "records");
	if (!records)
		return SQLITE_OK;
	for (size_t i = 0; i < json_object_array_length(records); i++) {
		code = add_value(store, readout, number, i,
				 json_object_array_get_idx(records, i));
		if (code)
			return code;
	}
	return SQLITE_OK;
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

/*
 * The values come out of the same JSON that outputs and programs get, so that
 * they are the same to the last digit. NULL without memory; a telegram that is
 * none has no values.
 */
static struct json_object *decode(const struct store_telegram *bytes,
				  struct meterbus_decoder *decoder)
{
	struct json_object *object = meterbus_json_readout(NULL, NULL);
	struct meterbus_telegram telegram;
	struct meterbus_application app;

	if (!object)
		return NULL;
	if (meterbus_telegram_parse(&telegram, bytes->bytes, bytes->len, NULL))
		return object;
	meterbus_decoder_parse(decoder, &app, &telegram);
	if (meterbus_json_add_decoded(object, &telegram, &app, NULL) == 0)
		return object;
	json_object_put(object);
	return NULL;
}

/* Before the transaction begins, which others wait for. */
static bool decode_all(struct json_object *decoded[METERBUS_READOUT_MAX],
		       const struct store_readout *readout, const uint8_t *key)
{
	struct meterbus_format slots[4] = { 0 };
	struct meterbus_formats formats = { .slots = slots, .count = 4 };
	struct meterbus_decoder decoder = { .key = key, .formats = &formats,
					    .meters = descriptions() };
	struct meterbus_address address;

	if (meterbus_address_parse(&address, readout->address, NULL) == 0 &&
	    address.secondary)
		decoder.meter = &address;
	for (size_t i = 0; i < readout->telegram_count; i++) {
		decoded[i] = decode(&readout->telegrams[i], &decoder);
		if (!decoded[i])
			return false;
	}
	return true;
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
	bind_text(statement, 6, store_outcome_name(readout->outcome));
	bind_text(statement, 7, readout->why);
	return store_run(statement);
}

static int add_all(struct store *store, struct store_readout *readout,
		   struct json_object *const *decoded)
{
	int code = add_head(store, readout);

	if (code)
		return code;
	readout->id = sqlite3_last_insert_rowid(store->db);
	for (size_t i = 0; i < readout->telegram_count; i++) {
		code = add_telegram(store, readout->id, i,
				    &readout->telegrams[i]);
		if (!code)
			code = add_values(store, readout->id, i, decoded[i]);
		if (code)
			return code;
	}
	return SQLITE_OK;
}

int store_add(struct store *store, struct store_readout *readout,
	      const uint8_t *key, struct meterbus_error *err)
{
	struct json_object *decoded[METERBUS_READOUT_MAX] = { NULL };
	int result = 0;

	if (!decode_all(decoded, readout, key)) {
		result = meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	} else if (store_begin(store) || add_all(store, readout, decoded) ||
		   store_commit(store)) {
		result = store_failed(store, "add a readout", err);
		store_rollback(store);
	}
	for (size_t i = 0; i < readout->telegram_count; i++)
		json_object_put(decoded[i]);
	return result;
}
