/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Received bytes, and their meaning for the transaction: echo, answer, junk,
 * late or unrequested. The owner passes bytes and reports a quiet line; when
 * that is, line.c decides.
 */
#ifndef MBUS_ANSWER_H
#define MBUS_ANSWER_H

#include <linux/types.h>
#include <uapi/linux/meterbus.h>

#include "added.h"
#include "babble.h"
#include "echo.h"
#include "frame.h"
#include "late.h"
#include "timing.h"

/**
 * struct mbus_line_xfer - one transaction
 * @request: the frame to send, valid (mbus_frame_sendable())
 * @request_len: its bytes
 * @guard_ns: quiet time before it, zero: the line's
 * @window_ns: response window with slack, zero: the line's
 * @repeats: further transmissions after silence or a garbled answer
 * @outcome: enum meterbus_outcome, set when the transaction has ended
 * @reason: enum meterbus_reason for a garbled answer or a collision
 * @tries: transmissions made
 * @error: negative errno when the tty did not take the bytes, else zero
 * @flags: METERBUS_FLAG_*
 * @sent_ns: start of the last transmission
 * @sent_end_ns: its computed end
 * @first_ns: delivery of the first byte of the answer, or zero
 * @last_ns: delivery of the last byte, or zero
 * @answer_len: bytes in @answer
 * @answer: the frame, or other bytes that the last try received
 */
struct mbus_line_xfer {
	u8 request[METERBUS_FRAME_MAX];
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
	u8 answer[METERBUS_DATA_MAX];
};

/**
 * struct mbus_line_stats - counters
 * @frames_sent: transmissions, repeats included
 * @frames_received: valid frames
 * @bytes_received: all bytes
 * @late: answers that came after their window
 * @outcomes: transactions by enum meterbus_outcome
 * @findings: received bytes that are no valid frame, by enum meterbus_reason
 * @errors: line errors by enum meterbus_byte_error
 * @delays: number of answers that the next three are about
 * @delay_sum_ns: sum of the times from the computed end of transmission to
 *	the first byte of the answer
 * @delay_min_ns: the shortest of these times
 * @delay_max_ns: the longest
 */
struct mbus_line_stats {
	u64 frames_sent;
	u64 frames_received;
	u64 bytes_received;
	u64 late;
	u64 outcomes[METERBUS_OUTCOME_COUNT];
	u64 findings[METERBUS_REASON_COUNT];
	u64 errors[METERBUS_ERROR_COUNT];
	u64 delays;
	u64 delay_sum_ns;
	u64 delay_min_ns;
	u64 delay_max_ns;
};

struct mbus_answer;

/**
 * struct mbus_answer_ops - calls of the owner
 * @record: a record for readers; @record and @data are valid until return
 * @answered: the transaction has its answer; the owner ends it with
 *	mbus_answer_end()
 */
struct mbus_answer_ops {
	void (*record)(struct mbus_answer *answer,
		       const struct meterbus_bus_record *record, const u8 *data);
	void (*answered)(struct mbus_answer *answer, u8 outcome, u64 now);
};

/**
 * struct mbus_answer - the receiving side of a line
 * @ops: the owner
 * @timing: settings of the line; a late answer raises the slack
 * @stats: counters of the line
 * @echo: comparison with our own bytes
 * @before: bytes that the converter adds before each answer
 * @after: bytes that it adds behind
 * @babble: bytes that no request can have caused
 * @xfer: the transaction under way, or NULL
 * @rx: bytes on their way to frames
 * @first_ns: delivery of the first byte in @rx
 * @last_ns: delivery of the last byte, or when the line was started; a
 *	transmission that was given up moves it to its end
 * @late: transmissions that may yet be answered
 * @window_ns: where it waits for longer than its response window: that window,
 *	after which an answer is late; else zero
 * @answers_until_ns: bytes until then may be the rest of collided answers
 * @unit_ns: delivery of the last byte in @rx
 * @turn_ns: no meter's byte is delivered sooner after a transmission
 * @closed: the window of the last transmission is over: answers are late
 * @echo_early: the echo so far came before a meter could have answered
 * @frame: the last answer that was a long frame
 * @frame_len: its bytes
 * @early: answers that began before any can
 * @lead: the first bytes of the try, as long as they are no answer
 * @lead_len: their number
 * @lead_ns: when the last of them came
 * @lead_early: the first of them came before any answer can
 * @added: bytes of the try that were taken for those of @before
 * @had_answer: the last transaction ended with an acknowledge or a frame
 * @unasked: a frame came that no transaction explains; the next one reports it
 * @framed_ns: end of the last answer, if it was a long frame
 * @tail: bytes that followed it
 * @tail_len: their number
 * @framed: the last answer was a long frame
 * @errors: MBUS_BYTE_FLAGS for the next byte: of lost bytes, or of the chunk
 */
struct mbus_answer {
	const struct mbus_answer_ops *ops;
	struct mbus_timing *timing;
	struct mbus_line_stats stats;
	struct mbus_echo_rx echo;
	struct mbus_added before;
	struct mbus_added after;
	struct mbus_babble babble;

	/* private */
	struct mbus_line_xfer *xfer;
	struct mbus_frame_rx rx;
	u64 first_ns;
	u64 last_ns;
	struct mbus_late late;
	u64 window_ns;
	u64 turn_ns;
	u64 framed_ns;
	u64 answers_until_ns;
	u64 unit_ns;
	u8 frame[METERBUS_FRAME_MAX];
	u16 frame_len;
	u8 tail[MBUS_ADDED_MAX];
	u8 tail_len;
	u64 early;
	u64 lead_ns;
	u8 lead[MBUS_ADDED_MAX];
	u8 lead_len;
	u8 added;
	bool lead_early;
	bool had_answer;
	bool unasked;
	bool framed;
	bool closed;
	bool echo_early;
	u8 errors;
};

void mbus_answer_init(struct mbus_answer *answer,
		      const struct mbus_answer_ops *ops,
		      struct mbus_timing *timing, u64 now);
void mbus_answer_restart(struct mbus_answer *answer, u64 now);

void mbus_answer_start(struct mbus_answer *answer, struct mbus_line_xfer *xfer);
bool mbus_answer_sent_any(const struct mbus_answer *answer);
void mbus_answer_try(struct mbus_answer *answer, u64 now, u64 end,
		     u64 turn_ns);
u64 mbus_answer_window(struct mbus_answer *answer, u64 window_ns);
u64 mbus_answer_drained(const struct mbus_answer *answer);
void mbus_answer_forget(struct mbus_answer *answer);
u8 mbus_answer_close(struct mbus_answer *answer);
void mbus_answer_end(struct mbus_answer *answer, u8 outcome, int error,
		     u64 now);

void mbus_answer_errors(struct mbus_answer *answer, u8 flags);
void mbus_answer_rx(struct mbus_answer *answer, const u8 *bytes,
		    const u8 *flags, size_t count, u64 now);
void mbus_answer_quiet(struct mbus_answer *answer, u64 now);

#endif
