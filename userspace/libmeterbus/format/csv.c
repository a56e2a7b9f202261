// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * RFC 4180. Columns are those of JSON, schema 1.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include <meterbus/format.h>

#include "format/text.h"

void meterbus_csv_head(FILE *out)
{
	fputs("time,bus,c,a,id,manufacturer,version,medium,address,"
	      "access_number,status,record,function,storage,tariff,subunit,"
	      "quantity,modifiers,value,unit,invalid,error,raw,name,flags\r\n",
	      out);
}

/* Of a field in quotation marks. */
static void quoted(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"')
			putc('"', out);
		putc(*text, out);
	}
}

static void field(FILE *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, out);
		return;
	}
	putc('"', out);
	quoted(out, text);
	putc('"', out);
}

static void next_field(FILE *out, const char *text)
{
	putc(',', out);
	field(out, text);
}

static void meter_fields(FILE *out, const struct meterbus_header *header)
{
	char id[9], name[4], address[METERBUS_ADDRESS_TEXT];

	next_field(out, meterbus_address_id(&header->address, id));
	next_field(out, meterbus_manufacturer_name(header->manufacturer,
						   name));
	fprintf(out, ",%u", header->version);
	next_field(out, meterbus_medium_name(header->medium));
	next_field(out, meterbus_address_format(&header->address, address));
}

/* The fixed structure has neither manufacturer nor version. */
static void fixed_fields(FILE *out, const struct meterbus_header *header)
{
	char id[9];

	next_field(out, meterbus_address_id(&header->address, id));
	fputs(",,", out);
	next_field(out, meterbus_medium_name(header->medium));
	putc(',', out);
}

/* What all records of a telegram begin with. */
static void telegram_fields(FILE *out, const struct meterbus_reading *reading)
{
	const struct meterbus_application *app = reading->app;
	char time[FORMAT_TIME_SIZE];

	field(out, format_time(time, reading->time_ns));
	next_field(out, reading->bus ? reading->bus : "");
	fprintf(out, ",%u,%u", reading->telegram->c, reading->telegram->a);
	if (app->has_header && app->header.has_address)
		meter_fields(out, &app->header);
	else if (app->contents == METERBUS_CONTENTS_FIXED && app->has_header)
		fixed_fields(out, &app->header);
	else
		fputs(",,,,,", out);
	if (app->has_header)
		fprintf(out, ",%u,%u", app->header.access_number,
			app->header.status);
	else
		fputs(",,", out);
}

static void record_fields(FILE *out, const struct meterbus_data_record *record)
{
	char modifiers[FORMAT_MODIFIERS_SIZE];
	char text[FORMAT_VALUE_SIZE], unit[METERBUS_UNIT_TEXT];

	if (record->error) {
		fputs(",,,,,,,,,,", out);
		field(out, record->error);
		return;
	}
	next_field(out, meterbus_function_name(record->function));
	fprintf(out, ",%" PRIu64 ",%" PRIu32 ",%u", record->storage,
		record->tariff, record->subunit);
	next_field(out, record->quantity);
	next_field(out, format_modifiers(modifiers, record, "; "));
	next_field(out, format_value(text, &record->value));
	next_field(out, meterbus_unit_format(record, unit));
	next_field(out, record->value.type == METERBUS_VALUE_NONE ?
				record->value.invalid : "");
	putc(',', out);
}

static void flags_field(FILE *out, const struct meterbus_data_record *record)
{
	char text[FORMAT_FLAG_SIZE];
	bool any = false;

	putc(',', out);
	for (unsigned int i = 0; record->bits && i < 64; i++) {
		const char *flag = format_flag(text, record, i);

		if (!flag)
			continue;
		fputs(any ? "; " : "\"", out);
		quoted(out, flag);
		any = true;
	}
	if (any)
		putc('"', out);
}

void meterbus_csv_write(FILE *out, const struct meterbus_reading *reading)
{
	char raw[FORMAT_HEX_SIZE(METERBUS_TELEGRAM_MAX)];
	struct meterbus_data_records records;
	struct meterbus_names names = { { 0 } };
	struct meterbus_data_record record;
	char name[METERBUS_NAME_SIZE];
	unsigned int number = 0;

	meterbus_data_records_start(&records, reading->app);
	while (meterbus_data_record_next(&records, &record)) {
		telegram_fields(out, reading);
		fprintf(out, ",%u", number++);
		record_fields(out, &record);
		next_field(out, format_hex(raw, record.raw, record.raw_len));
		next_field(out, meterbus_name(&names, &record, name));
		flags_field(out, &record);
		fputs("\r\n", out);
	}
}
