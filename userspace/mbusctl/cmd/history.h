/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readouts of mbusd as people see them.
 */
#ifndef MBUSCTL_HISTORY_H
#define MBUSCTL_HISTORY_H

#include <stdbool.h>
#include <stdio.h>

#include <json-c/json.h>

/* "2026-01-31 06:00:00", local time, of mbusd's RFC 3339; returns @out. */
#define HISTORY_TIME_SIZE 24
char *history_time(char out[HISTORY_TIME_SIZE], const char *rfc3339);

/*
 * What a user means by a time, as RFC 3339: "2d", "12h", "30m", "90s" ago; a
 * date, or date and time, of local time; RFC 3339. False if it is none of them.
 */
#define HISTORY_QUERY_SIZE 32
bool history_parse_time(char out[HISTORY_QUERY_SIZE], const char *text);

/*
 * One Reading of mbusd, parsed so that the numbers are text (see
 * history_parse()), as a line of a table: time, outcome, and what the meter
 * shows now. A line of titles comes before it where they change.
 */
#define HISTORY_COLUMNS_MAX 16
struct history_table {
	int width;		/* of the terminal; 0: no limit */
	char *titles;		/* of the line before; NULL at first */
};
void history_print_row(struct history_table *table,
		       struct json_object *reading);
void history_end_table(struct history_table *table);

/* The same as CSV: a line for each record, see Documentation/formats.md. */
void history_print_csv_head(void);
void history_print_csv(struct json_object *reading);

/*
 * Parses a line of mbusd. A "value" that is a number becomes an array of its
 * text: json-c would round what is larger than 64 bits. NULL if it is no JSON.
 */
struct json_object *history_parse(const char *line);

/* The text of the number in @value; NULL if it is none. */
const char *history_number(struct json_object *value);

#endif
