// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "ui/command.h"
#include "daemon/daemon.h"
#include "cmd/history.h"

void history_print_csv_head(void)
{
	fputs("time,site,bus,meter,address,outcome,why,telegram,record,"
	      "function,storage,tariff,subunit,quantity,modifiers,value,unit,"
	      "invalid,error,raw,name,flags\r\n", stdout);
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

static void print_list(struct json_object *record, const char *key)
{
	struct json_object *list = daemon_list(record, key);
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
	print_list(record, "modifiers");
	print_value(record);
	next_field(record, "unit");
	next_field(record, "invalid");
	next_field(record, "error");
	next_field(record, "raw");
	next_field(record, "name");
	print_list(record, "flags");
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
		fputs(",,,,,,,,,,,,,,,\r\n", stdout);
	}
}
