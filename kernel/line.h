/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One wire as a state machine: events with their times in, actions out.
 * Everything about time is decided here and nowhere else. No lock, no
 * allocation, no clock, no tty: the owner calls with its lock held, reads
 * @timer_ns after every call and brings mbus_line_timer() at that time.
 */
#ifndef MBUS_LINE_H
#define MBUS_LINE_H

#include <linux/types.h>
#include <uapi/linux/meterbus.h>

#include "answer.h"
#include "timing.h"

#define MBUS_LINE_NO_TIMER (~(u64)0)

/**
 * enum mbus_line_state - where the line is in a transaction
 * @MBUS_LINE_IDLE: in none
 * @MBUS_LINE_GUARD: a frame waits until the line has been quiet long enough
 * @MBUS_LINE_DUE: the owner is asked to send; a byte that arrives before it
 *	does takes the line back to MBUS_LINE_GUARD
 * @MBUS_LINE_SENDING: the owner is handing bytes to the tty
 * @MBUS_LINE_ANSWER: the response window is open, or an answer is coming in
 */
enum mbus_line_state {
	MBUS_LINE_IDLE,
	MBUS_LINE_GUARD,
	MBUS_LINE_DUE,
	MBUS_LINE_SENDING,
	MBUS_LINE_ANSWER,
};

struct mbus_line;

/**
 * struct mbus_line_ops - callbacks into the owner of the line
 * @send: call mbus_line_send_begin() from where bytes can be written
 * @record: a record for readers; @record and @data are valid until return
 * @done: the transaction has ended; start no other one before returning
 */
struct mbus_line_ops {
	void (*send)(struct mbus_line *line);
	void (*record)(struct mbus_line *line, const struct meterbus_bus_record *record,
		       const u8 *data);
	void (*done)(struct mbus_line *line, struct mbus_line_xfer *xfer);
};

/**
 * struct mbus_line - the wire
 * @ops: the owner
 * @state: enum mbus_line_state
 * @timer_ns: when mbus_line_timer() is due, or MBUS_LINE_NO_TIMER
 * @timing: settings as the user sees them; fields in @timing.defaults follow
 *	@baud
 * @baud: of the tty
 * @answer: received bytes; its @xfer is NULL in MBUS_LINE_IDLE only
 * @sent_left: bytes of the frame the tty has not taken yet
 * @deadline_ns: end of the state: window, or patience with noise or the tty
 * @penalty_ns: quiet time that collisions have earned
 * @stalled: the timer was late and has been put off for that
 */
struct mbus_line {
	const struct mbus_line_ops *ops;
	enum mbus_line_state state;
	u64 timer_ns;
	struct mbus_timing timing;
	u32 baud;
	struct mbus_answer answer;

	/* private */
	u64 deadline_ns;
	u64 penalty_ns;
	u16 sent_left;
	bool stalled;
};

void mbus_line_init(struct mbus_line *line, const struct mbus_line_ops *ops,
		    u32 baud, u64 now);
void mbus_line_set_baud(struct mbus_line *line, u32 baud);
bool mbus_line_set_timing(struct mbus_line *line,
			  const struct mbus_timing *timing);

void mbus_line_start(struct mbus_line *line, struct mbus_line_xfer *xfer,
		     u64 now);
bool mbus_line_cancel(struct mbus_line *line, struct mbus_line_xfer *xfer,
		      u64 now);
void mbus_line_flush(struct mbus_line *line, u64 now);
void mbus_line_unplug(struct mbus_line *line, u64 now);
void mbus_line_restart(struct mbus_line *line, u64 now);

const struct mbus_line_xfer *mbus_line_send_begin(struct mbus_line *line,
						  u64 now);
void mbus_line_sent(struct mbus_line *line, u16 bytes, u64 now);
void mbus_line_send_failed(struct mbus_line *line, int error, u64 now);

void mbus_line_errors(struct mbus_line *line, u8 flags);
void mbus_line_rx(struct mbus_line *line, const u8 *bytes, const u8 *flags,
		  size_t count, u64 now);
void mbus_line_timer(struct mbus_line *line, u64 now);

#endif
