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
#include <uapi/linux/mbus.h>

#include "echo.h"
#include "frame.h"
#include "timing.h"

#define MBUS_LINE_NO_TIMER (~(u64)0)

/**
 * enum mbus_line_state - where the line is in a transaction
 * @MBUS_LINE_IDLE: in none
 * @MBUS_LINE_GUARD: a frame waits until the line has been quiet long enough
 * @MBUS_LINE_DUE: the owner was told to send; a byte that arrives before it
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

/**
 * struct mbus_line_xfer - one transaction
 * @request: the frame to send, valid (mbus_frame_sendable())
 * @request_len: its bytes
 * @guard_ns: quiet time before it, zero: the line's
 * @window_ns: response window with slack, zero: the line's
 * @repeats: further transmissions after silence or a garbled answer
 * @outcome: enum mbus_outcome, set when the transaction has ended
 * @reason: enum mbus_reason for a garbled answer or a collision
 * @tries: transmissions made
 * @error: negative errno when the tty did not take the bytes, else zero
 * @flags: MBUS_FLAG_*
 * @sent_ns: start of the last transmission
 * @sent_end_ns: its computed end
 * @first_ns: delivery of the first byte of the answer, or zero
 * @last_ns: delivery of the last byte, or zero
 * @answer_len: bytes in @answer
 * @answer: the frame, or what else the last try received
 */
struct mbus_line_xfer {
	u8 request[MBUS_FRAME_MAX];
	u16 request_len;
	u64 guard_ns;
	u64 window_ns;
	u8 repeats;

	u8 outcome;
	u8 reason;
	u8 tries;
	int error;
	u32 flags;
	u64 sent_ns;
	u64 sent_end_ns;
	u64 first_ns;
	u64 last_ns;
	u16 answer_len;
	u8 answer[MBUS_DATA_MAX];
};

struct mbus_line;

/**
 * struct mbus_line_ops - what the line asks of its owner
 * @send: call mbus_line_send_begin() from where bytes can be written
 * @record: something to tell readers; @record and @data only until return
 * @done: the transaction has ended; start no other one before returning
 */
struct mbus_line_ops {
	void (*send)(struct mbus_line *line);
	void (*record)(struct mbus_line *line, const struct mbus_record *record,
		       const u8 *data);
	void (*done)(struct mbus_line *line, struct mbus_line_xfer *xfer);
};

/**
 * struct mbus_line_stats - counters
 * @frames_sent: transmissions, repeats among them
 * @frames_received: valid frames
 * @bytes_received: all bytes, whatever became of them
 * @late: answers that came after their window
 * @outcomes: transactions by enum mbus_outcome
 * @findings: what was received and is no valid frame, by enum mbus_reason
 * @errors: line errors by enum mbus_error
 * @delays: answers that the three below are about
 * @delay_sum_ns: from the computed end of transmission to the answer, all added
 * @delay_min_ns: the shortest of these times
 * @delay_max_ns: the longest
 */
struct mbus_line_stats {
	u64 frames_sent;
	u64 frames_received;
	u64 bytes_received;
	u64 late;
	u64 outcomes[MBUS_OUTCOME_COUNT];
	u64 findings[MBUS_REASON_COUNT];
	u64 errors[MBUS_ERROR_COUNT];
	u64 delays;
	u64 delay_sum_ns;
	u64 delay_min_ns;
	u64 delay_max_ns;
};

/**
 * struct mbus_line - the wire
 * @ops: the owner
 * @state: enum mbus_line_state
 * @timer_ns: when mbus_line_timer() is due, or MBUS_LINE_NO_TIMER
 * @timing: settings as the user sees them; fields in @timing.defaults follow
 *	@baud
 * @baud: of the tty
 * @echo: what comes back of our own bytes
 * @stats: counters
 * @xfer: the transaction under way, NULL in MBUS_LINE_IDLE
 * @rx: bytes on their way to frames
 * @rx_first_ns: delivery of the first byte in @rx
 * @rx_last_ns: delivery of the last byte of all, or when the line was begun
 * @sent_left: bytes of the frame the tty has not taken yet
 * @deadline_ns: end of the state: window, or patience with noise or the tty
 * @penalty_ns: quiet time that collisions have earned
 * @silent_ns: when the last transaction ended in silence, or zero
 * @silent_sent_ns: the computed end of its last transmission
 * @early_junk: all junk of this try came before a meter could have answered
 * @errors: MBUS_BYTE_FLAGS for the next byte: of lost ones, or of the chunk
 */
struct mbus_line {
	const struct mbus_line_ops *ops;
	enum mbus_line_state state;
	u64 timer_ns;
	struct mbus_timing timing;
	u32 baud;
	struct mbus_echo_rx echo;
	struct mbus_line_stats stats;

	/* private */
	struct mbus_line_xfer *xfer;
	struct mbus_frame_rx rx;
	u64 rx_first_ns;
	u64 rx_last_ns;
	u64 deadline_ns;
	u64 penalty_ns;
	u64 silent_ns;
	u64 silent_sent_ns;
	u16 sent_left;
	bool early_junk;
	u8 errors;
};

void mbus_line_init(struct mbus_line *line, const struct mbus_line_ops *ops,
		    u32 baud, u64 now);
void mbus_line_set_baud(struct mbus_line *line, u32 baud);
bool mbus_line_set_timing(struct mbus_line *line,
			  const struct mbus_timing *timing);

void mbus_line_start(struct mbus_line *line, struct mbus_line_xfer *xfer,
		     u64 now);
bool mbus_line_cancel(struct mbus_line *line, struct mbus_line_xfer *xfer);
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
