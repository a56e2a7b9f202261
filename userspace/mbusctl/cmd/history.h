/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints readouts of mbusd.
 */
#ifndef MBUSCTL_HISTORY_H
#define MBUSCTL_HISTORY_H

#include <stdbool.h>
#include <stdio.h>

#include <json-c/json.h>

#include <meterbus/decimal.h>
#include <meterbus/error.h>

/* "2026-01-31 06:00:00", local time, of mbusd's RFC 3339; returns @out. */
#define HISTORY_TIME_SIZE 24
char *history_time(char out[HISTORY_TIME_SIZE], const char *rfc3339);

/*
 * Converts a time to RFC 3339: "2d", "12h", "30m", "90s" ago; a local date, or
 * date and time; RFC 3339. False if it is none of these.
 */
#define HISTORY_QUERY_SIZE 32
bool history_parse_time(char out[HISTORY_QUERY_SIZE], const char *text);

/*
 * Whether mbusd ended a list of readings with @line because it failed; sets
 * @failure then.
 */
bool history_is_failure(const char *line, struct meterbus_error *failure);

/*
 * Prints a reading of mbusd, parsed by daemon_parse_exact(), as a line of a table:
 * time, present values, changes of counters; or why there are none. Titles are
 * printed when they change.
 */
#define HISTORY_COLUMNS_MAX 16
struct history_column {
	char *title;		/* of the readout before; NULL at first */
	char value[METERBUS_DECIMAL_TEXT];	/* its number */
};
struct history_table {
	struct history_column columns[HISTORY_COLUMNS_MAX];
	int width;		/* of the terminal; 0: no limit */
	/*
	 * Of several meters: the width of a first column with their names, and no
	 * changes. 0: of one meter.
	 */
	int meter_width;
	char *titles;		/* of the line before; NULL at first */
};
void history_print_row(struct history_table *table,
		       struct json_object *reading);
void history_end_table(struct history_table *table);

/* The same as CSV: a line for each record, see Documentation/formats.md. */
void history_print_csv_head(void);
void history_print_csv(struct json_object *reading);

#endif
