// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl set-address: gives a meter another primary address.
 */
#include <getopt.h>
#include <stdio.h>

#include <meterbus/control.h>

#include "ui/command.h"
#include "wire/master.h"

static int run_set_address(int argc, char **argv);

COMMAND(set_address_command,
	.name = "set-address",
	.arguments = "ADDRESS NEW [--force]",
	.summary = "give a meter another primary address",
	.help = "ADDRESS is the meter's primary or secondary address, as for read; NEW is 0 to 250.\n"
		"Reads the meter first unless ADDRESS is a whole secondary address, to see that it\n"
		"is one meter, looks whether NEW is free, and reads the meter at NEW in the end.\n"
		"      --force  without looking first; also to all meters (ADDRESS 254)\n"
		"Status: 2 NEW is taken or all would listen, 8 acknowledged and not done.\n",
	.run = run_set_address);

static int run_set_address(int argc, char **argv)
{
	struct meterbus_readout readout;
	struct meterbus_address address;
	struct meterbus_master master;
	char name[METERBUS_ADDRESS_TEXT] = "a meter";
	struct meterbus_error err;
	struct meterbus_bus bus;
	unsigned long primary;
	bool force = false;
	int status;

	status = take_address(&set_address_command, argc, argv, &address,
			      &force);
	if (status >= 0)
		return status;
	if (argc - optind != 1)
		return fail_usage(&set_address_command,
				  argc == optind ? "which new address?" :
						   "one new address");
	if (!parse_number(argv[optind], 0, METERBUS_A_PRIMARY_MAX, &primary))
		return fail(STATUS_USAGE,
			    "set-address: '%s' is no primary address of a meter, 0 to 250 are",
			    argv[optind]);
	if (!address.secondary && !force &&
	    address.primary == METERBUS_A_SELECTED)
		return fail(STATUS_USAGE,
			    "set-address: address 253 is whoever is selected now; name the meter, or use --force");
	if (!force && is_for_all(&address))
		return fail(STATUS_USAGE,
			    "set-address: every meter that hears address %u would take the new one; name one meter, or use --force",
			    address.primary);
	status = open_master(&master, &bus);
	if (status != STATUS_OK)
		return status;
	if (meterbus_set_primary(&master, &address, primary, force, &readout,
				 &err) < 0) {
		status = fail_error(&err);
	} else {
		if (readout.identified)
			meterbus_address_format(&readout.meter, name);
		status = print_done(&set_address_command, &bus, &address,
				    "primary address %lu, where %s answers",
				    primary, name);
	}
	meterbus_bus_close(&bus);
	return status;
}
