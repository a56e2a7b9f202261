// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl set: change the settings of a bus.
 */
#include <getopt.h>
#include <string.h>

#include <meterbus/config.h>
#include <meterbus/settings.h>

#include "ui/command.h"

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
		"  --repeats N     repeats after silence or a damaged answer, 0 to 10\n"
		"  --echo MODE     off, on or auto: whether the converter echoes what is sent\n"
		"  --settings FILE settings from FILE, as 'mbusctl tune --write' writes it; later\n"
		"                  options override it\n"
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
	OPTION_SETTINGS,
};

/* A time option, its member and its bit in meterbus_timing.defaults. */
struct time_option {
	int letter;
	const char *name;
	uint32_t field;
	uint16_t follows;
	size_t offset;
};

static const struct time_option time_options[] = {
	{ OPTION_GUARD, "--guard", METERBUS_SET_GUARD, METERBUS_TIMING_GUARD,
	  offsetof(struct meterbus_timing, guard_us) },
	{ OPTION_SLACK, "--slack", METERBUS_SET_SLACK, 0,
	  offsetof(struct meterbus_timing, slack_us) },
	{ OPTION_GAP, "--gap", METERBUS_SET_GAP, METERBUS_TIMING_GAP,
	  offsetof(struct meterbus_timing, gap_us) },
	{ OPTION_WINDOW, "--window", METERBUS_SET_WINDOW, METERBUS_TIMING_WINDOW,
	  offsetof(struct meterbus_timing, window_us) },
};

static int parse_time(const struct time_option *option, const char *text,
		      struct meterbus_settings *settings)
{
	struct meterbus_timing *timing = &settings->timing;
	unsigned long ms;

	if (option->follows && !strcmp(text, "auto")) {
		settings->follow |= option->follows;
		return -1;
	}
	if (!parse_number(text, 0, METERBUS_TIME_MAX_US / 1000, &ms))
		return fail(STATUS_USAGE,
				  "set: %s '%s': not a time in milliseconds from 0 to %u%s",
				  option->name, text, METERBUS_TIME_MAX_US / 1000,
				  option->follows ? " or auto" : "");
	*(uint32_t *)((char *)timing + option->offset) = ms * 1000;
	settings->fields |= option->field;
	return -1;
}

static int parse_echo(const char *text, struct meterbus_settings *settings)
{
	static const char *const modes[] = { "off", "on", "auto" };
	unsigned int mode;

	for (mode = 0; mode < 3; mode++) {
		if (!strcmp(text, modes[mode])) {
			settings->timing.echo = mode;
			settings->fields |= METERBUS_SET_ECHO;
			return -1;
		}
	}
	return fail(STATUS_USAGE, "set: --echo '%s': use off, on or auto",
			  text);
}

static int load_settings(const char *path, struct meterbus_settings *settings)
{
	struct meterbus_error err;

	if (meterbus_settings_load(path, settings, &err) < 0)
		return fail_error(&err);
	return -1;
}

/* Returns -1 to continue or an exit status. */
static int parse_option(int letter, const char *text, struct meterbus_settings *settings)
{
	unsigned long number;
	size_t i;

	for (i = 0; i < sizeof(time_options) / sizeof(time_options[0]); i++) {
		if (time_options[i].letter == letter)
			return parse_time(&time_options[i], text, settings);
	}
	switch (letter) {
	case OPTION_ECHO:
		return parse_echo(text, settings);
	case OPTION_BAUD:
		if (!parse_number(text, 1, 4000000, &number))
			return fail(STATUS_USAGE,
					  "set: --baud '%s': not a baud rate from 300 to 38400",
					  text);
		settings->baud = number;
		settings->fields |= METERBUS_SET_BAUD;
		return -1;
	case OPTION_REPEATS:
		if (!parse_number(text, 0, METERBUS_REPEATS_MAX, &number))
			return fail(STATUS_USAGE,
					  "set: --repeats '%s': not a number from 0 to %u", text,
					  METERBUS_REPEATS_MAX);
		settings->timing.repeats = number;
		settings->fields |= METERBUS_SET_REPEATS;
		return -1;
	case OPTION_SETTINGS:
		return load_settings(text, settings);
	default:
		return common_option(&set_command, letter);
	}
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
		{ "settings", required_argument, NULL, OPTION_SETTINGS },
		COMMON_OPTIONS,
		{ 0 }
	};
	struct meterbus_settings settings = { 0 };
	struct meterbus_error err;
	unsigned int number;
	int letter;
	int status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = parse_option(letter, optarg, &settings);
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return fail_usage(&set_command,
				  "unexpected argument '%s'; choose the bus with -b",
				  argv[optind]);
	if (!settings.fields && !settings.follow)
		return fail_usage(&set_command, "no settings given");

	if (meterbus_bus_find(globals.bus, &number, &err) < 0 ||
	    meterbus_settings_set(number, &settings, &err) < 0)
		return fail_error(&err);
	return STATUS_OK;
}
