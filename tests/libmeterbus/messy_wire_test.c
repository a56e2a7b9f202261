// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wires that do not keep to the standard, each as a scenario of mbus-sim under
 * the driver's own line.c: nobody is invented, nobody is lost in silence, and
 * every search and readout ends, with the cause in words.
 */
#include <stdlib.h>

#include <meterbus/search.h>

#include "sim_wire.h"
#include "kselftest_harness.h"
#include "master/master.h"

#define SCENARIOS MBUS_TOP "/userspace/mbus-sim/scenarios/"
#define SETS 8
#define PRIMARY_LAST 20

enum work { SECONDARY, PRIMARY, READ };

static const struct row {
	const char *name;
	enum work work;
	unsigned int primary;	/* READ */
	const char *scenario;
	const char *set[SETS];
	/* What must be found: all meters but those at these places. */
	unsigned int confirmed;
	unsigned int others;	/* in any other state */
	enum meterbus_finding_kind finding;	/* that must be reported, or 0 */
	const char *error;	/* part of the error it ends with, or NULL */
} rows[] = {
	/* Late answers. */
	{ "meters that answer after 250 ms", SECONDARY, 0, "reference-site",
	  { "meter.delay=250ms" }, 15, 0, METERBUS_FINDING_LATE, NULL },
	{ "one that answers after 300 ms", PRIMARY, 0, "single",
	  { "meter.address=5", "meter.delay=300ms" }, 1, 0,
	  METERBUS_FINDING_LATE, NULL },
	{ "one that answers after 500 ms", PRIMARY, 0, "single",
	  { "meter.address=5", "meter.delay=500ms" }, 1, 0,
	  METERBUS_FINDING_LATE, NULL },
	{ "one that answers after 700 ms", PRIMARY, 0, "single",
	  { "meter.address=5", "meter.delay=700ms" }, 1, 0,
	  METERBUS_FINDING_LATE, NULL },
	{ "one that answers after 900 ms", PRIMARY, 0, "single",
	  { "meter.address=5", "meter.delay=900ms" }, 1, 0,
	  METERBUS_FINDING_LATE, NULL },
	{ "a readout of one that answers after 300 ms", READ, 5, "single",
	  { "meter.address=5", "meter.delay=300ms" }, 1, 0, 0, NULL },
	{ "five that answer after 250 to 1500 ms", PRIMARY, 0, "late-answers",
	  { NULL }, 5, 0, METERBUS_FINDING_LATE, NULL },

	/* Bytes around answers. */
	{ "00 before, FF after", SECONDARY, 0, "glitches", { NULL }, 3, 0, 0,
	  NULL },
	{ "00 before, FF after, by primary address", PRIMARY, 0, "glitches",
	  { NULL }, 3, 0, 0, NULL },
	{ "00 before, FF after, a readout", READ, 1, "glitches", { NULL }, 1,
	  0, 0, NULL },
	{ "FF before, 00 after", SECONDARY, 0, "glitches",
	  { "converter.before-answer=FF", "converter.after-answer=00" }, 3, 0,
	  0, NULL },
	{ "three F0 before", SECONDARY, 0, "glitches",
	  { "converter.before-answer=F0F0F0" }, 3, 0, 0, NULL },
	{ "00 before, fifteen meters", SECONDARY, 0, "reference-site",
	  { "converter.before-answer=00" }, 15, 0, 0, NULL },
	{ "FE after, fifteen meters", SECONDARY, 0, "reference-site",
	  { "converter.after-answer=FE" }, 15, 0, 0, NULL },

	/* Echoes. */
	{ "an echo without its first byte", SECONDARY, 0, "echo-faults",
	  { NULL }, 3, 0, 0, NULL },
	{ "an echo without its first three bytes", PRIMARY, 0, "echo-faults",
	  { "converter.echo-skip=3" }, 3, 0, 0, NULL },
	{ "an echo with a bit wrong", SECONDARY, 0, "reference-site",
	  { "converter.echo=yes", "converter.echo-flip=2" }, 15, 0, 0, NULL },
	{ "only the end of an echo", SECONDARY, 0, "reference-site",
	  { "converter.echo=yes", "converter.echo-last=2" }, 15, 0, 0, NULL },
	{ "only the beginning of an echo", SECONDARY, 0, "reference-site",
	  { "converter.echo=yes", "converter.echo-first=3" }, 15, 0, 0, NULL },
	{ "a late echo", SECONDARY, 0, "reference-site",
	  { "converter.echo=yes", "converter.echo-delay=8ms" }, 15, 0, 0,
	  NULL },
	{ "00 behind our own telegram", SECONDARY, 0, "reference-site",
	  { "converter.after-request=00" }, 15, 0, 0, NULL },
	{ "FF behind our own telegram", PRIMARY, 0, "glitches",
	  { "converter.after-request=FF" }, 3, 0, 0, NULL },

	/* More than was asked for. */
	{ "E5 twice, E5 first, telegram twice", SECONDARY, 0,
	  "repeated-answers", { NULL }, 3, 0, 0, NULL },
	{ "the same by primary address", PRIMARY, 0, "repeated-answers",
	  { NULL }, 3, 0, 0, NULL },
	{ "a readout of E5 twice", READ, 1, "repeated-answers", { NULL }, 1, 0,
	  0, NULL },
	{ "a readout of E5 before the telegram", READ, 2, "repeated-answers",
	  { NULL }, 1, 0, 0, NULL },
	{ "a readout of the telegram twice", READ, 3, "repeated-answers",
	  { NULL }, 1, 0, 0, NULL },

	/* What one meter hides of another. */
	{ "one that acknowledges and never answers, beside another", SECONDARY,
	  0, "repeated-answers",
	  { "meter twice-e5.acks=1", "meter twice-e5.silent=yes", "meter twice-e5.delay=60ms",
	    "meter e5-first.ack-first=no", "converter.collision-current=0", "meter telegram-twice.copies=1" },
	  2, 1, 0, NULL },
	{ "one that is late, beside those that are not", SECONDARY, 0,
	  "repeated-answers",
	  { "meter twice-e5.acks=1", "meter twice-e5.delay=700ms", "meter e5-first.ack-first=no", "converter.collision-current=0",
	    "meter telegram-twice.copies=1" },
	  3, 0, 0, NULL },

	/* Bytes all the time. */
	{ "FF every 10 ms", SECONDARY, 0, "stream", { NULL }, 0, 0,
	  METERBUS_FINDING_BABBLE, "something sends FF all the time" },
	{ "FF every 4.6 ms", SECONDARY, 0, "stream",
	  { "noise.stream-every=4600us" }, 0, 0, METERBUS_FINDING_BABBLE,
	  "something sends FF all the time, 217 bytes/s" },
	{ "00 every 100 ms", SECONDARY, 0, "stream",
	  { "noise.stream=00", "noise.stream-every=100ms" }, 0, 0,
	  METERBUS_FINDING_BABBLE, "something sends 00 all the time" },
	{ "E5 every 150 ms", SECONDARY, 0, "stream",
	  { "noise.stream=E5", "noise.stream-every=150ms" }, 0, 0,
	  METERBUS_FINDING_BABBLE, "something sends E5 all the time" },
	{ "68 every 50 ms", SECONDARY, 0, "stream",
	  { "noise.stream=68", "noise.stream-every=50ms" }, 0, 0,
	  METERBUS_FINDING_BABBLE, "something sends 68 all the time" },

	/* Meters that sleep, are deaf, or have the bus taken from them. */
	{ "a sleeper woken by any telegram", READ, 1, "sleepers", { NULL }, 1,
	  0, 0, NULL },
	{ "a sleeper woken by its own telegram", READ, 3, "sleepers", { NULL },
	  1, 0, 0, NULL },
	{ "one sleeper, and nobody else", PRIMARY, 0, "single",
	  { "meter.address=5", "meter.sleep=5s", "meter.wakes-on=own" }, 1, 0,
	  0, NULL },
	{ "sleepers by secondary address", SECONDARY, 0, "sleepers", { NULL },
	  3, 0, 0, NULL },
	{ "one that hears each fourth telegram", READ, 2, "every-nth",
	  { NULL }, 1, 0, 0, NULL },
	{ "deaf for 20 s after SND_NKE", READ, 1, "deaf-after-reset",
	  { NULL }, 1, 0, METERBUS_FINDING_DEAF, NULL },
	{ "deaf for 40 s after SND_NKE", READ, 2, "deaf-after-reset",
	  { NULL }, 1, 0, METERBUS_FINDING_DEAF, NULL },
	{ "deaf ones by primary address", PRIMARY, 0, "deaf-after-reset",
	  { NULL }, 3, 0, METERBUS_FINDING_DEAF, NULL },
	{ "another master has the bus for 3 s", READ, 2, "other-master",
	  { "other-master.first=500ms" }, 1, 0, 0, NULL },

	/* Faults of one meter. */
	{ "six meters with faulty telegrams", SECONDARY, 0,
	  "faulty-telegrams", { NULL }, 1, 6, 0, NULL },
	{ "the same by primary address", PRIMARY, 0, "faulty-telegrams",
	  { NULL }, 1, 6, 0, NULL },
	{ "a readout with a wrong checksum", READ, 1, "faulty-telegrams",
	  { NULL }, 0, 0, 0, "faulty, always the same way" },
	{ "a readout with a wrong stop byte", READ, 5, "faulty-telegrams",
	  { NULL }, 0, 0, 0, "faulty, always the same way" },

	/* The host. */
	{ "a host that stalls", SECONDARY, 0, "stalling-host", { NULL }, 3, 0,
	  0, NULL },
	{ "a host that stalls, fifteen meters", SECONDARY, 0,
	  "reference-site",
	  { "tty.stall=300ms", "tty.stall-every=2s", "tty.late=5ms" }, 15, 0,
	  0, NULL },
};

FIXTURE(wire)
{
	struct sim_wire *sim;
	struct meterbus_readout *readout;
};

FIXTURE_SETUP(wire)
{
	self->sim = calloc(1, sizeof(*self->sim));
	self->readout = calloc(1, sizeof(*self->readout));
	ASSERT_NE(NULL, self->sim);
	ASSERT_NE(NULL, self->readout);
}

FIXTURE_TEARDOWN(wire)
{
	free(self->sim);
	free(self->readout);
}

struct log {
	const struct scenario *scenario;
	unsigned int confirmed, others, strangers;
	unsigned int findings[64];
};

static bool is_meter(const struct scenario *scenario,
		     const struct meterbus_address *address)
{
	for (size_t i = 0; i < scenario->nr_meters; i++)
		if (!memcmp(&scenario->meters[i].identity, address->bytes, 8))
			return true;
	return false;
}

static void on_found(void *context, const struct meterbus_found *found)
{
	struct log *log = context;

	if (found->state != METERBUS_METER_CONFIRMED)
		log->others++;
	else if (found->address.secondary &&
		 !is_meter(log->scenario, &found->address))
		log->strangers++;
	else
		log->confirmed++;
}

static void on_finding(void *context, const struct meterbus_finding *finding)
{
	((struct log *)context)->findings[finding->kind]++;
}

static int run(FIXTURE_DATA(wire) *self, const struct row *row,
	       struct log *log, struct meterbus_error *err)
{
	struct meterbus_address address = { .secondary = row->work == SECONDARY,
					    .primary = row->primary };
	uint8_t primaries[METERBUS_PRIMARY_SET] = { 0 };
	struct meterbus_search_result result;
	struct meterbus_master master;
	struct meterbus_search search = {
		.master = &master,
		.found = on_found,
		.context = log,
	};
	int ret;

	meterbus_master_init(&master, &self->sim->link);
	master.finding = on_finding;
	master.context = log;
	self->sim->now = 1000000000;
	if (row->work == READ) {
		ret = meterbus_read(&master, &address, self->readout, err);
		if (!ret && self->readout->identified)
			log->confirmed += is_meter(log->scenario,
						   &self->readout->meter);
		return ret;
	}
	if (row->work == SECONDARY) {
		memset(address.bytes, 0xFF, sizeof(address.bytes));
		return meterbus_search_secondary(&search, &address, &result,
						 err);
	}
	for (unsigned int a = 0; a <= PRIMARY_LAST; a++)
		primaries[a / 8] |= 1 << a % 8;
	search.primaries = primaries;
	return meterbus_search_primary(&search, &result, err);
}

TEST_F_TIMEOUT(wire, each_is_read_or_named, 120)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct meterbus_error err = { 0 };
		struct log log = { .scenario = &self->sim->scenario };
		char file[256];
		int ret;

		snprintf(file, sizeof(file), SCENARIOS "%s.ini", row->scenario);
		ASSERT_TRUE(sim_open(self->sim, file, row->set));
		ret = run(self, row, &log, &err);
		EXPECT_EQ(row->error ? -1 : 0, ret)
			TH_LOG("%s: %s", row->name, err.text);
		if (row->error) {
			EXPECT_NE(NULL, strstr(err.text, row->error))
				TH_LOG("%s: %s", row->name, err.text);
		}
		EXPECT_EQ(row->confirmed, log.confirmed)
			TH_LOG("%s", row->name);
		EXPECT_EQ(row->others, log.others) TH_LOG("%s", row->name);
		EXPECT_EQ(0, log.strangers) TH_LOG("%s", row->name);
		if (row->finding) {
			EXPECT_LT(0, log.findings[row->finding])
				TH_LOG("%s: %s is missing", row->name,
				       meterbus_finding_name(row->finding));
		}
		sim_close(self->sim);
	}
}

TEST_HARNESS_MAIN
