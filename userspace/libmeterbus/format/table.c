// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include <meterbus/decode.h>
#include <meterbus/format.h>

/* Ten modifiers of up to 50 bytes and the quantity; longest text. */
#define CELL_SIZE 640

/* Longer cells do not widen the column. */
#define COLUMN_MAX 44

enum column { QUANTITY, VALUE, UNIT, WHICH, COLUMNS };

static const char *const headings[COLUMNS] = { "quantity", "value", "unit",
					       "which" };

struct row {
	char cell[COLUMNS][CELL_SIZE];
	bool number;
};

static void __attribute__((format(printf, 2, 3)))
add(char cell[CELL_SIZE], const char *format, ...)
{
	size_t len = strlen(cell);
	va_list args;

	va_start(args, format);
	vsnprintf(cell + len, CELL_SIZE - len, format, args);
	va_end(args);
}

/* Control characters must not reach the terminal. */
static void add_text(char cell[CELL_SIZE], const struct meterbus_text *text)
{
	uint8_t harmless[METERBUS_USER_DATA_MAX];
	struct meterbus_text copy = *text;
	char utf8[METERBUS_TEXT_UTF8(METERBUS_USER_DATA_MAX)];

	copy.bytes = harmless;
	for (size_t i = 0; i < text->len; i++) {
		uint8_t character = text->bytes[i];
		bool control = (character & 0x7F) < 0x20 || character == 0x7F;

		harmless[i] = control ? '?' : character;
	}
	meterbus_text_utf8(&copy, utf8, sizeof(utf8));
	add(cell, "%s", utf8);
}

static void add_unit(char cell[CELL_SIZE],
		     const struct meterbus_data_record *record)
{
	char unit[METERBUS_UNIT_TEXT];

	if (record->plain_unit.len)
		add_text(cell, &record->plain_unit);
	else
		add(cell, "%s", meterbus_unit_format(record, unit));
}

static void add_value(struct row *row, const struct meterbus_value *value)
{
	char *cell = row->cell[VALUE];
	char text[METERBUS_DECIMAL_TEXT];

	switch (value->type) {
	case METERBUS_VALUE_NONE:
		add(cell, "(%s)", value->invalid);
		return;
	case METERBUS_VALUE_NUMBER:
		row->number = true;
		meterbus_decimal_format(&value->number, text);
		add(cell, "%s", text);
		return;
	case METERBUS_VALUE_TIME:
		add(cell, "%s", meterbus_time_format(&value->time, text));
		if (value->time.summer_time)
			add(cell, " summer time");
		if (value->time.marked_invalid)
			add(cell, " (marked invalid by the meter)");
		return;
	case METERBUS_VALUE_TEXT:
		add_text(cell, &value->text);
		return;
	case METERBUS_VALUE_WORD:
		add(cell, "%s", value->word);
		return;
	case METERBUS_VALUE_BYTES:
		add(cell, "%zu bytes", value->bytes.len);
		return;
	}
}

/* Appends to a comma-separated list. */
static void __attribute__((format(printf, 2, 3)))
add_item(char cell[CELL_SIZE], const char *format, ...)
{
	char item[64];
	va_list args;

	va_start(args, format);
	vsnprintf(item, sizeof(item), format, args);
	va_end(args);
	add(cell, "%s%s", *cell ? ", " : "", item);
}

static void add_which(char cell[CELL_SIZE],
		      const struct meterbus_data_record *record)
{
	if (record->function != METERBUS_INSTANTANEOUS)
		add_item(cell, "%s", meterbus_function_name(record->function));
	if (record->storage)
		add_item(cell, "storage %" PRIu64, record->storage);
	if (record->tariff)
		add_item(cell, "tariff %" PRIu32, record->tariff);
	if (record->subunit)
		add_item(cell, "subunit %u", record->subunit);
}

/* The meanings of the bits that are set. */
static void add_bits(char cell[CELL_SIZE],
		     const struct meterbus_data_record *record)
{
	if (record->value.type != METERBUS_VALUE_NUMBER)
		return;
	for (unsigned int i = 0; i < record->bit_count; i++)
		if (record->bits[i] &&
		    record->value.number.mantissa >> i & 1)
			add_item(cell, "%s", record->bits[i]);
}

static void fill(struct row *row, const struct meterbus_data_record *record)
{
	char time[METERBUS_TIME_TEXT];

	for (enum column i = 0; i < COLUMNS; i++)
		row->cell[i][0] = '\0';
	row->number = false;
	if (record->error) {
		add(row->cell[QUANTITY], "not decoded: %s", record->error);
		return;
	}
	add(row->cell[QUANTITY], "%s", record->quantity);
	for (size_t i = 0; i < record->manufacturer_vife_len; i++)
		add(row->cell[QUANTITY], " %02X",
		    record->manufacturer_vife[i] & 0x7F);
	for (unsigned int i = 0; i < record->modifier_count; i++)
		add_item(row->cell[QUANTITY], "%s", record->modifiers[i]);
	add_value(row, &record->value);
	add_bits(row->cell[QUANTITY], record);
	add_unit(row->cell[UNIT], record);
	add_which(row->cell[WHICH], record);
	if (record->has_time)
		add_item(row->cell[WHICH], "%s",
			 meterbus_time_format(&record->time, time));
}

/* Columns of UTF-8 text; all characters used here are one column wide. */
static int width(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += (*text & 0xC0) != 0x80;
	return count;
}

static void widen(int widths[COLUMNS], const struct row *row)
{
	for (enum column i = 0; i < COLUMNS; i++) {
		int wanted = width(row->cell[i]);

		if (wanted > widths[i] && wanted <= COLUMN_MAX)
			widths[i] = wanted;
	}
}

static void print_cell(FILE *out, const char *text, int places, bool right)
{
	int gap = places - width(text);

	if (gap < 0)
		gap = 0;
	fprintf(out, "%*s%s%*s", right ? gap : 0, "", text,
		right ? 0 : gap, "");
}

static void print_row(FILE *out, const struct row *row,
		      const int widths[COLUMNS], const char *raw)
{
	fputs("  ", out);
	for (enum column i = 0; i < COLUMNS; i++) {
		if (!widths[i])
			continue;
		print_cell(out, row->cell[i], widths[i],
			   i == VALUE && row->number);
		fputs("  ", out);
	}
	fprintf(out, "%s\n", raw);
}

/* "0C 13 00"; returns @out. */
static char *hex_pairs(char *out, const uint8_t *bytes, size_t len)
{
	*out = '\0';
	for (size_t i = 0; i < len; i++)
		sprintf(out + 3 * i - !!i, "%s%02X", i ? " " : "", bytes[i]);
	return out;
}

static void print_records(FILE *out, const struct meterbus_application *app)
{
	char raw[3 * METERBUS_TELEGRAM_MAX + 1];
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	int widths[COLUMNS] = { 0 };
	struct row row = { 0 };

	/* Walks the records twice: for the widths, then to print. */
	meterbus_data_records_start(&records, app);
	while (meterbus_data_record_next(&records, &record)) {
		fill(&row, &record);
		widen(widths, &row);
	}
	if (records.next == app->records)
		return;

	for (enum column i = 0; i < COLUMNS; i++) {
		/* An empty column is omitted. */
		if (!widths[i])
			continue;
		snprintf(row.cell[i], CELL_SIZE, "%s", headings[i]);
		if (widths[i] < width(headings[i]))
			widths[i] = width(headings[i]);
	}
	row.number = true;
	print_row(out, &row, widths, "raw");

	meterbus_data_records_start(&records, app);
	while (meterbus_data_record_next(&records, &record)) {
		fill(&row, &record);
		print_row(out, &row, widths,
			  hex_pairs(raw, record.raw, record.raw_len));
	}
}

static void print_meter(FILE *out, const struct meterbus_header *header)
{
	char id[9], name[4], full[METERBUS_ADDRESS_TEXT];
	const uint8_t *bytes = header->address.bytes;

	meterbus_manufacturer_name(header->manufacturer, name);
	if (*name == '?')
		fprintf(out, "meter %s",
			meterbus_address_format(&header->address, full));
	else
		fprintf(out, "meter %s.%s.%02X.%02X",
			meterbus_address_id(&header->address, id), name,
			bytes[6], bytes[7]);
	fprintf(out, " (%s)", meterbus_medium_name(header->medium));
}

static void print_status(FILE *out, const struct meterbus_header *header)
{
	const char *flags[METERBUS_STATUS_FLAGS];
	unsigned int count = meterbus_header_flags(header, flags);

	fprintf(out, ", access number %u, status", header->access_number);
	if (!count)
		fputs(" ok", out);
	for (unsigned int i = 0; i < count; i++)
		fprintf(out, "%s%s", i ? " + " : " ", flags[i]);
}

static void print_link(FILE *out, const struct meterbus_telegram *telegram)
{
	const char *name = meterbus_c_name(telegram->c);
	bool from_master = telegram->c & METERBUS_C_PRM;

	if (name)
		fputs(name, out);
	else
		fprintf(out, "C=%02X", telegram->c);
	fprintf(out, " %s address %u", from_master ? "to" : "from",
		telegram->a);
}

/* Contents of a telegram that does not identify a meter. */
static void print_contents(FILE *out, const struct meterbus_application *app)
{
	char text[METERBUS_ADDRESS_TEXT];

	if (!app->ci_name)
		return;
	fprintf(out, ": %s", app->ci_name);
	if (app->parameter_name)
		fprintf(out, ", %s", app->parameter_name);
	if (app->contents == METERBUS_CONTENTS_SELECTION && !app->error)
		fprintf(out, " of %s",
			meterbus_address_format(&app->selection, text));
}

void meterbus_table_write(FILE *out, const struct meterbus_reading *reading)
{
	const struct meterbus_telegram *telegram = reading->telegram;
	const struct meterbus_application *app = reading->app;
	char encryption[METERBUS_ENCRYPTION_TEXT], id[9];

	if (telegram->type == METERBUS_TELEGRAM_ACK) {
		fputs("acknowledgment E5\n", out);
		return;
	}
	print_link(out, telegram);
	if (app->has_header && app->header.has_address) {
		fputs(": ", out);
		print_meter(out, &app->header);
	} else if (app->contents == METERBUS_CONTENTS_FIXED &&
		   app->has_header) {
		fprintf(out, ": meter %s (%s)",
			meterbus_address_id(&app->header.address, id),
			meterbus_medium_name(app->header.medium));
	} else {
		print_contents(out, app);
	}
	if (app->has_header)
		print_status(out, &app->header);
	meterbus_encryption_format(app, encryption);
	if (*encryption)
		fprintf(out, ", %s", encryption);
	if (app->application_error)
		fprintf(out, " %u, %s", app->application_error_code,
			app->application_error);
	fputc('\n', out);
	print_records(out, app);
}
