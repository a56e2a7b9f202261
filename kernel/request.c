// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of files: submitted under bus->lock, granted in turn by the
 * arbiter, waited for here. All waits are bounded and woken by an unplug.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "request.h"

static struct mbus_client *client_of(const struct mbus_request *request)
{
	return user_to_client(request->claim.user);
}

/**
 * mbus_request_put() - give a reference back
 * @request: the request
 */
void mbus_request_put(struct mbus_request *request)
{
	if (refcount_dec_and_test(&request->refs))
		kfree(request);
}

/**
 * mbus_request_alloc() - a request with the caller's reference
 * @client: the file it is for
 * @kind: its kind
 *
 * Return: the request or NULL.
 */
struct mbus_request *mbus_request_alloc(struct mbus_client *client,
					enum mbus_request_kind kind)
{
	struct mbus_request *request;

	request = kzalloc_obj(*request, GFP_KERNEL_ACCOUNT);
	if (!request)
		return NULL;
	refcount_set(&request->refs, 1);
	request->claim.user = &client->user;
	request->kind = kind;
	return request;
}

/**
 * mbus_request_ended() - a request is over: wake its waiter
 * @bus: the bus, with bus->lock held; gives up its reference to @request
 * @request: taken off the queue, or active until now
 * @error: zero or negative errno
 */
void mbus_request_ended(struct mbus_bus *bus, struct mbus_request *request,
			int error)
{
	struct mbus_client *client = client_of(request);

	lockdep_assert_held(&bus->lock);

	request->error = error;
	/* Seen without the lock by ended(). */
	smp_store_release(&request->state, MBUS_REQUEST_ENDED);
	if (client) {
		if (request->kind == MBUS_REQUEST_WRITE)
			client->writing = false;
		wake_up_all(&client->wait);
	}
	mbus_request_put(request);
}

/* Queues @request with a reference of its own. */
static int submit(struct mbus_bus *bus, struct mbus_request *request, u64 now)
{
	int ret;

	lockdep_assert_held(&bus->lock);

	if (bus->dead)
		return -ENODEV;
	/* A hold that has run out is known before it is relied upon. */
	mbus_bus_settle(bus, now);
	if (bus->no_link && request->kind != MBUS_REQUEST_HOLD)
		return -ENOLINK;
	if (request->xfer.repeats == METERBUS_REPEATS_BUS)
		request->xfer.repeats = bus->line.timing.repeats;
	ret = mbus_arbiter_submit(&bus->arbiter, &request->claim, now);
	if (ret) {
		bus->crowded |= ret == -ENOBUFS;
		return ret;
	}
	refcount_inc(&request->refs);
	mbus_bus_settle(bus, now);
	return 0;
}

/**
 * mbus_request_write() - queue a frame for whose end nothing waits
 * @request: of kind MBUS_REQUEST_WRITE
 *
 * Return: 0, -EAGAIN while an earlier frame of the file has not ended,
 * -ENOBUFS, -ENODEV, -ENOLINK, -ESTALE.
 */
int mbus_request_write(struct mbus_request *request)
{
	struct mbus_client *client = client_of(request);
	struct mbus_bus *bus = client->bus;
	int ret = -EAGAIN;

	request->claim.deadline_ns = MBUS_ARBITER_NO_TIMER;
	spin_lock_bh(&bus->lock);
	if (!client->writing) {
		client->writing = true;
		ret = submit(bus, request, ktime_get_ns());
		if (ret)
			client->writing = false;
	}
	spin_unlock_bh(&bus->lock);
	return ret;
}

/* Takes a request back that has not ended: true if nothing was sent for it. */
static bool withdraw(struct mbus_bus *bus, struct mbus_request *request)
{
	bool unsent = mbus_bus_cancel(bus, request, ktime_get_ns());

	if (unsent)
		mbus_request_put(request);
	return unsent;
}

static bool ended(const struct mbus_request *request)
{
	/* Pairs with mbus_request_ended(). */
	return smp_load_acquire(&request->state) == MBUS_REQUEST_ENDED;
}

static u64 deadline(u64 now, u32 wait_ms)
{
	return now + (u64)wait_ms * NSEC_PER_MSEC;
}

/* At least 1, as 0 stands for the default. */
static u32 ms_until(u64 deadline_ns)
{
	u64 now = ktime_get_ns();

	if (now >= deadline_ns)
		return 1;
	return max_t(u64, div_u64(deadline_ns - now, NSEC_PER_MSEC), 1);
}

/**
 * mbus_request_run() - queue a transaction or a hold and wait for its end
 * @request: the request
 * @wait: how long it may wait for other users of the bus
 *
 * Once active it ends by itself: every state of the line has its end.
 *
 * Return: 0 when it ended, -EBUSY, -ENOBUFS, -ENODEV, -ENOLINK, -ESTALE,
 * -EALREADY, -EIO, -EAGAIN if it would wait and may not, -ERESTARTSYS when a
 * signal came before anything was sent, else -EINTR.
 */
int mbus_request_run(struct mbus_request *request, struct mbus_wait *wait)
{
	struct mbus_client *client = client_of(request);
	struct mbus_bus *bus = client->bus;
	u64 now = ktime_get_ns();
	int ret;

	request->claim.deadline_ns = deadline(now, wait->ms);
	spin_lock_bh(&bus->lock);
	ret = submit(bus, request, now);
	if (!ret && wait->nonblock && request->state == MBUS_REQUEST_QUEUED) {
		withdraw(bus, request);
		ret = -EAGAIN;
	}
	spin_unlock_bh(&bus->lock);
	if (ret)
		return ret;

	ret = wait_event_interruptible(client->wait, ended(request));
	spin_lock_bh(&bus->lock);
	if (ended(request))
		ret = request->error;
	else if (!withdraw(bus, request))
		ret = -EINTR;
	spin_unlock_bh(&bus->lock);
	wait->left_ms = ms_until(request->claim.deadline_ns);
	return ret;
}

/**
 * mbus_request_submit() - queue a transaction that is fetched later
 * @request: of kind MBUS_REQUEST_SUBMIT
 * @wait_ms: how long it may wait for other users of the bus
 *
 * Return: 0, -EALREADY while an earlier one is not fetched, -ENOBUFS, -ENODEV,
 * -ENOLINK, -ESTALE.
 */
int mbus_request_submit(struct mbus_request *request, u32 wait_ms)
{
	struct mbus_client *client = client_of(request);
	struct mbus_bus *bus = client->bus;
	u64 now = ktime_get_ns();
	int ret = -EALREADY;

	request->claim.deadline_ns = deadline(now, wait_ms);
	spin_lock_bh(&bus->lock);
	if (!client->submitted) {
		ret = submit(bus, request, now);
		if (!ret) {
			refcount_inc(&request->refs);
			client->submitted = request;
		}
	}
	spin_unlock_bh(&bus->lock);
	return ret;
}

/* Takes the file's submitted transaction, whether it has ended or not. */
static struct mbus_request *take_submitted(struct mbus_client *client)
{
	struct mbus_request *request = client->submitted;

	lockdep_assert_held(&client->bus->lock);

	client->submitted = NULL;
	return request;
}

/* False while there is something to wait for; else what fetch gets. */
static bool fetched(struct mbus_client *client, struct mbus_request **request)
{
	bool ready = true;

	spin_lock_bh(&client->bus->lock);
	if (!client->submitted)
		*request = ERR_PTR(-ENODATA);
	else if (ended(client->submitted))
		*request = take_submitted(client);
	else
		ready = false;
	spin_unlock_bh(&client->bus->lock);
	return ready;
}

/**
 * mbus_request_fetch() - the submitted transaction when it has ended
 * @client: the file
 * @nonblock: do not wait for its end
 *
 * Return: the request with its reference, or an ERR_PTR(): -ENODATA if nothing
 * was submitted, -EAGAIN, -ERESTARTSYS.
 */
struct mbus_request *mbus_request_fetch(struct mbus_client *client,
					bool nonblock)
{
	struct mbus_request *request;

	if (fetched(client, &request))
		return request;
	if (nonblock)
		return ERR_PTR(-EAGAIN);
	if (wait_event_interruptible(client->wait, fetched(client, &request)))
		return ERR_PTR(-ERESTARTSYS);
	return request;
}

/**
 * mbus_request_cancel() - give the submitted transaction or its result up
 * @client: the file
 *
 * Return: 0, or -ENODATA if there is none.
 */
int mbus_request_cancel(struct mbus_client *client)
{
	struct mbus_bus *bus = client->bus;
	struct mbus_request *request;

	spin_lock_bh(&bus->lock);
	request = take_submitted(client);
	if (request && !ended(request))
		withdraw(bus, request);
	if (request)
		wake_up_all(&client->wait);
	spin_unlock_bh(&bus->lock);
	if (!request)
		return -ENODATA;
	mbus_request_put(request);
	return 0;
}

/**
 * mbus_request_release() - give a hold back
 * @client: the file
 *
 * Return: 0, -EPERM if it holds nothing, -ESTALE if its hold ran out, -ENODEV.
 */
int mbus_request_release(struct mbus_client *client)
{
	struct mbus_bus *bus = client->bus;
	u64 now = ktime_get_ns();
	int ret;

	spin_lock_bh(&bus->lock);
	mbus_bus_settle(bus, now);
	ret = mbus_arbiter_release(&bus->arbiter, &client->user, now);
	if (ret == -EPERM && bus->dead)
		ret = -ENODEV;
	mbus_bus_settle(bus, now);
	spin_unlock_bh(&bus->lock);
	return ret;
}

/**
 * mbus_request_leave() - a file is about to be closed
 * @client: the file; its hold ends, a frame it wrote waits behind all others
 */
void mbus_request_leave(struct mbus_client *client)
{
	struct mbus_bus *bus = client->bus;
	struct mbus_request *request;
	struct mbus_claim *claim;

	mbus_request_cancel(client);
	spin_lock_bh(&bus->lock);
	while ((claim = mbus_arbiter_leave(&bus->arbiter, &client->user))) {
		request = claim_to_request(claim);
		bus->writes_dropped++;
		mbus_request_ended(bus, request, -ENOBUFS);
	}
	mbus_bus_settle(bus, ktime_get_ns());
	spin_unlock_bh(&bus->lock);
}
