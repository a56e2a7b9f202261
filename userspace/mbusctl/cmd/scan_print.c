// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints the results of a search as text, JSON or configuration.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include <meterbus/decode.h>
#include <meterbus/json.h>

#include "ui/command.h"
#include "ui/progress.h"
#include "wire/section.h"
#include "cmd/scan.h"

#define NS_PER_MS	1000000ULL
#define US_PER_MS	1000
#define US_PER_S	1000000

/* Prefix of lines that are not configuration: "; " with --config. */
static const char *comment = "";

/* Also in text; JSON always has it. */
static bool with_evidence;

void scan_print_with_evidence(void)
{
	with_evidence = true;
}

/* Prints and frees @object; NULL: allocation failed. */
static void print_event(struct json_object *object)
{
	if (!object)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	print_json(object);
	json_object_put(object);
	fflush(stdout);
}

static void print_hex(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		printf("%02X", bytes[i]);
}

/* "    3.202 s  680B...B416  ack, after 25.8 ms: E5" */
static void print_try(const struct meterbus_try *one)
{
	printf("%s  %7llu.%03llu s  ", comment,
	       (unsigned long long)one->at_us / US_PER_S,
	       (unsigned long long)one->at_us / US_PER_MS % 1000);
	print_hex(one->request, one->request_len);
	printf("  %s", meterbus_outcome_name(one->outcome));
	if (one->reason)
		printf(" (%s)", meterbus_reason_name(one->reason));
	if (one->tries > 1)
		printf(", sent %u times", one->tries);
	if (one->answer_len) {
		printf(", after %u.%u ms: ", one->delay_us / US_PER_MS,
		       one->delay_us / 100 % 10);
		print_hex(one->answer, one->answer_len);
	}
	printf("\n");
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
	printf("%s%-16s  %-9s  %-3s %-2s %-14s %s%s\n", comment,
	       meterbus_address_format(&found->address, text),
	       meterbus_meter_state_name(found->state), name, version,
	       found->address.secondary && b[7] != 0xFF ?
		       meterbus_medium_name(b[7]) :
		       "",
	       primary, rate);
	if (found->why[0])
		printf("%s  %s\n", comment, found->why);
	for (size_t i = 0; with_evidence && i < found->try_count; i++)
		print_try(&found->tries[i]);
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
	printf("%snote: %s\n", comment, finding->text);
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

	printf("%s%s", comment, result->cancelled ? "stopped; so far: " : "");
	for (int i = 0; i < METERBUS_METER_STATES; i++) {
		if (i != METERBUS_METER_CONFIRMED && !result->count[i])
			continue;
		printf("%s%u %s", separator, result->count[i],
		       meterbus_meter_state_name(i));
		separator = ", ";
	}
	if (result->missing)
		printf(", %u missing", result->missing);
	if (result->strays)
		printf(", %u answers unexplained", result->strays);
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

void scan_print_as_config(void)
{
	comment = "; ";
}

/* The rate at which most meters answered: mbusd reads a bus at one rate. */
static uint32_t rate_of_most(const struct scan_state *state, uint32_t own)
{
	uint32_t most = own;
	size_t best = 0;

	for (size_t i = 0; i < state->baud_count; i++) {
		size_t count = 0;

		for (size_t j = 0; j < state->find_count; j++)
			count += state->finds[j]->found.state ==
					 METERBUS_METER_CONFIRMED &&
				 state->finds[j]->found.baud == state->bauds[i];
		if (count > best) {
			best = count;
			most = state->bauds[i];
		}
	}
	return most;
}

/* The meters that answer at @baud, 0 for any; of the others a comment. */
static void print_meters(const struct scan_state *state, const char *bus,
			 uint32_t baud)
{
	const struct meterbus_found **found;
	char text[METERBUS_ADDRESS_TEXT];
	size_t count = 0;

	found = calloc(state->find_count + 1, sizeof(const void *));
	if (!found)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	for (size_t i = 0; i < state->find_count; i++) {
		const struct meterbus_found *one = &state->finds[i]->found;

		if (one->state != METERBUS_METER_CONFIRMED)
			continue;
		if (!baud || !one->baud || one->baud == baud)
			found[count++] = one;
		else
			printf("; %s answers at %u Bd only; set it to the rate of the bus, %u Bd,\n"
			       "; with: mbusctl set-baud, and search again\n",
			       meterbus_address_format(&one->address, text),
			       one->baud, baud);
	}
	section_print_meters(stdout, bus, found, count, state->primary);
	free(found);
}

void scan_print_config(const struct scan_state *state,
		       const struct meterbus_status *status, const char *bus)
{
	uint32_t baud;
	char name[24];

	if (!status) {
		print_meters(state, bus, 0);
		return;
	}
	baud = rate_of_most(state, status->info.baud);
	snprintf(name, sizeof(name), "bus%u", status->info.bus);
	printf("\n[mbusd]\nschedule = %s\n", SECTION_SCHEDULE);
	section_print_bus(stdout, name, status, baud);
	print_meters(state, name, baud);
}
