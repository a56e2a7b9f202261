// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ui/command.h"
#include "daemon/daemon.h"
#include "cmd/history.h"

/* --------------------------------------------------------------- table */

/* Control characters from meters must not reach the terminal. */
static void clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7F)
			*text = '?';
}

static bool is_zero(struct json_object *record, const char *key)
{
	return daemon_number(record, key) == 0;
}

/* A number with a unit, instantaneous and of storage, tariff, subunit 0. */
static bool is_column(struct json_object *record)
{
	struct json_object *modifiers =
		daemon_list(record, "modifiers");

	return daemon_exact_number(record, "value") && *daemon_text(record, "unit") &&
	       !strcmp(daemon_text(record, "function"), "instantaneous") &&
	       is_zero(record, "storage") && is_zero(record, "tariff") &&
	       is_zero(record, "subunit") &&
	       json_object_is_type(modifiers, json_type_array) &&
	       !daemon_list_length(modifiers);
}

/* Columns of UTF-8 text, one a character. */
static int width_of(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += (*text & 0xC0) != 0x80;
	return width;
}

struct row {
	FILE *titles, *values;
	int used, columns, limit;
};

static void add_column(struct row *row, const char *title, const char *value)
{
	int width = width_of(title), wide = width_of(value);

	if (wide > width)
		width = wide;
	/* Room for the value to grow without new titles. */
	if (width < 10)
		width = 10;
	if (row->columns == HISTORY_COLUMNS_MAX ||
	    (row->limit && row->used + 2 + width > row->limit))
		return;
	row->columns++;
	row->used += 2 + width;
	fprintf(row->titles, "  %*s%s", width - width_of(title), "", title);
	fprintf(row->values, "  %*s%s", width - wide, "", value);
}

static void add_records(struct row *row, struct json_object *telegram)
{
	struct json_object *records =
		daemon_list(telegram, "records");
	size_t count = daemon_list_length(records);
	char title[128];

	for (size_t i = 0; i < count; i++) {
		struct json_object *record =
			daemon_list_item(records, i);

		if (!is_column(record))
			continue;
		snprintf(title, sizeof(title), "%s %s",
			 daemon_text(record, "quantity"),
			 daemon_text(record, "unit"));
		clean(title);
		add_column(row, title,
			   daemon_exact_number(record, "value"));
	}
}

static void add_why(struct row *row, struct json_object *reading)
{
	const char *why = daemon_text(reading, "why");

	if (*why)
		fprintf(row->values, "  %s", why);
}

/* Titles are printed when they change. */
static void print_titles(struct history_table *table, char *titles,
			 bool has_columns)
{
	if (!has_columns || (table->titles && !strcmp(table->titles, titles))) {
		free(titles);
		return;
	}
	printf("%-19s  %-9s%s\n", "time", "outcome", titles);
	free(table->titles);
	table->titles = titles;
}

void history_print_row(struct history_table *table, struct json_object *reading)
{
	struct json_object *telegrams =
		daemon_list(reading, "telegrams");
	size_t count = daemon_list_length(telegrams);
	struct row row = { .used = 30, .limit = table->width };
	char *titles = NULL, *values = NULL;
	char time[HISTORY_TIME_SIZE];
	size_t len;

	row.titles = open_memstream(&titles, &len);
	row.values = open_memstream(&values, &len);
	if (!row.titles || !row.values)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	for (size_t i = 0; i < count; i++)
		add_records(&row, daemon_list_item(telegrams, i));
	add_why(&row, reading);
	fclose(row.titles);
	fclose(row.values);
	print_titles(table, titles, row.columns);
	printf("%s  %-9s%s\n", history_time(time, daemon_text(reading, "time")),
	       daemon_text(reading, "outcome"), values);
	free(values);
}

void history_end_table(struct history_table *table)
{
	free(table->titles);
}

/* ----------------------------------------------------------------- CSV */

void history_print_csv_head(void)
{
	fputs("time,site,bus,meter,address,outcome,why,telegram,record,"
	      "function,storage,tariff,subunit,quantity,modifiers,value,unit,"
	      "invalid,error,raw,name\r\n", stdout);
}

static void print_field(const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, stdout);
		return;
	}
	putchar('"');
	for (; *text; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	putchar('"');
}

static void next_field(struct json_object *object, const char *key)
{
	putchar(',');
	print_field(daemon_text(object, key));
}

static void print_modifiers(struct json_object *record)
{
	struct json_object *list = daemon_list(record, "modifiers");
	size_t count = daemon_list_length(list);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%s", i ? "; " : "",
			json_object_get_string(
				daemon_list_item(list, i)));
	fclose(out);
	putchar(',');
	print_field(text);
	free(text);
}

static void print_value(struct json_object *record)
{
	const char *number = daemon_exact_number(record, "value");

	putchar(',');
	print_field(number ? number : daemon_text(record, "value"));
}

static void print_readout_fields(struct json_object *reading)
{
	print_field(daemon_text(reading, "time"));
	next_field(reading, "site");
	next_field(reading, "bus");
	next_field(reading, "meter");
	next_field(reading, "address");
	next_field(reading, "outcome");
	next_field(reading, "why");
}

static void print_record(struct json_object *reading, size_t telegram,
			 size_t number, struct json_object *record)
{
	print_readout_fields(reading);
	printf(",%zu,%zu", telegram, number);
	next_field(record, "function");
	next_field(record, "storage");
	next_field(record, "tariff");
	next_field(record, "subunit");
	next_field(record, "quantity");
	print_modifiers(record);
	print_value(record);
	next_field(record, "unit");
	next_field(record, "invalid");
	next_field(record, "error");
	next_field(record, "raw");
	next_field(record, "name");
	fputs("\r\n", stdout);
}

void history_print_csv(struct json_object *reading)
{
	struct json_object *telegrams, *records;
	size_t printed = 0;

	telegrams = daemon_list(reading, "telegrams");
	for (size_t i = 0; i < daemon_list_length(telegrams);
	     i++) {
		records = daemon_list(daemon_list_item(telegrams, i), "records");
		for (size_t j = 0;
		     j < daemon_list_length(records); j++) {
			print_record(reading, i, j,
				     daemon_list_item(records, j));
			printed++;
		}
	}
	/* A failed readout has a line, too. */
	if (!printed) {
		print_readout_fields(reading);
		fputs(",,,,,,,,,,,,,,\r\n", stdout);
	}
}
