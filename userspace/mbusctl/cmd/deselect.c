// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl deselect: deselects all meters.
 */
#include <getopt.h>

#include "ui/command.h"
#include "wire/master.h"

static int run_deselect(int argc, char **argv);

COMMAND(deselect_command,
	.name = "deselect",
	.summary = "deselect the selected meter",
	.help = "Sends SND_NKE to address 253. A selected meter acknowledges it; usually no meter\n"
		"is selected, and none answers. mbusctl selects meters itself when it needs to.\n",
	.run = run_deselect);

static int deselect(struct meterbus_master *master, struct meterbus_bus *bus)
{
	struct meterbus_exchange x = { .repeats = 0 };
	struct meterbus_error err;

	if (meterbus_deselect(master, &x, &err) < 0)
		return fail_error(&err);
	switch (x.outcome) {
	case METERBUS_OUTCOME_ACK:
		return print_done(&deselect_command, bus, NULL,
				  "the selected meter is deselected");
	case METERBUS_OUTCOME_SILENCE:
	case METERBUS_OUTCOME_ECHO_ONLY:
		return print_done(&deselect_command, bus, NULL,
				  "no meter was selected");
	default:
		return print_done(&deselect_command, bus, NULL,
				  "several selected meters are deselected: %s",
				  meterbus_outcome_name(x.outcome));
	}
}

static int run_deselect(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };
	struct meterbus_master *master;
	struct meterbus_bus *bus;
	int letter, status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = common_option(&deselect_command, letter);
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return fail_usage(&deselect_command,
				  "unexpected argument '%s'", argv[optind]);
	status = open_master(&master, &bus);
	if (status != STATUS_OK)
		return status;
	status = deselect(master, bus);
	close_master(master, bus);
	return status;
}
