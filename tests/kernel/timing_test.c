// SPDX-License-Identifier: GPL-2.0-only
/* kernel/timing.c: which times follow from which. */
#include <linux/kernel.h>
#include <linux/time64.h>
#include <string.h>

#include <uapi/linux/meterbus.h>

#include "timing.h"
#include "kselftest_harness.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MS	1000000ULL

TEST(characters_have_eleven_bits)
{
	EXPECT_EQ(137500000, mbus_bits_ns(2400, 330));
	EXPECT_EQ(1000000000, mbus_bits_ns(300, 300));
	EXPECT_EQ(110000000, mbus_chars_ns(300, 3));
	EXPECT_EQ(0, mbus_chars_ns(300, 0));
}

TEST(the_defaults)
{
	struct mbus_timing timing;

	memset(&timing, 0xff, sizeof(timing));
	mbus_timing_init(&timing, 2400);
	EXPECT_EQ(20000, timing.slack_us);
	EXPECT_EQ(2, timing.repeats);
	EXPECT_EQ(METERBUS_ECHO_AUTO, timing.echo);
	EXPECT_EQ(7, timing.defaults);
	EXPECT_EQ(60000, timing.guard_us);
	EXPECT_EQ(100000, timing.gap_us);
	EXPECT_EQ(187500, timing.window_us);
	EXPECT_TRUE(mbus_timing_valid(&timing));
}

TEST(a_time_follows_the_baud_rate_only_as_a_default)
{
	static const struct {
		u32 defaults, guard_us, gap_us, window_us;
	} rows[] = {
		{ 0, 1, 2, 3 },
		{ METERBUS_TIMING_GUARD, 110000, 2, 3 },
		{ METERBUS_TIMING_GAP, 1, 110000, 3 },
		{ METERBUS_TIMING_WINDOW, 1, 2, 1150000 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mbus_timing timing = {
			.defaults = rows[i].defaults,
			.guard_us = 1, .gap_us = 2, .window_us = 3,
		};

		mbus_timing_follow(&timing, 300);
		EXPECT_EQ(rows[i].guard_us, timing.guard_us);
		EXPECT_EQ(rows[i].gap_us, timing.gap_us);
		EXPECT_EQ(rows[i].window_us, timing.window_us);
	}
}

/* 33 bits of 9000 Bd are 3666.7 us: what is too short is no guard. */
TEST(times_are_rounded_up)
{
	struct mbus_timing timing;

	mbus_timing_init(&timing, 9000);
	EXPECT_EQ(36667 + 50000, timing.window_us);
	mbus_timing_init(&timing, 7);
	EXPECT_EQ(4714286, timing.guard_us);
}

TEST(the_largest_values_are_valid)
{
	struct mbus_timing timing = {
		.guard_us = METERBUS_TIME_MAX_US,
		.slack_us = METERBUS_TIME_MAX_US,
		.gap_us = METERBUS_TIME_MAX_US,
		.window_us = METERBUS_TIME_MAX_US,
		.repeats = METERBUS_REPEATS_MAX,
		.echo = METERBUS_ECHO_AUTO,
	};

	EXPECT_TRUE(mbus_timing_valid(&timing));
	timing.slack_us++;
	EXPECT_FALSE(mbus_timing_valid(&timing));
	timing.slack_us--;
	/* One that follows from the baud rate may be larger, the others not. */
	timing.guard_us++;
	timing.defaults = METERBUS_TIMING_GUARD;
	EXPECT_TRUE(mbus_timing_valid(&timing));
	timing.defaults = METERBUS_TIMING_GAP | METERBUS_TIMING_WINDOW;
	EXPECT_FALSE(mbus_timing_valid(&timing));
}

TEST(a_late_answer_raises_the_slack)
{
	static const struct {
		u64 delay_us;
		u32 slack_us, becomes_us;
	} rows[] = {
		{ 100000, 20000, 20000 },
		{ 187500, 20000, 20000 },	/* and 20 ms more: in time */
		{ 187501, 20000, 20001 },
		{ 250000, 20000, 82500 },
		{ 250000, 90000, 90000 },
		{ 2167500, 20000, 2000000 },
		{ 3000000, 20000, 2000000 },	/* no further */
		{ 3000000, 2500000, 2500000 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mbus_timing timing;

		mbus_timing_init(&timing, 2400);
		timing.slack_us = rows[i].slack_us;
		mbus_timing_late(&timing, rows[i].delay_us * 1000);
		EXPECT_EQ(rows[i].becomes_us, timing.slack_us)
			TH_LOG("%llu us", (unsigned long long)rows[i].delay_us);
	}
}

TEST(quiet_time_after_what_came_back)
{
	static const struct {
		u8 outcome;
		bool broken;
		u64 before_ms, ms;
	} rows[] = {
		{ METERBUS_OUTCOME_SILENCE, false, 0, 0 },
		{ METERBUS_OUTCOME_SILENCE, true, 300, 0 },
		{ METERBUS_OUTCOME_ECHO_ONLY, false, 300, 0 },
		{ METERBUS_OUTCOME_COLLISION, false, 0, 60 },
		{ METERBUS_OUTCOME_COLLISION, false, 61, 61 },
		{ METERBUS_OUTCOME_COLLISION, true, 0, 160 },
		{ METERBUS_OUTCOME_COLLISION, true, 161, 161 },
		{ METERBUS_OUTCOME_GARBLED, false, 0, 0 },
		{ METERBUS_OUTCOME_GARBLED, false, 60, 180 },
		{ METERBUS_OUTCOME_GARBLED, false, 233, 699 },
		{ METERBUS_OUTCOME_GARBLED, false, 300, 700 },
		{ METERBUS_OUTCOME_GARBLED, true, 0, 160 },
		{ METERBUS_OUTCOME_GARBLED, true, 50, 160 },
		{ METERBUS_OUTCOME_GARBLED, true, 60, 180 },
	};
	struct mbus_timing timing;

	mbus_timing_init(&timing, 2400);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		EXPECT_EQ(rows[i].ms * MS,
			  mbus_timing_penalty(&timing, rows[i].before_ms * MS,
					      rows[i].outcome, rows[i].broken))
			TH_LOG("row %zu", i);
	}
}

TEST_HARNESS_MAIN
