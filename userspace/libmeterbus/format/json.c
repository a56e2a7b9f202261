// SPDX-License-Identifier: LGPL-2.1-or-later
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>
#include <meterbus/decode.h>
#include <meterbus/json.h>
#include <meterbus/telegram.h>

#include "format/text.h"

#define SCHEMA 1

/*
 * Builds one tree. A failed allocation anywhere sets failed, and the caller
 * throws the whole away: half a readout must not look like one.
 */
struct builder {
	bool failed;
	struct meterbus_names names;
	/* What most records have is one object in all of them. */
	struct json_object *zero;
	struct json_object *instantaneous;
};

/* Every key is a literal here and put once. */
#define NEW_KEY (JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY)

/* Takes over @value; NULL is a failed allocation. */
static void put(struct builder *b, struct json_object *object, const char *key,
		struct json_object *value)
{
	if (!value || json_object_object_add_ex(object, key, value, NEW_KEY)) {
		json_object_put(value);
		b->failed = true;
	}
}

static void append(struct builder *b, struct json_object *array,
		   struct json_object *value)
{
	if (!value || json_object_array_add(array, value)) {
		json_object_put(value);
		b->failed = true;
	}
}

/*
 * json-c looks for what to escape in each byte of a text and prints integers
 * with printf(), which together take longer than to decode the telegram.
 * Words of this library and hex digits have nothing to escape.
 */
static int print_words(struct json_object *object, struct printbuf *text,
		       int level, int flags)
{
	const char *words = json_object_get_string(object);

	(void)level;
	(void)flags;
	printbuf_memappend_fast(text, "\"", 1);
	printbuf_memappend_fast(text, words,
				json_object_get_string_len(object));
	printbuf_memappend_fast(text, "\"", 1);
	return 0;
}

static int print_number(struct json_object *object, struct printbuf *text,
			int level, int flags)
{
	uint64_t number = json_object_get_uint64(object);
	char digits[20];
	int at = sizeof(digits);

	(void)level;
	(void)flags;
	do {
		digits[--at] = '0' + number % 10;
		number /= 10;
	} while (number);
	printbuf_memappend_fast(text, digits + at, (int)sizeof(digits) - at);
	return 0;
}

static struct json_object *new_words(const char *words, size_t len)
{
	struct json_object *object = json_object_new_string_len(words, len);

	if (object)
		json_object_set_serializer(object, print_words, NULL, NULL);
	return object;
}

/* @value is of this library, see print_words(). */
static void put_string(struct builder *b, struct json_object *object,
		       const char *key, const char *value)
{
	put(b, object, key, new_words(value, strlen(value)));
}

static struct json_object *new_int(uint64_t value)
{
	struct json_object *number = json_object_new_uint64(value);

	if (number)
		json_object_set_serializer(number, print_number, NULL, NULL);
	return number;
}

static void put_int(struct builder *b, struct json_object *object,
		    const char *key, uint64_t value)
{
	if (value) {
		put(b, object, key, new_int(value));
		return;
	}
	if (!b->zero)
		b->zero = new_int(0);
	put(b, object, key, json_object_get(b->zero));
}

static void put_function(struct builder *b, struct json_object *object,
			 enum meterbus_function function)
{
	const char *name = meterbus_function_name(function);

	if (function != METERBUS_INSTANTANEOUS) {
		put_string(b, object, "function", name);
		return;
	}
	if (!b->instantaneous)
		b->instantaneous = new_words(name, strlen(name));
	put(b, object, "function", json_object_get(b->instantaneous));
}

static struct json_object *new_hex(const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";
	char text[2 * METERBUS_TELEGRAM_MAX];

	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 0xF];
	}
	return new_words(text, 2 * len);
}

static struct json_object *new_text(const struct meterbus_text *text)
{
	char utf8[METERBUS_TEXT_UTF8(METERBUS_USER_DATA_MAX)];
	size_t len = meterbus_text_utf8(text, utf8, sizeof(utf8));

	return json_object_new_string_len(utf8, len);
}

static struct json_object *new_unit(const struct meterbus_data_record *record)
{
	char unit[METERBUS_UNIT_TEXT];

	if (!record->plain_unit.len && !record->unit_suffix)
		return new_words(record->unit, strlen(record->unit));
	return json_object_new_string(meterbus_unit_format(record, unit));
}

/*
 * json-c prints a double's own text if it is given one. The double itself is
 * no use to anybody, so it is NaN and cannot be taken for the reading.
 */
static struct json_object *new_number(const struct meterbus_decimal *number)
{
	char text[METERBUS_DECIMAL_TEXT];

	meterbus_decimal_format(number, text);
	return json_object_new_double_s(NAN, text);
}

static void put_value(struct builder *b, struct json_object *object,
		      const struct meterbus_value *value)
{
	char text[METERBUS_TIME_TEXT];

	switch (value->type) {
	case METERBUS_VALUE_NONE:
		/* json-c's null is no object. */
		if (json_object_object_add_ex(object, "value", NULL, NEW_KEY))
			b->failed = true;
		put_string(b, object, "invalid", value->invalid);
		return;
	case METERBUS_VALUE_NUMBER:
		put(b, object, "value", new_number(&value->number));
		return;
	case METERBUS_VALUE_TIME:
		put_string(b, object, "value",
			   meterbus_time_format(&value->time, text));
		if (value->time.summer_time)
			put(b, object, "summer_time",
			    json_object_new_boolean(true));
		if (value->time.marked_invalid)
			put(b, object, "marked_invalid",
			    json_object_new_boolean(true));
		return;
	case METERBUS_VALUE_TEXT:
		put(b, object, "value", new_text(&value->text));
		return;
	case METERBUS_VALUE_WORD:
		put_string(b, object, "value", value->word);
		return;
	case METERBUS_VALUE_BYTES:
		put(b, object, "value",
		    new_hex(value->bytes.data, value->bytes.len));
		return;
	}
}

static struct json_object *
new_modifiers(struct builder *b, const struct meterbus_data_record *record)
{
	struct json_object *array = json_object_new_array_ext(4);
	char code[32];

	if (!array)
		return NULL;
	for (unsigned int i = 0; i < record->modifier_count; i++)
		append(b, array, json_object_new_string(record->modifiers[i]));
	for (size_t i = 0; i < record->manufacturer_vife_len; i++) {
		snprintf(code, sizeof(code), "manufacturer code %02X",
			 record->manufacturer_vife[i] & 0x7F);
		append(b, array, json_object_new_string(code));
	}
	return array;
}

/* The names of the bits that are set; those without one by their number. */
static struct json_object *new_bits(struct builder *b,
				    const struct meterbus_data_record *record)
{
	struct json_object *array = json_object_new_array_ext(4);
	char text[FORMAT_FLAG_SIZE];

	if (!array)
		return NULL;
	for (unsigned int i = 0; i < 64; i++) {
		const char *flag = format_flag(text, record, i);

		if (flag)
			append(b, array, json_object_new_string(flag));
	}
	return array;
}

static struct json_object *new_record(struct builder *b,
				      const struct meterbus_data_record *record)
{
	struct json_object *object = json_object_new_object();
	char time[METERBUS_TIME_TEXT], name[METERBUS_NAME_SIZE];

	if (!object)
		return NULL;
	if (record->error) {
		put_string(b, object, "error", record->error);
	} else {
		put_function(b, object, record->function);
		put_int(b, object, "storage", record->storage);
		put_int(b, object, "tariff", record->tariff);
		put_int(b, object, "subunit", record->subunit);
		put_string(b, object, "quantity", record->quantity);
		put(b, object, "unit", new_unit(record));
		put_value(b, object, &record->value);
		if (record->has_time)
			put_string(b, object, "time",
				   meterbus_time_format(&record->time, time));
		if (record->bits && record->value.type == METERBUS_VALUE_NUMBER)
			put(b, object, "flags", new_bits(b, record));
		put(b, object, "modifiers", new_modifiers(b, record));
		if (record->note)
			put_string(b, object, "note", record->note);
		if (record->source)
			put_string(b, object, "source", record->source);
	}
	put(b, object, "raw", new_hex(record->raw, record->raw_len));
	if (!record->error)
		put_string(b, object, "name",
			   meterbus_name(&b->names, record, name));
	return object;
}

static struct json_object *
new_records(struct builder *b, const struct meterbus_application *app)
{
	struct json_object *array = json_object_new_array_ext(4);
	struct meterbus_data_records records;
	struct meterbus_data_record record;

	if (!array)
		return NULL;
	meterbus_data_records_start(&records, app);
	while (meterbus_data_record_next(&records, &record))
		append(b, array, new_record(b, &record));
	return array;
}

static struct json_object *new_meter(struct builder *b,
				     const struct meterbus_header *header)
{
	struct json_object *object = json_object_new_object();
	char id[9], name[4], address[METERBUS_ADDRESS_TEXT];

	if (!object)
		return NULL;
	put_string(b, object, "id", meterbus_address_id(&header->address, id));
	if (header->has_address) {
		put_string(b, object, "manufacturer",
			   meterbus_manufacturer_name(header->manufacturer,
						      name));
		put_int(b, object, "version", header->version);
	}
	put_string(b, object, "medium", meterbus_medium_name(header->medium));
	put_int(b, object, "medium_code", header->medium);
	put_string(b, object, "address",
		   meterbus_address_format(&header->address, address));
	return object;
}

static struct json_object *new_status(struct builder *b,
				      const struct meterbus_header *header)
{
	struct json_object *object = json_object_new_object();
	struct json_object *array = json_object_new_array_ext(4);
	const char *flags[METERBUS_STATUS_FLAGS];
	unsigned int count = meterbus_header_flags(header, flags);

	if (!object || !array) {
		json_object_put(object);
		json_object_put(array);
		return NULL;
	}
	for (unsigned int i = 0; i < count; i++)
		append(b, array, json_object_new_string(flags[i]));
	put_int(b, object, "raw", header->status);
	put(b, object, "flags", array);
	return object;
}

static void put_error(struct builder *b, struct json_object *object,
		      const struct meterbus_application *app)
{
	char text[128];

	if (app->application_error)
		snprintf(text, sizeof(text), "application error %u: %s",
			 app->application_error_code, app->application_error);
	else if (app->error)
		snprintf(text, sizeof(text), "%s: %s", app->ci_name,
			 app->error);
	else
		return;
	put_string(b, object, "error", text);
}

static void put_header(struct builder *b, struct json_object *object,
		       const struct meterbus_header *header)
{
	if (header->kind != METERBUS_HEADER_SHORT)
		put(b, object, "meter", new_meter(b, header));
	put_int(b, object, "access_number", header->access_number);
	put(b, object, "status", new_status(b, header));
	put_int(b, object, "config", header->config);
}

static void put_command(struct builder *b, struct json_object *object,
			const struct meterbus_application *app)
{
	char address[METERBUS_ADDRESS_TEXT];

	put_string(b, object, "command", app->ci_name);
	if (app->parameter_name) {
		put_int(b, object, "parameter", app->parameter);
		put_string(b, object, "parameter_name", app->parameter_name);
	}
	if (app->contents == METERBUS_CONTENTS_SELECTION && !app->error)
		put_string(b, object, "selection",
			   meterbus_address_format(&app->selection, address));
}

static struct json_object *
new_encryption(struct builder *b, const struct meterbus_application *app)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	put_int(b, object, "mode", app->encryption_mode);
	put_string(b, object, "name", app->encryption_name);
	put(b, object, "decrypted", json_object_new_boolean(app->decrypted ||
					app->claimed_len));
	return object;
}

static void put_format(struct builder *b, struct json_object *object,
		       const struct meterbus_application *app)
{
	char signature[5];

	snprintf(signature, sizeof(signature), "%04X", app->format_signature);
	put_string(b, object, "format", signature);
}

static void put_contents(struct builder *b, struct json_object *object,
			 const struct meterbus_application *app)
{
	if (app->encryption_mode)
		put(b, object, "encryption", new_encryption(b, app));
	if (app->encrypted_len)
		return;
	switch (app->contents) {
	case METERBUS_CONTENTS_COMMAND:
	case METERBUS_CONTENTS_SELECTION:
		put_command(b, object, app);
		return;
	case METERBUS_CONTENTS_FORMAT:
	case METERBUS_CONTENTS_COMPACT:
		put_format(b, object, app);
		return;
	default:
		return;
	}
}

static struct json_object *
new_telegram(struct builder *b, const struct meterbus_telegram *telegram,
	     const struct meterbus_application *app)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	if (telegram->type != METERBUS_TELEGRAM_ACK) {
		put_int(b, object, "c", telegram->c);
		put_int(b, object, "a", telegram->a);
	}
	if (telegram->type == METERBUS_TELEGRAM_LONG)
		put_int(b, object, "ci", telegram->ci);
	if (app->has_header)
		put_header(b, object, &app->header);
	put_contents(b, object, app);
	put_error(b, object, app);
	put(b, object, "raw", new_hex(telegram->raw, telegram->raw_len));
	if (telegram->type == METERBUS_TELEGRAM_LONG)
		put(b, object, "records", new_records(b, app));
	return object;
}

struct json_object *meterbus_json_readout(const char *bus, const char *time)
{
	struct json_object *readout = json_object_new_object();
	struct builder b = { 0 };

	if (!readout)
		return NULL;
	put_int(&b, readout, "schema", SCHEMA);
	if (bus)
		put(&b, readout, "bus", json_object_new_string(bus));
	if (time)
		put(&b, readout, "time", json_object_new_string(time));
	put(&b, readout, "telegrams", json_object_new_array());
	if (b.failed) {
		json_object_put(readout);
		return NULL;
	}
	return readout;
}

int meterbus_json_add(struct json_object *readout, const uint8_t *raw,
		      size_t len, struct meterbus_error *err)
{
	struct meterbus_application app;
	struct meterbus_telegram telegram;

	if (meterbus_telegram_parse(&telegram, raw, len, err))
		return -1;
	meterbus_application_parse(&app, &telegram);
	return meterbus_json_add_decoded(readout, &telegram, &app, err);
}

int meterbus_json_add_with(struct json_object *readout,
			   struct meterbus_decoder *decoder, const uint8_t *raw,
			   size_t len, struct meterbus_error *err)
{
	struct meterbus_application app;
	struct meterbus_telegram telegram;

	if (meterbus_telegram_parse(&telegram, raw, len, err))
		return -1;
	meterbus_decoder_parse(decoder, &app, &telegram);
	return meterbus_json_add_decoded(readout, &telegram, &app, err);
}

/* Those of the telegrams before: a name is unique in the readout. */
static void take_names(struct builder *b, struct json_object *telegrams)
{
	struct meterbus_data_record record = { .unit = "" };
	char name[METERBUS_NAME_SIZE];

	for (size_t i = 0; i < json_object_array_length(telegrams); i++) {
		struct json_object *records = json_object_object_get(
			json_object_array_get_idx(telegrams, i), "records");
		size_t count = records ? json_object_array_length(records) : 0;

		for (size_t j = 0; j < count; j++) {
			record.quantity = json_object_get_string(
				json_object_object_get(
					json_object_array_get_idx(records, j),
					"name"));
			if (record.quantity)
				meterbus_name(&b->names, &record, name);
		}
	}
}

int meterbus_json_add_decoded(struct json_object *readout,
			      const struct meterbus_telegram *telegram,
			      const struct meterbus_application *app,
			      struct meterbus_error *err)
{
	struct json_object *telegrams, *object;
	struct builder b = { 0 };

	telegrams = json_object_object_get(readout, "telegrams");
	take_names(&b, telegrams);
	object = new_telegram(&b, telegram, app);
	json_object_put(b.zero);
	json_object_put(b.instantaneous);
	if (b.failed || !object || json_object_array_add(telegrams, object)) {
		json_object_put(object);
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "no memory left for the JSON of a telegram");
	}
	return 0;
}
