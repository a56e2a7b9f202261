// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every use of a tty and its operations. Nothing here knows of a bus; no lock
 * of ours is held by any caller, as some drivers sleep in write().
 */
#include <linux/major.h>
#include <linux/string.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/tty_ldisc.h>
#include <uapi/linux/meterbus.h>
#include <uapi/linux/meterbus_netlink.h>

#include "tty.h"

/**
 * mbus_tty_check() - whether a tty can carry a bus
 * @tty: the tty
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int mbus_tty_check(struct tty_struct *tty)
{
	if (!tty->ops->write)
		return -EOPNOTSUPP;
	/* The settings of a pty's master are those of its slave. */
	if (tty->driver->type == TTY_DRIVER_TYPE_PTY &&
	    tty->driver->subtype == PTY_TYPE_MASTER)
		return -EOPNOTSUPP;
	return 0;
}

/*
 * 8E1 without any interpretation. Drivers report parity and framing errors
 * only with INPCK and breaks only with BRKINT.
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

/**
 * mbus_tty_prepare() - make a tty raw 8E1, sending and receiving
 * @tty: the tty
 * @before: filled with its settings, for mbus_tty_restore()
 *
 * From the line discipline's open, where tty_set_termios() does not call our
 * set_termios(). Undoes leftovers of the discipline before: a pending
 * wakeup, an XOFF or TCOOFF, a throttled port.
 */
void mbus_tty_prepare(struct tty_struct *tty, struct ktermios *before)
{
	clear_bit(TTY_DO_WRITE_WAKEUP, &tty->flags);
	set_raw_8e1(tty, before);
	/* start_tty() leaves a port stopped that tcflow(TCOOFF) stopped. */
	spin_lock_irq(&tty->flow.lock);
	tty->flow.tco_stopped = false;
	spin_unlock_irq(&tty->flow.lock);
	start_tty(tty);
	tty->receive_room = 65536;
	tty_unthrottle(tty);
}

/**
 * mbus_tty_restore() - undo the settings of mbus_tty_prepare()
 * @tty: the tty
 * @before: its settings before
 */
void mbus_tty_restore(struct tty_struct *tty, const struct ktermios *before)
{
	struct ktermios termios = *before;

	tty_set_termios(tty, &termios);
}

/**
 * mbus_tty_release() - leave nothing behind for the next line discipline
 * @tty: the tty
 */
void mbus_tty_release(struct tty_struct *tty)
{
	clear_bit(TTY_DO_WRITE_WAKEUP, &tty->flags);
}

/**
 * mbus_tty_name() - the name of a tty below /dev
 * @tty: the tty
 * @name: filled
 * @size: of @name
 *
 * The kernel calls /dev/pts/3 pts3.
 */
void mbus_tty_name(struct tty_struct *tty, char *name, size_t size)
{
	if (tty->driver->type == TTY_DRIVER_TYPE_PTY &&
	    tty->driver->major == UNIX98_PTY_SLAVE_MAJOR)
		snprintf(name, size, "pts/%d", tty->index);
	else
		strscpy(name, tty_name(tty), size);
}

/**
 * mbus_tty_settings() - baud rate and character format a tty has
 * @tty: the tty, with termios_rwsem held or in the line discipline's open
 *
 * Return: both; the baud rate is zero for B0.
 */
struct mbus_tty_settings mbus_tty_settings(struct tty_struct *tty)
{
	tcflag_t format = tty->termios.c_cflag &
			  (CSIZE | PARENB | PARODD | CSTOPB);

	return (struct mbus_tty_settings){
		.baud = tty_get_baud_rate(tty),
		.format = format == (CS8 | PARENB) ? METERBUS_TTY_FORMAT_8E1 : 0,
	};
}

/**
 * mbus_tty_read_settings() - the same, taking termios_rwsem
 * @tty: the tty
 *
 * Return: baud rate and character format.
 */
struct mbus_tty_settings mbus_tty_read_settings(struct tty_struct *tty)
{
	struct mbus_tty_settings settings;

	down_read(&tty->termios_rwsem);
	settings = mbus_tty_settings(tty);
	up_read(&tty->termios_rwsem);
	return settings;
}

static void set_baud(struct tty_struct *tty, u32 baud)
{
	struct ktermios termios;

	down_read(&tty->termios_rwsem);
	termios = tty->termios;
	up_read(&tty->termios_rwsem);
	tty_termios_encode_baud_rate(&termios, baud, baud);
	tty_set_termios(tty, &termios);
}

/* Dividers seldom fit exactly; 2 % is what a receiver tolerates. */
static bool is_near(u32 a, u32 b)
{
	return (a > b ? a - b : b - a) <= b / 50;
}

/**
 * mbus_tty_set_baud() - give a tty another baud rate
 * @tty: the tty
 * @baud: bits per second
 *
 * A driver may take another rate than it was asked for; then the tty gets the
 * rate it had.
 *
 * Return: false if the tty does not take the rate (within 2 %).
 */
bool mbus_tty_set_baud(struct tty_struct *tty, u32 baud)
{
	u32 before = mbus_tty_read_settings(tty).baud;

	set_baud(tty, baud);
	if (is_near(mbus_tty_read_settings(tty).baud, baud))
		return true;
	set_baud(tty, before);
	return false;
}

/**
 * mbus_tty_opened() - whether the line discipline's open has ended
 * @tty: the tty
 *
 * Until then our set_termios() is not called. Not from the discipline's own
 * callbacks; does not wait.
 *
 * Return: true if so.
 */
bool mbus_tty_opened(struct tty_struct *tty)
{
	struct tty_ldisc *ldisc = tty_ldisc_ref(tty);

	if (!ldisc)
		return false;
	tty_ldisc_deref(ldisc);
	return true;
}

/**
 * mbus_tty_errors() - errors that a tty has counted
 * @tty: the tty
 * @last: counters at the last call, updated
 *
 * Drivers that cannot flag the bad byte may still count (cdc_acm). The
 * counters run beside the data, so they are a hint for a chunk only. ptys have
 * none.
 *
 * Return: METERBUS_FLAG_* of the errors since the last call.
 */
u8 mbus_tty_errors(struct tty_struct *tty, struct serial_icounter_struct *last)
{
	struct serial_icounter_struct now = {};
	u8 flags = 0;

	if (!tty->ops->get_icount || tty->ops->get_icount(tty, &now))
		return 0;
	if (now.parity != last->parity)
		flags |= METERBUS_FLAG_PARITY;
	if (now.frame != last->frame)
		flags |= METERBUS_FLAG_FRAMING;
	if (now.brk != last->brk)
		flags |= METERBUS_FLAG_BREAK;
	if (now.overrun != last->overrun ||
	    now.buf_overrun != last->buf_overrun)
		flags |= METERBUS_FLAG_OVERRUN;
	*last = now;
	return flags;
}

/**
 * mbus_tty_byte_flags() - the flag of a received byte
 * @tty_flag: TTY_NORMAL, TTY_BREAK ...
 *
 * Return: METERBUS_FLAG_*.
 */
u8 mbus_tty_byte_flags(u8 tty_flag)
{
	switch (tty_flag) {
	case TTY_NORMAL:
		return 0;
	case TTY_BREAK:
		return METERBUS_FLAG_BREAK;
	case TTY_PARITY:
		return METERBUS_FLAG_PARITY;
	case TTY_OVERRUN:
		return METERBUS_FLAG_OVERRUN;
	case TTY_FRAME:
	default:
		return METERBUS_FLAG_FRAMING;
	}
}

/**
 * mbus_tty_write() - hand bytes to a tty
 * @tty: the tty
 * @bytes: the bytes
 * @len: how many
 *
 * Until mbus_tty_written() the tty calls our write_wakeup(), which may happen
 * before this returns.
 *
 * Return: how many it took, or a negative errno.
 */
ssize_t mbus_tty_write(struct tty_struct *tty, const u8 *bytes, size_t len)
{
	ssize_t taken;

	set_bit(TTY_DO_WRITE_WAKEUP, &tty->flags);
	taken = tty->ops->write(tty, bytes, len);
	/* Some drivers return a wrong count. */
	return min_t(ssize_t, taken, len);
}

/**
 * mbus_tty_written() - there is nothing more to write
 * @tty: the tty
 */
void mbus_tty_written(struct tty_struct *tty)
{
	clear_bit(TTY_DO_WRITE_WAKEUP, &tty->flags);
}

/**
 * mbus_tty_flush() - drop bytes that a tty has taken and not yet sent
 * @tty: the tty
 */
void mbus_tty_flush(struct tty_struct *tty)
{
	tty_driver_flush_buffer(tty);
}
