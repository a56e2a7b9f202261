// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The settings of a bus as a file: what 'mbusctl tune' found out, for the next
 * time the bus is attached.
 */
#include <string.h>

#include <meterbus/config.h>
#include <meterbus/settings.h>

#include "config/keys.h"

static const char *const echo_names[] = { "off", "on", "auto" };

static const char *take_baud(void *target, const char *value)
{
	struct meterbus_settings *settings = target;
	unsigned long baud;

	if (!key_number(value, 4000000, &baud) || !baud)
		return "write a baud rate; M-Bus knows 300 to 38400";
	settings->baud = baud;
	settings->fields |= METERBUS_SET_BAUD;
	return NULL;
}

/* The later one counts, of two files. */
static const char *take_time(struct meterbus_settings *settings,
			     const char *value, uint32_t field,
			     uint32_t follows, uint32_t *us)
{
	unsigned long ms;

	if (follows && !strcmp(value, "auto")) {
		settings->follow |= follows;
		settings->fields &= ~field;
		return NULL;
	}
	if (!key_number(value, METERBUS_TIME_MAX_US / 1000, &ms))
		return follows ? "write milliseconds up to 60000, or auto" :
				 "write milliseconds up to 60000";
	*us = ms * 1000;
	settings->follow &= ~follows;
	settings->fields |= field;
	return NULL;
}

static const char *take_guard(void *target, const char *value)
{
	struct meterbus_settings *settings = target;

	return take_time(settings, value, METERBUS_SET_GUARD, METERBUS_TIMING_GUARD,
			 &settings->timing.guard_us);
}

static const char *take_slack(void *target, const char *value)
{
	struct meterbus_settings *settings = target;

	return take_time(settings, value, METERBUS_SET_SLACK, 0,
			 &settings->timing.slack_us);
}

static const char *take_gap(void *target, const char *value)
{
	struct meterbus_settings *settings = target;

	return take_time(settings, value, METERBUS_SET_GAP, METERBUS_TIMING_GAP,
			 &settings->timing.gap_us);
}

static const char *take_window(void *target, const char *value)
{
	struct meterbus_settings *settings = target;

	return take_time(settings, value, METERBUS_SET_WINDOW,
			 METERBUS_TIMING_WINDOW, &settings->timing.window_us);
}

static const char *take_repeats(void *target, const char *value)
{
	struct meterbus_settings *settings = target;
	unsigned long repeats;

	if (!key_number(value, METERBUS_REPEATS_MAX, &repeats))
		return "write a number from 0 to 10";
	settings->timing.repeats = repeats;
	settings->fields |= METERBUS_SET_REPEATS;
	return NULL;
}

static const char *take_echo(void *target, const char *value)
{
	struct meterbus_settings *settings = target;

	for (uint32_t echo = 0; echo < 3; echo++) {
		if (strcmp(echo_names[echo], value))
			continue;
		settings->timing.echo = echo;
		settings->fields |= METERBUS_SET_ECHO;
		return NULL;
	}
	return "write off, on or auto";
}

static const struct key keys[] = {
	{ "baud", take_baud },	     { "guard", take_guard },
	{ "slack", take_slack },     { "gap", take_gap },
	{ "window", take_window },   { "repeats", take_repeats },
	{ "echo", take_echo },
};

static void *begin_bus(void *context, const char *name, const char **why)
{
	if (!strcmp(name, "bus"))
		return context;
	*why = "the section is called [bus]";
	return NULL;
}

int meterbus_settings_load(const char *path,
			   struct meterbus_settings *settings,
			   struct meterbus_error *err)
{
	struct key_file file = {
		.keys = keys,
		.key_count = sizeof(keys) / sizeof(keys[0]),
		.section = begin_bus,
		.context = settings,
	};

	return key_file_read(&file, path, err);
}

static void write_time(FILE *out, const struct meterbus_settings *settings,
		       const char *name, uint32_t field, uint32_t follows,
		       uint32_t us)
{
	if (settings->follow & follows)
		fprintf(out, "%s = auto\n", name);
	else if (settings->fields & field)
		fprintf(out, "%s = %u\n", name, (us + 999) / 1000);
}

void meterbus_settings_write(FILE *out,
			     const struct meterbus_settings *settings)
{
	const struct meterbus_timing *timing = &settings->timing;

	fputs("[bus]\n", out);
	if (settings->fields & METERBUS_SET_BAUD)
		fprintf(out, "baud = %u\n", settings->baud);
	write_time(out, settings, "guard", METERBUS_SET_GUARD,
		   METERBUS_TIMING_GUARD, timing->guard_us);
	write_time(out, settings, "slack", METERBUS_SET_SLACK, 0,
		   timing->slack_us);
	write_time(out, settings, "gap", METERBUS_SET_GAP, METERBUS_TIMING_GAP,
		   timing->gap_us);
	write_time(out, settings, "window", METERBUS_SET_WINDOW,
		   METERBUS_TIMING_WINDOW, timing->window_us);
	if (settings->fields & METERBUS_SET_REPEATS)
		fprintf(out, "repeats = %u\n", timing->repeats);
	if (settings->fields & METERBUS_SET_ECHO && timing->echo < 3)
		fprintf(out, "echo = %s\n", echo_names[timing->echo]);
}
