// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel/arbiter.c: whose turn it is, and that everything is bounded. Time is
 * a number.
 */
#include <linux/errno.h>
#include <string.h>

#include <linux/meterbus.h>

#include "arbiter.h"
#include "kselftest_harness.h"

#define MS	1000000ULL
#define S	(1000 * MS)

FIXTURE(arbiter)
{
	struct mbus_arbiter arbiter;
	struct mbus_user users[40];
	struct mbus_claim claims[METERBUS_QUEUE_BUS_MAX + 40];
};

FIXTURE_SETUP(arbiter)
{
	memset(self, 0, sizeof(*self));
	/* Nothing is taken over from the memory it gets. */
	memset(&self->arbiter, 0xA5, sizeof(self->arbiter));
	mbus_arbiter_init(&self->arbiter);
}

FIXTURE_TEARDOWN(arbiter)
{
	(void)self;
}

/* Claim @n of user @user; a hold of @hold_ns unless that is zero. */
static int submit(FIXTURE_DATA(arbiter) *self, unsigned int n,
		  unsigned int user, __u64 hold_ns, __u64 now)
{
	struct mbus_claim *claim = &self->claims[n];

	claim->user = &self->users[user];
	claim->hold_ns = hold_ns;
	claim->deadline_ns = MBUS_ARBITER_NO_TIMER;
	return mbus_arbiter_submit(&self->arbiter, claim, now);
}

/* The number of the claim that is granted, or -1. */
static int next(FIXTURE_DATA(arbiter) *self, __u64 now)
{
	struct mbus_claim *claim = mbus_arbiter_next(&self->arbiter, now);

	return claim ? claim - self->claims : -1;
}

static void done(FIXTURE_DATA(arbiter) *self)
{
	mbus_arbiter_withdraw(&self->arbiter, self->arbiter.active);
}

TEST_F(arbiter, claims_are_granted_in_the_order_they_came)
{
	EXPECT_EQ(-1, next(self, 0));
	ASSERT_EQ(0, submit(self, 0, 0, 0, 0));
	ASSERT_EQ(0, submit(self, 1, 1, 0, 0));
	ASSERT_EQ(0, submit(self, 2, 0, 0, 0));
	EXPECT_EQ(0, next(self, 0));
	EXPECT_EQ(-1, next(self, 0));
	done(self);
	EXPECT_EQ(1, next(self, 0));
	done(self);
	EXPECT_EQ(2, next(self, 0));
	done(self);
	EXPECT_EQ(-1, next(self, 0));
	EXPECT_EQ(0, self->users[0].queued);
}

TEST_F(arbiter, only_the_holder_comes_first)
{
	ASSERT_EQ(0, submit(self, 0, 0, S, 0));
	EXPECT_EQ(0, next(self, 5));
	EXPECT_EQ(5 + S, mbus_arbiter_timer(&self->arbiter));
	ASSERT_EQ(0, submit(self, 1, 1, 0, 5));
	EXPECT_EQ(-1, next(self, 5));
	ASSERT_EQ(0, submit(self, 2, 0, 0, 5));
	EXPECT_EQ(2, next(self, 5));
	done(self);
	EXPECT_EQ(0, mbus_arbiter_release(&self->arbiter, &self->users[0], 6));
	EXPECT_EQ(-EPERM,
		  mbus_arbiter_release(&self->arbiter, &self->users[0], 6));
	EXPECT_EQ(1, next(self, 6));
}

TEST_F(arbiter, a_user_has_one_hold_granted_or_waiting)
{
	ASSERT_EQ(0, submit(self, 0, 1, 0, 0));
	EXPECT_EQ(0, next(self, 0));
	ASSERT_EQ(0, submit(self, 1, 0, S, 0));
	EXPECT_EQ(-EALREADY, submit(self, 2, 0, S, 0));
	done(self);
	EXPECT_EQ(1, next(self, 0));
	EXPECT_EQ(-EALREADY, submit(self, 2, 0, S, 0));
	/* Transactions are no holds. */
	EXPECT_EQ(0, submit(self, 2, 0, 0, 0));
}

TEST_F(arbiter, a_hold_that_runs_out_is_known_once)
{
	ASSERT_EQ(0, submit(self, 0, 0, S, 0));
	EXPECT_EQ(0, next(self, 0));
	EXPECT_FALSE(mbus_arbiter_expire(&self->arbiter, S - 1));
	EXPECT_EQ(&self->users[0], self->arbiter.holder);
	EXPECT_FALSE(mbus_arbiter_expire(&self->arbiter, S));
	EXPECT_EQ(NULL, self->arbiter.holder);
	EXPECT_EQ(MBUS_ARBITER_NO_TIMER, mbus_arbiter_timer(&self->arbiter));
	EXPECT_EQ(-ESTALE, submit(self, 1, 0, 0, S));
	EXPECT_EQ(0, submit(self, 1, 0, 0, S));
}

TEST_F(arbiter, a_hold_that_runs_out_cuts_its_own_transaction_only)
{
	ASSERT_EQ(0, submit(self, 0, 0, S, 0));
	EXPECT_EQ(0, next(self, 0));
	ASSERT_EQ(0, submit(self, 1, 0, 0, 0));
	EXPECT_EQ(1, next(self, 0));
	EXPECT_TRUE(mbus_arbiter_expire(&self->arbiter, S));
	done(self);

	self->users[0].hold_lost = false;
	ASSERT_EQ(0, submit(self, 0, 0, S, 0));
	EXPECT_EQ(0, next(self, 0));
	mbus_arbiter_release(&self->arbiter, &self->users[0], 1);
	ASSERT_EQ(0, submit(self, 1, 0, 0, 1));
	EXPECT_EQ(1, next(self, 1));
	EXPECT_FALSE(mbus_arbiter_expire(&self->arbiter, 10 * S));
}

TEST_F(arbiter, a_claim_that_waited_too_long_is_overdue)
{
	ASSERT_EQ(0, submit(self, 0, 0, 0, 0));
	EXPECT_EQ(0, next(self, 0));
	ASSERT_EQ(0, submit(self, 1, 1, 0, 0));
	ASSERT_EQ(0, submit(self, 2, 2, 0, 0));
	self->claims[1].deadline_ns = 7;
	self->claims[2].deadline_ns = 5;
	EXPECT_EQ(5, mbus_arbiter_timer(&self->arbiter));
	EXPECT_EQ(NULL, mbus_arbiter_overdue(&self->arbiter, 4));
	EXPECT_EQ(&self->claims[2], mbus_arbiter_overdue(&self->arbiter, 5));
	EXPECT_EQ(NULL, mbus_arbiter_overdue(&self->arbiter, 5));
	EXPECT_EQ(7, mbus_arbiter_timer(&self->arbiter));
	done(self);
	EXPECT_EQ(1, next(self, 6));
}

TEST_F(arbiter, an_interrupted_claim_keeps_its_place_for_a_while)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, submit(self, i, i, 0, 0));
	mbus_arbiter_interrupt(&self->arbiter, &self->claims[0], 0);
	ASSERT_EQ(0, submit(self, 0, 0, 0, S - 1));
	EXPECT_EQ(0, next(self, S));
	done(self);

	/* Once only, and not for ever. */
	mbus_arbiter_interrupt(&self->arbiter, &self->claims[1], S);
	ASSERT_EQ(0, submit(self, 1, 1, 0, 2 * S));
	EXPECT_EQ(2, next(self, 2 * S));
	done(self);
	ASSERT_EQ(0, submit(self, 0, 0, 0, 2 * S));
	EXPECT_EQ(1, next(self, 2 * S));
}

TEST_F(arbiter, the_claims_of_a_user_and_of_all_are_bounded)
{
	unsigned int n = 0, user, i;

	for (i = 0; i < METERBUS_QUEUE_FILE_MAX; i++)
		ASSERT_EQ(0, submit(self, n++, 0, 0, 0));
	EXPECT_TRUE(mbus_arbiter_full(&self->arbiter, &self->users[0]));
	EXPECT_EQ(-ENOBUFS, submit(self, n, 0, 0, 0));
	EXPECT_FALSE(mbus_arbiter_full(&self->arbiter, &self->users[1]));
	for (user = 1; n < METERBUS_QUEUE_BUS_MAX; user++)
		for (i = 0; i < METERBUS_QUEUE_FILE_MAX; i++)
			ASSERT_EQ(0, submit(self, n++, user, 0, 0));
	EXPECT_TRUE(mbus_arbiter_full(&self->arbiter, &self->users[39]));
	EXPECT_EQ(-ENOBUFS, submit(self, n, 39, 0, 0));
	EXPECT_EQ(0, next(self, 0));
	EXPECT_EQ(0, submit(self, n, 39, 0, 0));
}

TEST_F(arbiter, what_a_user_leaves_behind_comes_last)
{
	ASSERT_EQ(0, submit(self, 0, 0, 0, 0));
	ASSERT_EQ(0, submit(self, 1, 1, 0, 0));
	EXPECT_EQ(NULL, mbus_arbiter_leave(&self->arbiter, &self->users[0]));
	EXPECT_EQ(NULL, self->claims[0].user);
	ASSERT_EQ(0, submit(self, 2, 2, 0, 0));
	EXPECT_EQ(1, next(self, 0));
	done(self);
	EXPECT_EQ(2, next(self, 0));
	done(self);
	EXPECT_EQ(0, next(self, 0));
	done(self);
	EXPECT_EQ(-1, next(self, 0));
	EXPECT_EQ(0, self->arbiter.orphaned);
}

TEST_F(arbiter, and_is_bounded)
{
	unsigned int i;

	for (i = 0; i < METERBUS_QUEUE_CLOSED_MAX; i++) {
		ASSERT_EQ(0, submit(self, i, 0, 0, 0));
		EXPECT_EQ(NULL, mbus_arbiter_leave(&self->arbiter,
						   &self->users[0]));
	}
	ASSERT_EQ(0, submit(self, i, 0, 0, 0));
	ASSERT_EQ(0, submit(self, i + 1, 0, 0, 0));
	EXPECT_EQ(&self->claims[i], mbus_arbiter_leave(&self->arbiter,
						       &self->users[0]));
	EXPECT_EQ(&self->claims[i + 1], mbus_arbiter_leave(&self->arbiter,
							   &self->users[0]));
	EXPECT_EQ(NULL, mbus_arbiter_leave(&self->arbiter, &self->users[0]));
	EXPECT_EQ(0, self->users[0].queued);
	/* Others may still come. */
	EXPECT_EQ(0, submit(self, i, 1, 0, 0));
	EXPECT_EQ((int)i, next(self, 0));
}

TEST_F(arbiter, a_user_that_leaves_holds_nothing)
{
	ASSERT_EQ(0, submit(self, 0, 0, S, 0));
	EXPECT_EQ(0, next(self, 0));
	ASSERT_EQ(0, submit(self, 1, 0, 0, 0));
	EXPECT_EQ(1, next(self, 0));
	EXPECT_EQ(NULL, mbus_arbiter_leave(&self->arbiter, &self->users[0]));
	EXPECT_EQ(NULL, self->arbiter.holder);
	EXPECT_EQ(NULL, self->claims[1].user);
}

TEST_F(arbiter, an_unplug_takes_all_a_lost_link_what_is_no_hold)
{
	ASSERT_EQ(0, submit(self, 0, 0, S, 0));
	ASSERT_EQ(0, submit(self, 1, 1, 0, 0));
	ASSERT_EQ(0, submit(self, 2, 2, 0, 0));
	mbus_arbiter_leave(&self->arbiter, &self->users[2]);
	EXPECT_EQ(&self->claims[1], mbus_arbiter_any(&self->arbiter, false));
	EXPECT_EQ(&self->claims[2], mbus_arbiter_any(&self->arbiter, false));
	EXPECT_EQ(NULL, mbus_arbiter_any(&self->arbiter, false));
	EXPECT_EQ(&self->claims[0], mbus_arbiter_any(&self->arbiter, true));
	EXPECT_EQ(NULL, mbus_arbiter_any(&self->arbiter, true));
}

TEST_HARNESS_MAIN
