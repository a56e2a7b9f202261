// SPDX-License-Identifier: GPL-2.0-only
/*
 * The port that a line discipline is attached to, and its misbehaviour.
 */
#include <linux/math64.h>

#include "pair.h"

#define BITS_PER_CHAR	11

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
		sim_start_tx(pair);
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
	sim_start_tx(pair);
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
	sim_start_rx(pair);
	spin_unlock_irq(&pair->lock);
}

static void tested_set_termios(struct tty_struct *tty,
			       const struct ktermios *old)
{
	struct sim_pair *pair = tty_pair(tty);
	u32 least = READ_ONCE(pair->settings.baud_min);
	u32 baud = tty_get_baud_rate(tty);

	if (baud && baud < least) {
		tty_encode_baud_rate(tty, least, least);
		baud = least;
	}
	spin_lock_irq(&pair->lock);
	pair->char_ns = div_u64((u64)BITS_PER_CHAR * NSEC_PER_SEC,
				baud ? baud : 9600);
	/* As 8250: errors are reported with INPCK only. */
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

const struct tty_operations sim_tested_ops = {
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
