// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Readouts of a meter as a table for people: a line each, with its present
 * values and how much its counters have moved since the readout before.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/history.h"
#include "daemon/daemon.h"
#include "print/difference.h"
#include "print/entry.h"
#include "ui/command.h"
#include "ui/language.h"
#include "ui/terminal.h"

/* Room for values to grow without new titles. */
#define COLUMN_MIN 10
#define TIME_WIDTH 19

/* --------------------------------------------------------------- columns */

/* Numbers with a unit that are neither stored ones nor extremes. */
static bool is_column(const struct entry *entry)
{
	return !entry->error && entry->kind == ENTRY_NUMBER && *entry->unit &&
	       entry->function == METERBUS_INSTANTANEOUS && !entry->storage &&
	       !*entry->when;
}

static bool is_counter(const struct entry *entry)
{
	static const char *const counters[] = {
		"energy", "reactive energy", "apparent energy", "volume", "mass",
	};

	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		if (!strcmp(entry->quantity, counters[i]))
			return true;
	return false;
}

struct row {
	FILE *titles, *values;
	int used, columns, limit;
};

static int column_width(const char *title, const char *value)
{
	int width = COLUMN_MIN;

	if (terminal_columns_of(title) > width)
		width = terminal_columns_of(title);
	if (terminal_columns_of(value) > width)
		width = terminal_columns_of(value);
	return width;
}

static void add_cell(struct row *row, const char *title, const char *value)
{
	int width = column_width(title, value);

	row->used += 2 + width;
	fprintf(row->titles, "  %*s%s", width - terminal_columns_of(title), "",
		title);
	fprintf(row->values, "  %*s%s", width - terminal_columns_of(value), "",
		value);
}

/* "energy, tariff 1 kWh"; for free(). */
static char *make_title(const struct entry *entry, const char *unit)
{
	char *title = NULL;
	size_t len;
	FILE *out = open_memstream(&title, &len);

	if (!out)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	entry_label(out, entry);
	fprintf(out, " %s", unit);
	fclose(out);
	return title;
}

/* Since the last readout that had this column with this title. */
static void format_change(char out[1 + ENTRY_VALUE], struct history_column *column,
			  const char *title, struct entry *entry)
{
	char before[METERBUS_DECIMAL_TEXT], change[METERBUS_DECIMAL_TEXT];

	snprintf(before, sizeof(before), "%s", column->value);
	snprintf(column->value, sizeof(column->value), "%.191s", entry->value);
	*out = '\0';
	if (!column->title || strcmp(column->title, title) || !*before ||
	    !difference(change, entry->value, before))
		return;
	strcpy(entry->value, change);
	if (*change != '-')
		*out++ = '+';
	entry_value(out, entry, NULL);
}

static void add_entry(struct history_table *table, struct row *row,
		      struct entry *entry)
{
	char value[ENTRY_VALUE], change[1 + ENTRY_VALUE] = "";
	struct history_column *column = &table->columns[row->columns];
	char *title = make_title(entry, entry_value(value, entry, NULL));
	bool counter = is_counter(entry) && !table->meter_width;
	int width = 2 + column_width(title, value);

	if (counter)
		format_change(change, column, title, entry);
	free(column->title);
	column->title = title;
	if (counter)
		width += 2 + column_width(_("change"), change);
	if (row->limit && row->used + width > row->limit) {
		row->limit = row->used;
		return;
	}
	row->columns++;
	add_cell(row, title, value);
	if (counter)
		add_cell(row, _("change"), change);
}

static void add_records(struct history_table *table, struct row *row,
			struct json_object *telegram)
{
	struct entries entries;

	entries_from_json(&entries, daemon_list(telegram, "records"));
	for (size_t i = 0; i < entries.count &&
			   row->columns < HISTORY_COLUMNS_MAX; i++)
		if (is_column(&entries.list[i]))
			add_entry(table, row, &entries.list[i]);
	entries_free(&entries);
}

/* ------------------------------------------------------------------ rows */

/* Prints the outcome of a failed readout. */
static void add_outcome(struct row *row, struct json_object *reading)
{
	const char *outcome = daemon_text(reading, "outcome");
	const char *why = daemon_text(reading, "why");

	if (!strcmp(outcome, "read") && !*why)
		return;
	fprintf(row->values, "  %s%s%s", _(outcome), *why ? ": " : "", why);
}

/* The first column, where there is one. */
static void print_meter(const struct history_table *table, const char *name)
{
	if (table->meter_width)
		printf("%s%*s  ", name,
		       table->meter_width - terminal_columns_of(name), "");
}

/* Titles are printed when they change. */
static void print_titles(struct history_table *table, char *titles,
			 bool has_columns)
{
	if (!has_columns || (table->titles && !strcmp(table->titles, titles))) {
		free(titles);
		return;
	}
	terminal_style(STYLE_STRONG);
	print_meter(table, _("meter"));
	printf("%-*s%s", TIME_WIDTH, _("time"), titles);
	terminal_style(STYLE_PLAIN);
	putchar('\n');
	free(table->titles);
	table->titles = titles;
}

void history_print_row(struct history_table *table, struct json_object *reading)
{
	struct json_object *telegrams = daemon_list(reading, "telegrams");
	size_t count = daemon_list_length(telegrams);
	struct row row = { .used = TIME_WIDTH, .limit = table->width };
	char *titles = NULL, *values = NULL;
	char time[HISTORY_TIME_SIZE];
	size_t len;

	if (table->meter_width)
		row.used += table->meter_width + 2;
	row.titles = open_memstream(&titles, &len);
	row.values = open_memstream(&values, &len);
	if (!row.titles || !row.values)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	for (size_t i = 0; i < count; i++)
		add_records(table, &row, daemon_list_item(telegrams, i));
	add_outcome(&row, reading);
	fclose(row.titles);
	fclose(row.values);
	print_titles(table, titles, row.columns);
	for (len = strlen(values); len && values[len - 1] == ' '; len--)
		values[len - 1] = '\0';
	print_meter(table, daemon_text(reading, "meter"));
	printf("%s%s\n", history_time(time, daemon_text(reading, "time")),
	       values);
	free(values);
}

void history_end_table(struct history_table *table)
{
	free(table->titles);
	for (int i = 0; i < HISTORY_COLUMNS_MAX; i++)
		free(table->columns[i].title);
}
