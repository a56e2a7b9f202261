// SPDX-License-Identifier: GPL-2.0-only
/* kernel/late.c: to which transmission an answer can belong. */
#include <linux/types.h>
#include <string.h>

#include "late.h"
#include "kselftest_harness.h"

#define MS	1000000ULL

#define ACK	true
#define LONG	false

FIXTURE(late)
{
	struct mbus_late late;
};

FIXTURE_SETUP(late)
{
	memset(&self->late, 0, sizeof(self->late));
}

FIXTURE_TEARDOWN(late)
{
	(void)self;
}

TEST_F(late, nothing_is_late_where_nothing_was_sent)
{
	EXPECT_EQ(0, mbus_late_delay(&self->late, 0, ACK));
	EXPECT_EQ(0, mbus_late_delay(&self->late, 0, LONG));
	EXPECT_FALSE(mbus_late_expected(&self->late, 0));
}

TEST_F(late, a_silent_request_for_data_may_be_answered_by_anything)
{
	mbus_late_silence(&self->late, 1000 * MS, true);
	EXPECT_EQ(500 * MS, mbus_late_delay(&self->late, 1500 * MS, LONG));
	/* Once. */
	EXPECT_EQ(0, mbus_late_delay(&self->late, 1600 * MS, LONG));
	EXPECT_EQ(700 * MS, mbus_late_delay(&self->late, 1700 * MS, ACK));
	EXPECT_EQ(0, mbus_late_delay(&self->late, 1800 * MS, ACK));
}

TEST_F(late, any_other_only_by_an_acknowledge)
{
	mbus_late_silence(&self->late, 1000 * MS, false);
	EXPECT_EQ(0, mbus_late_delay(&self->late, 1500 * MS, LONG));
	EXPECT_EQ(500 * MS, mbus_late_delay(&self->late, 1500 * MS, ACK));
}

TEST_F(late, for_two_seconds)
{
	mbus_late_silence(&self->late, 1000 * MS, true);
	EXPECT_EQ(3000 * MS, self->late.silent_until_ns);
	EXPECT_TRUE(mbus_late_expected(&self->late, 3000 * MS));
	EXPECT_FALSE(mbus_late_expected(&self->late, 3000 * MS + 1));
	EXPECT_EQ(0, mbus_late_delay(&self->late, 3000 * MS + 1, ACK));
	EXPECT_EQ(0, mbus_late_delay(&self->late, 3000 * MS + 1, LONG));
	EXPECT_EQ(2000 * MS, mbus_late_delay(&self->late, 3000 * MS, LONG));
}

TEST_F(late, an_answer_after_silence_is_doubtful)
{
	mbus_late_silence(&self->late, 1000 * MS, true);
	EXPECT_TRUE(mbus_late_answer(&self->late, 1400 * MS, false, 1500 * MS,
				     LONG, 20 * MS));
	EXPECT_EQ(520 * MS, self->late.suspect_ns);
	/* It may yet come. */
	EXPECT_TRUE(mbus_late_expected(&self->late, 1600 * MS));
}

TEST_F(late, an_answer_long_after_silence_ends_it)
{
	mbus_late_silence(&self->late, 1000 * MS, true);
	EXPECT_FALSE(mbus_late_answer(&self->late, 2900 * MS, false,
				      3000 * MS + 1, LONG, 20 * MS));
	EXPECT_EQ(0, self->late.suspect_ns);
	EXPECT_EQ(0, mbus_late_delay(&self->late, 2000 * MS, LONG));
	EXPECT_EQ(0, mbus_late_delay(&self->late, 2000 * MS, ACK));
	EXPECT_FALSE(mbus_late_expected(&self->late, 2000 * MS));
}

TEST_F(late, a_long_frame_answers_no_command)
{
	mbus_late_silence(&self->late, 1000 * MS, false);
	EXPECT_FALSE(mbus_late_answer(&self->late, 1400 * MS, false, 1500 * MS,
				      LONG, 20 * MS));
}

TEST_F(late, a_request_sent_twice_may_be_answered_twice)
{
	self->late.first_end_ns = 1000 * MS;
	EXPECT_FALSE(mbus_late_answer(&self->late, 1300 * MS, true, 1500 * MS,
				      ACK, 20 * MS));
	EXPECT_EQ(520 * MS, self->late.suspect_ns);
	EXPECT_TRUE(mbus_late_expected(&self->late, 1820 * MS));
	EXPECT_FALSE(mbus_late_expected(&self->late, 1820 * MS + 1));
	EXPECT_EQ(0, mbus_late_delay(&self->late, 1820 * MS + 1, ACK));
	EXPECT_EQ(520 * MS, mbus_late_delay(&self->late, 1820 * MS, ACK));
	EXPECT_EQ(0, mbus_late_delay(&self->late, 1820 * MS, ACK));
}

TEST_F(late, one_sent_once_is_not)
{
	self->late.first_end_ns = 1000 * MS;
	EXPECT_FALSE(mbus_late_answer(&self->late, 1300 * MS, false, 1500 * MS,
				      ACK, 20 * MS));
	EXPECT_FALSE(mbus_late_expected(&self->late, 1510 * MS));
	EXPECT_EQ(0, self->late.suspect_ns);
}

TEST_HARNESS_MAIN
