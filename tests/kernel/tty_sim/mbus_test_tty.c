// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pairs of ports for tests: what one sends comes in at the other at the pace
 * of the baud rate, with the faults that its far end was told to make. See
 * tty_sim.h.
 */
#include <linux/hrtimer.h>
#include <linux/kfifo.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/serial.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/tty_flip.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/wait.h>

#include "tty_sim.h"

#define BITS_PER_CHAR	11

/* Before 6.6 write() had an int count. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
typedef int sim_written;
typedef int sim_count;
#else
typedef ssize_t sim_written;
typedef size_t sim_count;
#endif

struct sim_byte {
	u8 byte;
	u8 errors;
};

/**
 * struct sim_pair - a wire with its two ports
 * @tested: the port for the line discipline
 * @far: the test's end
 * @plugged: the tested port is there; changed by the far end's ioctls only
 * @lock: protects all below; taken with interrupts off, as the timers and
 *	real drivers' wakeups run in hardirq
 * @settings: what to do wrong
 * @info: for the test
 * @char_ns: time of one character
 * @status_mask: TTY_SIM_* that the tested port's termios asks for
 * @tx_timer: hardirq; a byte has left the tested port
 * @rx_timer: softirq; a byte has come in there
 * @late_timer: softirq; a wakeup that was held back
 * @wake_timer: hardirq; wakeups nobody asked for
 * @tx_runs: @tx_timer will look at @tx
 * @rx_runs: @rx_timer will look at @rx
 * @stopped: nothing leaves the tested port, as after XOFF
 * @throttled: nothing comes in, as its reader did not read
 * @tx: bytes on their way from the tested port
 * @rx: bytes on their way to it
 * @undelivered: bytes that came in since the last chunk was pushed
 * @echoed: bytes since the last write()
 * @wakes: wakeups left to make
 * @wake_ns: time between two of them
 * @icount: what get_icount() tells
 * @hang_wait: where a write() hangs until it has lasted long enough, the
 *	settings change or the port is unplugged
 */
struct sim_pair {
	struct tty_port tested;
	struct tty_port far;
	bool plugged;

	spinlock_t lock; /* see above */
	struct tty_sim_settings settings;
	struct tty_sim_info info;
	u64 char_ns;
	u8 status_mask;
	struct hrtimer tx_timer;
	struct hrtimer rx_timer;
	struct hrtimer late_timer;
	struct hrtimer wake_timer;
	bool tx_runs;
	bool rx_runs;
	bool stopped;
	bool throttled;
	DECLARE_KFIFO(tx, u8, 1024);
	DECLARE_KFIFO(rx, struct sim_byte, 4096);
	unsigned int undelivered;
	unsigned int echoed;
	unsigned int wakes;
	u64 wake_ns;
	struct serial_icounter_struct icount;
	wait_queue_head_t hang_wait;
};

static struct sim_pair sim_pairs[TTY_SIM_PAIRS];
static struct tty_driver *tested_driver;
static struct tty_driver *far_driver;

static struct sim_pair *tty_pair(struct tty_struct *tty)
{
	return &sim_pairs[tty->index];
}

static void push_received(struct sim_pair *pair)
{
	pair->undelivered = 0;
	tty_flip_buffer_push(&pair->tested);
}

static void count_errors(struct sim_pair *pair, u8 errors)
{
	struct serial_icounter_struct *icount = &pair->icount;

	icount->rx++;
	icount->parity += !!(errors & TTY_SIM_PARITY);
	icount->frame += !!(errors & TTY_SIM_FRAMING);
	icount->brk += !!(errors & TTY_SIM_BREAK);
	icount->overrun += !!(errors & TTY_SIM_OVERRUN);
}

static u8 tty_flag(u8 errors)
{
	if (errors & TTY_SIM_BREAK)
		return TTY_BREAK;
	if (errors & TTY_SIM_PARITY)
		return TTY_PARITY;
	if (errors & TTY_SIM_FRAMING)
		return TTY_FRAME;
	return TTY_NORMAL;
}

static void deliver(struct sim_pair *pair, u8 byte, u8 errors)
{
	lockdep_assert_held(&pair->lock);

	if (!tty_port_initialized(&pair->tested))
		return;
	count_errors(pair, errors);
	if (pair->settings.errors == TTY_SIM_ERRORS_COUNTS)
		errors = 0;
	errors &= pair->status_mask;
	tty_insert_flip_char(&pair->tested, byte, tty_flag(errors));
	if (errors & TTY_SIM_OVERRUN)
		tty_insert_flip_char(&pair->tested, 0, TTY_OVERRUN);
	pair->undelivered++;
	if (pair->undelivered >= pair->settings.chunk)
		push_received(pair);
}

static void wakeup(struct sim_pair *pair)
{
	switch (pair->settings.wakeup) {
	case TTY_SIM_WAKEUP_SENT:
		/* With our lock held and interrupts off, as 8250 does. */
		tty_port_tty_wakeup(&pair->tested);
		break;
	case TTY_SIM_WAKEUP_LATE:
		hrtimer_start(&pair->late_timer,
			      ms_to_ktime(pair->settings.wakeup_arg),
			      HRTIMER_MODE_REL_SOFT);
		break;
	}
}

static void echo(struct sim_pair *pair, u8 byte)
{
	pair->echoed++;
	if (pair->settings.echo == TTY_SIM_ECHO_DIFFERS && pair->echoed == 3)
		byte ^= 0x55;
	if (pair->settings.echo != TTY_SIM_ECHO_OFF)
		deliver(pair, byte, 0);
}

static enum hrtimer_restart tx_timer(struct hrtimer *timer)
{
	struct sim_pair *pair = container_of(timer, struct sim_pair, tx_timer);
	enum hrtimer_restart again = HRTIMER_RESTART;
	unsigned long flags;
	u8 byte;

	spin_lock_irqsave(&pair->lock, flags);
	if (!pair->stopped && kfifo_get(&pair->tx, &byte)) {
		pair->icount.tx++;
		echo(pair, byte);
		if (tty_port_initialized(&pair->far)) {
			tty_insert_flip_char(&pair->far, byte, TTY_NORMAL);
			tty_flip_buffer_push(&pair->far);
		}
	}
	pair->tx_runs = !pair->stopped && !kfifo_is_empty(&pair->tx);
	if (!pair->tx_runs) {
		again = HRTIMER_NORESTART;
		if (pair->undelivered)
			push_received(pair);
		wakeup(pair);
	} else {
		hrtimer_forward_now(timer, ns_to_ktime(pair->char_ns));
	}
	spin_unlock_irqrestore(&pair->lock, flags);
	return again;
}

static enum hrtimer_restart rx_timer(struct hrtimer *timer)
{
	struct sim_pair *pair = container_of(timer, struct sim_pair, rx_timer);
	enum hrtimer_restart again = HRTIMER_RESTART;
	struct sim_byte byte;
	unsigned long flags;

	spin_lock_irqsave(&pair->lock, flags);
	if (!pair->throttled && kfifo_get(&pair->rx, &byte))
		deliver(pair, byte.byte, byte.errors);
	pair->rx_runs = !pair->throttled && !kfifo_is_empty(&pair->rx);
	if (!pair->rx_runs) {
		again = HRTIMER_NORESTART;
		if (pair->undelivered)
			push_received(pair);
	} else {
		hrtimer_forward_now(timer, ns_to_ktime(pair->char_ns));
	}
	spin_unlock_irqrestore(&pair->lock, flags);
	return again;
}

static enum hrtimer_restart late_timer(struct hrtimer *timer)
{
	struct sim_pair *pair = container_of(timer, struct sim_pair,
					     late_timer);

	tty_port_tty_wakeup(&pair->tested);
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart wake_timer(struct hrtimer *timer)
{
	struct sim_pair *pair = container_of(timer, struct sim_pair,
					     wake_timer);
	enum hrtimer_restart again = HRTIMER_NORESTART;
	unsigned long flags;

	spin_lock_irqsave(&pair->lock, flags);
	tty_port_tty_wakeup(&pair->tested);
	if (pair->wakes && --pair->wakes) {
		hrtimer_forward_now(timer, ns_to_ktime(pair->wake_ns));
		again = HRTIMER_RESTART;
	}
	spin_unlock_irqrestore(&pair->lock, flags);
	return again;
}

/* Only the timer takes bytes out, one character time after each other. */
static void start_timer(struct sim_pair *pair, struct hrtimer *timer,
			bool *runs, enum hrtimer_mode mode)
{
	lockdep_assert_held(&pair->lock);

	if (!*runs)
		hrtimer_start(timer, ns_to_ktime(pair->char_ns), mode);
	*runs = true;
}

static void start_tx(struct sim_pair *pair)
{
	start_timer(pair, &pair->tx_timer, &pair->tx_runs, HRTIMER_MODE_REL);
}

static void start_rx(struct sim_pair *pair)
{
	start_timer(pair, &pair->rx_timer, &pair->rx_runs,
		    HRTIMER_MODE_REL_SOFT);
}

/* What write() does this time. */
static struct tty_sim_settings next_write(struct sim_pair *pair)
{
	struct tty_sim_settings now;

	spin_lock_irq(&pair->lock);
	now = pair->settings;
	pair->info.writes++;
	pair->info.hanging = now.write == TTY_SIM_WRITE_HANG;
	if (pair->settings.write_calls && !--pair->settings.write_calls)
		pair->settings.write = TTY_SIM_WRITE_ALL;
	spin_unlock_irq(&pair->lock);
	return now;
}

static void hang(struct sim_pair *pair, unsigned int ms)
{
	wait_event_timeout(pair->hang_wait,
			   !READ_ONCE(pair->info.hanging) || !pair->plugged,
			   msecs_to_jiffies(ms));
	spin_lock_irq(&pair->lock);
	pair->info.hanging = false;
	spin_unlock_irq(&pair->lock);
}

static sim_written tested_write(struct tty_struct *tty, const u8 *bytes,
				sim_count count)
{
	struct sim_pair *pair = tty_pair(tty);
	struct tty_sim_settings now = next_write(pair);
	unsigned int taken = count;

	switch (now.write) {
	case TTY_SIM_WRITE_PART:
		taken = min(taken, now.write_arg);
		break;
	case TTY_SIM_WRITE_NONE:
		return 0;
	case TTY_SIM_WRITE_ERROR:
		return -(int)now.write_arg;
	case TTY_SIM_WRITE_LOSE:
		return count;
	case TTY_SIM_WRITE_HANG:
		hang(pair, now.write_arg);
		break;
	}
	if (!pair->plugged)
		return -EIO;

	spin_lock_irq(&pair->lock);
	pair->echoed = 0;
	taken = kfifo_in(&pair->tx, bytes, taken);
	if (taken)
		start_tx(pair);
	spin_unlock_irq(&pair->lock);

	if (now.wakeup == TTY_SIM_WAKEUP_INSIDE)
		tty_wakeup(tty);
	return taken + (now.write == TTY_SIM_WRITE_MORE ? now.write_arg : 0);
}

static unsigned int tested_write_room(struct tty_struct *tty)
{
	return kfifo_avail(&tty_pair(tty)->tx);
}

static unsigned int tested_chars_in_buffer(struct tty_struct *tty)
{
	return kfifo_len(&tty_pair(tty)->tx);
}

static void tested_flush_buffer(struct tty_struct *tty)
{
	struct sim_pair *pair = tty_pair(tty);

	spin_lock_irq(&pair->lock);
	kfifo_reset(&pair->tx);
	spin_unlock_irq(&pair->lock);
}

/* With the lock of tty->flow held. */
static void tested_stop(struct tty_struct *tty)
{
	struct sim_pair *pair = tty_pair(tty);
	unsigned long flags;

	spin_lock_irqsave(&pair->lock, flags);
	pair->stopped = true;
	spin_unlock_irqrestore(&pair->lock, flags);
}

static void tested_start(struct tty_struct *tty)
{
	struct sim_pair *pair = tty_pair(tty);
	unsigned long flags;

	spin_lock_irqsave(&pair->lock, flags);
	pair->stopped = false;
	start_tx(pair);
	spin_unlock_irqrestore(&pair->lock, flags);
}

static void tested_throttle(struct tty_struct *tty)
{
	struct sim_pair *pair = tty_pair(tty);

	spin_lock_irq(&pair->lock);
	pair->throttled = true;
	spin_unlock_irq(&pair->lock);
}

static void tested_unthrottle(struct tty_struct *tty)
{
	struct sim_pair *pair = tty_pair(tty);

	spin_lock_irq(&pair->lock);
	pair->throttled = false;
	start_rx(pair);
	spin_unlock_irq(&pair->lock);
}

static void tested_set_termios(struct tty_struct *tty,
			       const struct ktermios *old)
{
	struct sim_pair *pair = tty_pair(tty);
	u32 baud = tty_get_baud_rate(tty);

	spin_lock_irq(&pair->lock);
	pair->char_ns = div_u64((u64)BITS_PER_CHAR * NSEC_PER_SEC,
				baud ? baud : 9600);
	/* As 8250: errors are only told to who wants to know of them. */
	pair->status_mask = TTY_SIM_OVERRUN;
	if (I_INPCK(tty))
		pair->status_mask |= TTY_SIM_PARITY | TTY_SIM_FRAMING;
	if (I_BRKINT(tty) || I_PARMRK(tty))
		pair->status_mask |= TTY_SIM_BREAK;
	spin_unlock_irq(&pair->lock);
}

static int tested_get_icount(struct tty_struct *tty,
			     struct serial_icounter_struct *icount)
{
	struct sim_pair *pair = tty_pair(tty);

	spin_lock_irq(&pair->lock);
	*icount = pair->icount;
	spin_unlock_irq(&pair->lock);
	return 0;
}

static int tested_open(struct tty_struct *tty, struct file *file)
{
	tested_set_termios(tty, NULL);
	return tty_port_open(tty->port, tty, file);
}

static void sim_close(struct tty_struct *tty, struct file *file)
{
	tty_port_close(tty->port, tty, file);
}

static void sim_hangup(struct tty_struct *tty)
{
	tty_port_hangup(tty->port);
}

static void tested_shutdown(struct tty_port *port)
{
	struct sim_pair *pair = container_of(port, struct sim_pair, tested);

	spin_lock_irq(&pair->lock);
	kfifo_reset(&pair->tx);
	kfifo_reset(&pair->rx);
	pair->undelivered = 0;
	pair->stopped = false;
	pair->throttled = false;
	pair->wakes = 0;
	spin_unlock_irq(&pair->lock);
	hrtimer_cancel(&pair->tx_timer);
	hrtimer_cancel(&pair->rx_timer);
	hrtimer_cancel(&pair->late_timer);
	hrtimer_cancel(&pair->wake_timer);
	pair->tx_runs = false;
	pair->rx_runs = false;
}

static const struct tty_port_operations tested_port_ops = {
	.shutdown = tested_shutdown,
};

static const struct tty_port_operations far_port_ops = {};

static int tested_install(struct tty_driver *driver, struct tty_struct *tty);

#define TESTED_OPS						\
	.install = tested_install,				\
	.open = tested_open,					\
	.close = sim_close,					\
	.hangup = sim_hangup,					\
	.write_room = tested_write_room,			\
	.chars_in_buffer = tested_chars_in_buffer,		\
	.flush_buffer = tested_flush_buffer,			\
	.stop = tested_stop,					\
	.start = tested_start,					\
	.throttle = tested_throttle,				\
	.unthrottle = tested_unthrottle,			\
	.set_termios = tested_set_termios

static const struct tty_operations tested_ops = {
	TESTED_OPS,
	.write = tested_write,
};

static const struct tty_operations tested_icount_ops = {
	TESTED_OPS,
	.write = tested_write,
	.get_icount = tested_get_icount,
};

static const struct tty_operations tested_no_write_ops = {
	TESTED_OPS,
};

/* A tty keeps its operations to its end, so they are chosen here. */
static int tested_install(struct tty_driver *driver, struct tty_struct *tty)
{
	struct sim_pair *pair = tty_pair(tty);

	if (pair->settings.no_write)
		tty->ops = &tested_no_write_ops;
	else if (pair->settings.errors != TTY_SIM_ERRORS_FLAGS)
		tty->ops = &tested_icount_ops;
	return tty_port_install(&pair->tested, driver, tty);
}

static int far_install(struct tty_driver *driver, struct tty_struct *tty)
{
	return tty_port_install(&tty_pair(tty)->far, driver, tty);
}

static int far_open(struct tty_struct *tty, struct file *file)
{
	return tty_port_open(tty->port, tty, file);
}

static sim_written far_write(struct tty_struct *tty, const u8 *bytes,
			     sim_count count)
{
	struct sim_pair *pair = tty_pair(tty);
	struct sim_byte byte = {};
	unsigned int taken;

	spin_lock_irq(&pair->lock);
	for (taken = 0; taken < count; taken++) {
		byte.byte = bytes[taken];
		if (!kfifo_put(&pair->rx, byte))
			break;
	}
	if (taken)
		start_rx(pair);
	spin_unlock_irq(&pair->lock);
	return taken;
}

static unsigned int far_write_room(struct tty_struct *tty)
{
	return kfifo_avail(&tty_pair(tty)->rx);
}

static int far_set(struct sim_pair *pair, const void __user *argp)
{
	struct tty_sim_settings settings;

	if (copy_from_user(&settings, argp, sizeof(settings)))
		return -EFAULT;
	spin_lock_irq(&pair->lock);
	pair->settings = settings;
	pair->info.hanging = false;
	spin_unlock_irq(&pair->lock);
	wake_up_all(&pair->hang_wait);
	return 0;
}

static int far_send(struct sim_pair *pair, const void __user *argp)
{
	struct tty_sim_bytes *bytes;
	struct sim_byte byte;
	unsigned int i;

	bytes = memdup_user(argp, sizeof(*bytes));
	if (IS_ERR(bytes))
		return PTR_ERR(bytes);
	spin_lock_irq(&pair->lock);
	for (i = 0; i < min_t(u32, bytes->count, TTY_SIM_BYTES); i++) {
		byte.byte = bytes->bytes[i];
		byte.errors = bytes->errors[i];
		kfifo_put(&pair->rx, byte);
	}
	start_rx(pair);
	spin_unlock_irq(&pair->lock);
	kfree(bytes);
	return 0;
}

static int far_wake(struct sim_pair *pair, const void __user *argp)
{
	struct tty_sim_wakeups wakeups;

	if (copy_from_user(&wakeups, argp, sizeof(wakeups)))
		return -EFAULT;
	spin_lock_irq(&pair->lock);
	pair->wakes = wakeups.count;
	pair->wake_ns = max(wakeups.us, 1U) * NSEC_PER_USEC;
	if (pair->wakes)
		hrtimer_start(&pair->wake_timer, ns_to_ktime(pair->wake_ns),
			      HRTIMER_MODE_REL);
	spin_unlock_irq(&pair->lock);
	return 0;
}

static int far_get_info(struct sim_pair *pair, void __user *argp)
{
	struct tty_sim_info info;

	spin_lock_irq(&pair->lock);
	info = pair->info;
	spin_unlock_irq(&pair->lock);
	return copy_to_user(argp, &info, sizeof(info)) ? -EFAULT : 0;
}

/* As a USB serial driver's disconnect: bytes and hangup, then the device. */
static int far_unplug(struct sim_pair *pair)
{
	struct tty_struct *tty;

	if (!pair->plugged)
		return -ENODEV;
	WRITE_ONCE(pair->plugged, false);
	wake_up_all(&pair->hang_wait);
	tty = tty_port_tty_get(&pair->tested);
	if (tty) {
		tty_vhangup(tty);
		tty_kref_put(tty);
	}
	tty_unregister_device(tested_driver, pair - sim_pairs);
	return 0;
}

static int far_plug(struct sim_pair *pair)
{
	struct device *dev;

	if (pair->plugged)
		return -EBUSY;
	dev = tty_port_register_device(&pair->tested, tested_driver,
				       pair - sim_pairs, NULL);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	WRITE_ONCE(pair->plugged, true);
	return 0;
}

static int far_ioctl(struct tty_struct *tty, unsigned int cmd,
		     unsigned long arg)
{
	struct sim_pair *pair = tty_pair(tty);
	void __user *argp = (void __user *)arg;

	switch (cmd) {
	case TTY_SIM_IOC_SET:
		return far_set(pair, argp);
	case TTY_SIM_IOC_SEND:
		return far_send(pair, argp);
	case TTY_SIM_IOC_WAKE:
		return far_wake(pair, argp);
	case TTY_SIM_IOC_GET_INFO:
		return far_get_info(pair, argp);
	case TTY_SIM_IOC_HANGUP:
		tty_port_tty_hangup(&pair->tested, false);
		return 0;
	case TTY_SIM_IOC_UNPLUG:
		return far_unplug(pair);
	case TTY_SIM_IOC_PLUG:
		return far_plug(pair);
	default:
		return -ENOIOCTLCMD;
	}
}

static const struct tty_operations far_ops = {
	.install = far_install,
	.open = far_open,
	.close = sim_close,
	.hangup = sim_hangup,
	.write = far_write,
	.write_room = far_write_room,
	.ioctl = far_ioctl,
};

static void sim_init_pair(struct sim_pair *pair)
{
	spin_lock_init(&pair->lock);
	init_waitqueue_head(&pair->hang_wait);
	INIT_KFIFO(pair->tx);
	INIT_KFIFO(pair->rx);
	pair->char_ns = NSEC_PER_MSEC;
	hrtimer_setup(&pair->tx_timer, tx_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
	hrtimer_setup(&pair->rx_timer, rx_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	hrtimer_setup(&pair->late_timer, late_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	hrtimer_setup(&pair->wake_timer, wake_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
	tty_port_init(&pair->tested);
	pair->tested.ops = &tested_port_ops;
	tty_port_init(&pair->far);
	pair->far.ops = &far_port_ops;
}

static struct tty_driver *sim_driver(const char *name,
				     const struct tty_operations *ops)
{
	struct tty_driver *driver;
	int ret;

	driver = tty_alloc_driver(TTY_SIM_PAIRS, TTY_DRIVER_REAL_RAW |
				  TTY_DRIVER_DYNAMIC_DEV);
	if (IS_ERR(driver))
		return driver;
	driver->driver_name = name;
	driver->name = name;
	driver->type = TTY_DRIVER_TYPE_SERIAL;
	driver->subtype = SERIAL_TYPE_NORMAL;
	driver->init_termios = tty_std_termios;
	/* Raw: an echo of the far end's would look like a meter's answer. */
	driver->init_termios.c_iflag = 0;
	driver->init_termios.c_oflag = 0;
	driver->init_termios.c_lflag = 0;
	driver->init_termios.c_cflag |= CLOCAL;
	tty_set_operations(driver, ops);
	ret = tty_register_driver(driver);
	if (ret) {
		tty_driver_kref_put(driver);
		return ERR_PTR(ret);
	}
	return driver;
}

static void sim_remove(void)
{
	unsigned int i;

	for (i = 0; i < TTY_SIM_PAIRS; i++) {
		if (sim_pairs[i].plugged)
			tty_unregister_device(tested_driver, i);
		tty_unregister_device(far_driver, i);
		tty_port_destroy(&sim_pairs[i].tested);
		tty_port_destroy(&sim_pairs[i].far);
	}
	tty_unregister_driver(far_driver);
	tty_driver_kref_put(far_driver);
	tty_unregister_driver(tested_driver);
	tty_driver_kref_put(tested_driver);
}

static int __init sim_init(void)
{
	struct device *dev;
	unsigned int i;

	tested_driver = sim_driver("ttyMBT", &tested_ops);
	if (IS_ERR(tested_driver))
		return PTR_ERR(tested_driver);
	far_driver = sim_driver("ttyMBF", &far_ops);
	if (IS_ERR(far_driver)) {
		tty_unregister_driver(tested_driver);
		tty_driver_kref_put(tested_driver);
		return PTR_ERR(far_driver);
	}
	for (i = 0; i < TTY_SIM_PAIRS; i++)
		sim_init_pair(&sim_pairs[i]);
	for (i = 0; i < TTY_SIM_PAIRS; i++) {
		far_plug(&sim_pairs[i]);
		dev = tty_port_register_device(&sim_pairs[i].far, far_driver,
					       i, NULL);
		if (IS_ERR(dev) || !sim_pairs[i].plugged) {
			sim_remove();
			return -ENOMEM;
		}
	}
	return 0;
}

static void __exit sim_exit(void)
{
	sim_remove();
}

module_init(sim_init);
module_exit(sim_exit);

MODULE_DESCRIPTION("Serial ports that misbehave on command, for tests");
MODULE_AUTHOR("linux-mbus developers");
MODULE_LICENSE("GPL");
