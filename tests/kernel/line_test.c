// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel/line.c by its scripts, kernel/tests/line_cases.h, with the sanitizers in
 * (KUnit runs the same in the kernel), and its settings.
 */
#include <stdio.h>

#include "line_cases.h"
#include "kselftest_harness.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

TEST(each_script_ends_as_it_says)
{
	const char *why;
	size_t i;

	for (i = 0; i < ARRAY_LEN(line_cases); i++) {
		why = line_case_run(&line_cases[i]);
		EXPECT_EQ(NULL, why)
			TH_LOG("%s: %s", line_cases[i].name, why);
	}
}

FIXTURE(settings)
{
	struct mbus_line line;
};

FIXTURE_SETUP(settings)
{
	mbus_line_init(&self->line, &lab_ops, 2400, 0);
}

FIXTURE_TEARDOWN(settings)
{
	(void)self;
}

TEST_F(settings, defaults_follow_the_baud_rate)
{
	struct mbus_timing *timing = &self->line.timing;

	EXPECT_EQ(60000, timing->guard_us);
	EXPECT_EQ(187500, timing->window_us);
	EXPECT_EQ(100000, timing->gap_us);
	mbus_line_set_baud(&self->line, 300);
	EXPECT_EQ(110000, timing->guard_us);
	EXPECT_EQ(1150000, timing->window_us);
	EXPECT_EQ(110000, timing->gap_us);
	mbus_line_set_baud(&self->line, 9600);
	EXPECT_EQ(60000, timing->guard_us);
	EXPECT_EQ(84375, timing->window_us);
	EXPECT_EQ(100000, timing->gap_us);
}

TEST_F(settings, no_baud_rate_is_a_slow_line)
{
	mbus_line_set_baud(&self->line, 0);
	EXPECT_EQ(1, self->line.baud);
	EXPECT_EQ(33000000, self->line.timing.guard_us);
}

TEST_F(settings, what_was_set_does_not_follow_the_baud_rate)
{
	struct mbus_timing timing = self->line.timing;

	timing.guard_us = 45000;
	timing.defaults &= ~METERBUS_TIMING_GUARD;
	ASSERT_TRUE(mbus_line_set_timing(&self->line, &timing));
	mbus_line_set_baud(&self->line, 300);
	EXPECT_EQ(45000, self->line.timing.guard_us);
	EXPECT_EQ(1150000, self->line.timing.window_us);
}

TEST_F(settings, out_of_range_change_nothing)
{
	struct mbus_timing good, bad;

	self->line.timing.defaults = 0;
	good = self->line.timing;
#define REFUSED(change) do {						\
	bad = good;							\
	change;								\
	EXPECT_FALSE(mbus_line_set_timing(&self->line, &bad))		\
		TH_LOG("%s", #change);					\
} while (0)

	REFUSED(bad.guard_us = METERBUS_TIME_MAX_US + 1);
	REFUSED(bad.slack_us = METERBUS_TIME_MAX_US + 1);
	REFUSED(bad.gap_us = METERBUS_TIME_MAX_US + 1);
	REFUSED(bad.window_us = METERBUS_TIME_MAX_US + 1);
	REFUSED(bad.repeats = METERBUS_REPEATS_MAX + 1);
	REFUSED(bad.echo = METERBUS_ECHO_AUTO + 1);
	REFUSED(bad.defaults = 8);
	EXPECT_EQ(0, memcmp(&good, &self->line.timing, sizeof(good)));
}

/* The defaults of such a line are longer than what may be set. */
TEST_F(settings, can_be_changed_on_a_line_of_any_speed)
{
	static const unsigned int bauds[] = { 0, 1, 5, 10, 300, 38400 };
	struct mbus_timing timing;
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(bauds); i++) {
		mbus_line_set_baud(&self->line, bauds[i]);
		timing = self->line.timing;
		timing.echo = METERBUS_ECHO_OFF;
		timing.repeats = i;
		EXPECT_TRUE(mbus_line_set_timing(&self->line, &timing))
			TH_LOG("%u baud", bauds[i]);
		EXPECT_EQ(i, self->line.timing.repeats);
	}
}

TEST_F(settings, zero_is_a_guard_too)
{
	struct mbus_timing timing = self->line.timing;

	timing.guard_us = 0;
	timing.defaults = 0;
	ASSERT_TRUE(mbus_line_set_timing(&self->line, &timing));
	EXPECT_EQ(0, self->line.timing.guard_us);
	timing.defaults = METERBUS_TIMING_GUARD;
	ASSERT_TRUE(mbus_line_set_timing(&self->line, &timing));
	EXPECT_EQ(60000, self->line.timing.guard_us);
}

TEST_F(settings, another_echo_mode_forgets_what_was_learnt)
{
	struct mbus_timing timing = self->line.timing;

	self->line.answer.echo.learnt = METERBUS_ECHO_PRESENT;
	timing.repeats = 1;
	ASSERT_TRUE(mbus_line_set_timing(&self->line, &timing));
	EXPECT_EQ(METERBUS_ECHO_PRESENT, self->line.answer.echo.learnt);
	timing.echo = METERBUS_ECHO_ON;
	ASSERT_TRUE(mbus_line_set_timing(&self->line, &timing));
	EXPECT_EQ(METERBUS_ECHO_UNKNOWN, self->line.answer.echo.learnt);
}

TEST_HARNESS_MAIN
