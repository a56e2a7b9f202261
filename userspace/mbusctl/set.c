// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl set: change the settings of a bus.
 */
#include <getopt.h>
#include <string.h>

#include <meterbus/settings.h>

#include "command.h"

static int run_set(int argc, char **argv);

COMMAND(set_command,
	.name = "set",
	.arguments = "[--baud N] [--guard MS] [--slack MS] [--gap MS] [--window MS] [--repeats N] [--echo MODE]",
	.summary = "change the settings of a bus (root)",
	.help = "  --baud N        baud rate of the tty\n"
		"  --guard MS      quiet time before any transmission\n"
		"  --slack MS      added to the response window\n"
		"  --gap MS        longest pause inside an answer\n"
		"  --window MS     response window\n"
		"  --repeats N     further transmissions after silence, 0..10\n"
		"  --echo MODE     off, on, auto\n"
		"MS is milliseconds, or 'auto' to follow the baud rate (not for --slack).\n",
	.run = run_set);

enum option_letter {
	OPTION_BAUD = 256,
	OPTION_GUARD,
	OPTION_SLACK,
	OPTION_GAP,
	OPTION_WINDOW,
	OPTION_REPEATS,
	OPTION_ECHO,
};

/* A time option: where its value goes, and its bit in meterbus_timing.defaults. */
struct time_option {
	int letter;
	const char *name;
	uint32_t field;
	uint16_t follows;
	size_t offset;
};

static const struct time_option time_options[] = {
	{ OPTION_GUARD, "--guard", METERBUS_SET_GUARD, MBUS_TIMING_GUARD,
	  offsetof(struct meterbus_timing, guard_us) },
	{ OPTION_SLACK, "--slack", METERBUS_SET_SLACK, 0,
	  offsetof(struct meterbus_timing, slack_us) },
	{ OPTION_GAP, "--gap", METERBUS_SET_GAP, MBUS_TIMING_GAP,
	  offsetof(struct meterbus_timing, gap_us) },
	{ OPTION_WINDOW, "--window", METERBUS_SET_WINDOW, MBUS_TIMING_WINDOW,
	  offsetof(struct meterbus_timing, window_us) },
};

/* What 'auto' was asked for; merged with what the bus follows now. */
struct request {
	struct meterbus_settings settings;
	uint16_t follow;
};

static int parse_time(const struct time_option *option, const char *text,
		      struct request *request)
{
	struct meterbus_timing *timing = &request->settings.timing;
	unsigned long ms;

	if (option->follows && !strcmp(text, "auto")) {
		request->follow |= option->follows;
		return -1;
	}
	if (!parse_number(text, 0, MBUS_TIME_MAX_US / 1000, &ms))
		return fail(STATUS_USAGE,
				  "set: %s '%s' is no time; write 0..%u milliseconds%s",
				  option->name, text, MBUS_TIME_MAX_US / 1000,
				  option->follows ? " or auto" : "");
	*(uint32_t *)((char *)timing + option->offset) = ms * 1000;
	request->settings.fields |= option->field;
	return -1;
}

static int parse_echo(const char *text, struct request *request)
{
	static const char *const modes[] = { "off", "on", "auto" };
	unsigned int mode;

	for (mode = 0; mode < 3; mode++) {
		if (!strcmp(text, modes[mode])) {
			request->settings.timing.echo = mode;
			request->settings.fields |= METERBUS_SET_ECHO;
			return -1;
		}
	}
	return fail(STATUS_USAGE, "set: --echo '%s': write off, on or auto",
			  text);
}

/* Returns -1 to go on, or an exit status. */
static int parse_option(int letter, const char *text, struct request *request)
{
	unsigned long number;
	size_t i;

	for (i = 0; i < sizeof(time_options) / sizeof(time_options[0]); i++) {
		if (time_options[i].letter == letter)
			return parse_time(&time_options[i], text, request);
	}
	switch (letter) {
	case OPTION_ECHO:
		return parse_echo(text, request);
	case OPTION_BAUD:
		if (!parse_number(text, 1, 4000000, &number))
			return fail(STATUS_USAGE,
					  "set: --baud '%s' is no baud rate; M-Bus knows 300..38400",
					  text);
		request->settings.baud = number;
		request->settings.fields |= METERBUS_SET_BAUD;
		return -1;
	case OPTION_REPEATS:
		if (!parse_number(text, 0, MBUS_REPEATS_MAX, &number))
			return fail(STATUS_USAGE,
					  "set: --repeats '%s': write 0..%u", text,
					  MBUS_REPEATS_MAX);
		request->settings.timing.repeats = number;
		request->settings.fields |= METERBUS_SET_REPEATS;
		return -1;
	default:
		return common_option(&set_command, letter);
	}
}

/* 'auto' changes single bits of what the driver keeps as one value. */
static int merge_defaults(unsigned int number, struct request *request,
			  struct meterbus_error *err)
{
	struct meterbus_status status;
	uint16_t defaults;
	size_t i;

	if (!request->follow)
		return 0;
	if (meterbus_status_get(number, &status, err) < 0)
		return -1;
	defaults = status.timing.defaults;
	for (i = 0; i < sizeof(time_options) / sizeof(time_options[0]); i++) {
		if (request->settings.fields & time_options[i].field)
			defaults &= ~time_options[i].follows;
	}
	request->settings.timing.defaults = defaults | request->follow;
	request->settings.fields |= METERBUS_SET_DEFAULTS;
	return 0;
}

static int run_set(int argc, char **argv)
{
	static const struct option options[] = {
		{ "baud", required_argument, NULL, OPTION_BAUD },
		{ "guard", required_argument, NULL, OPTION_GUARD },
		{ "slack", required_argument, NULL, OPTION_SLACK },
		{ "gap", required_argument, NULL, OPTION_GAP },
		{ "window", required_argument, NULL, OPTION_WINDOW },
		{ "repeats", required_argument, NULL, OPTION_REPEATS },
		{ "echo", required_argument, NULL, OPTION_ECHO },
		COMMON_OPTIONS,
		{ 0 }
	};
	struct request request = { 0 };
	struct meterbus_error err;
	unsigned int number;
	int letter;
	int status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = parse_option(letter, optarg, &request);
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return fail_usage(&set_command,
				  "unexpected argument '%s'; name a bus with -b",
				  argv[optind]);
	if (!request.settings.fields && !request.follow)
		return fail_usage(&set_command, "nothing to set");

	if (meterbus_bus_find(globals.bus, &number, &err) < 0 ||
	    merge_defaults(number, &request, &err) < 0 ||
	    meterbus_settings_set(number, &request.settings, &err) < 0)
		return fail_error(&err);
	return STATUS_OK;
}
