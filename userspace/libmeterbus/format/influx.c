// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * InfluxDB line protocol. A data record is a point: who and what in its tags,
 * the value in one of three fields, so that a field's type never changes.
 */
#include <inttypes.h>
#include <string.h>

#include <meterbus/format.h>

#include "format/text.h"


/* A double has room for any 15 digits. */
#define DOUBLE_DIGITS 15

/* Tags of one point, to be compared with those of the points before it. */
struct tags {
	char text[16384];
	size_t len;
};

/*
 * Comma, space and equals sign are escaped; a line end cannot be, nor can a
 * backslash before any of them or at the end.
 */
static void escape(struct tags *tags, const char *text)
{
	for (; *text; text++) {
		char c = *text;

		if ((unsigned char)c < ' ' || c == '\\' || c == 0x7F)
			c = '_';
		if (c == ',' || c == ' ' || c == '=')
			tags->text[tags->len++] = '\\';
		tags->text[tags->len++] = c;
	}
}

static void tag(struct tags *tags, const char *key, const char *value)
{
	size_t room = sizeof(tags->text) - tags->len;
	size_t need = 2 * strlen(key) + 2 * strlen(value) + 3;

	/* An empty tag is none. */
	if (!*key || !*value || need > room)
		return;
	tags->text[tags->len++] = ',';
	escape(tags, key);
	tags->text[tags->len++] = '=';
	escape(tags, value);
	tags->text[tags->len] = '\0';
}

static void tag_all(struct tags *tags, const struct meterbus_tag *all,
		    size_t count)
{
	for (size_t i = 0; i < count; i++)
		tag(tags, all[i].key, all[i].value);
}

static void tag_number(struct tags *tags, const char *key, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	tag(tags, key, text);
}

static void meter_tags(struct tags *tags,
		       const struct meterbus_reading *reading)
{
	const struct meterbus_application *app = reading->app;
	const struct meterbus_header *header = &app->header;
	char id[9], name[4];

	if (reading->bus)
		tag(tags, "bus", reading->bus);
	if (app->has_header && (header->has_address ||
				app->contents == METERBUS_CONTENTS_FIXED)) {
		tag(tags, "id", meterbus_address_id(&header->address, id));
		tag(tags, "medium", meterbus_medium_name(header->medium));
	}
	if (!app->has_header || !header->has_address) {
		tag_number(tags, "a", reading->telegram->a);
		return;
	}
	tag(tags, "manufacturer",
	    meterbus_manufacturer_name(header->manufacturer, name));
	tag_number(tags, "version", header->version);
}

/* Points of one time with the same tags replace each other: names differ. */
static void record_tags(struct tags *tags,
			const struct meterbus_data_record *record,
			const char *name)
{
	char modifiers[FORMAT_MODIFIERS_SIZE], unit[METERBUS_UNIT_TEXT];

	tag(tags, "quantity", record->quantity);
	tag(tags, "unit", meterbus_unit_format(record, unit));
	tag(tags, "function", meterbus_function_name(record->function));
	tag_number(tags, "storage", record->storage);
	tag_number(tags, "tariff", record->tariff);
	tag_number(tags, "subunit", record->subunit);
	tag(tags, "modifiers", format_modifiers(modifiers, record, "; "));
	tag(tags, "name", name);
}

static void string_field(FILE *out, const char *key, const char *text)
{
	fprintf(out, "%s=\"", key);
	for (; *text; text++) {
		char c = *text;

		if ((unsigned char)c < ' ' || c == 0x7F)
			c = ' ';
		if (c == '"' || c == '\\')
			putc('\\', out);
		putc(c, out);
	}
	putc('"', out);
}

static size_t count_digits(const char *number)
{
	size_t count = 0;

	/* Zeros in front do not count. */
	for (number += strspn(number, "-0."); *number; number++)
		count += *number != '.';
	return count;
}

/* Without "i" every number is a float to InfluxDB, whatever its digits. */
static void number_field(FILE *out, const char *number)
{
	fprintf(out, "value=%s", number);
	if (count_digits(number) > DOUBLE_DIGITS)
		fprintf(out, ",exact=\"%s\"", number);
}

static void point(FILE *out, const struct meterbus_reading *reading,
		  const struct tags *tags, const struct meterbus_value *value)
{
	char text[FORMAT_VALUE_SIZE];

	fprintf(out, "mbus%s ", tags->text);
	format_value(text, value);
	if (value->type == METERBUS_VALUE_NUMBER)
		number_field(out, text);
	else
		string_field(out,
			     value->type == METERBUS_VALUE_TIME ? "time_point" :
								  "text",
			     text);
	if (reading->time_ns)
		fprintf(out, " %" PRId64, reading->time_ns);
	putc('\n', out);
}

static void write_points(FILE *out, const struct meterbus_reading *reading,
			 struct tags *tags, struct meterbus_names *names)
{
	char name[METERBUS_NAME_SIZE];
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	size_t meter_len;

	if (reading->app->from_master)
		return;
	meter_tags(tags, reading);
	meter_len = tags->len;
	meterbus_data_records_start(&records, reading->app);
	while (meterbus_data_record_next(&records, &record)) {
		meterbus_name(names, &record, name);
		if (record.error || record.value.type == METERBUS_VALUE_NONE)
			continue;
		tags->len = meter_len;
		record_tags(tags, &record, name);
		point(out, reading, tags, &record.value);
	}
}

void meterbus_influx_write(FILE *out, const struct meterbus_reading *reading)
{
	struct meterbus_names names = { { 0 } };
	struct tags tags;

	tags.len = 0;
	write_points(out, reading, &tags, &names);
}

void meterbus_influx_add(FILE *out, struct meterbus_influx *influx,
			 const struct meterbus_reading *reading)
{
	struct tags tags;

	tags.len = 0;
	tag_all(&tags, influx->tags, influx->tag_count);
	write_points(out, reading, &tags, &influx->names);
}

void meterbus_influx_point(FILE *out, const char *measurement,
			   const struct meterbus_tag *tag_list,
			   size_t tag_count, const struct meterbus_tag *fields,
			   size_t field_count, int64_t time_ns)
{
	struct tags tags;

	tags.len = 0;
	tags.text[0] = '\0';
	tag_all(&tags, tag_list, tag_count);
	fprintf(out, "%s%s ", measurement, tags.text);
	for (size_t i = 0; i < field_count; i++) {
		if (i)
			putc(',', out);
		string_field(out, fields[i].key, fields[i].value);
	}
	if (time_ns)
		fprintf(out, " %" PRId64, time_ns);
	putc('\n', out);
}
