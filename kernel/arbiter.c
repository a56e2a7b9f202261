// SPDX-License-Identifier: GPL-2.0-only
/* Who may use the bus, see arbiter.h. */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "arbiter.h"

/**
 * mbus_arbiter_init() - no claims
 * @arbiter: filled
 */
void mbus_arbiter_init(struct mbus_arbiter *arbiter)
{
	INIT_LIST_HEAD(&arbiter->queue);
	arbiter->active = NULL;
	arbiter->holder = NULL;
	arbiter->hold_ends_ns = 0;
}

/**
 * mbus_arbiter_expire() - end a hold whose time is up
 * @arbiter: the claims
 * @now: time
 */
void mbus_arbiter_expire(struct mbus_arbiter *arbiter, u64 now)
{
	if (!arbiter->holder || now < arbiter->hold_ends_ns)
		return;
	arbiter->holder->hold_lost = true;
	arbiter->holder = NULL;
}

/* True once for each hold that ran out. */
static bool learns_of_loss(struct mbus_user *user)
{
	bool lost = user->hold_lost;

	user->hold_lost = false;
	return lost;
}

/**
 * mbus_arbiter_submit() - queue a claim
 * @arbiter: the claims
 * @claim: with its @user and @hold_ns set
 * @now: time
 *
 * Return: 0, or -ESTALE once after the user's hold ran out.
 */
int mbus_arbiter_submit(struct mbus_arbiter *arbiter, struct mbus_claim *claim,
			u64 now)
{
	mbus_arbiter_expire(arbiter, now);
	if (learns_of_loss(claim->user))
		return -ESTALE;
	list_add_tail(&claim->node, &arbiter->queue);
	return 0;
}

/**
 * mbus_arbiter_withdraw() - take back a claim that is queued or active
 * @arbiter: the claims
 * @claim: the claim
 */
void mbus_arbiter_withdraw(struct mbus_arbiter *arbiter,
			   struct mbus_claim *claim)
{
	if (arbiter->active == claim)
		arbiter->active = NULL;
	else
		list_del_init(&claim->node);
}

static struct mbus_claim *first_allowed(struct mbus_arbiter *arbiter)
{
	struct mbus_claim *claim;

	list_for_each_entry(claim, &arbiter->queue, node) {
		if (!arbiter->holder || claim->user == arbiter->holder)
			return claim;
	}
	return NULL;
}

/**
 * mbus_arbiter_next() - the claim that is granted now
 * @arbiter: the claims
 * @now: time
 *
 * A hold lasts from here on; a transaction is active until it is withdrawn.
 *
 * Return: the claim, off the queue, or NULL: none, or a transaction is active.
 */
struct mbus_claim *mbus_arbiter_next(struct mbus_arbiter *arbiter, u64 now)
{
	struct mbus_claim *claim;

	mbus_arbiter_expire(arbiter, now);
	if (arbiter->active)
		return NULL;
	claim = first_allowed(arbiter);
	if (!claim)
		return NULL;
	list_del_init(&claim->node);
	if (claim->hold_ns) {
		arbiter->holder = claim->user;
		arbiter->hold_ends_ns = now + claim->hold_ns;
	} else {
		arbiter->active = claim;
	}
	return claim;
}

/**
 * mbus_arbiter_release() - a user gives its hold back
 * @arbiter: the claims
 * @user: the user
 * @now: time
 *
 * Return: 0, -EPERM if it holds nothing, -ESTALE once after its hold ran out.
 */
int mbus_arbiter_release(struct mbus_arbiter *arbiter, struct mbus_user *user,
			 u64 now)
{
	mbus_arbiter_expire(arbiter, now);
	if (learns_of_loss(user))
		return -ESTALE;
	if (arbiter->holder != user)
		return -EPERM;
	arbiter->holder = NULL;
	return 0;
}

/**
 * mbus_arbiter_leave() - a user will make no more claims
 * @arbiter: the claims
 * @user: its hold ends, its claims stay
 */
void mbus_arbiter_leave(struct mbus_arbiter *arbiter, struct mbus_user *user)
{
	struct mbus_claim *claim;

	list_for_each_entry(claim, &arbiter->queue, node) {
		if (claim->user == user)
			claim->user = NULL;
	}
	if (arbiter->active && arbiter->active->user == user)
		arbiter->active->user = NULL;
	if (arbiter->holder == user)
		arbiter->holder = NULL;
}

/**
 * mbus_arbiter_timer() - when mbus_arbiter_next() may have news without a claim
 * @arbiter: the claims
 *
 * Return: time, or MBUS_ARBITER_NO_TIMER.
 */
u64 mbus_arbiter_timer(const struct mbus_arbiter *arbiter)
{
	return arbiter->holder ? arbiter->hold_ends_ns : MBUS_ARBITER_NO_TIMER;
}
