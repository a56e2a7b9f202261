// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl set-baud: gives a meter another baud rate.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include <meterbus/control.h>

#include "ui/command.h"
#include "wire/master.h"

static int run_set_baud(int argc, char **argv);

COMMAND(set_baud_command,
	.name = "set-baud",
	.arguments = "ADDRESS BAUD [--stay]",
	.summary = "give a meter another baud rate",
	.help = "BAUD is 300, 600, 1200, 2400, 4800, 9600, 19200 or 38400. Sets the bus to it,\n"
		"checks that the meter answers, and sets it back. A meter that does not answer is\n"
		"set back to the old rate.\n"
		"      --stay  leave the bus at the new rate\n"
		"Needs CAP_NET_ADMIN. Exit status: 8 the meter kept the old rate, 5 it answers at\n"
		"neither rate.\n",
	.run = run_set_baud);

/*
 * Signals are blocked for these seconds: otherwise the meter could be left at
 * one rate and the bus at another.
 */
static int set_rate(struct meterbus_master *master,
		    const struct meterbus_address *address, uint32_t baud,
		    bool stay, struct meterbus_error *err)
{
	sigset_t stops, before;
	int ret;

	sigemptyset(&stops);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGHUP);
	sigprocmask(SIG_BLOCK, &stops, &before);
	ret = meterbus_set_rate(master, address, baud, stay, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

static int set_baud(const struct meterbus_address *address, uint32_t baud,
		    bool stay)
{
	struct meterbus_master *master;
	struct meterbus_error err;
	struct meterbus_bus *bus;
	int status = open_master(&master, &bus);

	if (status != STATUS_OK)
		return status;
	if (set_rate(master, address, baud, stay, &err) < 0)
		status = fail_error(&err);
	else
		status = print_done(&set_baud_command, bus, address,
				    "answers at %u baud%s", baud,
				    stay ? ", and the bus is set to it" :
					   "; the bus is set to its old rate again");
	close_master(master, bus);
	return status;
}

static int run_set_baud(int argc, char **argv)
{
	enum { OPTION_STAY = 2000 };
	static const struct option options[] = {
		COMMON_OPTIONS,
		{ "stay", no_argument, NULL, OPTION_STAY },
		{ 0 }
	};
	struct meterbus_address address;
	unsigned long baud = 0;
	bool stay = false;
	int letter, status;
	size_t i;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		if (letter == OPTION_STAY) {
			stay = true;
			continue;
		}
		status = common_option(&set_baud_command, letter);
		if (status >= 0)
			return status;
	}
	if (argc - optind != 2)
		return fail_usage(&set_baud_command,
				  argc - optind < 2 ? "no meter address and baud rate given" :
						      "only one meter and one baud rate may be given");
	status = parse_address(&address, argv[optind]);
	if (status != STATUS_OK)
		return status;
	parse_number(argv[optind + 1], 0, 38400, &baud);
	for (i = 0; meterbus_rates[i] && meterbus_rates[i] != baud; i++)
		;
	if (!meterbus_rates[i])
		return fail(STATUS_USAGE,
			    "set-baud: '%s' is not a baud rate of M-Bus; use 300, 600, 1200, 2400, 4800, 9600, 19200 or 38400",
			    argv[optind + 1]);
	return set_baud(&address, baud, stay);
}
