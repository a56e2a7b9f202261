// SPDX-License-Identifier: GPL-2.0-only
/*
 * Searches of the scenarios that come with mbus-sim: each finds whom it has to,
 * once, whatever the wire makes of the telegrams.
 */
#include <stdlib.h>

#include <meterbus/search.h>

#include "sim_wire.h"
#include "kselftest_harness.h"
#include "master/master.h"

#define SCENARIOS MBUS_TOP "/userspace/mbus-sim/scenarios/"
#define FOUND_MAX 300

struct log {
	unsigned int count;
	unsigned int findings[32];
	struct {
		enum meterbus_meter_state state;
		char address[METERBUS_ADDRESS_TEXT];
	} found[FOUND_MAX];
};

static void on_found(void *context, const struct meterbus_found *found)
{
	struct log *log = context;

	if (log->count == FOUND_MAX)
		return;
	log->found[log->count].state = found->state;
	meterbus_address_format(&found->address,
				log->found[log->count++].address);
}

static void on_finding(void *context, const struct meterbus_finding *finding)
{
	((struct log *)context)->findings[finding->kind]++;
}

FIXTURE(scenario) {
	struct sim_wire *sim;
	struct log *log;
	struct meterbus_search_result result;
};

FIXTURE_SETUP(scenario)
{
	self->sim = calloc(1, sizeof(*self->sim));
	self->log = calloc(1, sizeof(*self->log));
	ASSERT_NE(NULL, self->sim);
	ASSERT_NE(NULL, self->log);
}

FIXTURE_TEARDOWN(scenario)
{
	sim_close(self->sim);
	free(self->sim);
	free(self->log);
}

static int search(FIXTURE_DATA(scenario) *self, const char *file,
		  const char *const *overrides, bool all_digits)
{
	struct meterbus_address mask = { .secondary = true };
	struct meterbus_master master;
	struct meterbus_search search = {
		.master = &master,
		.all_digits = all_digits,
		.found = on_found,
		.context = self->log,
	};
	struct meterbus_error err;

	if (!sim_open(self->sim, file, overrides))
		return -2;
	memset(mask.bytes, 0xFF, sizeof(mask.bytes));
	meterbus_master_init(&master, &self->sim->link);
	master.finding = on_finding;
	master.context = self->log;
	return meterbus_search_secondary(&search, &mask, &self->result, &err);
}

static unsigned int times_confirmed(const struct log *log, const char *address)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < log->count; i++)
		count += log->found[i].state == METERBUS_METER_CONFIRMED &&
			 !strcmp(log->found[i].address, address);
	return count;
}

/* Every meter of the scenario once, as what it is, and nothing else. */
static unsigned int wrongs(const FIXTURE_DATA(scenario) *self)
{
	const struct scenario *scenario = &self->sim->scenario;
	unsigned int wrong = self->log->count != scenario->nr_meters;

	for (size_t i = 0; i < scenario->nr_meters; i++) {
		struct meterbus_address address = { .secondary = true };
		char text[METERBUS_ADDRESS_TEXT];

		memcpy(address.bytes, &scenario->meters[i].identity, 8);
		meterbus_address_format(&address, text);
		wrong += times_confirmed(self->log, text) != 1;
	}
	return wrong;
}

/* None of them was asked for its data twice: battery meters count that. */
static unsigned int read_twice(const FIXTURE_DATA(scenario) *self)
{
	const struct scenario *scenario = &self->sim->scenario;
	unsigned int twice = 0;

	for (size_t i = 0; i < scenario->nr_meters; i++)
		twice += scenario->meters[i].readouts > 1;
	return twice;
}

TEST_F(scenario, reference_site)
{
	EXPECT_EQ(0, search(self, SCENARIOS "reference-site.ini", NULL, false));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(0, read_twice(self));
}

TEST_F(scenario, reference_site_by_every_converter_through_every_noise)
{
	static const char *const turnarounds[] = { "converter.turnaround=0",
						   "converter.turnaround=37ms",
						   "converter.turnaround=50ms" };
	static const char *const echoes[] = { "converter.echo=no",
					      "converter.echo=yes" };
	static const char *const noises[] = { "noise.flip=0", "noise.flip=200",
					      "noise.drop=700", "noise.nul=13",
					      "noise.idle=2s" };

	for (unsigned int i = 0; i < 3 * 2 * 5; i++) {
		const char *const overrides[] = { turnarounds[i % 3],
						  echoes[i / 3 % 2],
						  noises[i / 6], NULL };

		EXPECT_EQ(0, search(self, SCENARIOS "reference-site.ini",
				    overrides, false));
		EXPECT_EQ(0, wrongs(self))
			TH_LOG("%s %s %s", overrides[0], overrides[1],
			       overrides[2]);
		EXPECT_EQ(15, self->result.count[METERBUS_METER_CONFIRMED]);
		sim_close(self->sim);
		memset(self->sim, 0, sizeof(*self->sim));
		memset(self->log, 0, sizeof(*self->log));
	}
}

/* Noise in the place of an answer, where nobody is, makes no meters of it. */
TEST_F(scenario, reference_site_with_noise_during_silence)
{
	static const char *const noises[] = { "noise.idle=700ms",
					      "noise.idle=500ms",
					      "noise.idle=300ms" };

	for (unsigned int seed = 100; seed < 124; seed++) {
		const char *overrides[3] = { noises[seed % 3] };
		char text[32];

		snprintf(text, sizeof(text), "scenario.seed=%u", seed);
		overrides[1] = text;
		/* It may end as what it is: something sends all the time. */
		EXPECT_EQ(search(self, SCENARIOS "reference-site.ini",
				 overrides, false) < 0,
			  self->log->findings[METERBUS_FINDING_BABBLE] > 0);
		EXPECT_EQ(0, wrongs(self))
			TH_LOG("%s %s", overrides[0], text);
		/* 41 to 56 where noise does not look like a collision. */
		EXPECT_GT(400, self->result.probes);
		sim_close(self->sim);
		memset(self->sim, 0, sizeof(*self->sim));
		memset(self->log, 0, sizeof(*self->log));
	}
}

TEST_F(scenario, reference_site_two)
{
	EXPECT_EQ(0,
		  search(self, SCENARIOS "reference-site-2.ini", NULL, false));
	EXPECT_EQ(0, wrongs(self));
	/* Those whose E5 came beside the converter's signal, as a check. */
	EXPECT_GE(5, read_twice(self));
}

TEST_F(scenario, overlapping_acks)
{
	EXPECT_EQ(0,
		  search(self, SCENARIOS "overlapping-acks.ini", NULL, false));
	EXPECT_EQ(0, wrongs(self));
}

TEST_F(scenario, phantom)
{
	EXPECT_EQ(0, search(self, SCENARIOS "phantom.ini", NULL, false));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_LT(0, self->log->findings[METERBUS_FINDING_PHANTOM]);
}

TEST_F(scenario, equal_ids)
{
	EXPECT_EQ(0, search(self, SCENARIOS "equal-ids.ini", NULL, false));
	EXPECT_EQ(10, self->log->count);
	EXPECT_EQ(10, self->result.count[METERBUS_METER_CONFIRMED]);
	EXPECT_EQ(1, times_confirmed(self->log, "1111000024232804"));
	EXPECT_EQ(1, times_confirmed(self->log, "1111000024402804"));
	EXPECT_EQ(1, times_confirmed(self->log, "2222000024232804"));
	EXPECT_EQ(1, times_confirmed(self->log, "2222000024232F04"));
	EXPECT_EQ(1, times_confirmed(self->log, "3333000024232804"));
	EXPECT_EQ(1, times_confirmed(self->log, "333300002423280A"));
	EXPECT_EQ(1, times_confirmed(self->log, "4444000024232804.00001234"));
	EXPECT_EQ(1, times_confirmed(self->log, "4444000024232804.00001239"));
	EXPECT_EQ(1, times_confirmed(self->log, "4444000024232804.7FFFFFFF"));
	EXPECT_EQ(1, times_confirmed(self->log, "5555000024232804"));
	EXPECT_EQ(0, read_twice(self));
}

TEST_F(scenario, hex_ids)
{
	EXPECT_EQ(0, search(self, SCENARIOS "hex-ids.ini", NULL, true));
	EXPECT_EQ(0, wrongs(self));
}

TEST_F(scenario, weak_converter)
{
	EXPECT_EQ(0, search(self, SCENARIOS "weak-converter.ini", NULL, false));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(0, read_twice(self));
}

TEST_F(scenario, late_meter)
{
	EXPECT_EQ(0, search(self, SCENARIOS "late.ini", NULL, false));
	EXPECT_EQ(0, wrongs(self));
}

TEST_F(scenario, frame_count)
{
	EXPECT_EQ(0, search(self, SCENARIOS "frame-count.ini", NULL, false));
	EXPECT_EQ(0, wrongs(self));
}

/* By their IDs, as some show no more before they are prepared. */
TEST_F(scenario, quirks)
{
	EXPECT_EQ(0, search(self, SCENARIOS "quirks.ini", NULL, false));
	EXPECT_EQ(10, self->log->count);
	EXPECT_EQ(8, self->result.count[METERBUS_METER_CONFIRMED]);
	/* One never has data, one has been read too often. */
	EXPECT_EQ(2, self->result.count[METERBUS_METER_SILENT]);
	for (unsigned int i = 1; i <= 10; i++) {
		unsigned int times = 0;
		char id[9];

		snprintf(id, sizeof(id), "100000%02u", i);
		for (unsigned int j = 0; j < self->log->count; j++)
			times += !strncmp(self->log->found[j].address, id, 8);
		EXPECT_EQ(1, times)
			TH_LOG("%s", id);
	}
}

TEST_F(scenario, silent)
{
	EXPECT_EQ(0, search(self, SCENARIOS "silent.ini", NULL, false));
	EXPECT_EQ(3, self->log->count);
	EXPECT_EQ(1, times_confirmed(self->log, "3189274024232804"));
	EXPECT_EQ(1, times_confirmed(self->log, "3189275224232804"));
	EXPECT_EQ(1, self->result.count[METERBUS_METER_SILENT]);
}

TEST_F(scenario, single_and_multi_telegram)
{
	EXPECT_EQ(0, search(self, SCENARIOS "single.ini", NULL, false));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(2, self->result.probes);
	sim_close(self->sim);
	memset(self->log, 0, sizeof(*self->log));
	EXPECT_EQ(0, search(self, SCENARIOS "multi-telegram.ini", NULL, false));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(0, read_twice(self));
}

TEST_F(scenario, many)
{
	EXPECT_EQ(0, search(self, SCENARIOS "many.ini", NULL, false));
	EXPECT_EQ(250, self->sim->scenario.nr_meters);
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(0, read_twice(self));
}

TEST_HARNESS_MAIN
