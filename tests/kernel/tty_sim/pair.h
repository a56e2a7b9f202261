/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A wire with its two ports, and what of it they share.
 */
#ifndef TTY_SIM_PAIR_H
#define TTY_SIM_PAIR_H

#include <linux/hrtimer.h>
#include <linux/kfifo.h>
#include <linux/serial.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/wait.h>

#include "tty_sim.h"

/* Before 6.6 write() had an int count. */
#ifndef MBUS_HAVE_TTY_WRITE_SIZE_T
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
 * @icount: the counters of get_icount()
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

extern struct sim_pair sim_pairs[TTY_SIM_PAIRS];
extern struct tty_driver *sim_tested_driver;
extern const struct tty_operations sim_tested_ops;
extern const struct tty_operations sim_far_ops;

static inline struct sim_pair *tty_pair(struct tty_struct *tty)
{
	return &sim_pairs[tty->index];
}

/* pair.c */
void sim_pair_init(struct sim_pair *pair);
void sim_start_tx(struct sim_pair *pair);
void sim_start_rx(struct sim_pair *pair);
void sim_close(struct tty_struct *tty, struct file *file);
void sim_hangup(struct tty_struct *tty);

/* far.c */
int sim_plug(struct sim_pair *pair);

#endif
