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
#include <linux/poll.h>
#include <linux/serial.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/tty_ldisc.h>
#include <linux/uaccess.h>

#include "bus.h"

/* The number for disciplines without one of their own; a build may change it. */
#ifndef MBUS_LDISC
#define MBUS_LDISC	N_DEVELOPMENT
#endif

/* Bytes whose flags are translated at once, on the stack. */
#define RECEIVE_CHUNK	64

/*
 * 8E1 without any interpretation. Drivers report parity and framing errors
 * only with INPCK and breaks only with BRKINT. tty_set_termios() may be used
 * from open: our set_termios() is not called then.
 */
static void set_raw_8e1(struct tty_struct *tty, struct ktermios *before)
{
	struct ktermios termios;

	down_read(&tty->termios_rwsem);
	*before = tty->termios;
	up_read(&tty->termios_rwsem);
	termios = *before;

	termios.c_iflag = INPCK | BRKINT;
	termios.c_oflag = 0;
	termios.c_lflag = 0;
	termios.c_cflag &= ~(CSIZE | CSTOPB | PARODD | CMSPAR | CRTSCTS);
	termios.c_cflag |= CS8 | PARENB | CREAD | CLOCAL;
	tty_set_termios(tty, &termios);
}

/*
 * Drivers that cannot tell which byte was bad may still count (cdc_acm). The
 * counters run beside the data: what they say of a chunk is a hint. ptys have
 * none.
 */
static u8 counted_errors(struct tty_struct *tty,
			 struct serial_icounter_struct *last)
{
	struct serial_icounter_struct now = {};
	u8 flags = 0;

	if (!tty->ops->get_icount || tty->ops->get_icount(tty, &now))
		return 0;
	if (now.parity != last->parity)
		flags |= MBUS_FLAG_PARITY;
	if (now.frame != last->frame)
		flags |= MBUS_FLAG_FRAMING;
	if (now.brk != last->brk)
		flags |= MBUS_FLAG_BREAK;
	if (now.overrun != last->overrun ||
	    now.buf_overrun != last->buf_overrun)
		flags |= MBUS_FLAG_OVERRUN;
	*last = now;
	return flags;
}

/* TIOCSETD, with tty_lock and ldisc_sem held for writing. */
static int mbus_ldisc_open(struct tty_struct *tty)
{
	struct ktermios before;
	struct mbus_bus *bus;

	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	if (!tty->ops->write)
		return -EOPNOTSUPP;
	/* Its settings are the slave's, and nobody may set them. */
	if (tty->driver->type == TTY_DRIVER_TYPE_PTY &&
	    tty->driver->subtype == PTY_TYPE_MASTER)
		return -EOPNOTSUPP;

	/* What the discipline before may have left: N_TTY an XOFF, too. */
	clear_bit(TTY_DO_WRITE_WAKEUP, &tty->flags);
	set_raw_8e1(tty, &before);
	start_tty(tty);
	tty->receive_room = 65536;
	tty_unthrottle(tty);

	bus = mbus_bus_create(tty);
	if (IS_ERR(bus)) {
		tty_set_termios(tty, &before);
		return PTR_ERR(bus);
	}
	counted_errors(tty, &bus->icount);
	tty->disc_data = bus;
	return 0;
}

/* TIOCSETD away, hangup or last close; locks as in open. */
static void mbus_ldisc_close(struct tty_struct *tty)
{
	struct mbus_bus *bus = tty->disc_data;

	mbus_bus_destroy(bus);
	tty->disc_data = NULL;
	clear_bit(TTY_DO_WRITE_WAKEUP, &tty->flags);
}

static u8 byte_flags(u8 tty_flag)
{
	switch (tty_flag) {
	case TTY_NORMAL:
		return 0;
	case TTY_BREAK:
		return MBUS_FLAG_BREAK;
	case TTY_PARITY:
		return MBUS_FLAG_PARITY;
	case TTY_OVERRUN:
		return MBUS_FLAG_OVERRUN;
	case TTY_FRAME:
	default:
		return MBUS_FLAG_FRAMING;
	}
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
	u8 errors = counted_errors(tty, &bus->icount);
	u64 now = ktime_get_ns();
	u8 flags[RECEIVE_CHUNK];
	size_t i, len, left;

	/* Where bytes carry their flags, the counters say the same again. */
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
			flags[i] = byte_flags(tty_flags[i]);
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

/* With ldisc_sem held for reading, several at a time. */
static int mbus_ldisc_ioctl(struct tty_struct *tty, unsigned int cmd,
			    unsigned long arg)
{
	struct mbus_bus *bus = tty->disc_data;
	u32 link;

	switch (cmd) {
	case MBUS_IOC_GET_BUS:
		return put_user((u32)bus->id, (u32 __user *)arg);
	case MBUS_IOC_SET_LINK:
		if (get_user(link, (u32 __user *)arg))
			return -EFAULT;
		if (link != MBUS_LINK_DOWN && link != MBUS_LINK_UP)
			return -EINVAL;
		mbus_bus_set_link(bus, link == MBUS_LINK_UP);
		return 0;
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

/* So that who keeps the tty open learns of its end. */
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
	.num		= MBUS_LDISC,
	.name		= "mbus",
	.open		= mbus_ldisc_open,
	.close		= mbus_ldisc_close,
	.receive_buf	= mbus_ldisc_receive,
	.write_wakeup	= mbus_ldisc_write_wakeup,
	.set_termios	= mbus_ldisc_set_termios,
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

MODULE_ALIAS_LDISC(MBUS_LDISC);
