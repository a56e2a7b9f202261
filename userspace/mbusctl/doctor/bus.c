// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Converter and wire, judged by the counters of the driver.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <meterbus/bus.h>
#include <meterbus/settings.h>

#include "doctor/finding.h"

#define BUSES_MAX 256		/* the driver has no more */

/* Shares of all exchanges, or bytes, above which they are reported. */
#define PART_COLLISIONS 20	/* one in 20 */
#define PART_GARBLED 50
#define PART_LATE 50
#define PART_BAD_BYTES 1000
#define PART_UNASKED 100

struct counters {
	struct findings *findings;
	const struct meterbus_info *info;
	char bus[16];
	uint64_t exchanges;
	uint64_t answered;
};

static bool is_part(uint64_t count, uint64_t all, unsigned int part)
{
	return count && count * part > all;
}

static void check_tty(const struct counters *c)
{
	const struct meterbus_info *info = c->info;

	if (!(info->format & METERBUS_TTY_FORMAT_8E1) &&
	    strncmp(info->tty, "pts/", 4)) {
		finding_add(c->findings, FINDING_WARNING, "no-parity", c->bus,
			    "the driver of %s does not support even parity: only checksums detect damaged bytes, and some meters do not answer",
			    info->tty);
		finding_remedy(c->findings, "use an adapter whose driver supports 8E1");
	}
	if (info->baud_refused) {
		finding_add(c->findings, FINDING_WARNING, "baud-refused", c->bus,
			    "%s does not support %" PRIu32 " baud", info->tty,
			    info->baud_refused);
		finding_remedy(c->findings,
			       "use another adapter, or set the meters to a rate that it supports: mbusctl set-baud");
	}
	if (info->state == METERBUS_STATE_NO_LINK) {
		finding_add(c->findings, FINDING_FAULT, "gateway-away", c->bus,
			    "its gateway is not connected");
		finding_remedy(c->findings,
			       "check its power and network connection: ping HOST; if it accepts only one client, it may be in use");
	}
}

static void check_wire(const struct counters *c)
{
	const struct meterbus_info *info = c->info;

	if (info->babble) {
		finding_add(c->findings, FINDING_FAULT, "babble", c->bus,
			    "something sends %02X all the time, %" PRIu32 " bytes a second, also without a request",
			    info->babble_byte, info->babble);
		finding_remedy(c->findings,
			       "disconnect branches one by one until it stops, then the meters of that branch");
	} else if (is_part(info->unasked, info->bytes_received, PART_UNASKED)) {
		finding_add(c->findings, FINDING_WARNING, "unasked", c->bus,
			    "%" PRIu64 " of %" PRIu64 " received bytes were not part of an answer",
			    info->unasked, info->bytes_received);
		finding_remedy(c->findings,
			       "look for a second master on the wire, such as a heating control, and for interference");
	}
	if (info->echo_learnt == METERBUS_ECHO_FAULTY) {
		finding_add(c->findings, FINDING_WARNING, "echo-faulty", c->bus,
			    "the echo of the converter differs from what was sent");
		finding_remedy(c->findings,
			       "look for a second master, a short circuit or too many meters for the converter");
	}
}

/* Reports a problem that prevents all readouts. True if there is one. */
static bool check_nothing_read(const struct counters *c)
{
	const struct meterbus_info *info = c->info;
	const uint64_t *outcomes = info->outcomes;

	if (!info->bytes_received) {
		finding_add(c->findings, FINDING_FAULT, "nothing-heard", c->bus,
			    "%" PRIu64 " requests, and not one byte was received",
			    c->exchanges);
		finding_remedy(c->findings,
			       "check the supply of the converter and the wires; an idle bus has 21 to 42 V at a meter; check that the bus is on this port: mbusctl ports; try other rates: mbusctl scan --baud 300,2400,9600");
		return true;
	}
	if (!c->answered && outcomes[METERBUS_OUTCOME_ECHO_ONLY] &&
	    !outcomes[METERBUS_OUTCOME_COLLISION] &&
	    !outcomes[METERBUS_OUTCOME_GARBLED]) {
		finding_add(c->findings, FINDING_FAULT, "echo-only", c->bus,
			    "the converter echoes, and no meter answers");
		finding_remedy(c->findings,
			       "check the wires from the converter to the meters, and the rate: mbusctl scan --baud 300,2400,9600");
		return true;
	}
	if (!c->answered) {
		finding_add(c->findings, FINDING_FAULT, "nothing-valid", c->bus,
			    "%" PRIu64 " bytes received, and no valid telegram among them",
			    info->bytes_received);
		finding_remedy(c->findings,
			       "try other rates: mbusctl scan --baud 300,2400,9600; look for a second master; 'mbusctl monitor' shows the bytes");
		return true;
	}
	if (!outcomes[METERBUS_OUTCOME_FRAME] &&
	    outcomes[METERBUS_OUTCOME_SILENCE]) {
		finding_add(c->findings, FINDING_FAULT, "ack-then-silence", c->bus,
			    "meters acknowledge, and no request for data is answered: the requests may be sent before the converter has turned the line round");
		finding_remedy(c->findings,
			       "measure its turnaround and set the guard: sudo mbusctl tune ADDRESS --set");
		return true;
	}
	return false;
}

static void check_quality(const struct counters *c)
{
	const struct meterbus_info *info = c->info;
	uint64_t collisions = info->outcomes[METERBUS_OUTCOME_COLLISION];
	uint64_t garbled = info->outcomes[METERBUS_OUTCOME_GARBLED];
	uint64_t bad = info->errors[METERBUS_ERROR_PARITY] +
		       info->errors[METERBUS_ERROR_FRAMING];

	if (is_part(collisions, c->exchanges, PART_COLLISIONS)) {
		finding_add(c->findings, FINDING_NOTE, "collisions", c->bus,
			    "several meters answered at once in %" PRIu64 " of %" PRIu64 " exchanges, which is normal in a search",
			    collisions, c->exchanges);
		finding_remedy(c->findings,
			       "outside a search: read by secondary address, or give each meter a primary address of its own: mbusctl set-address");
	}
	if (is_part(garbled, c->exchanges, PART_GARBLED)) {
		finding_add(c->findings, FINDING_WARNING, "garbled", c->bus,
			    "%" PRIu64 " of %" PRIu64 " answers were damaged",
			    garbled, c->exchanges);
		finding_remedy(c->findings,
			       "check connections, length and load of the wire; keep it away from motors and inverters");
	}
	if (is_part(bad, info->bytes_received, PART_BAD_BYTES)) {
		finding_add(c->findings, FINDING_WARNING, "line-errors", c->bus,
			    "%" PRIu64 " of %" PRIu64 " bytes were received with a parity or framing error",
			    bad, info->bytes_received);
		finding_remedy(c->findings,
			       "check the wires; if all bytes have errors, check the baud rate and the parity of the meters");
	}
	if (info->errors[METERBUS_ERROR_OVERRUN]) {
		finding_add(c->findings, FINDING_WARNING, "overruns", c->bus,
			    "the adapter lost bytes %" PRIu64 " times, because they were not read in time",
			    info->errors[METERBUS_ERROR_OVERRUN]);
		finding_remedy(c->findings,
			       "plug it in directly instead of through a hub; check whether the machine is overloaded");
	}
	if (is_part(info->late, c->exchanges, PART_LATE)) {
		finding_add(c->findings, FINDING_WARNING, "late", c->bus,
			    "%" PRIu64 " answers came after the response window", info->late);
		finding_remedy(c->findings,
			       "find the slow meter: mbusctl tune ADDRESS; set a window for this meter only by quirks, see mbusd.conf(5)");
	}
	if (info->records_lost)
		finding_add(c->findings, FINDING_NOTE, "records-lost", c->bus,
			    "programs that read too slowly missed %" PRIu64 " records",
			    info->records_lost);
}

void doctor_counters(struct findings *findings,
		     const struct meterbus_status *status)
{
	const struct meterbus_info *info = &status->info;
	struct counters c = { .findings = findings, .info = info };
	size_t before;

	snprintf(c.bus, sizeof(c.bus), "mbus%" PRIu32, info->bus);
	for (unsigned int i = 1; i < METERBUS_OUTCOME_COUNT; i++)
		c.exchanges += info->outcomes[i];
	c.answered = info->outcomes[METERBUS_OUTCOME_ACK] +
		     info->outcomes[METERBUS_OUTCOME_FRAME];
	before = findings->count;
	check_tty(&c);
	check_wire(&c);
	if (!c.exchanges) {
		finding_add(findings, FINDING_NOTE, "unused", c.bus,
			    "no request was sent since %s was attached", info->tty);
		finding_remedy(findings, "search for meters: mbusctl -b %s scan",
			       c.bus);
		return;
	}
	if (!check_nothing_read(&c))
		check_quality(&c);
	if (findings->count == before)
		finding_add(findings, FINDING_OK, "bus", c.bus,
			    "%" PRIu64 " of %" PRIu64 " exchanges on %s were answered",
			    c.answered, c.exchanges, info->tty);
}

void doctor_buses(struct findings *findings)
{
	static struct meterbus_status statuses[BUSES_MAX];
	int count = meterbus_status_all(statuses, BUSES_MAX, NULL);

	if (count <= 0) {
		finding_add(findings, FINDING_NOTE, "no-bus", "",
			    "no bus is attached");
		finding_remedy(findings,
			       "sudo mbusctl setup, or: sudo mbusctl attach --background TTY");
		return;
	}
	for (int i = 0; i < count; i++)
		doctor_counters(findings, &statuses[i]);
}
