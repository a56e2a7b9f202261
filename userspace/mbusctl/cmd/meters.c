// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl meters: lists the meters of mbusd with their last readouts.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/daemon.h"
#include "cmd/history.h"
#include "print/output.h"
#include "ui/language.h"
#include "ui/terminal.h"

static int run_meters(int argc, char **argv);

COMMAND(meters_command,
	.name = "meters",
	.arguments = "[--values [--units UNITS]] [--socket PATH] [--json]",
	.summary = "list the meters of mbusd",
	.help = "A line for each: name, bus, address, time and outcome of the last readout.\n"
		"      --values       the values of the last successful readout instead;\n"
		"                     with --json the whole of it\n"
		"      --units UNITS  meter (kWh, kW, l/h; the default) or si (Wh, W, m³/h)\n"
		"      --socket PATH  where mbusd listens; default: MBUSD_SOCKET in the\n"
		"                     environment, or " DAEMON_SOCKET "\n"
		"      --json         one object a line\n",
	.run = run_meters);

enum { OPTION_VALUES = 0x200, OPTION_UNITS };

struct widths {
	int meter, bus, address;
};

/* "2026-01-31 06:00:00" */
#define TIME_WIDTH 19

static void widen(int *width, const char *text)
{
	if (terminal_columns_of(text) > *width)
		*width = terminal_columns_of(text);
}

static struct widths measure(struct json_object *meters)
{
	struct widths widths = { 0 };

	widen(&widths.meter, _("meter"));
	widen(&widths.bus, _("bus"));
	widen(&widths.address, _("address"));
	for (size_t i = 0; i < daemon_list_length(meters); i++) {
		struct json_object *meter =
			daemon_list_item(meters, i);

		widen(&widths.meter, daemon_text(meter, "meter"));
		widen(&widths.bus, daemon_text(meter, "bus"));
		widen(&widths.address, daemon_text(meter, "address"));
	}
	return widths;
}

static void print_cell(const char *text, int width)
{
	printf("%s%*s  ", text, width - terminal_columns_of(text), "");
}

static void print_head(const struct widths *widths)
{
	terminal_style(STYLE_STRONG);
	print_cell(_("meter"), widths->meter);
	print_cell(_("bus"), widths->bus);
	print_cell(_("address"), widths->address);
	print_cell(_("last readout"), TIME_WIDTH);
	fputs(_("outcome"), stdout);
	terminal_style(STYLE_PLAIN);
	putchar('\n');
}

static void print_meter(struct json_object *meter, const struct widths *widths)
{
	struct json_object *last = daemon_object(meter, "last");
	char time[HISTORY_TIME_SIZE];

	print_cell(daemon_text(meter, "meter"), widths->meter);
	print_cell(daemon_text(meter, "bus"), widths->bus);
	print_cell(daemon_text(meter, "address"), widths->address);
	if (!last) {
		puts(_("never read"));
		return;
	}
	printf("%s  %s", history_time(time, daemon_text(last, "time")),
	       _(daemon_text(last, "outcome")));
	if (*daemon_text(last, "why"))
		printf(": %s", daemon_text(last, "why"));
	putchar('\n');
}

static void print_meters(struct json_object *meters)
{
	struct widths widths;

	if (!globals.json) {
		language_start();
		widths = measure(meters);
		if (daemon_list_length(meters))
			print_head(&widths);
	}
	for (size_t i = 0; i < daemon_list_length(meters); i++) {
		struct json_object *meter =
			daemon_list_item(meters, i);

		if (globals.json)
			print_json(meter);
		else
			print_meter(meter, &widths);
	}
}

/* ---------------------------------------------------------------- values */

struct readings {
	char **lines;
	size_t count;
	int width;		/* of the longest name */
	struct meterbus_error failure;
};

static bool keep_reading(void *context, char *line)
{
	struct readings *readings = context;
	struct json_object *reading;

	if (history_is_failure(line, &readings->failure))
		return false;
	if (globals.json) {
		puts(line);
		return !ferror(stdout);
	}
	reading = daemon_parse(line);
	widen(&readings->width, daemon_text(reading, "meter"));
	json_object_put(reading);
	/* The array is doubled at each power of two. */
	if (!(readings->count & (readings->count - 1)))
		readings->lines = realloc(readings->lines,
					  (2 * readings->count + 1) *
						  sizeof(char *));
	line = strdup(line);
	if (!readings->lines || !line)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	readings->lines[readings->count++] = line;
	return true;
}

static void print_values(const struct readings *readings)
{
	struct history_table table = { .width = terminal_width(),
				       .meter_width = readings->width };
	struct json_object *reading;

	for (size_t i = 0; i < readings->count; i++) {
		reading = daemon_parse_exact(readings->lines[i]);
		history_print_row(&table, reading);
		json_object_put(reading);
	}
	history_end_table(&table);
}

static int show_values(void)
{
	struct readings readings = { 0 };
	const struct daemon_request request = {
		.method = "GET", .path = "/v1/readings/latest",
		.line = keep_reading, .context = &readings,
	};
	struct meterbus_error err;
	int ret;

	if (!globals.json)
		language_start();
	widen(&readings.width, _("meter"));
	ret = daemon_ask(&request, NULL, &err);
	print_values(&readings);
	for (size_t i = 0; i < readings.count; i++)
		free(readings.lines[i]);
	free(readings.lines);
	if (ret < 0)
		return fail_error(&err);
	return readings.failure.kind ? fail_error(&readings.failure) :
				       STATUS_OK;
}

static int run_meters(int argc, char **argv)
{
	static const struct option options[] = {
		COMMON_OPTIONS,
		DAEMON_OPTIONS,
		{ "values", no_argument, NULL, OPTION_VALUES },
		{ "units", required_argument, NULL, OPTION_UNITS },
		{ 0 }
	};
	struct json_object *object;
	bool values = false;
	struct meterbus_error err;
	int letter, status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		if (letter == OPTION_VALUES) {
			values = true;
			continue;
		}
		status = letter == OPTION_UNITS ?
				 output_units(optarg) :
				 daemon_option(&meters_command, letter);
		if (status >= 0)
			return status;
	}
	if (argc > optind)
		return fail_usage(&meters_command, "unexpected argument '%s'",
				  argv[optind]);
	if (values)
		return show_values();
	object = daemon_get("/v1/meters", &err);
	if (!object)
		return fail_error(&err);
	print_meters(daemon_list(object, "meters"));
	json_object_put(object);
	return STATUS_OK;
}
