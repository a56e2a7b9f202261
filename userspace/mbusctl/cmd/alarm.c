// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl alarm: asks meters for class 1 data (REQ_UD1).
 */
#include <getopt.h>
#include <stdio.h>

#include <meterbus/control.h>

#include "ui/command.h"
#include "wire/master.h"
#include "print/output.h"

static int run_alarm(int argc, char **argv);

COMMAND(alarm_command,
	.name = "alarm",
	.arguments = "ADDRESS... [--format FORMAT]",
	.summary = "ask meters whether they have an alarm",
	.help = "Sends REQ_UD1. A meter without an alarm answers E5, which is not a readout and\n"
		"costs its battery little. The meaning of an alarm is up to the manufacturer.\n"
		"      --format FORMAT, --key HEX, --meter ADDRESS  as for read\n"
		"Exit status 0 also if there are alarms.\n",
	.run = run_alarm);

static int ask_meter(struct meterbus_master *master, struct meterbus_bus *bus,
		     struct output *output, const char *text)
{
	struct meterbus_address address;
	struct meterbus_exchange x;
	struct meterbus_telegram telegram;
	struct meterbus_error err;
	struct timespec now;

	/* It parses: run_alarm() has checked it. */
	if (meterbus_address_parse(&address, text, &err) < 0 ||
	    meterbus_alarm(master, &address, &x, &telegram, &err) < 0)
		return fail_error(&err);
	if (!telegram.raw)
		return print_done(&alarm_command, bus, &address, "no alarm");
	if (!globals.json)
		print_done(&alarm_command, bus, &address, "alarm");
	clock_gettime(CLOCK_REALTIME, &now);
	return output_readout(output, &telegram, 1, meterbus_bus_name(bus),
			      now.tv_sec * 1000000000LL, text);
}

static int run_alarm(int argc, char **argv)
{
	static const struct option options[] = {
		OUTPUT_OPTIONS,
		COMMON_OPTIONS,
		{ 0 }
	};
	struct meterbus_address address;
	struct meterbus_master *master;
	struct output output = { .format = TABLE };
	struct meterbus_bus *bus;
	int letter, status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = output_option(&output, &alarm_command, letter);
		if (status >= 0)
			return status;
	}
	if (optind == argc)
		return fail_usage(&alarm_command, "no meter address given");
	for (int i = optind; i < argc; i++) {
		status = parse_address(&address, argv[i]);
		if (status != STATUS_OK)
			return status;
	}
	status = output_start(&output);
	if (status == STATUS_OK)
		status = open_master(&master, &bus);
	if (status != STATUS_OK)
		return status;
	for (; optind < argc; optind++) {
		int result = ask_meter(master, bus, &output, argv[optind]);

		if (status == STATUS_OK)
			status = result;
	}
	close_master(master, bus);
	return status;
}
