// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl tune: measures converter and meters, proposes bus settings.
 */
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/config.h>
#include <meterbus/tune.h>

#include "ui/command.h"
#include "wire/master.h"
#include "ui/progress.h"

static int run_tune(int argc, char **argv);

COMMAND(tune_command,
	.name = "tune",
	.arguments = "ADDRESS... [--write FILE] [--set]",
	.summary = "measure converter and meters, propose settings",
	.help = "Sends some dozens of telegrams to each meter, which answers E5; none is read.\n"
		"Measures the response delay of the meters, the turnaround of the converter (the\n"
		"time after an answer before it passes on the next telegram) and its echo, and\n"
		"proposes settings. Changes the guard while it measures: needs CAP_NET_ADMIN.\n"
		"      --write FILE  write the settings to FILE, for the option --settings\n"
		"      --set         apply the settings to the bus\n"
		"      --json        print measurements and settings as one object\n"
		"Exit status: 5 no meter answered every time.\n",
	.run = run_tune);

struct tune {
	struct meterbus_bus *bus;
	struct meterbus_master *master;
	struct meterbus_tune_meter *meters;
	size_t count;
	struct meterbus_tuning tuning;
	struct meterbus_status status;	/* of the bus, after it */
	const char *file;
	bool set;
};

static const char *echo_name(unsigned int echo)
{
	static const char *const names[] = { "off", "on", "auto" };

	return echo < 3 ? names[echo] : "?";
}

/* A learnt echo mode is fixed, so that it need not be learnt again. */
static void add_known(struct tune *tune)
{
	struct meterbus_settings *settings = &tune->tuning.settings;
	const struct meterbus_info *info = &tune->status.info;

	settings->baud = info->baud;
	settings->timing.repeats = tune->status.timing.repeats;
	settings->timing.slack_us = tune->status.timing.slack_us;
	settings->timing.echo = tune->status.timing.echo;
	if (info->echo_learnt == METERBUS_ECHO_ABSENT)
		settings->timing.echo = METERBUS_ECHO_OFF;
	else if (info->echo_learnt == METERBUS_ECHO_PRESENT)
		settings->timing.echo = METERBUS_ECHO_ON;
	settings->fields |= METERBUS_SET_BAUD | METERBUS_SET_REPEATS |
			    METERBUS_SET_SLACK | METERBUS_SET_ECHO;
}

static void print_meter(const struct meterbus_tune_meter *meter)
{
	char name[METERBUS_ADDRESS_TEXT];

	printf("%s: %u of %u answered", meterbus_address_format(&meter->address,
								name),
	       meter->answered, METERBUS_TUNE_PINGS);
	if (meter->answered)
		printf(", %u to %u ms after the telegram",
		       meter->delay_min_us / 1000, meter->delay_max_us / 1000);
	putchar('\n');
}

static void print_text(const struct tune *tune)
{
	const struct meterbus_tuning *tuning = &tune->tuning;

	for (size_t i = 0; i < tune->count; i++)
		print_meter(&tune->meters[i]);
	if (tuning->lost_us)
		printf("turnaround: telegrams are lost %u ms after an answer and pass after %u ms\n",
		       tuning->lost_us / 1000,
		       (tuning->turnaround_us + 999) / 1000);
	else
		printf("turnaround: none; telegrams pass %u ms after an answer, the minimum of EN 13757-2\n",
		       tuning->turnaround_us / 1000);
	printf("echo: %s\n", tune->status.info.echo_learnt == METERBUS_ECHO_PRESENT ?
				     "the converter echoes what is sent" :
			     tune->status.info.echo_learnt == METERBUS_ECHO_FAULTY ?
				     "the converter echoes only a part of what is sent, or other bytes" :
			     tune->status.info.echo_learnt == METERBUS_ECHO_ABSENT ?
				     "none" : "not known yet");
	if (tuning->settings.fields & METERBUS_SET_WINDOW)
		printf("window: a meter answers later than the standard allows; a larger window lengthens every silence, quirks with 'window = %u' affect that meter only\n",
		       tuning->settings.timing.window_us / 1000);
	printf("settings: --guard %u --echo %s --slack %u",
	       tuning->settings.timing.guard_us / 1000,
	       echo_name(tuning->settings.timing.echo),
	       tuning->settings.timing.slack_us / 1000);
	if (tuning->settings.fields & METERBUS_SET_WINDOW)
		printf(" --window %u",
		       tuning->settings.timing.window_us / 1000);
	putchar('\n');
}

static void add_int(struct json_object *object, const char *key, int64_t value)
{
	json_object_object_add(object, key, json_object_new_int64(value));
}

static struct json_object *
settings_json(const struct meterbus_settings *settings)
{
	struct json_object *object = json_object_new_object();

	add_int(object, "baud", settings->baud);
	add_int(object, "guard_us", settings->timing.guard_us);
	add_int(object, "slack_us", settings->timing.slack_us);
	if (settings->fields & METERBUS_SET_WINDOW)
		add_int(object, "window_us", settings->timing.window_us);
	add_int(object, "repeats", settings->timing.repeats);
	json_object_object_add(object, "echo",
			       json_object_new_string(
				       echo_name(settings->timing.echo)));
	return object;
}

static void print_tune_json(const struct tune *tune)
{
	struct json_object *object = json_object_new_object();
	struct json_object *meters = json_object_new_array();
	char name[METERBUS_ADDRESS_TEXT];

	for (size_t i = 0; i < tune->count; i++) {
		const struct meterbus_tune_meter *meter = &tune->meters[i];
		struct json_object *entry = json_object_new_object();

		meterbus_address_format(&meter->address, name);
		json_object_object_add(entry, "address",
				       json_object_new_string(name));
		add_int(entry, "sent", METERBUS_TUNE_PINGS);
		add_int(entry, "answered", meter->answered);
		if (meter->answered) {
			add_int(entry, "delay_min_us", meter->delay_min_us);
			add_int(entry, "delay_max_us", meter->delay_max_us);
		}
		json_object_array_add(meters, entry);
	}
	json_object_object_add(object, "bus",
			       json_object_new_string(meterbus_bus_name(tune->bus)));
	json_object_object_add(object, "meters", meters);
	add_int(object, "turnaround_us", tune->tuning.turnaround_us);
	add_int(object, "lost_us", tune->tuning.lost_us);
	json_object_object_add(object, "settings",
			       settings_json(&tune->tuning.settings));
	print_json(object);
	json_object_put(object);
}

static int write_file(const struct tune *tune)
{
	FILE *file = fopen(tune->file, "we");
	bool failed;

	if (!file)
		return fail(STATUS_SYSTEM, "cannot write %s: %s", tune->file,
			    strerror(errno));
	fprintf(file, "; %s on %s, by mbusctl tune\n", meterbus_bus_name(tune->bus),
		tune->status.info.tty);
	meterbus_settings_write(file, &tune->tuning.settings);
	failed = ferror(file);
	if (fclose(file) || failed)
		return fail(STATUS_SYSTEM, "cannot write %s: %s", tune->file,
			    strerror(errno));
	return STATUS_OK;
}

static int tune_bus(struct tune *tune)
{
	struct meterbus_error err;
	int status = STATUS_OK;

	progress_show("measuring, about half a minute");
	if (meterbus_tune(tune->master, tune->meters, tune->count,
			  &tune->tuning, &err) < 0 ||
	    meterbus_status_get(meterbus_bus_number(tune->bus), &tune->status, &err) < 0) {
		progress_clear();
		if (stop_requested())
			return STATUS_SIGNAL + stop_requested();
		return fail_error(&err);
	}
	progress_clear();
	add_known(tune);
	if (globals.json)
		print_tune_json(tune);
	else
		print_text(tune);
	if (tune->file)
		status = write_file(tune);
	if (tune->set && meterbus_settings_set(meterbus_bus_number(tune->bus),
					       &tune->tuning.settings,
					       &err) < 0)
		status = fail_error(&err);
	return status;
}

static int parse_meters(struct tune *tune, char **texts)
{
	for (size_t i = 0; i < tune->count; i++) {
		struct meterbus_address *address = &tune->meters[i].address;

		if (parse_address(address, texts[i]))
			return STATUS_USAGE;
		if (!address->secondary &&
		    (address->primary == METERBUS_A_BROADCAST ||
		     address->primary == METERBUS_A_SELECTED))
			return fail(STATUS_USAGE,
				    "tune: no meter acknowledges at address %s; give the address of a meter",
				    texts[i]);
	}
	return STATUS_OK;
}

static int run_tune(int argc, char **argv)
{
	enum { OPTION_WRITE = 2000, OPTION_SET };
	static const struct option options[] = {
		COMMON_OPTIONS,
		{ "write", required_argument, NULL, OPTION_WRITE },
		{ "set", no_argument, NULL, OPTION_SET },
		{ 0 }
	};
	struct tune tune = { .set = false };
	int letter, status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		if (letter == OPTION_WRITE) {
			tune.file = optarg;
			continue;
		}
		if (letter == OPTION_SET) {
			tune.set = true;
			continue;
		}
		status = common_option(&tune_command, letter);
		if (status >= 0)
			return status;
	}
	if (optind == argc)
		return fail_usage(&tune_command, "no meter address given");
	tune.count = argc - optind;
	tune.meters = calloc(tune.count, sizeof(*tune.meters));
	if (!tune.meters)
		return fail(STATUS_SYSTEM, "out of memory");
	status = parse_meters(&tune, argv + optind);
	if (status == STATUS_OK)
		status = open_master(&tune.master, &tune.bus);
	if (status == STATUS_OK) {
		status = tune_bus(&tune);
		close_master(tune.master, tune.bus);
	}
	free(tune.meters);
	return status;
}
