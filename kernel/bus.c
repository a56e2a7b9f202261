// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bus: its lifetime, the worker that alone touches the tty, and the timer.
 * Events go into line.c with the time they happened, and what line.c requests
 * is carried out here. Whose turn it is, arbiter.c decides.
 */
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "bus.h"
#include "tty.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

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

static struct mbus_notice notice_of(const struct mbus_bus *bus)
{
	struct mbus_notice notice;

	/* Compared as memory. */
	memset(&notice, 0, sizeof(notice));
	notice.baud = bus->line.baud;
	notice.format = bus->format;
	notice.baud_wanted = bus->baud_wanted;
	notice.baud_refused = bus->baud_refused;
	notice.echo_learnt = bus->line.answer.echo.learnt;
	notice.link_down = bus->no_link;
	notice.timing = bus->line.timing;
	return notice;
}

static bool same(const struct mbus_notice *a, const struct mbus_notice *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* Notifications are sent from process context, of the newest state only. */
static void notify_changes(struct mbus_bus *bus)
{
	struct mbus_notice now = notice_of(bus);
	u32 state = bus_state(bus);

	if (state != bus->traced_state) {
		trace_mbus_state(bus->id, state);
		bus->traced_state = state;
	}
	if (!bus->ops->watched)
		return;
	if ((state != bus->noticed_state && bus->ops->watched(true)) ||
	    (!same(&now, &bus->noticed) && bus->ops->watched(false)))
		queue_work(mbus_workqueue, &bus->notify_work);
}

static void bus_notify_work(struct work_struct *work)
{
	struct mbus_bus *bus = container_of(work, struct mbus_bus, notify_work);
	struct mbus_notice before, now;
	u32 state_before, state;

	spin_lock_bh(&bus->lock);
	before = bus->noticed;
	now = notice_of(bus);
	bus->noticed = now;
	state_before = bus->noticed_state;
	state = bus_state(bus);
	bus->noticed_state = state;
	spin_unlock_bh(&bus->lock);

	if (!same(&before, &now))
		bus->ops->changed(bus, &before, &now);
	if (state != state_before)
		bus->ops->state(bus, state);
}

static void end_request(struct mbus_bus *bus, struct mbus_request *request,
			int error)
{
	bus->ops->ended(bus, request, error);
}

/* Its hold is over: its transaction goes on for the try under way only. */
static void cut_active(struct mbus_bus *bus, u64 now)
{
	struct mbus_request *request = claim_to_request(bus->arbiter.active);

	if (!mbus_line_cancel(&bus->line, &request->xfer, now))
		return;
	request->claim.user->hold_lost = false;
	mbus_arbiter_withdraw(&bus->arbiter, &request->claim);
	end_request(bus, request, -ESTALE);
}

/* Gives the bus to the requests whose turn it is. */
static void grant(struct mbus_bus *bus, u64 now)
{
	struct mbus_request *request;
	struct mbus_claim *claim;

	if (mbus_arbiter_expire(&bus->arbiter, now))
		cut_active(bus, now);
	while ((claim = mbus_arbiter_overdue(&bus->arbiter, now)))
		end_request(bus, claim_to_request(claim), -EBUSY);
	while (!bus->baud_wanted) {
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
	if (bus->crowded &&
	    bus->arbiter.queued < METERBUS_QUEUE_BUS_MAX) {
		bus->crowded = false;
		bus->ops->wake(bus);
	}
}

/**
 * mbus_bus_settle() - act after an event
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
	grant(bus, now);
	if (bus->baud_wanted && !bus->arbiter.active)
		queue_work(mbus_workqueue, &bus->work);
	arm_timer(bus);
	notify_changes(bus);
}

/**
 * mbus_bus_cancel() - withdraw a request that has no waiter
 * @bus: the bus, with bus->lock held
 * @request: queued or active
 * @now: time
 *
 * Return: true if nothing was sent for it: it is taken back, and ops->ended()
 * is not called for it. Else it ends with the try under way.
 */
bool mbus_bus_cancel(struct mbus_bus *bus, struct mbus_request *request,
		     u64 now)
{
	bool unsent = request->state == MBUS_REQUEST_QUEUED ||
		      mbus_line_cancel(&bus->line, &request->xfer, now);

	lockdep_assert_held(&bus->lock);

	if (unsent) {
		if (request->claim.user)
			mbus_arbiter_interrupt(&bus->arbiter, &request->claim,
					       now);
		else
			mbus_arbiter_withdraw(&bus->arbiter, &request->claim);
	}
	mbus_bus_settle(bus, now);
	return unsent;
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

static void take_settings(struct mbus_bus *bus,
			  struct mbus_tty_settings settings)
{
	u32 baud = max_t(u32, settings.baud, 1);

	spin_lock_bh(&bus->lock);
	if (bus->line.baud != baud || bus->format != settings.format) {
		mbus_line_set_baud(&bus->line, baud);
		bus->format = settings.format;
		mbus_bus_settle(bus, ktime_get_ns());
	}
	spin_unlock_bh(&bus->lock);
}

/* Between two transactions; the newest rate that was wanted. */
static void change_baud(struct mbus_bus *bus)
{
	bool taken;
	u32 baud;

	for (;;) {
		spin_lock_bh(&bus->lock);
		baud = 0;
		if (!bus->arbiter.active && !bus->dead)
			baud = bus->baud_wanted;
		spin_unlock_bh(&bus->lock);
		if (!baud)
			return;

		taken = mbus_tty_set_baud(bus->tty, baud);
		take_settings(bus, mbus_tty_read_settings(bus->tty));

		spin_lock_bh(&bus->lock);
		if (bus->baud_wanted == baud) {
			bus->baud_wanted = 0;
			bus->baud_refused = taken ? 0 : baud;
		}
		mbus_bus_settle(bus, ktime_get_ns());
		spin_unlock_bh(&bus->lock);
	}
}

/*
 * The line discipline's open has ended, or is about to: it holds a semaphore
 * whose release wakes nobody. Until then changes of the tty are not reported
 * to us, so they are read here.
 */
static void bus_open_work(struct work_struct *work)
{
	struct mbus_bus *bus = container_of(to_delayed_work(work),
					    struct mbus_bus, open_work);

	if (!mbus_tty_opened(bus->tty)) {
		queue_delayed_work(mbus_workqueue, &bus->open_work, 1);
		return;
	}
	take_settings(bus, mbus_tty_read_settings(bus->tty));
	bus->added = bus->ops->added;
	if (bus->added)
		bus->ops->added(bus);
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
	/* Nothing is sent at a rate that the line does not know of. */
	take_settings(bus, mbus_tty_read_settings(bus->tty));
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

/* Ends waiting transactions, or waiting holds as well. */
static void end_queued(struct mbus_bus *bus, bool holds_too, int error)
{
	struct mbus_claim *claim;

	while ((claim = mbus_arbiter_any(&bus->arbiter, holds_too)))
		end_request(bus, claim_to_request(claim), error);
}

/**
 * mbus_bus_set_link() - the peer behind the tty was connected or disconnected
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
		end_queued(bus, false, -ENOLINK);
		mbus_line_unplug(&bus->line, now);
	}
	bus->ops->wake(bus);
	mbus_bus_settle(bus, now);
unlock:
	spin_unlock_bh(&bus->lock);
}

/**
 * mbus_bus_termios() - the settings of the tty have changed
 * @bus: the bus
 *
 * With termios_rwsem held.
 */
void mbus_bus_termios(struct mbus_bus *bus)
{
	take_settings(bus, mbus_tty_settings(bus->tty));
}

/**
 * mbus_bus_flush() - the tty drops its received bytes
 * @bus: the bus
 */
void mbus_bus_flush(struct mbus_bus *bus)
{
	u64 now = ktime_get_ns();

	spin_lock_bh(&bus->lock);
	if (!bus->dead) {
		mbus_line_flush(&bus->line, now);
		mbus_bus_settle(bus, now);
	}
	spin_unlock_bh(&bus->lock);
}

/**
 * mbus_bus_set() - change the settings
 * @bus: the bus
 * @change: all of it is done, or nothing
 *
 * A baud rate is given to the tty when no transaction is under way; what came
 * of it is notified and can be seen in the status. Of several the newest
 * counts.
 *
 * Return: 0, -EINVAL if a value is out of range, -ENODEV.
 */
int mbus_bus_set(struct mbus_bus *bus, const struct mbus_change *change)
{
	struct mbus_timing timing;
	int ret = 0;

	spin_lock_bh(&bus->lock);
	timing = bus->line.timing;
	change->apply(&timing, change->data);
	if (bus->dead)
		ret = -ENODEV;
	else if (!mbus_line_set_timing(&bus->line, &timing))
		ret = -EINVAL;
	else if (change->baud)
		bus->baud_wanted = change->baud;
	mbus_bus_settle(bus, ktime_get_ns());
	spin_unlock_bh(&bus->lock);
	return ret;
}

/**
 * mbus_bus_get_status() - properties, settings and counters of a bus
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
	status->notice = notice_of(bus);
	status->state = bus_state(bus);
	status->clients = bus->client_count;
	status->records_lost = bus->records_lost;
	status->writes_dropped = bus->writes_dropped;
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
 * @ops: callbacks
 *
 * From the line discipline's open: nothing is received yet. The caller sets
 * its id and device.
 *
 * Return: the bus, for mbus_bus_free(), or NULL.
 */
struct mbus_bus *mbus_bus_alloc(struct tty_struct *tty,
				const struct mbus_bus_ops *ops)
{
	struct mbus_tty_settings settings;
	struct mbus_bus *bus;

	bus = kzalloc_obj(*bus, GFP_KERNEL);
	if (!bus)
		return NULL;
	bus->ops = ops;
	bus->tty = tty;
	mbus_tty_name(tty, bus->tty_name, sizeof(bus->tty_name));
	mbus_tty_errors(tty, &bus->icount);
	spin_lock_init(&bus->lock);
	INIT_LIST_HEAD(&bus->clients);
	INIT_WORK(&bus->work, bus_work);
	INIT_DELAYED_WORK(&bus->open_work, bus_open_work);
	INIT_WORK(&bus->notify_work, bus_notify_work);
	bus->attacher = get_pid(task_tgid(current));
	hrtimer_setup(&bus->timer, bus_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_SOFT);
	mbus_arbiter_init(&bus->arbiter);
	settings = mbus_tty_read_settings(tty);
	bus->format = settings.format;
	mbus_line_init(&bus->line, &bus_line_ops, settings.baud,
		       ktime_get_ns());
	bus->noticed = notice_of(bus);
	return bus;
}

/**
 * mbus_bus_free() - free a bus
 * @bus: with its last reference
 */
void mbus_bus_free(struct mbus_bus *bus)
{
	put_pid(bus->attacher);
	kfree(bus);
}

/**
 * mbus_bus_start() - the bus can be found by its users
 * @bus: the bus
 *
 * From the line discipline's open. ops->added() is called when that has ended.
 */
void mbus_bus_start(struct mbus_bus *bus)
{
	queue_delayed_work(mbus_workqueue, &bus->open_work, 0);
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
	spin_lock_bh(&bus->lock);
	WRITE_ONCE(bus->dead, true);
	mbus_line_unplug(&bus->line, ktime_get_ns());
	end_queued(bus, true, -ENODEV);
	bus->arbiter.holder = NULL;
	bus->baud_wanted = 0;
	bus->ops->wake(bus);
	spin_unlock_bh(&bus->lock);

	hrtimer_cancel(&bus->timer);
	cancel_work_sync(&bus->work);
	cancel_delayed_work_sync(&bus->open_work);
	cancel_work_sync(&bus->notify_work);
	bus->tty = NULL;
	if (bus->added)
		bus->ops->removed(bus);
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
