// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may use the bus: requests of all files in the order they came, except
 * that a file which holds the bus comes first until it gives it back, closes,
 * or its time is up. All waits are bounded and woken by an unplug.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "bus.h"

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
	request->client = client;
	request->kind = kind;
	return request;
}

/**
 * mbus_request_end() - tell who waits that a request is over
 * @bus: the bus, with bus->lock held; gives up its reference to @request
 * @request: taken off the queue, or active until now
 * @error: zero or negative errno
 */
void mbus_request_end(struct mbus_bus *bus, struct mbus_request *request,
		      int error)
{
	lockdep_assert_held(&bus->lock);

	request->error = error;
	request->state = MBUS_REQUEST_ENDED;
	if (request->client) {
		if (request->kind == MBUS_REQUEST_WRITE)
			request->client->writing = false;
		wake_up_all(&request->client->wait);
	}
	mbus_request_put(request);
}

static void end_hold(struct mbus_bus *bus, u64 now)
{
	if (!bus->holder || now < bus->hold_ends_ns)
		return;
	bus->holder->hold_lost = true;
	bus->holder = NULL;
}

static struct mbus_request *next_request(struct mbus_bus *bus)
{
	struct mbus_request *request;

	list_for_each_entry(request, &bus->queue, node) {
		if (!bus->holder || request->client == bus->holder)
			return request;
	}
	return NULL;
}

/**
 * mbus_arbiter_next() - give the bus to whoever may have it
 * @bus: the bus, with bus->lock held
 * @now: time
 */
void mbus_arbiter_next(struct mbus_bus *bus, u64 now)
{
	struct mbus_request *request;

	/* Even if nothing can follow: its end in the past is no timer. */
	end_hold(bus, now);
	while (!bus->active && !bus->new_baud) {
		request = next_request(bus);
		if (!request)
			break;
		list_del_init(&request->node);
		if (request->kind == MBUS_REQUEST_HOLD) {
			bus->holder = request->client;
			bus->hold_ends_ns = now + (u64)request->limit_ms *
						  NSEC_PER_MSEC;
			mbus_request_end(bus, request, 0);
			continue;
		}
		bus->active = request;
		request->state = MBUS_REQUEST_ACTIVE;
		mbus_line_start(&bus->line, &request->xfer, now);
	}
}

/**
 * mbus_arbiter_refuse() - end all transactions that wait for their turn
 * @bus: the bus, with bus->lock held
 * @error: negative errno; who waits for a hold waits on
 */
void mbus_arbiter_refuse(struct mbus_bus *bus, int error)
{
	struct mbus_request *request, *next;

	list_for_each_entry_safe(request, next, &bus->queue, node) {
		if (request->kind == MBUS_REQUEST_HOLD)
			continue;
		list_del_init(&request->node);
		mbus_request_end(bus, request, error);
	}
}

/**
 * mbus_bus_add_client() - a file was opened
 * @bus: the bus
 * @client: the file
 *
 * Return: 0 or -ENODEV.
 */
int mbus_bus_add_client(struct mbus_bus *bus, struct mbus_client *client)
{
	int ret = 0;

	spin_lock_bh(&bus->lock);
	if (bus->dead) {
		ret = -ENODEV;
	} else {
		list_add_tail(&client->node, &bus->clients);
		bus->client_count++;
	}
	spin_unlock_bh(&bus->lock);
	return ret;
}

/**
 * mbus_bus_remove_client() - a file was closed
 * @client: the file; its hold ends, frames it wrote are still sent
 */
void mbus_bus_remove_client(struct mbus_client *client)
{
	struct mbus_bus *bus = client->bus;
	struct mbus_request *request;

	spin_lock_bh(&bus->lock);
	list_del(&client->node);
	bus->client_count--;
	list_for_each_entry(request, &bus->queue, node) {
		if (request->client == client)
			request->client = NULL;
	}
	if (bus->active && bus->active->client == client)
		bus->active->client = NULL;
	if (bus->holder == client)
		bus->holder = NULL;
	mbus_bus_settle(bus, ktime_get_ns());
	spin_unlock_bh(&bus->lock);
}

/* Queues @request with a reference of its own. */
static int submit(struct mbus_bus *bus, struct mbus_request *request)
{
	struct mbus_client *client = request->client;

	lockdep_assert_held(&bus->lock);

	if (bus->dead)
		return -ENODEV;
	end_hold(bus, ktime_get_ns());
	if (client->hold_lost) {
		client->hold_lost = false;
		return -ESTALE;
	}
	if (bus->no_link && request->kind != MBUS_REQUEST_HOLD)
		return -ENOLINK;
	refcount_inc(&request->refs);
	list_add_tail(&request->node, &bus->queue);
	mbus_bus_settle(bus, ktime_get_ns());
	return 0;
}

/**
 * mbus_bus_write() - queue a frame nobody waits for
 * @request: of kind MBUS_REQUEST_WRITE
 *
 * Return: 0, -EAGAIN while an earlier frame of the file has not ended,
 * -ENODEV, -ENOLINK, -ESTALE.
 */
int mbus_bus_write(struct mbus_request *request)
{
	struct mbus_client *client = request->client;
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

	if (request->state == MBUS_REQUEST_ACTIVE) {
		unsent = mbus_line_cancel(&bus->line, &request->xfer);
		if (unsent)
			bus->active = NULL;
		else
			request->client = NULL;
	} else {
		list_del_init(&request->node);
	}
	if (unsent)
		mbus_request_put(request);
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
 * mbus_bus_run() - queue a transaction or a hold and wait for its end
 * @request: the request
 * @wait_ms: how long it may wait for other users of the bus
 *
 * Once active it ends by itself: every state of the line has its end.
 *
 * Return: 0 when it ended, -EBUSY, -ENODEV, -ENOLINK, -ESTALE, -EIO,
 * -ERESTARTSYS when a signal came before anything was sent, else -EINTR.
 */
int mbus_bus_run(struct mbus_request *request, u32 wait_ms)
{
	struct mbus_client *client = request->client;
	struct mbus_bus *bus = client->bus;
	long left;
	int ret;

	spin_lock_bh(&bus->lock);
	if (request->kind == MBUS_REQUEST_HOLD && bus->holder == client)
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
 * mbus_bus_release() - give a hold back
 * @client: the file
 *
 * Return: 0, -EPERM if it holds nothing, -ESTALE if its hold ran out.
 */
int mbus_bus_release(struct mbus_client *client)
{
	struct mbus_bus *bus = client->bus;
	int ret = -EPERM;

	spin_lock_bh(&bus->lock);
	end_hold(bus, ktime_get_ns());
	if (client->hold_lost) {
		client->hold_lost = false;
		ret = -ESTALE;
	} else if (bus->dead) {
		ret = -ENODEV;
	} else if (bus->holder == client) {
		bus->holder = NULL;
		mbus_bus_settle(bus, ktime_get_ns());
		ret = 0;
	}
	spin_unlock_bh(&bus->lock);
	return ret;
}
