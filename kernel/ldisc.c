// SPDX-License-Identifier: GPL-2.0-only
/*
 * The line discipline: makes a tty a bus for as long as it is attached.
 * Something must keep the tty open (mbusctl attach, ldattach); its poll()
 * sees the unplug.
 */
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/tty.h>
#include <linux/tty_ldisc.h>
#include <linux/uaccess.h>

#include "bus.h"
#include "ldisc.h"
#include "registry.h"
#include "tty.h"

/* Bytes whose flags are translated at once, on the stack. */
#define RECEIVE_CHUNK	64

/* TIOCSETD, with tty_lock and ldisc_sem held for writing. */
static int mbus_ldisc_open(struct tty_struct *tty)
{
	struct ktermios before;
	struct mbus_bus *bus;
	int ret;

	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	ret = mbus_tty_check(tty);
	if (ret)
		return ret;

	mbus_tty_prepare(tty, &before);
	bus = mbus_registry_attach(tty);
	if (IS_ERR(bus)) {
		mbus_tty_restore(tty, &before);
		return PTR_ERR(bus);
	}
	tty->disc_data = bus;
	return 0;
}

/* TIOCSETD away, hangup or last close; locks as in open. */
static void mbus_ldisc_close(struct tty_struct *tty)
{
	struct mbus_bus *bus = tty->disc_data;

	mbus_registry_detach(bus);
	tty->disc_data = NULL;
	mbus_tty_release(tty);
}

/*
 * From a kworker, with ldisc_sem held for reading; never concurrent with
 * itself. Chunks are whatever the driver made of the bytes.
 */
static void mbus_ldisc_receive(struct tty_struct *tty, const u8 *bytes,
			       const mbus_ldisc_flag *tty_flags,
			       mbus_ldisc_count count)
{
	struct mbus_bus *bus = tty->disc_data;
	u8 errors = mbus_tty_errors(tty, &bus->icount);
	u64 now = ktime_get_ns();
	u8 flags[RECEIVE_CHUNK];
	size_t i, len, left;

	/* The counters repeat errors that bytes carry as flags. */
	for (i = 0; errors && tty_flags && i < count; i++) {
		if (tty_flags[i] != TTY_NORMAL)
			errors = 0;
	}
	if (errors)
		mbus_bus_errors(bus, errors);

	if (!tty_flags) {
		mbus_bus_receive(bus, bytes, NULL, count, now);
		return;
	}
	for (left = count; left; left -= len) {
		len = min_t(size_t, left, RECEIVE_CHUNK);
		for (i = 0; i < len; i++)
			flags[i] = mbus_tty_byte_flags(tty_flags[i]);
		mbus_bus_receive(bus, bytes, flags, len, now);
		bytes += len;
		tty_flags += len;
	}
}

/* In any context, asked for or not. */
static void mbus_ldisc_write_wakeup(struct tty_struct *tty)
{
	struct mbus_bus *bus = tty->disc_data;

	if (bus)
		mbus_bus_write_wakeup(bus);
}

/* With termios_rwsem held for writing. */
static void mbus_ldisc_set_termios(struct tty_struct *tty,
				   const struct ktermios *old)
{
	struct mbus_bus *bus = tty->disc_data;

	if (bus)
		mbus_bus_termios(bus);
}

/* For the process that attached the tty, and others that could have. */
static int set_link(struct mbus_bus *bus, const u32 __user *argp)
{
	u32 link;

	if (task_tgid(current) != bus->attacher && !capable(CAP_NET_ADMIN))
		return -EPERM;
	if (get_user(link, argp))
		return -EFAULT;
	if (link != METERBUS_LINK_DOWN && link != METERBUS_LINK_UP)
		return -EINVAL;
	mbus_bus_set_link(bus, link == METERBUS_LINK_UP);
	return 0;
}

/* With ldisc_sem held for reading, several at a time. */
static int mbus_ldisc_ioctl(struct tty_struct *tty, unsigned int cmd,
			    unsigned long arg)
{
	struct mbus_bus *bus = tty->disc_data;

	switch (cmd) {
	case METERBUS_IOC_GET_BUS:
		return put_user((u32)bus->id, (u32 __user *)arg);
	case METERBUS_IOC_SET_LINK:
		return set_link(bus, (u32 __user *)arg);
	default:
		return n_tty_ioctl_helper(tty, cmd, arg);
	}
}

#ifdef CONFIG_COMPAT
static int mbus_ldisc_compat_ioctl(struct tty_struct *tty, unsigned int cmd,
				   unsigned long arg)
{
	return mbus_ldisc_ioctl(tty, cmd, (unsigned long)compat_ptr(arg));
}
#endif

/* tcflush(), and a hangup. With ldisc_sem held for reading. */
static void mbus_ldisc_flush_buffer(struct tty_struct *tty)
{
	struct mbus_bus *bus = tty->disc_data;

	if (bus)
		mbus_bus_flush(bus);
}

/* Lets the holder of the tty detect an unplug. */
static __poll_t mbus_ldisc_poll(struct tty_struct *tty, struct file *file,
				struct poll_table_struct *wait)
{
	poll_wait(file, &tty->read_wait, wait);
	if (tty_hung_up_p(file) || test_bit(TTY_OTHER_CLOSED, &tty->flags))
		return EPOLLHUP | EPOLLERR | EPOLLIN | EPOLLRDNORM;
	return 0;
}

static struct tty_ldisc_ops mbus_ldisc_ops = {
	.owner		= THIS_MODULE,
	.num		= N_MBUS,
	.name		= "mbus",
	.open		= mbus_ldisc_open,
	.close		= mbus_ldisc_close,
	.receive_buf	= mbus_ldisc_receive,
	.write_wakeup	= mbus_ldisc_write_wakeup,
	.set_termios	= mbus_ldisc_set_termios,
	.flush_buffer	= mbus_ldisc_flush_buffer,
	.ioctl		= mbus_ldisc_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl	= mbus_ldisc_compat_ioctl,
#endif
	.poll		= mbus_ldisc_poll,
};

int mbus_ldisc_init(void)
{
	return tty_register_ldisc(&mbus_ldisc_ops);
}

void mbus_ldisc_exit(void)
{
	tty_unregister_ldisc(&mbus_ldisc_ops);
}

MODULE_ALIAS_LDISC(N_MBUS);
