// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access to the bus, see arbiter.h. Everything is bounded: claims of one
 * user, claims of all, what users leave behind, the wait of a claim and the
 * length of a hold.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/time64.h>
#include <uapi/linux/meterbus.h>

#include "arbiter.h"

/* A user that was interrupted keeps its place for this time. */
#define PLACE_KEPT_NS	NSEC_PER_SEC

/**
 * mbus_arbiter_init() - no claims
 * @arbiter: filled
 */
void mbus_arbiter_init(struct mbus_arbiter *arbiter)
{
	INIT_LIST_HEAD(&arbiter->queue);
	INIT_LIST_HEAD(&arbiter->orphans);
	arbiter->queued = 0;
	arbiter->orphaned = 0;
	arbiter->places = 0;
	arbiter->active = NULL;
	arbiter->holder = NULL;
	arbiter->hold_ends_ns = 0;
}

/**
 * mbus_arbiter_expire() - end a hold whose time is up
 * @arbiter: the claims
 * @now: time
 *
 * Return: true if its user's transaction is active: it must not go on for
 * longer than the try under way.
 */
bool mbus_arbiter_expire(struct mbus_arbiter *arbiter, u64 now)
{
	struct mbus_user *user = arbiter->holder;

	if (!user || now < arbiter->hold_ends_ns)
		return false;
	user->hold_lost = true;
	arbiter->holder = NULL;
	return arbiter->active && arbiter->active->user == user;
}

/* True once for each hold that ran out. */
static bool learns_of_loss(struct mbus_user *user)
{
	bool lost = user->hold_lost;

	user->hold_lost = false;
	return lost;
}

/**
 * mbus_arbiter_full() - whether a claim would be refused
 * @arbiter: the claims
 * @user: of this user
 *
 * Return: true if the user, or all users together, have too many.
 */
bool mbus_arbiter_full(const struct mbus_arbiter *arbiter,
		       const struct mbus_user *user)
{
	return user->queued >= METERBUS_QUEUE_FILE_MAX ||
	       arbiter->queued >= METERBUS_QUEUE_BUS_MAX;
}

/* A hold of a user that has one, or waits for one, would never end. */
static bool holds_already(const struct mbus_arbiter *arbiter,
			  const struct mbus_user *user)
{
	const struct mbus_claim *claim;

	if (arbiter->holder == user)
		return true;
	list_for_each_entry(claim, &arbiter->queue, node) {
		if (claim->user == user && claim->hold_ns)
			return true;
	}
	return false;
}

static void enqueue(struct mbus_arbiter *arbiter, struct mbus_claim *claim)
{
	struct mbus_claim *before;

	/* Nearly always the last place: from the end. */
	list_for_each_entry_reverse(before, &arbiter->queue, node) {
		if (before->place < claim->place)
			break;
	}
	list_add(&claim->node, &before->node);
	arbiter->queued++;
	claim->user->queued++;
}

/**
 * mbus_arbiter_submit() - queue a claim
 * @arbiter: the claims
 * @claim: with its @user, @hold_ns and @deadline_ns set
 * @now: time
 *
 * Return: 0, -ESTALE once after the user's hold ran out, -EALREADY for a hold
 * of a user that holds or waits for a hold, -ENOBUFS when there are too many.
 */
int mbus_arbiter_submit(struct mbus_arbiter *arbiter, struct mbus_claim *claim,
			u64 now)
{
	struct mbus_user *user = claim->user;

	if (learns_of_loss(user))
		return -ESTALE;
	if (claim->hold_ns && holds_already(arbiter, user))
		return -EALREADY;
	if (mbus_arbiter_full(arbiter, user))
		return -ENOBUFS;
	claim->place = ++arbiter->places;
	if (user->place && now < user->place_until_ns)
		claim->place = user->place;
	user->place = 0;
	enqueue(arbiter, claim);
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
	if (arbiter->active == claim) {
		arbiter->active = NULL;
		return;
	}
	list_del_init(&claim->node);
	if (claim->user) {
		claim->user->queued--;
		arbiter->queued--;
	} else {
		arbiter->orphaned--;
	}
}

/**
 * mbus_arbiter_interrupt() - take back a claim that may come again at once
 * @arbiter: the claims
 * @claim: queued or active, of a user
 * @now: time
 *
 * The user's next claim gets its place, if it comes soon.
 */
void mbus_arbiter_interrupt(struct mbus_arbiter *arbiter,
			    struct mbus_claim *claim, u64 now)
{
	claim->user->place = claim->place;
	claim->user->place_until_ns = now + PLACE_KEPT_NS;
	mbus_arbiter_withdraw(arbiter, claim);
}

static struct mbus_claim *first_allowed(struct mbus_arbiter *arbiter)
{
	struct mbus_claim *claim;

	list_for_each_entry(claim, &arbiter->queue, node) {
		if (!arbiter->holder || claim->user == arbiter->holder)
			return claim;
	}
	if (arbiter->holder || list_empty(&arbiter->orphans))
		return NULL;
	return list_first_entry(&arbiter->orphans, struct mbus_claim, node);
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

	if (arbiter->active)
		return NULL;
	claim = first_allowed(arbiter);
	if (!claim)
		return NULL;
	mbus_arbiter_withdraw(arbiter, claim);
	if (claim->hold_ns) {
		arbiter->holder = claim->user;
		arbiter->hold_ends_ns = now + claim->hold_ns;
	} else {
		arbiter->active = claim;
	}
	return claim;
}

/**
 * mbus_arbiter_overdue() - a claim that has waited for too long
 * @arbiter: the claims
 * @now: time
 *
 * Return: the claim, off the queue, or NULL.
 */
struct mbus_claim *mbus_arbiter_overdue(struct mbus_arbiter *arbiter, u64 now)
{
	struct mbus_claim *claim;

	list_for_each_entry(claim, &arbiter->queue, node) {
		if (now >= claim->deadline_ns) {
			mbus_arbiter_withdraw(arbiter, claim);
			return claim;
		}
	}
	return NULL;
}

/**
 * mbus_arbiter_any() - take claims off the queue whatever their turn
 * @arbiter: the claims
 * @holds_too: not only transactions
 *
 * Return: a claim, off the queue, or NULL when there is none.
 */
struct mbus_claim *mbus_arbiter_any(struct mbus_arbiter *arbiter,
				    bool holds_too)
{
	struct mbus_claim *claim;

	list_for_each_entry(claim, &arbiter->queue, node) {
		if (!claim->hold_ns || holds_too)
			goto found;
	}
	if (list_empty(&arbiter->orphans))
		return NULL;
	claim = list_first_entry(&arbiter->orphans, struct mbus_claim, node);
found:
	mbus_arbiter_withdraw(arbiter, claim);
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
	if (learns_of_loss(user))
		return -ESTALE;
	if (arbiter->holder != user)
		return -EPERM;
	arbiter->holder = NULL;
	return 0;
}

static struct mbus_claim *claim_of(struct mbus_arbiter *arbiter,
				   const struct mbus_user *user)
{
	struct mbus_claim *claim;

	list_for_each_entry(claim, &arbiter->queue, node) {
		if (claim->user == user)
			return claim;
	}
	return NULL;
}

/**
 * mbus_arbiter_leave() - a user will make no more claims
 * @arbiter: the claims
 * @user: its hold ends; transactions it has queued go behind those of others
 *
 * Return: a transaction that is one too many there, off the queue, or NULL.
 * Call again until it returns NULL.
 */
struct mbus_claim *mbus_arbiter_leave(struct mbus_arbiter *arbiter,
				      struct mbus_user *user)
{
	struct mbus_claim *claim;

	if (arbiter->active && arbiter->active->user == user)
		arbiter->active->user = NULL;
	if (arbiter->holder == user)
		arbiter->holder = NULL;
	while (user->queued) {
		claim = claim_of(arbiter, user);
		mbus_arbiter_withdraw(arbiter, claim);
		claim->user = NULL;
		if (arbiter->orphaned >= METERBUS_QUEUE_CLOSED_MAX)
			return claim;
		list_add_tail(&claim->node, &arbiter->orphans);
		arbiter->orphaned++;
	}
	return NULL;
}

/**
 * mbus_arbiter_timer() - when time alone changes something
 * @arbiter: the claims
 *
 * Return: the end of a hold or of a wait, or MBUS_ARBITER_NO_TIMER.
 */
u64 mbus_arbiter_timer(const struct mbus_arbiter *arbiter)
{
	u64 timer = MBUS_ARBITER_NO_TIMER;
	const struct mbus_claim *claim;

	if (arbiter->holder)
		timer = arbiter->hold_ends_ns;
	list_for_each_entry(claim, &arbiter->queue, node)
		timer = min(timer, claim->deadline_ns);
	return timer;
}
