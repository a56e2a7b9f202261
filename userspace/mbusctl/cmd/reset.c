// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl reset: sends an application reset (EN 13757-3, CI = 50).
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <meterbus/control.h>

#include "ui/command.h"
#include "ui/hex.h"
#include "wire/master.h"

static int run_reset(int argc, char **argv);

COMMAND(reset_command,
	.name = "reset",
	.arguments = "ADDRESS [SUBCODE] [--force]",
	.summary = "reset the application of a meter",
	.help = "After an application reset the next readout begins with the first telegram and\n"
		"has all records, whatever 'select-data' chose. Values are not changed.\n"
		"SUBCODE is a byte in hexadecimal or one of these names, which choose records:\n"
		"  all, user-data, simple-billing, enhanced-billing, multi-tariff, instantaneous,\n"
		"  load-management, installation, testing, calibration, manufacturing,\n"
		"  development, selftest\n"
		"      --force  allow addresses of all meters: 254, and 255 (no answer)\n",
	.run = run_reset);

/* By the high digit of the subcode; its low digit 0 means all of them. */
static const char *const applications[] = {
	"all", "user-data", "simple-billing", "enhanced-billing",
	"multi-tariff", "instantaneous", "load-management", NULL,
	"installation", "testing", "calibration", "manufacturing",
	"development", "selftest",
};

static int parse_subcode(const char *text, uint8_t *subcode)
{
	uint8_t bytes[METERBUS_TELEGRAM_MAX];
	char why[HEX_WHY_SIZE];
	size_t len = 0, i;

	for (i = 0; i < sizeof(applications) / sizeof(applications[0]); i++) {
		if (!applications[i] || strcmp(applications[i], text))
			continue;
		*subcode = i << 4;
		return STATUS_OK;
	}
	if (hex_parse(bytes, &len, text, 0, why) < 0 || len != 1)
		return fail(STATUS_USAGE,
			    "reset: '%.40s' is not a subcode; use two hexadecimal digits or a name from 'mbusctl help reset'",
			    text);
	*subcode = bytes[0];
	return STATUS_OK;
}

static int run_reset(int argc, char **argv)
{
	struct meterbus_address address;
	struct meterbus_master *master;
	struct meterbus_error err;
	struct meterbus_bus *bus;
	bool force = false;
	uint8_t subcode = 0;
	bool has_subcode;
	int status;

	status = take_address(&reset_command, argc, argv, &address, &force);
	if (status >= 0)
		return status;
	has_subcode = optind < argc;
	if (argc - optind > 1)
		return fail_usage(&reset_command, "only one subcode may be given");
	if (has_subcode) {
		status = parse_subcode(argv[optind], &subcode);
		if (status != STATUS_OK)
			return status;
	}
	status = refuse_all(&reset_command, &address, force);
	if (status == STATUS_OK)
		status = open_master(&master, &bus);
	if (status != STATUS_OK)
		return status;
	if (meterbus_command(master, &address, METERBUS_CI_RESET, &subcode,
			     has_subcode, &err) < 0)
		status = fail_error(&err);
	else
		status = print_done(&reset_command, bus, &address, "%s",
				    is_broadcast(&address) ?
					    "sent; no meter answers a broadcast" :
					    "acknowledged the application reset");
	close_master(master, bus);
	return status;
}
