// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl meters: lists the meters of mbusd with their last readouts.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "daemon/daemon.h"
#include "cmd/history.h"

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

static void widen(int *width, const char *text)
{
	if ((int)strlen(text) > *width)
		*width = (int)strlen(text);
}

static struct widths measure(struct json_object *meters)
{
	struct widths widths = { 0 };

	for (size_t i = 0; i < daemon_list_length(meters); i++) {
		struct json_object *meter =
			daemon_list_item(meters, i);

		widen(&widths.meter, daemon_text(meter, "meter"));
		widen(&widths.bus, daemon_text(meter, "bus"));
		widen(&widths.address, daemon_text(meter, "address"));
	}
	return widths;
}

static void print_meter(struct json_object *meter, const struct widths *widths)
{
	struct json_object *last = daemon_object(meter, "last");
	char time[HISTORY_TIME_SIZE];

	printf("%-*s  %-*s  %-*s  ", widths->meter, daemon_text(meter, "meter"),
	       widths->bus, daemon_text(meter, "bus"), widths->address,
	       daemon_text(meter, "address"));
	if (!last) {
		puts("never read");
		return;
	}
	printf("%s  %s", history_time(time, daemon_text(last, "time")),
	       daemon_text(last, "outcome"));
	if (*daemon_text(last, "why"))
		printf(": %s", daemon_text(last, "why"));
	putchar('\n');
}

static void print_meters(struct json_object *meters)
{
	struct widths widths = measure(meters);

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
