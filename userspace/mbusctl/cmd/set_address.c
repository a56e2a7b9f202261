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
	.help = "ADDRESS is a primary or secondary address, as for read; NEW is 0 to 250.\n"
		"Checks first that ADDRESS is one meter, by a readout unless it is a complete\n"
		"secondary address, and that NEW is free; finally reads the meter at NEW.\n"
		"      --force  omit the checks; allow the address of all meters (254)\n"
		"Exit status: 2 NEW is in use or ADDRESS is that of all meters, 8 acknowledged\n"
		"but not done.\n",
	.run = run_set_address);

static int run_set_address(int argc, char **argv)
{
	struct meterbus_readout readout;
	struct meterbus_address address;
	struct meterbus_master *master;
	char name[METERBUS_ADDRESS_TEXT] = "a meter";
	struct meterbus_error err;
	struct meterbus_bus *bus;
	unsigned long primary;
	bool force = false;
	int status;

	status = take_address(&set_address_command, argc, argv, &address,
			      &force);
	if (status >= 0)
		return status;
	if (argc - optind != 1)
		return fail_usage(&set_address_command,
				  argc == optind ? "no new address given" :
						   "only one new address may be given");
	if (!parse_number(argv[optind], 0, METERBUS_A_PRIMARY_MAX, &primary))
		return fail(STATUS_USAGE,
			    "set-address: '%s' is not the primary address of a meter; use 0 to 250",
			    argv[optind]);
	if (!address.secondary && !force &&
	    address.primary == METERBUS_A_SELECTED)
		return fail(STATUS_USAGE,
			    "set-address: address 253 is that of the selected meter; give the meter's own address, or --force");
	if (!force && is_for_all(&address))
		return fail(STATUS_USAGE,
			    "set-address: address %u is that of all meters, which would all take the new one; give the address of one meter, or --force",
			    address.primary);
	status = open_master(&master, &bus);
	if (status != STATUS_OK)
		return status;
	if (meterbus_set_primary(master, &address, primary, force, &readout,
				 &err) < 0) {
		status = fail_error(&err);
	} else {
		if (readout.identified)
			meterbus_address_format(&readout.meter, name);
		status = print_done(&set_address_command, bus, &address,
				    "primary address %lu, where %s answers",
				    primary, name);
	}
	close_master(master, bus);
	return status;
}
