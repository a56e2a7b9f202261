// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Readouts as JSON. The text is written as it comes: what a general library
 * does for each key and value takes longer than to decode the telegram, and
 * most of both are constants.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/decode.h>
#include <meterbus/json.h>
#include <meterbus/telegram.h>

#include "format/buffer.h"
#include "format/text.h"

#define SCHEMA "1"

struct meterbus_json {
	struct buffer text;
	struct meterbus_names names;	/* unique in the readout */
	bool in_telegrams;
};

static void word(struct buffer *out, const char *text)
{
	buffer_add_literal(out, "\"");
	buffer_add(out, text, strlen(text));
	buffer_add_literal(out, "\"");
}

/* Of what few records or telegrams have: small rather than fast. */
static void add_word(struct buffer *out, const char *key, const char *text)
{
	buffer_add_text(out, key);
	word(out, text);
}

static void add_number(struct buffer *out, const char *key, uint64_t number)
{
	buffer_add_text(out, key);
	buffer_add_number(out, number);
}

static void add_hex(struct buffer *out, const char *key, const uint8_t *bytes,
		    size_t len)
{
	buffer_add_text(out, key);
	buffer_add_text(out, "\"");
	buffer_add_hex(out, bytes, len);
	buffer_add_text(out, "\"");
}

/* The key begins with the comma, and ends with the colon. */
#define member_number(out, key, number) do {		\
	buffer_add_literal(out, key);			\
	buffer_add_number(out, number);			\
} while (0)

/* Words of this library have nothing to escape. */
#define member_word(out, key, text) do {		\
	const char *words = text;			\
							\
	buffer_add_literal(out, key "\"");		\
	buffer_add(out, words, strlen(words));		\
	buffer_add_literal(out, "\"");			\
} while (0)

#define member_hex(out, key, bytes, len) do {		\
	buffer_add_literal(out, key "\"");		\
	buffer_add_hex(out, bytes, len);		\
	buffer_add_literal(out, "\"");			\
} while (0)

static char *escape(char *out, unsigned char c)
{
	static const char named[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *name = c ? strchr(named, c) : NULL;

	*out++ = '\\';
	if (name)
		*out++ = letters[name - named];
	else
		out += sprintf(out, "u%04x", c);
	return out;
}

/* From outside: may contain any character of UTF-8. */
static void string(struct buffer *out, const char *text, size_t len)
{
	char *room = buffer_room(out, 6 * len + 3), *at = room;

	if (!room)
		return;
	*at++ = '"';
	for (size_t i = 0; i < len; i++) {
		unsigned char c = text[i];

		if (c < ' ' || c == '"' || c == '\\')
			at = escape(at, c);
		else
			*at++ = c;
	}
	*at++ = '"';
	out->len += at - room;
}

/* ------------------------------------------------------------- records */

static void text_value(struct buffer *out, const struct meterbus_text *text)
{
	char utf8[METERBUS_TEXT_UTF8(METERBUS_USER_DATA_MAX)];
	size_t len = meterbus_text_utf8(text, utf8, sizeof(utf8));

	string(out, utf8, len);
}

static void number_value(struct buffer *out,
			 const struct meterbus_decimal *number)
{
	char *room = buffer_room(out, METERBUS_DECIMAL_TEXT);

	if (room)
		out->len += meterbus_decimal_format(number, room);
}

static void time_value(struct buffer *out, const struct meterbus_time *time)
{
	char text[METERBUS_TIME_TEXT];

	word(out, meterbus_time_format(time, text));
}

static void value_members(struct buffer *out,
			  const struct meterbus_value *value)
{
	buffer_add_literal(out, ",\"value\":");
	switch (value->type) {
	case METERBUS_VALUE_NONE:
		add_word(out, "null,\"invalid\":", value->invalid);
		return;
	case METERBUS_VALUE_NUMBER:
		number_value(out, &value->number);
		return;
	case METERBUS_VALUE_TIME:
		time_value(out, &value->time);
		if (value->time.summer_time)
			buffer_add_text(out, ",\"summer_time\":true");
		if (value->time.marked_invalid)
			buffer_add_text(out, ",\"marked_invalid\":true");
		return;
	case METERBUS_VALUE_TEXT:
		text_value(out, &value->text);
		return;
	case METERBUS_VALUE_WORD:
		string(out, value->word, strlen(value->word));
		return;
	case METERBUS_VALUE_BYTES:
		add_hex(out, "", value->bytes.data, value->bytes.len);
		return;
	}
}

static void unit_member(struct buffer *out,
			const struct meterbus_data_record *record)
{
	char unit[METERBUS_UNIT_TEXT];

	if (!record->plain_unit.len && !record->unit_suffix) {
		member_word(out, ",\"unit\":", record->unit);
		return;
	}
	buffer_add_text(out, ",\"unit\":");
	meterbus_unit_format(record, unit);
	string(out, unit, strlen(unit));
}

/* Before an element of an array that is written one by one. */
static void comma(struct buffer *out, bool *any)
{
	if (*any)
		buffer_add_literal(out, ",");
	*any = true;
}

static void modifiers_member(struct buffer *out,
			     const struct meterbus_data_record *record)
{
	bool any = false;

	buffer_add_literal(out, ",\"modifiers\":[");
	for (unsigned int i = 0; i < record->modifier_count; i++) {
		comma(out, &any);
		string(out, record->modifiers[i],
		       strlen(record->modifiers[i]));
	}
	for (size_t i = 0; i < record->manufacturer_vife_len; i++) {
		const uint8_t code = record->manufacturer_vife[i] & 0x7F;

		comma(out, &any);
		buffer_add_text(out, "\"manufacturer code ");
		buffer_add_hex(out, &code, 1);
		buffer_add_text(out, "\"");
	}
	buffer_add_literal(out, "]");
}

/* The names of the bits that are set; those without one by their number. */
static void flags_member(struct buffer *out,
			 const struct meterbus_data_record *record)
{
	char text[FORMAT_FLAG_SIZE];
	bool any = false;

	buffer_add_text(out, ",\"flags\":[");
	for (unsigned int i = 0; i < 64; i++) {
		const char *flag = format_flag(text, record, i);

		if (!flag)
			continue;
		comma(out, &any);
		string(out, flag, strlen(flag));
	}
	buffer_add_text(out, "]");
}

static void string_member(struct buffer *out, const char *key,
			  const char *text)
{
	buffer_add_text(out, key);
	string(out, text, strlen(text));
}

static void decoded_members(struct buffer *out,
			    const struct meterbus_data_record *record)
{
	if (record->function == METERBUS_INSTANTANEOUS)
		buffer_add_literal(out, "\"function\":\"instantaneous\"");
	else
		add_word(out, "\"function\":",
			 meterbus_function_name(record->function));
	member_number(out, ",\"storage\":", record->storage);
	member_number(out, ",\"tariff\":", record->tariff);
	member_number(out, ",\"subunit\":", record->subunit);
	if (record->source)
		string_member(out, ",\"quantity\":", record->quantity);
	else
		member_word(out, ",\"quantity\":", record->quantity);
	unit_member(out, record);
	value_members(out, &record->value);
	if (record->has_time) {
		buffer_add_text(out, ",\"time\":");
		time_value(out, &record->time);
	}
	if (record->bits && record->value.type == METERBUS_VALUE_NUMBER)
		flags_member(out, record);
	modifiers_member(out, record);
	if (record->note)
		add_word(out, ",\"note\":", record->note);
	if (record->source)
		string_member(out, ",\"source\":", record->source);
}

static void record_object(struct meterbus_json *json,
			  const struct meterbus_data_record *record)
{
	struct buffer *out = &json->text;
	char name[METERBUS_NAME_SIZE];

	buffer_add_literal(out, "{");
	if (record->error) {
		add_word(out, "\"error\":", record->error);
		add_hex(out, ",\"raw\":", record->raw, record->raw_len);
	} else {
		decoded_members(out, record);
		member_hex(out, ",\"raw\":", record->raw, record->raw_len);
		member_word(out, ",\"name\":",
			    meterbus_name(&json->names, record, name));
	}
	buffer_add_literal(out, "}");
}

static void records_member(struct meterbus_json *json,
			   const struct meterbus_application *app)
{
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	bool any = false;

	buffer_add_literal(&json->text, ",\"records\":[");
	meterbus_data_records_start(&records, app);
	while (meterbus_data_record_next(&records, &record)) {
		comma(&json->text, &any);
		record_object(json, &record);
	}
	buffer_add_literal(&json->text, "]");
}

/* ------------------------------------------------------------- telegram */

static void meter_member(struct buffer *out,
			 const struct meterbus_header *header)
{
	char id[9], name[4], address[METERBUS_ADDRESS_TEXT];

	add_word(out, "\"meter\":{\"id\":",
		    meterbus_address_id(&header->address, id));
	if (header->has_address) {
		add_word(out, ",\"manufacturer\":",
			    meterbus_manufacturer_name(header->manufacturer,
						       name));
		add_number(out, ",\"version\":", header->version);
	}
	add_word(out, ",\"medium\":", meterbus_medium_name(header->medium));
	add_number(out, ",\"medium_code\":", header->medium);
	add_word(out, ",\"address\":",
		    meterbus_address_format(&header->address, address));
	buffer_add_text(out, "},");
}

static void header_members(struct buffer *out,
			   const struct meterbus_application *app)
{
	const struct meterbus_header *header = &app->header;
	const char *flags[METERBUS_STATUS_FLAGS];
	unsigned int count = meterbus_application_flags(app, flags);
	bool any = false;

	if (header->kind != METERBUS_HEADER_SHORT)
		meter_member(out, header);
	add_number(out, "\"access_number\":", header->access_number);
	add_number(out, ",\"status\":{\"raw\":", header->status);
	buffer_add_text(out, ",\"flags\":[");
	for (unsigned int i = 0; i < count; i++) {
		comma(out, &any);
		string(out, flags[i], strlen(flags[i]));
	}
	add_number(out, "]},\"config\":", header->config);
	buffer_add_text(out, ",");
}

static void command_members(struct buffer *out,
			    const struct meterbus_application *app)
{
	char address[METERBUS_ADDRESS_TEXT];

	add_word(out, "\"command\":", app->ci_name);
	if (app->parameter_name) {
		add_number(out, ",\"parameter\":", app->parameter);
		add_word(out, ",\"parameter_name\":", app->parameter_name);
	}
	if (app->contents == METERBUS_CONTENTS_SELECTION && !app->error)
		add_word(out, ",\"selection\":",
			    meterbus_address_format(&app->selection, address));
	buffer_add_text(out, ",");
}

static void encryption_member(struct buffer *out,
			      const struct meterbus_application *app)
{
	add_number(out, "\"encryption\":{\"mode\":", app->encryption_mode);
	add_word(out, ",\"name\":", app->encryption_name);
	if (app->decrypted || app->claimed_len)
		buffer_add_text(out, ",\"decrypted\":true},");
	else
		buffer_add_text(out, ",\"decrypted\":false},");
}

static void contents_members(struct buffer *out,
			     const struct meterbus_application *app)
{
	const uint8_t signature[2] = { app->format_signature >> 8,
				       app->format_signature };

	if (app->encryption_mode)
		encryption_member(out, app);
	if (app->encrypted_len)
		return;
	switch (app->contents) {
	case METERBUS_CONTENTS_COMMAND:
	case METERBUS_CONTENTS_SELECTION:
		command_members(out, app);
		return;
	case METERBUS_CONTENTS_FORMAT:
	case METERBUS_CONTENTS_COMPACT:
		add_hex(out, "\"format\":", signature, 2);
		buffer_add_text(out, ",");
		return;
	default:
		return;
	}
}

static void error_member(struct buffer *out,
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
	string_member(out, "\"error\":", text);
	buffer_add_text(out, ",");
}

/* Members but the last ones end with a comma. */
static void telegram_object(struct meterbus_json *json,
			    const struct meterbus_telegram *telegram,
			    const struct meterbus_application *app)
{
	struct buffer *out = &json->text;

	buffer_add_text(out, "{");
	if (telegram->type != METERBUS_TELEGRAM_ACK) {
		add_number(out, "\"c\":", telegram->c);
		add_number(out, ",\"a\":", telegram->a);
		buffer_add_text(out, ",");
	}
	if (telegram->type == METERBUS_TELEGRAM_LONG) {
		add_number(out, "\"ci\":", telegram->ci);
		buffer_add_text(out, ",");
	}
	if (app->has_header)
		header_members(out, app);
	contents_members(out, app);
	error_member(out, app);
	add_hex(out, "\"raw\":", telegram->raw, telegram->raw_len);
	if (telegram->type == METERBUS_TELEGRAM_LONG)
		records_member(json, app);
	buffer_add_text(out, "}");
}

/* ------------------------------------------------------------- readout */

struct meterbus_json *meterbus_json_readout(const char *bus, const char *time)
{
	struct meterbus_json *json = calloc(1, sizeof(*json));

	if (!json)
		return NULL;
	buffer_add_text(&json->text, "{\"schema\":" SCHEMA);
	if (bus)
		string_member(&json->text, ",\"bus\":", bus);
	if (time)
		string_member(&json->text, ",\"time\":", time);
	if (!json->text.failed)
		return json;
	meterbus_json_free(json);
	return NULL;
}

void meterbus_json_free(struct meterbus_json *json)
{
	if (!json)
		return;
	free(json->text.text);
	free(json);
}

void meterbus_json_member(struct meterbus_json *json, const char *key,
			  const char *value)
{
	buffer_add_text(&json->text, ",");
	word(&json->text, key);
	buffer_add_text(&json->text, ":");
	buffer_add_text(&json->text, value);
}

void meterbus_json_outcome(struct meterbus_json *json, const char *address,
			   const struct meterbus_error *failure)
{
	string_member(&json->text, ",\"address\":", address);
	add_word(&json->text, ",\"outcome\":",
		    meterbus_readout_outcome(failure ? failure->kind :
						       METERBUS_OK));
	if (failure)
		string_member(&json->text, ",\"why\":", failure->text);
}

/* Before the next telegram, or what ends them if there is none. */
static void begin_telegrams(struct meterbus_json *json)
{
	if (!json->in_telegrams)
		buffer_add_text(&json->text, ",\"telegrams\":[");
	json->in_telegrams = true;
}

int meterbus_json_add_decoded(struct meterbus_json *json,
			      const struct meterbus_telegram *telegram,
			      const struct meterbus_application *app,
			      struct meterbus_error *err)
{
	if (json->in_telegrams)
		buffer_add_text(&json->text, ",");
	begin_telegrams(json);
	telegram_object(json, telegram, app);
	if (!json->text.failed)
		return 0;
	return meterbus_fail(err, METERBUS_E_SYSTEM,
			     "no memory left for the JSON of a telegram");
}

int meterbus_json_add(struct meterbus_json *json, const uint8_t *raw,
		      size_t len, struct meterbus_error *err)
{
	struct meterbus_application app;
	struct meterbus_telegram telegram;

	if (meterbus_telegram_parse(&telegram, raw, len, err))
		return -1;
	meterbus_application_parse(&app, &telegram);
	return meterbus_json_add_decoded(json, &telegram, &app, err);
}

int meterbus_json_add_with(struct meterbus_json *json,
			   struct meterbus_decoder *decoder, const uint8_t *raw,
			   size_t len, struct meterbus_error *err)
{
	struct meterbus_application app;
	struct meterbus_telegram telegram;

	if (meterbus_telegram_parse(&telegram, raw, len, err))
		return -1;
	meterbus_decoder_parse(decoder, &app, &telegram);
	return meterbus_json_add_decoded(json, &telegram, &app, err);
}

char *meterbus_json_finish(struct meterbus_json *json)
{
	char *text = NULL;

	if (!json)
		return NULL;
	begin_telegrams(json);
	buffer_add(&json->text, "]}", sizeof("]}"));
	if (!json->text.failed) {
		text = json->text.text;
		json->text.text = NULL;
	}
	meterbus_json_free(json);
	return text;
}

char *meterbus_json_decode(const uint8_t *raw, size_t len,
			   struct meterbus_error *err)
{
	struct meterbus_json *json = meterbus_json_readout(NULL, NULL);
	char *text;

	if (json && meterbus_json_add(json, raw, len, err) < 0) {
		meterbus_json_free(json);
		return NULL;
	}
	text = meterbus_json_finish(json);
	if (!text)
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	return text;
}
