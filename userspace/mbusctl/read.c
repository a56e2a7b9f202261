// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl read: one meter, all its telegrams.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <json-c/json.h>

#include <meterbus/json.h>
#include <meterbus/master.h>

#include "command.h"
#include "progress.h"
#include "table.h"

static int run_read(int argc, char **argv);

COMMAND(read_command,
	.name = "read",
	.arguments = "ADDRESS [--raw]",
	.summary = "read a meter",
	.help = "ADDRESS is one of\n"
		"  5                   primary address, 0 to 250\n"
		"  31892743            the 8 digits on the meter; F stands for any digit\n"
		"  3189274324232804    secondary address as 'scan' prints it\n"
		"  31892743.HYD.28.04  the same with the manufacturer's letters; the end may be left out\n"
		"Prints all telegrams the meter has, in a table.\n"
		"      --raw   each telegram as a line of hex instead, e.g. for 'mbusctl decode -'\n"
		"      --json  one object with bus, time and telegrams\n"
		"What was noticed on the way goes to stderr.\n"
		"Status: 0 read, 5 nobody answers, 6 several answer, 7 damaged, 8 acknowledged\n"
		"but no readout, 9 not understood. What was read until then is printed.\n",
	.run = run_read);

static void on_finding(void *context, const struct meterbus_finding *finding)
{
	(void)context;
	progress_clear();
	fprintf(stderr, "mbusctl: note: %s\n", finding->text);
}

static bool cancelled(void *context)
{
	(void)context;
	return stop_requested();
}

static void print_raw(const struct meterbus_readout *readout)
{
	char hex[HEX_TEXT_SIZE(METERBUS_TELEGRAM_MAX)];

	for (size_t i = 0; i < readout->count; i++)
		puts(hex_text(hex, readout->telegrams[i].bytes,
			      readout->telegrams[i].len, 0));
}

static void print_tables(const struct meterbus_readout *readout)
{
	struct meterbus_application app;
	struct meterbus_telegram telegram;

	for (size_t i = 0; i < readout->count; i++) {
		/* The library has checked it; it parses. */
		if (meterbus_telegram_parse(&telegram,
					    readout->telegrams[i].bytes,
					    readout->telegrams[i].len,
					    NULL) < 0)
			continue;
		if (i)
			putchar('\n');
		meterbus_application_parse(&app, &telegram);
		table_print(stdout, &telegram, &app);
	}
}

static int print_object(const struct meterbus_readout *readout, const char *bus,
			time_t when)
{
	struct json_object *object;
	struct meterbus_error err;
	char text[32];
	struct tm tm;
	int ret = 0;

	gmtime_r(&when, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	object = meterbus_json_readout(bus, text);
	if (!object)
		return fail(STATUS_SYSTEM, "out of memory");
	for (size_t i = 0; i < readout->count && ret == 0; i++)
		ret = meterbus_json_add(object, readout->telegrams[i].bytes,
					readout->telegrams[i].len, &err);
	if (ret == 0)
		print_json(object);
	json_object_put(object);
	return ret < 0 ? fail_error(&err) : STATUS_OK;
}

static int read_meter(struct meterbus_bus *bus,
		      const struct meterbus_address *address, bool raw)
{
	struct meterbus_readout readout;
	struct meterbus_master master;
	char text[METERBUS_ADDRESS_TEXT];
	struct meterbus_error err;
	int status = STATUS_OK;
	int ret;

	meterbus_master_init(&master, &bus->link);
	master.finding = on_finding;
	master.cancelled = cancelled;
	stop_on_signals();
	progress_show("reading %s", meterbus_address_format(address, text));
	ret = meterbus_read(&master, address, &readout, &err);
	progress_clear();
	if (readout.count) {
		if (globals.json)
			status = print_object(&readout, bus->name, time(NULL));
		else if (raw)
			print_raw(&readout);
		else
			print_tables(&readout);
	}
	if (stop_requested())
		return STATUS_SIGNAL + stop_requested();
	return ret < 0 ? fail_error(&err) : status;
}

static int run_read(int argc, char **argv)
{
	enum { OPTION_RAW = 2000 };
	static const struct option options[] = {
		COMMON_OPTIONS,
		{ "raw", no_argument, NULL, OPTION_RAW },
		{ 0 }
	};
	struct meterbus_address address;
	struct meterbus_error err;
	struct meterbus_bus bus;
	bool raw = false;
	int letter;
	int status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		if (letter == OPTION_RAW) {
			raw = true;
			continue;
		}
		status = common_option(&read_command, letter);
		if (status >= 0)
			return status;
	}
	if (argc - optind != 1)
		return fail_usage(&read_command, argc == optind ?
							"which meter?" :
							"one meter at a time");
	if (meterbus_address_parse(&address, argv[optind], &err) < 0)
		return fail_error(&err);
	status = open_bus(&bus);
	if (status)
		return status;
	status = read_meter(&bus, &address, raw);
	meterbus_bus_close(&bus);
	return status;
}
