// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of files: submitted under bus->lock, granted in turn by the
 * arbiter, waited for here. All waits are bounded and woken by an unplug.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
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
 * @kind: what it wants
 *
 * Return: the request or NULL.
 */
struct mbus_request *mbus_request_alloc(struct mbus_client *client,
					enum mbus_request_kind kind)
{
	struct mbus_request *request;

	request = kzalloc(sizeof(*request), GFP_KERNEL_ACCOUNT);
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
	request->state = MBUS_REQUEST_ENDED;
	if (client) {
		if (request->kind == MBUS_REQUEST_WRITE)
			client->writing = false;
		wake_up_all(&client->wait);
	}
	mbus_request_put(request);
}

/* Queues @request with a reference of its own. */
static int submit(struct mbus_bus *bus, struct mbus_request *request)
{
	u64 now = ktime_get_ns();
	int ret;

	lockdep_assert_held(&bus->lock);

	if (bus->dead)
		return -ENODEV;
	if (bus->no_link && request->kind != MBUS_REQUEST_HOLD)
		return -ENOLINK;
	if (request->xfer.repeats == METERBUS_REPEATS_BUS)
		request->xfer.repeats = bus->line.timing.repeats;
	ret = mbus_arbiter_submit(&bus->arbiter, &request->claim, now);
	if (ret)
		return ret;
	refcount_inc(&request->refs);
	mbus_bus_settle(bus, now);
	return 0;
}

/**
 * mbus_request_write() - queue a frame for whose end nothing waits
 * @request: of kind MBUS_REQUEST_WRITE
 *
 * Return: 0, -EAGAIN while an earlier frame of the file has not ended,
 * -ENODEV, -ENOLINK, -ESTALE.
 */
int mbus_request_write(struct mbus_request *request)
{
	struct mbus_client *client = client_of(request);
	struct mbus_bus *bus = client->bus;
	int ret = -EAGAIN;

	spin_lock_bh(&bus->lock);
	if (!client->writing) {
		client->writing = true;
		ret = submit(bus, request);
		if (ret)
			client->writing = false;
	}
	spin_unlock_bh(&bus->lock);
	return ret;
}

/*
 * Takes a request back that has not been answered: true if nothing was sent
 * for it. If something was, the line goes on without us.
 */
static bool withdraw(struct mbus_bus *bus, struct mbus_request *request)
{
	bool unsent = true;

	lockdep_assert_held(&bus->lock);

	if (request->state == MBUS_REQUEST_ACTIVE)
		unsent = mbus_line_cancel(&bus->line, &request->xfer);
	if (unsent) {
		mbus_arbiter_withdraw(&bus->arbiter, &request->claim);
		mbus_request_put(request);
	} else {
		request->claim.user = NULL;
	}
	mbus_bus_settle(bus, ktime_get_ns());
	return unsent;
}

static bool queued(const struct mbus_request *request)
{
	return READ_ONCE(request->state) == MBUS_REQUEST_QUEUED;
}

static bool ended(const struct mbus_request *request)
{
	return READ_ONCE(request->state) == MBUS_REQUEST_ENDED;
}

/**
 * mbus_request_run() - queue a transaction or a hold and wait for its end
 * @request: the request
 * @wait_ms: how long it may wait for other users of the bus
 *
 * Once active it ends by itself: every state of the line has its end.
 *
 * Return: 0 when it ended, -EBUSY, -ENODEV, -ENOLINK, -ESTALE, -EIO,
 * -ERESTARTSYS when a signal came before anything was sent, else -EINTR.
 */
int mbus_request_run(struct mbus_request *request, u32 wait_ms)
{
	struct mbus_client *client = client_of(request);
	struct mbus_bus *bus = client->bus;
	long left;
	int ret;

	spin_lock_bh(&bus->lock);
	if (request->kind == MBUS_REQUEST_HOLD &&
	    bus->arbiter.holder == &client->user)
		ret = -EALREADY;
	else
		ret = submit(bus, request);
	spin_unlock_bh(&bus->lock);
	if (ret)
		return ret;

	left = wait_event_interruptible_timeout(client->wait, !queued(request),
						msecs_to_jiffies(wait_ms));
	spin_lock_bh(&bus->lock);
	if (left <= 0 && queued(request)) {
		withdraw(bus, request);
		ret = left ? -ERESTARTSYS : -EBUSY;
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
	return ret;
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
	ret = mbus_arbiter_release(&bus->arbiter, &client->user, now);
	if (ret == -EPERM && bus->dead)
		ret = -ENODEV;
	mbus_bus_settle(bus, now);
	spin_unlock_bh(&bus->lock);
	return ret;
}

/**
 * mbus_request_leave() - a file is about to be closed
 * @client: the file; its hold ends, frames it wrote are still sent
 */
void mbus_request_leave(struct mbus_client *client)
{
	struct mbus_bus *bus = client->bus;

	spin_lock_bh(&bus->lock);
	mbus_arbiter_leave(&bus->arbiter, &client->user);
	mbus_bus_settle(bus, ktime_get_ns());
	spin_unlock_bh(&bus->lock);
}
