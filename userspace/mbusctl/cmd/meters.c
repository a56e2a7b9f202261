// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl meters: lists the meters of mbusd with their last readouts.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "daemon/daemon.h"
#include "cmd/history.h"
#include "ui/language.h"
#include "ui/terminal.h"

static int run_meters(int argc, char **argv);

COMMAND(meters_command,
	.name = "meters",
	.arguments = "[--socket PATH] [--json]",
	.summary = "list the meters of mbusd",
	.help = "A line for each: name, bus, address, time and outcome of the last readout.\n"
		"      --socket PATH  where mbusd listens; default: MBUSD_SOCKET in the\n"
		"                     environment, or " DAEMON_SOCKET "\n"
		"      --json         one object a line\n",
	.run = run_meters);

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

static int run_meters(int argc, char **argv)
{
	static const struct option options[] = {
		COMMON_OPTIONS,
		DAEMON_OPTIONS,
		{ 0 }
	};
	struct json_object *object;
	struct meterbus_error err;
	int letter, status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = daemon_option(&meters_command, letter);
		if (status >= 0)
			return status;
	}
	if (argc > optind)
		return fail_usage(&meters_command, "unexpected argument '%s'",
				  argv[optind]);
	object = daemon_get("/v1/meters", &err);
	if (!object)
		return fail_error(&err);
	print_meters(daemon_list(object, "meters"));
	json_object_put(object);
	return STATUS_OK;
}
