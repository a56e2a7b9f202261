// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a search finds, for people and for programs.
 */
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include <meterbus/decode.h>
#include <meterbus/json.h>

#include "command.h"
#include "progress.h"
#include "scan.h"

#define NS_PER_MS	1000000ULL

/* Takes over @object; NULL is a failed allocation. */
static void print_event(struct json_object *object)
{
	if (!object)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	print_json(object);
	json_object_put(object);
	fflush(stdout);
}

static void print_found_text(const struct meterbus_found *found, bool baud)
{
	const uint8_t *b = found->address.bytes;
	uint16_t manufacturer = b[4] | b[5] << 8;
	char text[METERBUS_ADDRESS_TEXT];
	char name[4] = "", version[4] = "", primary[24] = "", rate[24] = "";

	if (found->address.secondary && manufacturer != 0xFFFF)
		meterbus_manufacturer_name(manufacturer, name);
	if (found->address.secondary && b[6] != 0xFF)
		snprintf(version, sizeof(version), "%02X", b[6]);
	if (found->primary >= 0)
		snprintf(primary, sizeof(primary), "primary %d",
			 found->primary);
	if (baud && found->baud)
		snprintf(rate, sizeof(rate), "%s%u Bd",
			 primary[0] ? ", " : "", found->baud);
	printf("%-16s  %-9s  %-3s %-2s %-14s %s%s\n",
	       meterbus_address_format(&found->address, text),
	       meterbus_meter_state_name(found->state), name, version,
	       found->address.secondary && b[7] != 0xFF ?
		       meterbus_medium_name(b[7]) :
		       "",
	       primary, rate);
	if (found->why[0])
		printf("  %s\n", found->why);
	fflush(stdout);
}

void scan_print_found(const struct meterbus_found *found, bool baud)
{
	progress_clear();
	if (globals.json)
		print_event(meterbus_json_found(found));
	else
		print_found_text(found, baud);
}

void scan_print_finding(const struct meterbus_finding *finding)
{
	progress_clear();
	if (globals.json) {
		print_event(meterbus_json_finding(finding));
		return;
	}
	printf("note: %s\n", finding->text);
	fflush(stdout);
}

void scan_print_progress(const struct meterbus_progress *progress,
			 uint32_t baud)
{
	char address[METERBUS_ADDRESS_TEXT];
	char spent[DURATION_TEXT], left[DURATION_TEXT];

	progress_show("%s at %u Bd: %lu probes, %u found, %s, about %s left",
		      meterbus_address_format(progress->address, address), baud,
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
	if (result->missing)
		printf(", %u missing", result->missing);
	printf(" (%lu probes, %lu telegrams, %s)\n", result->probes,
	       result->transmissions,
	       duration_text(spent, result->elapsed_ns / NS_PER_MS / 1000));
}

void scan_print_summary(const struct meterbus_search_result *result,
			const struct meterbus_error *err)
{
	progress_clear();
	if (globals.json)
		print_event(meterbus_json_summary(result, err));
	else
		print_summary_text(result);
}
