// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl scan: finds the meters of a bus.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include <meterbus/decode.h>
#include <meterbus/json.h>
#include <meterbus/search.h>

#include "command.h"
#include "progress.h"

#define NS_PER_MS	1000000ULL
#define GUARD_MAX_MS	60000

static int run_scan(int argc, char **argv);

COMMAND(scan_command,
	.name = "scan",
	.arguments = "[primary|secondary] [--mask MASK] [--guard MS]",
	.summary = "find the meters of a bus",
	.help = "Searches by secondary address, or by primary address (0 to 250).\n"
		"      --primary      the same as 'scan primary'\n"
		"  -m, --mask MASK    secondary: only meters this admits, e.g. 318927FF\n"
		"      --all-digits   secondary: try ID digits A to E everywhere, not only where\n"
		"                     0 to 9 find fewer meters than seemed to answer\n"
		"      --guard MS     send exactly MS ms after each answer, and learn nothing;\n"
		"                     default: as the bus is set, raised if the converter needs more\n"
		"      --json         one object a line as it happens, \"summary\" last\n"
		"Prints a line for each meter as it is found:\n"
		"  confirmed  answered with a telegram, and to its own full address\n"
		"  several    more than one meter answers there\n"
		"  silent     acknowledges, but does not answer requests\n"
		"  suspect    answers, but never with a telegram that fits\n"
		"Status: 0 all confirmed, 5 none found, 6 several, 7 suspect, 8 silent\n"
		"(the first of 6, 8, 7 that applies), 130 stopped by ^C.\n",
	.run = run_scan);

struct scan {
	bool primary;
	bool has_mask;
	struct meterbus_address mask;
	bool all_digits;
	bool has_guard;
	unsigned long guard_ms;
};

static bool cancelled(void *context)
{
	(void)context;
	return stop_requested();
}

/* Takes over @object; NULL is a failed allocation. */
static void print_event(struct json_object *object)
{
	if (!object)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	print_json(object);
	json_object_put(object);
	fflush(stdout);
}

static void print_found_text(const struct meterbus_found *found)
{
	const uint8_t *b = found->address.bytes;
	uint16_t manufacturer = b[4] | b[5] << 8;
	char text[METERBUS_ADDRESS_TEXT];
	char name[4] = "", version[4] = "", primary[24] = "";

	if (found->address.secondary && manufacturer != 0xFFFF)
		meterbus_manufacturer_name(manufacturer, name);
	if (found->address.secondary && b[6] != 0xFF)
		snprintf(version, sizeof(version), "%02X", b[6]);
	if (found->primary >= 0)
		snprintf(primary, sizeof(primary), "primary %d",
			 found->primary);
	printf("%-16s  %-9s  %-3s %-2s %-14s %s\n",
	       meterbus_address_format(&found->address, text),
	       meterbus_meter_state_name(found->state), name, version,
	       found->address.secondary && b[7] != 0xFF ?
		       meterbus_medium_name(b[7]) :
		       "",
	       primary);
	if (found->why[0])
		printf("  %s\n", found->why);
	fflush(stdout);
}

static void on_found(void *context, const struct meterbus_found *found)
{
	(void)context;
	progress_clear();
	if (globals.json)
		print_event(meterbus_json_found(found));
	else
		print_found_text(found);
}

static void on_finding(void *context, const struct meterbus_finding *finding)
{
	(void)context;
	progress_clear();
	if (globals.json) {
		print_event(meterbus_json_finding(finding));
		return;
	}
	printf("note: %s\n", finding->text);
	fflush(stdout);
}

static void on_progress(void *context, const struct meterbus_progress *progress)
{
	char address[METERBUS_ADDRESS_TEXT];
	char spent[DURATION_TEXT], left[DURATION_TEXT];

	(void)context;
	progress_show("%s  %lu probes, %u found, %s, about %s left",
		      meterbus_address_format(progress->address, address),
		      progress->probes, progress->found,
		      duration_text(spent, progress->seconds),
		      duration_text(left, progress->seconds_left));
}

static void print_summary_text(const struct meterbus_search_result *result)
{
	char spent[DURATION_TEXT];
	const char *separator = "";

	printf("%s", result->cancelled ? "stopped; so far: " : "");
	for (int i = 0; i < METERBUS_METER_STATES; i++) {
		if (i != METERBUS_METER_CONFIRMED && !result->count[i])
			continue;
		printf("%s%u %s", separator, result->count[i],
		       meterbus_meter_state_name(i));
		separator = ", ";
	}
	printf(" (%lu probes, %lu telegrams, %s)\n", result->probes,
	       result->transmissions,
	       duration_text(spent, result->elapsed_ns / NS_PER_MS / 1000));
}

static int scan_status(const struct meterbus_search_result *result)
{
	if (result->cancelled)
		return STATUS_SIGNAL + stop_requested();
	if (result->count[METERBUS_METER_SEVERAL])
		return STATUS_COLLISION;
	if (result->count[METERBUS_METER_SILENT])
		return STATUS_UNREADABLE;
	if (result->count[METERBUS_METER_SUSPECT])
		return STATUS_GARBLED;
	return result->count[METERBUS_METER_CONFIRMED] ? STATUS_OK :
							 STATUS_SILENCE;
}

static int scan_bus(struct scan *scan, struct meterbus_bus *bus)
{
	struct meterbus_search_result result;
	struct meterbus_master master;
	struct meterbus_search search = {
		.master = &master,
		.all_digits = scan->all_digits,
		.found = on_found,
		.progress = on_progress,
	};
	struct meterbus_error err;
	int ret;

	meterbus_master_init(&master, &bus->link);
	master.finding = on_finding;
	master.cancelled = cancelled;
	if (scan->has_guard) {
		/* Zero would mean: as the bus is set. */
		master.guard_us = scan->guard_ms ? scan->guard_ms * 1000 : 1;
		master.guard_fixed = true;
	}
	stop_on_signals();
	if (scan->primary)
		ret = meterbus_search_primary(&search, &result, &err);
	else
		ret = meterbus_search_secondary(&search, &scan->mask, &result,
						&err);
	progress_clear();
	if (globals.json)
		print_event(meterbus_json_summary(&result,
						  ret < 0 ? &err : NULL));
	else
		print_summary_text(&result);
	return ret < 0 ? fail_error(&err) : scan_status(&result);
}

static int parse_mask(struct scan *scan, const char *text)
{
	struct meterbus_error err;

	if (meterbus_address_parse(&scan->mask, text, &err) < 0)
		return fail_error(&err);
	if (!scan->mask.secondary)
		return fail_usage(&scan_command,
				  "'%s' is a primary address, a mask has 8 or 16 digits",
				  text);
	scan->has_mask = true;
	return STATUS_OK;
}

static int parse_kind(struct scan *scan, int argc, char **argv)
{
	if (argc - optind > 1)
		return fail_usage(&scan_command, "one search at a time");
	if (argc > optind && !strcmp(argv[optind], "primary"))
		scan->primary = true;
	else if (argc > optind && (strcmp(argv[optind], "secondary") ||
				   scan->primary))
		return fail_usage(&scan_command,
				  "'%s': write 'primary' or 'secondary'",
				  argv[optind]);
	if (scan->primary && scan->has_mask)
		return fail_usage(&scan_command,
				  "a mask is for the secondary search only");
	return STATUS_OK;
}

static int run_scan(int argc, char **argv)
{
	enum { OPTION_PRIMARY = 2000, OPTION_ALL_DIGITS, OPTION_GUARD };
	static const struct option options[] = {
		COMMON_OPTIONS,
		{ "primary", no_argument, NULL, OPTION_PRIMARY },
		{ "mask", required_argument, NULL, 'm' },
		{ "all-digits", no_argument, NULL, OPTION_ALL_DIGITS },
		{ "guard", required_argument, NULL, OPTION_GUARD },
		{ 0 }
	};
	struct scan scan = { .mask.secondary = true };
	struct meterbus_bus bus;
	int status = STATUS_OK;
	int letter;

	memset(scan.mask.bytes, 0xFF, sizeof(scan.mask.bytes));
	while ((letter = getopt_long(argc, argv, COMMON_LETTERS "m:", options,
				     NULL)) != -1) {
		switch (letter) {
		case OPTION_PRIMARY:
			scan.primary = true;
			break;
		case 'm':
			status = parse_mask(&scan, optarg);
			if (status)
				return status;
			break;
		case OPTION_ALL_DIGITS:
			scan.all_digits = true;
			break;
		case OPTION_GUARD:
			scan.has_guard = true;
			if (!parse_number(optarg, 0, GUARD_MAX_MS,
					  &scan.guard_ms))
				return fail_usage(&scan_command,
						  "--guard %s: write milliseconds, 0 to %d",
						  optarg, GUARD_MAX_MS);
			break;
		default:
			status = common_option(&scan_command, letter);
			if (status >= 0)
				return status;
		}
	}
	status = parse_kind(&scan, argc, argv);
	if (status)
		return status;
	status = open_bus(&bus);
	if (status)
		return status;
	status = scan_bus(&scan, &bus);
	meterbus_bus_close(&bus);
	return status;
}
