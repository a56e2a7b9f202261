// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wire as a state machine: guard, response window, gaps and repeats (EN
 * 13757-2 section 5.4). Received bytes are handled in answer.c.
 *
 *	IDLE -start-> GUARD -quiet-> DUE -send_begin-> SENDING -sent-> ANSWER
 *	                ^             |                                  |
 *	                +-- a byte ---+        silence or garbled, tries |
 *	                +------------------------------------------------+
 *	any: frame, ack, collision, tries used up, tty failed, unplug -> IDLE
 *
 * Answers arrive when the tty driver delivers them, later than on the wire by
 * its FIFO, USB and a work queue. So the rules are tolerances: a computed end
 * of transmission, slack on the window, a gap limit wide enough for USB.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/types.h>

#include "line.h"

/* How long a tty may take for a frame, beyond twice its time on the wire. */
#define SEND_PATIENCE_NS NSEC_PER_SEC

/*
 * A timer this late shows a stalled host: bytes received meanwhile
 * may be delivered after the timer, and gets this long for it.
 */
#define STALL_NS	(5ULL * NSEC_PER_MSEC)
#define STALL_GRACE_NS	(10ULL * NSEC_PER_MSEC)

/* How long a line may stay noisy before a transaction gives up on it. */
#define QUIET_PATIENCE_NS (5ULL * NSEC_PER_SEC)

static u64 bits_ns(const struct mbus_line *line, u32 bits)
{
	return mbus_bits_ns(line->baud, bits);
}

static u64 chars_ns(const struct mbus_line *line, u32 chars)
{
	return mbus_chars_ns(line->baud, chars);
}

static struct mbus_line *answer_to_line(struct mbus_answer *answer)
{
	return container_of(answer, struct mbus_line, answer);
}

static void record_sent(struct mbus_line *line)
{
	const struct mbus_line_xfer *xfer = line->answer.xfer;
	struct meterbus_bus_record record = {
		.first_ns = xfer->sent_ns,
		.last_ns = xfer->sent_end_ns,
		.len = xfer->request_len,
		.kind = METERBUS_KIND_FRAME,
		.direction = METERBUS_DIRECTION_SENT,
		.tries = xfer->tries,
	};

	line->answer.stats.frames_sent++;
	line->ops->record(line, &record, xfer->request);
}

static void finish(struct mbus_line *line, u8 outcome, int error, u64 now)
{
	struct mbus_line_xfer *xfer = line->answer.xfer;
	struct meterbus_bus_record record = {
		.first_ns = xfer->sent_ns,
		.last_ns = now,
		.len = xfer->request_len,
		.kind = METERBUS_KIND_OUTCOME,
		.tries = xfer->tries,
	};

	mbus_answer_end(&line->answer, outcome, error, now);
	if (!error) {
		record.outcome = outcome;
		record.reason = xfer->reason;
		record.flags = xfer->flags;
		line->ops->record(line, &record, xfer->request);
	}
	line->state = MBUS_LINE_IDLE;
	line->ops->done(line, xfer);
}

/* Called by answer.c; so is the next one. */
static void line_record(struct mbus_answer *answer,
			const struct meterbus_bus_record *record, const u8 *data)
{
	struct mbus_line *line = answer_to_line(answer);

	line->ops->record(line, record, data);
}

static void line_answered(struct mbus_answer *answer, u8 outcome, u64 now)
{
	struct mbus_line *line = answer_to_line(answer);

	line->penalty_ns = 0;
	finish(line, outcome, 0, now);
}

static const struct mbus_answer_ops line_answer_ops = {
	.record = line_record,
	.answered = line_answered,
};

/**
 * mbus_line_init() - a line of which nothing is known
 * @line: the line
 * @ops: its owner
 * @baud: of the tty
 * @now: time; the first frame waits for the guard from here
 */
void mbus_line_init(struct mbus_line *line, const struct mbus_line_ops *ops,
		    u32 baud, u64 now)
{
	memset(line, 0, sizeof(*line));
	line->ops = ops;
	line->timer_ns = MBUS_LINE_NO_TIMER;
	line->baud = max_t(u32, baud, 1);
	mbus_timing_init(&line->timing, line->baud);
	mbus_answer_init(&line->answer, &line_answer_ops, &line->timing, now);
}

/**
 * mbus_line_set_baud() - the tty's baud rate is now another
 * @line: the line
 * @baud: zero is taken for a very slow line rather than trusted
 */
void mbus_line_set_baud(struct mbus_line *line, u32 baud)
{
	line->baud = max_t(u32, baud, 1);
	mbus_timing_follow(&line->timing, line->baud);
}

/**
 * mbus_line_set_timing() - change the settings from the next transmission on
 * @line: the line
 * @timing: the settings; echo other than before forgets what was learnt of the
 *	converter
 *
 * Return: false if a field is out of range; nothing was changed then.
 */
bool mbus_line_set_timing(struct mbus_line *line,
			  const struct mbus_timing *timing)
{
	if (!mbus_timing_valid(timing))
		return false;
	line->timing = *timing;
	mbus_timing_follow(&line->timing, line->baud);
	if (timing->echo != line->answer.echo.mode)
		mbus_answer_forget(&line->answer);
	mbus_echo_rx_set_mode(&line->answer.echo, timing->echo);
	return true;
}

static void enter_guard(struct mbus_line *line, u64 now)
{
	line->state = MBUS_LINE_GUARD;
	line->deadline_ns = now + QUIET_PATIENCE_NS;
}

static u64 guard_ends(const struct mbus_line *line)
{
	u64 guard = line->answer.xfer->guard_ns ?:
			    mbus_us_ns(line->timing.guard_us);

	return max(line->answer.last_ns + max(guard, line->penalty_ns),
		   mbus_answer_drained(&line->answer));
}

/*
 * When the bytes that wait in the receiver are all there will be: a frame that
 * has begun gets the inter-character limit. Anything else is complete after
 * the 33 bit times that make an E5 an acknowledge; the delivery's slack is
 * added as far as the guard covers it, where it costs nothing.
 */
static u64 rx_ends(const struct mbus_line *line)
{
	u64 idle = bits_ns(line, MBUS_IDLE_BITS);
	u64 quiet;

	if (mbus_frame_rx_incomplete(&line->answer.rx))
		quiet = max(mbus_us_ns(line->timing.gap_us), chars_ns(line, 1));
	else
		quiet = max(idle, min(idle + mbus_us_ns(line->timing.slack_us),
				      mbus_us_ns(line->timing.guard_us)));
	return line->answer.last_ns + quiet;
}

/*
 * The window is for the answer's first byte. Bytes that are taken for an echo
 * may turn out to be that answer.
 */
static u64 window_ends(const struct mbus_line *line)
{
	u64 gap = mbus_us_ns(line->timing.gap_us);

	if (mbus_echo_rx_begun(&line->answer.echo))
		return max(line->deadline_ns, line->answer.last_ns + gap);
	return line->deadline_ns;
}

static void set_timer(struct mbus_line *line)
{
	u64 timer = MBUS_LINE_NO_TIMER;

	if (!mbus_frame_rx_empty(&line->answer.rx))
		timer = rx_ends(line);

	switch (line->state) {
	case MBUS_LINE_IDLE:
	case MBUS_LINE_DUE:
		break;
	case MBUS_LINE_GUARD:
		/* Nothing is sent over bytes that are still coming in. */
		if (timer == MBUS_LINE_NO_TIMER)
			timer = guard_ends(line);
		break;
	case MBUS_LINE_SENDING:
		timer = min(timer, line->deadline_ns);
		break;
	case MBUS_LINE_ANSWER:
		if (timer == MBUS_LINE_NO_TIMER)
			timer = window_ends(line);
		break;
	}
	line->timer_ns = timer;
}

/* A converter's break begins like a byte 00, and then stays. */
static bool ended_in_break(const struct mbus_line_xfer *xfer)
{
	return xfer->flags & METERBUS_FLAG_BREAK ||
	       (xfer->answer_len && !xfer->answer[xfer->answer_len - 1]);
}

/* The try brought no answer: again, or the end. */
static void try_ends(struct mbus_line *line, u64 now)
{
	struct mbus_line_xfer *xfer = line->answer.xfer;
	u8 outcome = mbus_answer_close(&line->answer);

	line->penalty_ns = mbus_timing_penalty(&line->timing, line->penalty_ns,
					       outcome, ended_in_break(xfer));
	if (outcome != METERBUS_OUTCOME_COLLISION && xfer->tries <= xfer->repeats) {
		enter_guard(line, now);
		return;
	}
	finish(line, outcome, 0, now);
}

/* No byte follows those received. */
static void rx_quiet(struct mbus_line *line, u64 now)
{
	mbus_answer_quiet(&line->answer, now);

	if (line->state == MBUS_LINE_ANSWER && line->answer.xfer->answer_len)
		try_ends(line, now);
}

/**
 * mbus_line_start() - begin a transaction
 * @line: in MBUS_LINE_IDLE
 * @xfer: with its in fields set; the line's until ops->done()
 * @now: time
 */
void mbus_line_start(struct mbus_line *line, struct mbus_line_xfer *xfer,
		     u64 now)
{
	mbus_answer_start(&line->answer, xfer);
	enter_guard(line, now);
	mbus_line_timer(line, now);
}

/**
 * mbus_line_cancel() - withdraw a transaction that has no waiter
 * @line: the line
 * @xfer: the transaction under way
 * @now: time
 *
 * One that was sent ends with the try under way, or at once between two tries,
 * by ops->done().
 *
 * Return: true if nothing was sent: @xfer is the caller's again, and
 * ops->done() is not called.
 */
bool mbus_line_cancel(struct mbus_line *line, struct mbus_line_xfer *xfer,
		      u64 now)
{
	if (line->answer.xfer != xfer)
		return false;
	if (!mbus_answer_sent_any(&line->answer)) {
		mbus_answer_start(&line->answer, NULL);
		line->state = MBUS_LINE_IDLE;
		set_timer(line);
		return true;
	}
	xfer->repeats = 0;
	if (line->state == MBUS_LINE_GUARD || line->state == MBUS_LINE_DUE) {
		finish(line, mbus_answer_close(&line->answer), 0, now);
		set_timer(line);
	}
	return false;
}

/**
 * mbus_line_flush() - the tty drops its received bytes
 * @line: the line
 * @now: time
 *
 * Bytes that wait for the rest of their frame will not get it.
 */
void mbus_line_flush(struct mbus_line *line, u64 now)
{
	rx_quiet(line, now);
	set_timer(line);
}

/**
 * mbus_line_unplug() - the tty is gone
 * @line: the line
 * @now: time
 */
void mbus_line_unplug(struct mbus_line *line, u64 now)
{
	if (line->answer.xfer)
		finish(line, METERBUS_OUTCOME_UNPLUGGED, 0, now);
	line->timer_ns = MBUS_LINE_NO_TIMER;
}

/**
 * mbus_line_restart() - the wire may be another one
 * @line: after mbus_line_unplug()
 * @now: time; the first frame waits for the guard from here
 *
 * Bytes, collisions and silence from before mean nothing any more.
 */
void mbus_line_restart(struct mbus_line *line, u64 now)
{
	mbus_answer_restart(&line->answer, now);
	line->penalty_ns = 0;
	set_timer(line);
}

/**
 * mbus_line_send_begin() - the owner can write now
 * @line: the line
 * @now: time
 *
 * Return: the transaction whose request is to be written from its first byte,
 * or NULL: a byte came in meanwhile and the guard begins anew.
 */
const struct mbus_line_xfer *mbus_line_send_begin(struct mbus_line *line,
						  u64 now)
{
	struct mbus_line_xfer *xfer = line->answer.xfer;

	if (line->state != MBUS_LINE_DUE)
		return NULL;

	line->state = MBUS_LINE_SENDING;
	line->sent_left = xfer->request_len;
	line->deadline_ns = now + SEND_PATIENCE_NS +
			    2 * chars_ns(line, xfer->request_len);
	/*
	 * A meter answers 11 bit times after the request at the earliest, and
	 * its first character takes 11 more.
	 */
	mbus_answer_try(&line->answer, now,
			now + chars_ns(line, xfer->request_len),
			chars_ns(line, 2));
	record_sent(line);
	set_timer(line);
	return xfer;
}

/**
 * mbus_line_sent() - the tty took bytes of the request
 * @line: the line
 * @bytes: how many
 * @now: time
 */
void mbus_line_sent(struct mbus_line *line, u16 bytes, u64 now)
{
	struct mbus_line_xfer *xfer = line->answer.xfer;
	u64 window;

	/*
	 * Given up, or answered before the owner came back: what the tty took
	 * is on the wire now, and the guard follows it.
	 */
	if (line->state != MBUS_LINE_SENDING) {
		line->answer.last_ns = max(line->answer.last_ns,
					   now + chars_ns(line, bytes));
		if (line->state == MBUS_LINE_DUE)
			line->state = MBUS_LINE_GUARD;
		set_timer(line);
		return;
	}

	line->sent_left -= min(bytes, line->sent_left);
	xfer->sent_end_ns = max(xfer->sent_end_ns,
				now + chars_ns(line, line->sent_left));
	if (line->sent_left)
		return;

	window = xfer->window_ns ?: mbus_us_ns(line->timing.window_us) +
				    mbus_us_ns(line->timing.slack_us);
	line->deadline_ns = xfer->sent_end_ns +
			    mbus_answer_window(&line->answer, window);
	line->state = MBUS_LINE_ANSWER;
	set_timer(line);
}

/**
 * mbus_line_send_failed() - the tty does not take the request
 * @line: the line
 * @error: negative errno
 * @now: time
 */
void mbus_line_send_failed(struct mbus_line *line, int error, u64 now)
{
	if (line->state == MBUS_LINE_SENDING)
		finish(line, METERBUS_OUTCOME_NONE, error, now);
	set_timer(line);
}

/* A line that never falls quiet must not keep a transaction for ever. */
static void never_quiet(struct mbus_line *line, u64 now)
{
	if (line->state == MBUS_LINE_GUARD && now > line->deadline_ns) {
		line->answer.xfer->reason = METERBUS_REASON_NOISE;
		finish(line, METERBUS_OUTCOME_COLLISION, 0, now);
	} else if (line->state == MBUS_LINE_ANSWER &&
		   now > line->deadline_ns +
			 chars_ns(line, 2 * METERBUS_FRAME_MAX)) {
		rx_quiet(line, now);
		if (line->state == MBUS_LINE_ANSWER)
			try_ends(line, now);
	}
}

/**
 * mbus_line_errors() - the tty counted errors at unknown bytes
 * @line: the line
 * @flags: MBUS_BYTE_FLAGS, given to the next byte
 */
void mbus_line_errors(struct mbus_line *line, u8 flags)
{
	mbus_answer_errors(&line->answer, flags);
}

/**
 * mbus_line_rx() - bytes were delivered
 * @line: the line
 * @bytes: the bytes
 * @flags: MBUS_BYTE_FLAGS of each, or NULL for none. A byte with
 *	METERBUS_FLAG_OVERRUN is not data: others were lost in its place
 * @count: how many
 * @now: time of delivery
 */
void mbus_line_rx(struct mbus_line *line, const u8 *bytes, const u8 *flags,
		  size_t count, u64 now)
{
	if (!count)
		return;
	if (mbus_frame_rx_empty(&line->answer.rx) &&
	    now >= line->answer.last_ns + bits_ns(line, MBUS_IDLE_BITS))
		mbus_frame_rx_quiet(&line->answer.rx);
	mbus_answer_rx(&line->answer, bytes, flags, count, now);

	/* The wire is not quiet after all. */
	if (line->state == MBUS_LINE_DUE)
		line->state = MBUS_LINE_GUARD;
	never_quiet(line, now);
	set_timer(line);
}

/* True if the timer is late, once for each time it is. */
static bool is_stalled(struct mbus_line *line, u64 now)
{
	bool late = line->state == MBUS_LINE_ANSWER &&
		    line->timer_ns != MBUS_LINE_NO_TIMER &&
		    now > line->timer_ns + STALL_NS;

	line->stalled = late && !line->stalled;
	return line->stalled;
}

/**
 * mbus_line_timer() - time has passed
 * @line: the line
 * @now: time; being early is harmless, being late only costs time
 */
void mbus_line_timer(struct mbus_line *line, u64 now)
{
	if (is_stalled(line, now)) {
		line->timer_ns = now + STALL_GRACE_NS;
		return;
	}
	if (!mbus_frame_rx_empty(&line->answer.rx) && now >= rx_ends(line))
		rx_quiet(line, now);

	switch (line->state) {
	case MBUS_LINE_IDLE:
	case MBUS_LINE_DUE:
		break;
	case MBUS_LINE_GUARD:
		if (!mbus_frame_rx_empty(&line->answer.rx) || now < guard_ends(line))
			break;
		line->state = MBUS_LINE_DUE;
		line->ops->send(line);
		break;
	case MBUS_LINE_SENDING:
		if (now >= line->deadline_ns)
			finish(line, METERBUS_OUTCOME_NONE, -EIO, now);
		break;
	case MBUS_LINE_ANSWER:
		if (mbus_frame_rx_empty(&line->answer.rx) && now >= window_ends(line))
			try_ends(line, now);
		break;
	}
	set_timer(line);
}
