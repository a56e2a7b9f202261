/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Access to the bus: claims of all users in the order they came, except that
 * a user that holds the bus comes first until it releases it, leaves, or its
 * time is up; what users have left behind comes last. No lock, no allocation,
 * no clock: the owner calls with its lock held and passes the time.
 */
#ifndef MBUS_ARBITER_H
#define MBUS_ARBITER_H

#include <linux/list.h>
#include <linux/types.h>

#define MBUS_ARBITER_NO_TIMER	(~(u64)0)

/**
 * struct mbus_user - one that makes claims
 * @hold_lost: its hold ran out and it does not know yet
 * @queued: its claims in the queue
 * @place: place of a claim that was interrupted, for the next one
 * @place_until_ns: until when that place is kept
 */
struct mbus_user {
	bool hold_lost;
	u16 queued;
	u64 place;
	u64 place_until_ns;
};

/**
 * struct mbus_claim - a transaction or a hold that a user wants
 * @node: in the queue
 * @user: NULL when the user has left
 * @hold_ns: how long a hold may last; zero for a transaction
 * @deadline_ns: end of its wait, or MBUS_ARBITER_NO_TIMER
 * @place: claims are granted in the order of their places
 */
struct mbus_claim {
	struct list_head node;
	struct mbus_user *user;
	u64 hold_ns;
	u64 deadline_ns;
	u64 place;
};

/**
 * struct mbus_arbiter - the claims on a bus
 * @queue: claims in the order of their places
 * @queued: how many those are
 * @orphans: transactions of users that have left, granted when @queue is empty
 * @orphaned: how many those are
 * @places: how many places were given out
 * @active: the claim whose transaction is under way, or NULL
 * @holder: the user that holds the bus, or NULL
 * @hold_ends_ns: when its hold runs out
 */
struct mbus_arbiter {
	struct list_head queue;
	u16 queued;
	struct list_head orphans;
	u16 orphaned;
	u64 places;
	struct mbus_claim *active;
	struct mbus_user *holder;
	u64 hold_ends_ns;
};

void mbus_arbiter_init(struct mbus_arbiter *arbiter);
int mbus_arbiter_submit(struct mbus_arbiter *arbiter, struct mbus_claim *claim,
			u64 now);
void mbus_arbiter_withdraw(struct mbus_arbiter *arbiter,
			   struct mbus_claim *claim);
void mbus_arbiter_interrupt(struct mbus_arbiter *arbiter,
			    struct mbus_claim *claim, u64 now);
struct mbus_claim *mbus_arbiter_next(struct mbus_arbiter *arbiter, u64 now);
struct mbus_claim *mbus_arbiter_overdue(struct mbus_arbiter *arbiter, u64 now);
struct mbus_claim *mbus_arbiter_any(struct mbus_arbiter *arbiter,
				    bool holds_too);
bool mbus_arbiter_expire(struct mbus_arbiter *arbiter, u64 now);
int mbus_arbiter_release(struct mbus_arbiter *arbiter, struct mbus_user *user,
			 u64 now);
struct mbus_claim *mbus_arbiter_leave(struct mbus_arbiter *arbiter,
				      struct mbus_user *user);
bool mbus_arbiter_full(const struct mbus_arbiter *arbiter,
		       const struct mbus_user *user);
u64 mbus_arbiter_timer(const struct mbus_arbiter *arbiter);

#endif
