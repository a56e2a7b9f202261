// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measuring a converter, on a wire whose converter is known.
 */
#include <meterbus/tune.h>

#include "fake_wire.h"
#include "kselftest_harness.h"
#include "master/master.h"

FIXTURE(tune) {
	struct fake_wire *wire;
	struct meterbus_master master;
	struct meterbus_tune_meter meter;
	struct meterbus_tuning tuning;
	struct meterbus_error err;
};

static int get_baud(struct meterbus_link *link, uint32_t *baud,
		    struct meterbus_error *err)
{
	(void)link;
	(void)err;
	*baud = 2400;
	return 0;
}

FIXTURE_SETUP(tune)
{
	self->wire = calloc(1, sizeof(*self->wire));
	ASSERT_NE(NULL, self->wire);
	fake_init(self->wire);
	self->wire->link.get_baud = get_baud;
	self->wire->timing.window_us = 187500;
	meterbus_master_init(&self->master, &self->wire->link);
	memset(&self->meter, 0, sizeof(self->meter));
	fake_add(self->wire, "31892743")->primary = 5;
	fake_add(self->wire, "31892744")->primary = 6;
	self->meter.address.primary = 5;
}

FIXTURE_TEARDOWN(tune)
{
	EXPECT_FALSE(self->wire->held);
	EXPECT_FALSE(self->wire->hold_error);
	EXPECT_EQ(60000, self->wire->timing.guard_us);
	EXPECT_EQ(METERBUS_TIMING_GUARD, self->wire->timing.defaults);
	free(self->wire);
}

static int tune(FIXTURE_DATA(tune) *self)
{
	return meterbus_tune(&self->master, &self->meter, 1, &self->tuning,
			     &self->err);
}

TEST_F(tune, converter_without_turnaround)
{
	ASSERT_EQ(0, tune(self));
	EXPECT_EQ(13751, self->tuning.turnaround_us);
	EXPECT_EQ(0, self->tuning.lost_us);
	EXPECT_EQ(19000, self->tuning.settings.timing.guard_us);
	EXPECT_EQ(METERBUS_TIMING_WINDOW, self->tuning.settings.follow);
	EXPECT_EQ(METERBUS_TUNE_PINGS, self->meter.answered);
	EXPECT_EQ(0, self->wire->meters[0].readouts);
}

TEST_F(tune, turnaround_is_found_to_the_millisecond)
{
	static const uint32_t turnarounds[] = { 14000, 37000, 50000, 300000 };

	for (size_t i = 0; i < 4; i++) {
		self->wire->turnaround_us = turnarounds[i];
		ASSERT_EQ(0, tune(self));
		EXPECT_LE(turnarounds[i], self->tuning.turnaround_us);
		EXPECT_GE(turnarounds[i] + 1000, self->tuning.turnaround_us);
		EXPECT_GT(turnarounds[i], self->tuning.lost_us);
		EXPECT_LE(turnarounds[i] * 11 / 10,
			  self->tuning.settings.timing.guard_us);
	}
}

TEST_F(tune, meter_beyond_the_window_is_measured_and_gets_one)
{
	self->wire->meters[0].late_us = 600000;
	self->wire->turnaround_us = 37000;
	ASSERT_EQ(0, tune(self));
	EXPECT_EQ(METERBUS_TUNE_PINGS, self->meter.answered);
	EXPECT_EQ(640000 + FAKE_CHAR_US, self->meter.delay_max_us);
	EXPECT_EQ(806000, self->tuning.settings.timing.window_us);
	EXPECT_TRUE(self->tuning.settings.fields & METERBUS_SET_WINDOW);
	EXPECT_LE(37000, self->tuning.turnaround_us);
	EXPECT_GE(38000, self->tuning.turnaround_us);
}

TEST_F(tune, by_secondary_address)
{
	ASSERT_EQ(0, meterbus_address_parse(&self->meter.address, "31892744",
					    NULL));
	self->wire->turnaround_us = 37000;
	ASSERT_EQ(0, tune(self));
	EXPECT_LE(37000, self->tuning.turnaround_us);
	EXPECT_EQ(0, fake_sent_with(self->wire, "10"));
}

TEST_F(tune, telegrams_that_are_always_lost_are_no_turnaround)
{
	self->wire->turnaround_us = 600000;
	EXPECT_EQ(-1, tune(self));
	EXPECT_EQ(METERBUS_E_SILENCE, self->err.kind);
}

TEST_F(tune, nobody_answers)
{
	self->meter.address.primary = 7;
	EXPECT_EQ(-1, tune(self));
	EXPECT_EQ(METERBUS_E_SILENCE, self->err.kind);
	EXPECT_EQ(0, self->meter.answered);
}

TEST_F(tune, guard_that_may_not_be_set)
{
	self->wire->refuse_timing = true;
	EXPECT_EQ(-1, tune(self));
	EXPECT_EQ(METERBUS_E_PERMISSION, self->err.kind);
	EXPECT_EQ(0, self->wire->transmissions);
}

TEST_HARNESS_MAIN
