// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bus: its lifetime, the worker that alone touches the tty, and the timer.
 * Events go into line.c with the time they happened; what line.c asks for is
 * carried out here. Who may use the bus is arbiter.c's business.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/major.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/xarray.h>

#include "bus.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* How long a change of the baud rate waits for the transaction under way. */
#define BAUD_WAIT	(60 * HZ)

/*
 * All buses by id. An id has a NULL from the bus's unplug to the close of its
 * last file. Under the mutex a bus that is found cannot be freed.
 */
static DEFINE_XARRAY_ALLOC(mbus_buses);
static DEFINE_MUTEX(mbus_buses_mutex);

/* One work item a bus: never concurrent with itself, never behind another. */
static struct workqueue_struct *mbus_workqueue;

static struct mbus_bus *dev_to_bus(struct device *dev)
{
	return container_of(dev, struct mbus_bus, dev);
}

static struct mbus_bus *line_to_bus(struct mbus_line *line)
{
	return container_of(line, struct mbus_bus, line);
}

static void arm_timer(struct mbus_bus *bus)
{
	u64 at = bus->line.timer_ns;

	if (bus->holder)
		at = min(at, bus->hold_ends_ns);
	if (at == MBUS_LINE_NO_TIMER)
		hrtimer_try_to_cancel(&bus->timer);
	else
		hrtimer_start(&bus->timer, ns_to_ktime(at),
			      HRTIMER_MODE_ABS_SOFT);
}

static u8 bus_state(const struct mbus_bus *bus)
{
	if (bus->no_link)
		return MBUS_STATE_NO_LINK;
	if (bus->holder)
		return MBUS_STATE_HELD;
	return bus->active ? MBUS_STATE_BUSY : MBUS_STATE_IDLE;
}

/* Listeners are told from process context, of the newest state only. */
static void tell_changes(struct mbus_bus *bus)
{
	struct mbus_told now = {
		.slack_us = bus->line.timing.slack_us,
		.state = bus_state(bus),
		.echo_learnt = bus->line.echo.learnt,
	};

	if (now.slack_us == bus->told.slack_us &&
	    now.state == bus->told.state &&
	    now.echo_learnt == bus->told.echo_learnt)
		return;
	if (now.state != bus->told.state)
		trace_mbus_state(bus->id, now.state);
	bus->told = now;
	if (mbus_netlink_listening())
		queue_work(mbus_workqueue, &bus->notify_work);
}

static void bus_notify_work(struct work_struct *work)
{
	mbus_netlink_notify(container_of(work, struct mbus_bus, notify_work),
			    MBUS_CMD_BUS_CHANGE_NTF);
}

/**
 * mbus_bus_settle() - what follows from any event
 * @bus: the bus, with bus->lock held
 * @now: time of the event
 *
 * Whoever may have the bus now gets it, the timer is armed for what the line
 * waits for, listeners hear of a change.
 */
void mbus_bus_settle(struct mbus_bus *bus, u64 now)
{
	lockdep_assert_held(&bus->lock);

	if (bus->dead)
		return;
	if (bus->new_baud && !bus->active)
		queue_work(mbus_workqueue, &bus->work);
	mbus_arbiter_next(bus, now);
	arm_timer(bus);
	tell_changes(bus);
}

/* Called by line.c under bus->lock; so are the next two. */
static void line_send(struct mbus_line *line)
{
	queue_work(mbus_workqueue, &line_to_bus(line)->work);
}

static void trace_record(int id, const struct mbus_record *record,
			 const u8 *data)
{
	if (record->kind == MBUS_KIND_OUTCOME)
		trace_mbus_outcome(id, record);
	else if (record->kind == MBUS_KIND_FINDING)
		trace_mbus_finding(id, record, data);
	else if (record->direction == MBUS_DIRECTION_SENT)
		trace_mbus_tx(id, record, data);
	else
		trace_mbus_rx(id, record, data);
}

static void line_record(struct mbus_line *line,
			const struct mbus_record *record, const u8 *data)
{
	struct mbus_bus *bus = line_to_bus(line);
	struct mbus_record *head = (struct mbus_record *)bus->record;
	bool received = record->direction == MBUS_DIRECTION_RECEIVED;
	struct mbus_client *client;
	u32 flags = record->flags;

	trace_record(bus->id, record, data);
	*head = *record;
	head->seq = bus->seq++;
	memcpy(head + 1, data, record->len);
	list_for_each_entry(client, &bus->clients, node) {
		head->flags = flags;
		if (!received && bus->active && bus->active->client == client)
			head->flags |= MBUS_FLAG_OWN;
		mbus_client_record(client, head, sizeof(*head) + record->len);
	}
}

static void line_done(struct mbus_line *line, struct mbus_line_xfer *xfer)
{
	struct mbus_bus *bus = line_to_bus(line);
	struct mbus_request *request = bus->active;

	bus->active = NULL;
	mbus_request_end(bus, request, xfer->error);
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
		tty_driver_flush_buffer(bus->tty);
	return bus->tx_len;
}

/* Between two transactions; our own set_termios() takes over what came of it. */
static void change_baud(struct mbus_bus *bus)
{
	struct tty_struct *tty = bus->tty;
	struct ktermios termios;
	u32 baud = 0;

	spin_lock_bh(&bus->lock);
	if (!bus->active && !bus->dead)
		baud = bus->new_baud;
	spin_unlock_bh(&bus->lock);
	if (!baud)
		return;

	down_read(&tty->termios_rwsem);
	termios = tty->termios;
	up_read(&tty->termios_rwsem);
	tty_termios_encode_baud_rate(&termios, baud, baud);
	tty_set_termios(tty, &termios);

	spin_lock_bh(&bus->lock);
	bus->new_baud = 0;
	mbus_bus_settle(bus, ktime_get_ns());
	spin_unlock_bh(&bus->lock);
	wake_up_all(&bus->baud_wait);
}

/*
 * The only place that writes to the tty; in process context with no lock held,
 * as some drivers' write() sleeps and a pty's may call our write_wakeup().
 */
static void bus_work(struct work_struct *work)
{
	struct mbus_bus *bus = container_of(work, struct mbus_bus, work);
	struct tty_struct *tty = bus->tty;
	ssize_t written;
	u64 now;

	change_baud(bus);
	if (!tx_pending(bus))
		return;

	/* Before the write: its end may be reported while it still runs. */
	set_bit(TTY_DO_WRITE_WAKEUP, &tty->flags);
	written = tty->ops->write(tty, bus->tx + bus->tx_pos,
				  bus->tx_len - bus->tx_pos);

	spin_lock_bh(&bus->lock);
	now = ktime_get_ns();
	if (written < 0) {
		bus->tx_len = 0;
		mbus_line_send_failed(&bus->line, -EIO, now);
	} else {
		/* A driver may lie. */
		written = min_t(ssize_t, written, bus->tx_len - bus->tx_pos);
		bus->tx_pos += written;
		if (bus->tx_pos == bus->tx_len)
			bus->tx_len = 0;
		mbus_line_sent(&bus->line, written, now);
	}
	mbus_bus_settle(bus, now);
	spin_unlock_bh(&bus->lock);

	if (!bus->tx_len)
		clear_bit(TTY_DO_WRITE_WAKEUP, &tty->flags);
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

/**
 * mbus_bus_set_link() - what is behind the tty was disconnected or connected
 * @bus: the bus
 * @up: connected
 *
 * Users learn of it at once; holds stay, as the bus will be the same again.
 */
void mbus_bus_set_link(struct mbus_bus *bus, bool up)
{
	struct mbus_client *client;
	u64 now = ktime_get_ns();

	spin_lock_bh(&bus->lock);
	/* Said again it is no news, and no reason to begin anew. */
	if (bus->no_link == !up)
		goto unlock;
	bus->no_link = !up;
	if (up) {
		mbus_line_restart(&bus->line, now);
	} else {
		mbus_arbiter_refuse(bus, -ENOLINK);
		mbus_line_unplug(&bus->line, now);
	}
	list_for_each_entry(client, &bus->clients, node)
		wake_up_all(&client->wait);
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
	tcflag_t format = bus->tty->termios.c_cflag &
			  (CSIZE | PARENB | PARODD | CSTOPB);
	u32 baud = tty_get_baud_rate(bus->tty);

	spin_lock_bh(&bus->lock);
	mbus_line_set_baud(&bus->line, baud);
	bus->format = format == (CS8 | PARENB) ? MBUS_FORMAT_8E1 : 0;
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
	status->baud = bus->line.baud;
	status->format = bus->format;
	status->state = bus_state(bus);
	status->clients = bus->client_count;
	status->echo_learnt = bus->line.echo.learnt;
	status->records_lost = bus->records_lost;
	status->timing = bus->line.timing;
	status->stats = bus->line.stats;
	spin_unlock_bh(&bus->lock);
}

static ssize_t tty_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	return sysfs_emit(buf, "%s\n", dev_to_bus(dev)->tty_name);
}
static DEVICE_ATTR_RO(tty);

static ssize_t baud_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(dev_to_bus(dev)->line.baud));
}
static DEVICE_ATTR_RO(baud);

static ssize_t state_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	static const char *const names[] = {
		[MBUS_STATE_IDLE] = "idle",
		[MBUS_STATE_BUSY] = "busy",
		[MBUS_STATE_HELD] = "held",
		[MBUS_STATE_NO_LINK] = "no-link",
	};
	struct mbus_bus *bus = dev_to_bus(dev);
	u8 state;

	spin_lock_bh(&bus->lock);
	state = bus_state(bus);
	spin_unlock_bh(&bus->lock);
	return sysfs_emit(buf, "%s\n", names[state]);
}
static DEVICE_ATTR_RO(state);

static struct attribute *mbus_attrs[] = {
	&dev_attr_tty.attr,
	&dev_attr_baud.attr,
	&dev_attr_state.attr,
	NULL
};
ATTRIBUTE_GROUPS(mbus);

static void bus_dev_release(struct device *dev)
{
	struct mbus_bus *bus = dev_to_bus(dev);

	mutex_lock(&mbus_buses_mutex);
	xa_erase(&mbus_buses, bus->id);
	mutex_unlock(&mbus_buses_mutex);
	kfree(bus);
}

struct class mbus_class = {
	.name = "mbus",
	.dev_groups = mbus_groups,
};

/* Lets mbus_bus_get() find a bus, or no longer. */
static void publish(int id, struct mbus_bus *bus)
{
	mutex_lock(&mbus_buses_mutex);
	/* The entry exists: nothing is allocated that could fail. */
	xa_store(&mbus_buses, id, bus, GFP_KERNEL);
	mutex_unlock(&mbus_buses_mutex);
}

/**
 * mbus_bus_get() - a bus with a reference
 * @id: N of /dev/mbusN
 *
 * Return: the bus, or NULL if no tty is attached as that.
 */
struct mbus_bus *mbus_bus_get(u32 id)
{
	struct mbus_bus *bus;

	mutex_lock(&mbus_buses_mutex);
	bus = xa_load(&mbus_buses, id);
	if (bus)
		get_device(&bus->dev);
	mutex_unlock(&mbus_buses_mutex);
	return bus;
}

/**
 * mbus_bus_get_next() - the first bus from an id on, with a reference
 * @id: where to begin; on return the id of the bus
 *
 * Return: the bus or NULL.
 */
struct mbus_bus *mbus_bus_get_next(u32 *id)
{
	struct mbus_bus *bus;
	unsigned long next = *id;

	mutex_lock(&mbus_buses_mutex);
	bus = xa_find(&mbus_buses, &next, MBUS_MINORS - 1, XA_PRESENT);
	if (bus) {
		get_device(&bus->dev);
		*id = next;
	}
	mutex_unlock(&mbus_buses_mutex);
	return bus;
}

/**
 * mbus_bus_put() - give a reference back
 * @bus: the bus
 */
void mbus_bus_put(struct mbus_bus *bus)
{
	put_device(&bus->dev);
}

/* The name below /dev: the kernel calls /dev/pts/3 pts3. */
static void name_tty(char *name, size_t size, struct tty_struct *tty)
{
	if (tty->driver->type == TTY_DRIVER_TYPE_PTY &&
	    tty->driver->major == UNIX98_PTY_SLAVE_MAJOR)
		snprintf(name, size, "pts/%d", tty->index);
	else
		strscpy(name, tty_name(tty), size);
}

/**
 * mbus_bus_create() - a bus on a tty, ready for users
 * @tty: stays the bus's until mbus_bus_destroy()
 *
 * From the line discipline's open: nothing is received yet.
 *
 * Return: the bus or an ERR_PTR().
 */
struct mbus_bus *mbus_bus_create(struct tty_struct *tty)
{
	struct mbus_bus *bus;
	int ret;
	u32 id;

	bus = kzalloc(sizeof(*bus), GFP_KERNEL);
	if (!bus)
		return ERR_PTR(-ENOMEM);

	mutex_lock(&mbus_buses_mutex);
	ret = xa_alloc(&mbus_buses, &id, NULL,
		       XA_LIMIT(0, MBUS_MINORS - 1), GFP_KERNEL);
	mutex_unlock(&mbus_buses_mutex);
	if (ret) {
		kfree(bus);
		return ERR_PTR(ret);
	}
	bus->id = id;
	bus->tty = tty;
	name_tty(bus->tty_name, sizeof(bus->tty_name), tty);
	spin_lock_init(&bus->lock);
	INIT_LIST_HEAD(&bus->clients);
	INIT_LIST_HEAD(&bus->queue);
	INIT_WORK(&bus->work, bus_work);
	INIT_WORK(&bus->notify_work, bus_notify_work);
	mutex_init(&bus->setting);
	init_waitqueue_head(&bus->baud_wait);
	hrtimer_setup(&bus->timer, bus_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_SOFT);
	mbus_line_init(&bus->line, &bus_line_ops, tty_get_baud_rate(tty),
		       ktime_get_ns());
	mbus_bus_termios(bus);

	device_initialize(&bus->dev);
	bus->dev.class = &mbus_class;
	bus->dev.parent = tty->dev;
	bus->dev.release = bus_dev_release;
	mbus_chardev_setup(bus);
	ret = dev_set_name(&bus->dev, "mbus%d", bus->id);
	if (ret)
		goto put_device;
	ret = cdev_device_add(&bus->cdev, &bus->dev);
	if (ret)
		goto put_device;
	publish(bus->id, bus);
	mbus_netlink_notify(bus, MBUS_CMD_BUS_ADD_NTF);
	return bus;

put_device:
	put_device(&bus->dev);
	return ERR_PTR(ret);
}

/**
 * mbus_bus_destroy() - the tty is going away
 * @bus: the bus; open files keep its memory, nothing else of it is used
 *
 * From the line discipline's close: no other callback of it runs or will.
 * Bounded: nothing here waits for the wire.
 */
void mbus_bus_destroy(struct mbus_bus *bus)
{
	struct mbus_request *request, *next;
	struct mbus_client *client;

	spin_lock_bh(&bus->lock);
	bus->dead = true;
	mbus_line_unplug(&bus->line, ktime_get_ns());
	list_for_each_entry_safe(request, next, &bus->queue, node) {
		list_del_init(&request->node);
		mbus_request_end(bus, request, -ENODEV);
	}
	bus->holder = NULL;
	list_for_each_entry(client, &bus->clients, node)
		wake_up_all(&client->wait);
	bus->new_baud = 0;
	wake_up_all(&bus->baud_wait);
	spin_unlock_bh(&bus->lock);

	publish(bus->id, NULL);
	hrtimer_cancel(&bus->timer);
	cancel_work_sync(&bus->work);
	cancel_work_sync(&bus->notify_work);
	bus->tty = NULL;
	mbus_netlink_notify(bus, MBUS_CMD_BUS_DEL_NTF);
	cdev_device_del(&bus->cdev, &bus->dev);
	put_device(&bus->dev);
}

int mbus_bus_init(void)
{
	mbus_workqueue = alloc_workqueue("mbus", WQ_UNBOUND | WQ_HIGHPRI, 0);
	return mbus_workqueue ? 0 : -ENOMEM;
}

void mbus_bus_exit(void)
{
	destroy_workqueue(mbus_workqueue);
	xa_destroy(&mbus_buses);
}
