// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bus: its lifetime, the worker that alone touches the tty, and the timer.
 * Events go into line.c with the time they happened, and what line.c asks for
 * is carried out here. Whose turn it is, arbiter.c decides.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "bus.h"
#include "tty.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* How long a change of the baud rate waits for the transaction under way. */
#define BAUD_WAIT	(60 * HZ)

/* One work item a bus: never concurrent with itself, never behind another. */
static struct workqueue_struct *mbus_workqueue;

static struct mbus_bus *line_to_bus(struct mbus_line *line)
{
	return container_of(line, struct mbus_bus, line);
}

static void arm_timer(struct mbus_bus *bus)
{
	u64 at = min(bus->line.timer_ns, mbus_arbiter_timer(&bus->arbiter));

	if (at == MBUS_LINE_NO_TIMER)
		hrtimer_try_to_cancel(&bus->timer);
	else
		hrtimer_start(&bus->timer, ns_to_ktime(at),
			      HRTIMER_MODE_ABS_SOFT);
}

static u8 bus_state(const struct mbus_bus *bus)
{
	if (bus->no_link)
		return METERBUS_STATE_NO_LINK;
	if (bus->arbiter.holder)
		return METERBUS_STATE_HELD;
	return bus->arbiter.active ? METERBUS_STATE_BUSY : METERBUS_STATE_IDLE;
}

/* Notifications are sent from process context, of the newest state only. */
static void notify_changes(struct mbus_bus *bus)
{
	struct mbus_notified now = {
		.slack_us = bus->line.timing.slack_us,
		.state = bus_state(bus),
		.echo_learnt = bus->line.answer.echo.learnt,
	};

	if (now.slack_us == bus->notified.slack_us &&
	    now.state == bus->notified.state &&
	    now.echo_learnt == bus->notified.echo_learnt)
		return;
	if (now.state != bus->notified.state)
		trace_mbus_state(bus->id, now.state);
	bus->notified = now;
	if (bus->ops->watched())
		queue_work(mbus_workqueue, &bus->notify_work);
}

static void bus_notify_work(struct work_struct *work)
{
	struct mbus_bus *bus = container_of(work, struct mbus_bus, notify_work);

	bus->ops->notify(bus, METERBUS_CMD_BUS_CHANGE_NTF);
}

static void end_request(struct mbus_bus *bus, struct mbus_request *request,
			int error)
{
	bus->ops->ended(bus, request, error);
}

/* Gives the bus to the requests whose turn it is. */
static void grant(struct mbus_bus *bus, u64 now)
{
	struct mbus_request *request;
	struct mbus_claim *claim;

	/* Even if nothing can follow: its end in the past is no timer. */
	mbus_arbiter_expire(&bus->arbiter, now);
	while (!bus->new_baud) {
		claim = mbus_arbiter_next(&bus->arbiter, now);
		if (!claim)
			break;
		request = claim_to_request(claim);
		if (claim->hold_ns) {
			end_request(bus, request, 0);
			continue;
		}
		request->state = MBUS_REQUEST_ACTIVE;
		mbus_line_start(&bus->line, &request->xfer, now);
	}
}

/**
 * mbus_bus_settle() - what follows from any event
 * @bus: the bus, with bus->lock held
 * @now: time of the event
 *
 * The request whose turn it is gets the bus, the timer is armed for what the
 * line waits for, listeners are notified of a change.
 */
void mbus_bus_settle(struct mbus_bus *bus, u64 now)
{
	lockdep_assert_held(&bus->lock);

	if (bus->dead)
		return;
	if (bus->new_baud && !bus->arbiter.active)
		queue_work(mbus_workqueue, &bus->work);
	grant(bus, now);
	arm_timer(bus);
	notify_changes(bus);
}

/* Called by line.c under bus->lock; so are the next two. */
static void line_send(struct mbus_line *line)
{
	queue_work(mbus_workqueue, &line_to_bus(line)->work);
}

static void trace_record(int id, const struct meterbus_bus_record *record,
			 const u8 *data)
{
	if (record->kind == METERBUS_KIND_OUTCOME)
		trace_mbus_outcome(id, record);
	else if (record->kind == METERBUS_KIND_FINDING)
		trace_mbus_finding(id, record, data);
	else if (record->direction == METERBUS_DIRECTION_SENT)
		trace_mbus_tx(id, record, data);
	else
		trace_mbus_rx(id, record, data);
}

static void line_record(struct mbus_line *line,
			const struct meterbus_bus_record *record, const u8 *data)
{
	struct mbus_bus *bus = line_to_bus(line);
	struct meterbus_bus_record *head = (struct meterbus_bus_record *)bus->record;

	trace_record(bus->id, record, data);
	*head = *record;
	head->seq = bus->seq++;
	memcpy(head + 1, data, record->len);
	bus->ops->record(bus, head, sizeof(*head) + record->len);
}

static void line_done(struct mbus_line *line, struct mbus_line_xfer *xfer)
{
	struct mbus_bus *bus = line_to_bus(line);
	struct mbus_request *request;

	request = container_of(xfer, struct mbus_request, xfer);
	mbus_arbiter_withdraw(&bus->arbiter, &request->claim);
	end_request(bus, request, xfer->error);
}

static const struct mbus_line_ops bus_line_ops = {
	.send = line_send,
	.record = line_record,
	.done = line_done,
};

/* In softirq. */
static enum hrtimer_restart bus_timer(struct hrtimer *timer)
{
	struct mbus_bus *bus = container_of(timer, struct mbus_bus, timer);
	u64 now;

	spin_lock(&bus->lock);
	if (!bus->dead) {
		now = ktime_get_ns();
		trace_mbus_timeout(bus->id, bus->line.state, now -
				   ktime_to_ns(hrtimer_get_expires(timer)));
		mbus_line_timer(&bus->line, now);
		mbus_bus_settle(bus, now);
	}
	spin_unlock(&bus->lock);
	return HRTIMER_NORESTART;
}

/*
 * The frame to write, if there is one: a new one that the line has been quiet
 * enough for, or the rest of one the tty took in part.
 */
static bool tx_pending(struct mbus_bus *bus)
{
	const struct mbus_line_xfer *xfer;
	bool stale;

	spin_lock_bh(&bus->lock);
	stale = bus->tx_len && bus->line.state != MBUS_LINE_SENDING;
	if (stale)
		bus->tx_len = 0;
	if (!bus->tx_len && !bus->dead) {
		u64 now = ktime_get_ns();

		xfer = mbus_line_send_begin(&bus->line, now);
		if (xfer) {
			memcpy(bus->tx, xfer->request, xfer->request_len);
			bus->tx_len = xfer->request_len;
			bus->tx_pos = 0;
		}
		mbus_bus_settle(bus, now);
	}
	spin_unlock_bh(&bus->lock);

	/* Half a frame in a tty that gave up would garble the next one. */
	if (stale)
		mbus_tty_flush(bus->tty);
	return bus->tx_len;
}

/* Between two transactions; mbus_bus_termios() is called with the result. */
static void change_baud(struct mbus_bus *bus)
{
	u32 baud = 0;

	spin_lock_bh(&bus->lock);
	if (!bus->arbiter.active && !bus->dead)
		baud = bus->new_baud;
	spin_unlock_bh(&bus->lock);
	if (!baud)
		return;

	mbus_tty_set_baud(bus->tty, baud);

	spin_lock_bh(&bus->lock);
	bus->new_baud = 0;
	mbus_bus_settle(bus, ktime_get_ns());
	spin_unlock_bh(&bus->lock);
	wake_up_all(&bus->baud_wait);
}

/*
 * The only user of the tty; in process context with no lock held, as some
 * drivers' write() sleeps and a pty's may call mbus_bus_write_wakeup().
 */
static void bus_work(struct work_struct *work)
{
	struct mbus_bus *bus = container_of(work, struct mbus_bus, work);
	ssize_t written;
	u64 now;

	change_baud(bus);
	if (!tx_pending(bus))
		return;

	written = mbus_tty_write(bus->tty, bus->tx + bus->tx_pos,
				 bus->tx_len - bus->tx_pos);

	spin_lock_bh(&bus->lock);
	now = ktime_get_ns();
	if (written < 0) {
		bus->tx_len = 0;
		mbus_line_send_failed(&bus->line, -EIO, now);
	} else {
		bus->tx_pos += written;
		if (bus->tx_pos == bus->tx_len)
			bus->tx_len = 0;
		mbus_line_sent(&bus->line, written, now);
	}
	mbus_bus_settle(bus, now);
	spin_unlock_bh(&bus->lock);

	if (!bus->tx_len)
		mbus_tty_written(bus->tty);
}

/**
 * mbus_bus_write_wakeup() - the tty can take more
 * @bus: the bus
 *
 * In any context, even inside the tty's own write.
 */
void mbus_bus_write_wakeup(struct mbus_bus *bus)
{
	queue_work(mbus_workqueue, &bus->work);
}

/**
 * mbus_bus_errors() - the tty counted errors since the last bytes
 * @bus: the bus
 * @flags: MBUS_BYTE_FLAGS, for the bytes that mbus_bus_receive() brings next
 */
void mbus_bus_errors(struct mbus_bus *bus, u8 flags)
{
	spin_lock_bh(&bus->lock);
	mbus_line_errors(&bus->line, flags);
	spin_unlock_bh(&bus->lock);
}

/**
 * mbus_bus_receive() - the tty delivered bytes
 * @bus: the bus
 * @bytes: the bytes
 * @flags: MBUS_BYTE_FLAGS of each, or NULL
 * @count: how many
 * @now: when
 */
void mbus_bus_receive(struct mbus_bus *bus, const u8 *bytes, const u8 *flags,
		      size_t count, u64 now)
{
	spin_lock_bh(&bus->lock);
	if (!bus->no_link) {
		mbus_line_rx(&bus->line, bytes, flags, count, now);
		mbus_bus_settle(bus, now);
	}
	spin_unlock_bh(&bus->lock);
}

/* Ends all transactions that wait for their turn; holds wait on. */
static void end_queued(struct mbus_bus *bus, int error)
{
	struct mbus_claim *claim, *next;

	list_for_each_entry_safe(claim, next, &bus->arbiter.queue, node) {
		if (claim->hold_ns)
			continue;
		mbus_arbiter_withdraw(&bus->arbiter, claim);
		end_request(bus, claim_to_request(claim), error);
	}
}

/**
 * mbus_bus_set_link() - what is behind the tty was disconnected or connected
 * @bus: the bus
 * @up: connected
 *
 * Users learn of it at once; holds stay, as the bus will be the same again.
 */
void mbus_bus_set_link(struct mbus_bus *bus, bool up)
{
	u64 now = ktime_get_ns();

	spin_lock_bh(&bus->lock);
	/* Set once more it changes nothing. */
	if (bus->no_link == !up)
		goto unlock;
	bus->no_link = !up;
	if (up) {
		mbus_line_restart(&bus->line, now);
	} else {
		end_queued(bus, -ENOLINK);
		mbus_line_unplug(&bus->line, now);
	}
	bus->ops->wake(bus);
	mbus_bus_settle(bus, now);
unlock:
	spin_unlock_bh(&bus->lock);
}

/**
 * mbus_bus_termios() - take baud rate and format from the tty
 * @bus: the bus
 *
 * With termios_rwsem held, or from the line discipline's open.
 */
void mbus_bus_termios(struct mbus_bus *bus)
{
	u32 format = mbus_tty_format(bus->tty);
	u32 baud = mbus_tty_baud(bus->tty);

	spin_lock_bh(&bus->lock);
	mbus_line_set_baud(&bus->line, baud);
	bus->format = format;
	spin_unlock_bh(&bus->lock);
}

/**
 * mbus_bus_set_timing() - change the settings
 * @bus: the bus
 * @timing: the settings
 *
 * Return: false if a value is out of range.
 */
bool mbus_bus_set_timing(struct mbus_bus *bus, const struct mbus_timing *timing)
{
	bool valid;

	spin_lock_bh(&bus->lock);
	valid = mbus_line_set_timing(&bus->line, timing);
	spin_unlock_bh(&bus->lock);
	return valid;
}

/**
 * mbus_bus_get_timing() - the settings as they are
 * @bus: the bus
 * @timing: filled
 */
void mbus_bus_get_timing(struct mbus_bus *bus, struct mbus_timing *timing)
{
	spin_lock_bh(&bus->lock);
	*timing = bus->line.timing;
	spin_unlock_bh(&bus->lock);
}

/**
 * mbus_bus_set_baud() - give the tty another baud rate
 * @bus: the bus, with bus->setting held
 * @baud: bits per second
 *
 * Return: 0, -EINVAL if the tty did not take it (within 2 %), -EBUSY if the
 * bus did not come free, -ENODEV, -ERESTARTSYS.
 */
int mbus_bus_set_baud(struct mbus_bus *bus, u32 baud)
{
	u32 got;
	long left;
	int ret = 0;

	spin_lock_bh(&bus->lock);
	if (bus->dead)
		ret = -ENODEV;
	else
		bus->new_baud = baud;
	mbus_bus_settle(bus, ktime_get_ns());
	spin_unlock_bh(&bus->lock);
	if (ret)
		return ret;

	left = wait_event_interruptible_timeout(bus->baud_wait,
						!READ_ONCE(bus->new_baud),
						BAUD_WAIT);
	spin_lock_bh(&bus->lock);
	if (bus->dead)
		ret = -ENODEV;
	else if (left <= 0 && bus->new_baud)
		ret = left ? -ERESTARTSYS : -EBUSY;
	bus->new_baud = 0;
	got = bus->line.baud;
	mbus_bus_settle(bus, ktime_get_ns());
	spin_unlock_bh(&bus->lock);
	if (!ret && (got > baud ? got - baud : baud - got) > baud / 50)
		ret = -EINVAL;
	return ret;
}

/**
 * mbus_bus_get_status() - what a bus is and has seen
 * @bus: the bus
 * @status: filled
 */
void mbus_bus_get_status(struct mbus_bus *bus, struct mbus_status *status)
{
	spin_lock_bh(&bus->lock);
	mbus_babble_now(&bus->line.answer.babble, ktime_get_ns());
	status->before = bus->line.answer.before;
	status->after = bus->line.answer.after;
	status->babble = bus->line.answer.babble;
	status->baud = bus->line.baud;
	status->format = bus->format;
	status->state = bus_state(bus);
	status->clients = bus->client_count;
	status->echo_learnt = bus->line.answer.echo.learnt;
	status->records_lost = bus->records_lost;
	status->timing = bus->line.timing;
	status->stats = bus->line.answer.stats;
	spin_unlock_bh(&bus->lock);
}

/**
 * mbus_bus_dead() - whether the tty is gone
 * @bus: the bus
 *
 * Return: true if so; it stays so.
 */
bool mbus_bus_dead(const struct mbus_bus *bus)
{
	return READ_ONCE(bus->dead);
}

/**
 * mbus_bus_alloc() - a bus on a tty
 * @tty: stays the bus's until mbus_bus_stop()
 * @ops: what it calls
 *
 * From the line discipline's open: nothing is received yet. The caller sets
 * its id and device.
 *
 * Return: the bus, for kfree(), or NULL.
 */
struct mbus_bus *mbus_bus_alloc(struct tty_struct *tty,
				const struct mbus_bus_ops *ops)
{
	struct mbus_bus *bus;

	bus = kzalloc(sizeof(*bus), GFP_KERNEL);
	if (!bus)
		return NULL;
	bus->ops = ops;
	bus->tty = tty;
	mbus_tty_name(tty, bus->tty_name, sizeof(bus->tty_name));
	mbus_tty_errors(tty, &bus->icount);
	spin_lock_init(&bus->lock);
	INIT_LIST_HEAD(&bus->clients);
	INIT_WORK(&bus->work, bus_work);
	INIT_WORK(&bus->notify_work, bus_notify_work);
	mutex_init(&bus->setting);
	init_waitqueue_head(&bus->baud_wait);
	hrtimer_setup(&bus->timer, bus_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_SOFT);
	mbus_arbiter_init(&bus->arbiter);
	mbus_line_init(&bus->line, &bus_line_ops, mbus_tty_baud(tty),
		       ktime_get_ns());
	mbus_bus_termios(bus);
	return bus;
}

/**
 * mbus_bus_stop() - the tty is going away
 * @bus: the bus; open files keep its memory, nothing else of it is used
 *
 * From the line discipline's close: no other callback of it runs or will.
 * Bounded: nothing here waits for the wire.
 */
void mbus_bus_stop(struct mbus_bus *bus)
{
	struct mbus_claim *claim, *next;

	spin_lock_bh(&bus->lock);
	WRITE_ONCE(bus->dead, true);
	mbus_line_unplug(&bus->line, ktime_get_ns());
	list_for_each_entry_safe(claim, next, &bus->arbiter.queue, node) {
		mbus_arbiter_withdraw(&bus->arbiter, claim);
		end_request(bus, claim_to_request(claim), -ENODEV);
	}
	bus->arbiter.holder = NULL;
	bus->ops->wake(bus);
	bus->new_baud = 0;
	wake_up_all(&bus->baud_wait);
	spin_unlock_bh(&bus->lock);

	hrtimer_cancel(&bus->timer);
	cancel_work_sync(&bus->work);
	cancel_work_sync(&bus->notify_work);
	bus->tty = NULL;
}

int mbus_bus_init(void)
{
	mbus_workqueue = alloc_workqueue("mbus", WQ_UNBOUND | WQ_HIGHPRI, 0);
	return mbus_workqueue ? 0 : -ENOMEM;
}

void mbus_bus_exit(void)
{
	destroy_workqueue(mbus_workqueue);
}
