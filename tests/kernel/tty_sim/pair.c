// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wire: what one port sends comes in at the other at the pace of the baud
 * rate, with the faults that the far end is set to make.
 */
#include <linux/ktime.h>
#include <linux/tty_flip.h>

#include "pair.h"

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

void sim_start_tx(struct sim_pair *pair)
{
	start_timer(pair, &pair->tx_timer, &pair->tx_runs, HRTIMER_MODE_REL);
}

void sim_start_rx(struct sim_pair *pair)
{
	start_timer(pair, &pair->rx_timer, &pair->rx_runs,
		    HRTIMER_MODE_REL_SOFT);
}

void sim_close(struct tty_struct *tty, struct file *file)
{
	tty_port_close(tty->port, tty, file);
}

void sim_hangup(struct tty_struct *tty)
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

void sim_pair_init(struct sim_pair *pair)
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
