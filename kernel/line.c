// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wire as a state machine: guard, response window, gaps, repeats, echo,
 * collisions, and what a transaction ended as (EN 13757-2 section 5.4).
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

/* How long a line may stay noisy before a transaction gives up on it. */
#define QUIET_PATIENCE_NS (5ULL * NSEC_PER_SEC)

/* A frame this long after a silent transaction was its answer. */
#define LATE_NS		(2ULL * NSEC_PER_SEC)

static u64 bits_ns(const struct mbus_line *line, u32 bits)
{
	return mbus_bits_ns(line->baud, bits);
}

static u64 chars_ns(const struct mbus_line *line, u32 chars)
{
	return mbus_chars_ns(line->baud, chars);
}

/**
 * mbus_line_init() - a line nothing is known of yet
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
	line->rx_last_ns = now;
	mbus_frame_rx_init(&line->rx);
	line->baud = max_t(u32, baud, 1);
	mbus_timing_init(&line->timing, line->baud);
	mbus_echo_rx_set_mode(&line->echo, line->timing.echo);
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
 * @timing: the settings; echo other than before forgets what was learnt
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
	mbus_echo_rx_set_mode(&line->echo, timing->echo);
	return true;
}

static bool asked(const struct mbus_line *line)
{
	return line->xfer && line->xfer->tries;
}

static void enter_guard(struct mbus_line *line, u64 now)
{
	line->state = MBUS_LINE_GUARD;
	line->deadline_ns = now + QUIET_PATIENCE_NS;
}

static u64 guard_ends(const struct mbus_line *line)
{
	u64 guard = line->xfer->guard_ns ?: mbus_us_ns(line->timing.guard_us);

	return line->rx_last_ns + max(guard, line->penalty_ns);
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

	if (mbus_frame_rx_incomplete(&line->rx))
		quiet = max(mbus_us_ns(line->timing.gap_us), chars_ns(line, 1));
	else
		quiet = max(idle, min(idle + mbus_us_ns(line->timing.slack_us),
				      mbus_us_ns(line->timing.guard_us)));
	return line->rx_last_ns + quiet;
}

/*
 * The window is for the answer's first byte. Bytes that are taken for an echo
 * may turn out to be that answer.
 */
static u64 window_ends(const struct mbus_line *line)
{
	if (mbus_echo_rx_begun(&line->echo))
		return max(line->deadline_ns,
			   line->rx_last_ns + mbus_us_ns(line->timing.gap_us));
	return line->deadline_ns;
}

static void set_timer(struct mbus_line *line)
{
	u64 timer = MBUS_LINE_NO_TIMER;

	if (!mbus_frame_rx_empty(&line->rx))
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

static void record_unit(struct mbus_line *line, const struct mbus_unit *unit,
			u32 flags)
{
	struct mbus_record record = {
		.first_ns = line->rx_first_ns,
		.last_ns = line->rx_last_ns,
		.flags = flags | unit->flags,
		.len = unit->len,
		.kind = unit->reason ? MBUS_KIND_FINDING : MBUS_KIND_FRAME,
		.direction = MBUS_DIRECTION_RECEIVED,
		.reason = unit->reason,
	};

	if (unit->reason)
		line->stats.findings[unit->reason]++;
	else
		line->stats.frames_received++;
	line->ops->record(line, &record, unit->data);
}

static void record_sent(struct mbus_line *line)
{
	const struct mbus_line_xfer *xfer = line->xfer;
	struct mbus_record record = {
		.first_ns = xfer->sent_ns,
		.last_ns = xfer->sent_end_ns,
		.len = xfer->request_len,
		.kind = MBUS_KIND_FRAME,
		.direction = MBUS_DIRECTION_SENT,
		.tries = xfer->tries,
	};

	line->stats.frames_sent++;
	line->ops->record(line, &record, xfer->request);
}

static void finish(struct mbus_line *line, u8 outcome, int error, u64 now)
{
	struct mbus_line_xfer *xfer = line->xfer;
	struct mbus_record record = {
		.first_ns = xfer->sent_ns,
		.last_ns = now,
		.len = xfer->request_len,
		.kind = MBUS_KIND_OUTCOME,
		.tries = xfer->tries,
	};

	xfer->outcome = outcome;
	xfer->error = error;
	if (outcome != MBUS_OUTCOME_COLLISION &&
	    outcome != MBUS_OUTCOME_GARBLED)
		xfer->reason = MBUS_REASON_NONE;
	if (line->echo.seen)
		xfer->flags |= MBUS_FLAG_ECHO;

	line->silent_ns = outcome == MBUS_OUTCOME_SILENCE ? now : 0;
	line->silent_sent_ns = xfer->sent_end_ns;
	line->stats.outcomes[outcome]++;
	if (!error) {
		record.outcome = outcome;
		record.reason = xfer->reason;
		record.flags = xfer->flags;
		line->ops->record(line, &record, xfer->request);
	}
	line->state = MBUS_LINE_IDLE;
	line->xfer = NULL;
	line->ops->done(line, xfer);
}

/* An answer came this long after its request: raise the slack. */
static void answered_late(struct mbus_line *line, u64 delay)
{
	line->stats.late++;
	mbus_timing_late(&line->timing, delay);
}

static void count_delay(struct mbus_line *line)
{
	struct mbus_line_stats *stats = &line->stats;
	const struct mbus_line_xfer *xfer = line->xfer;
	u64 delay = 0;

	if (xfer->first_ns > xfer->sent_end_ns)
		delay = xfer->first_ns - xfer->sent_end_ns;
	if (!stats->delays || delay < stats->delay_min_ns)
		stats->delay_min_ns = delay;
	stats->delay_max_ns = max(stats->delay_max_ns, delay);
	stats->delay_sum_ns += delay;
	stats->delays++;
}

/* A valid frame or an acknowledge has come for the transaction. */
static void answered(struct mbus_line *line, const struct mbus_unit *unit,
		     u64 now)
{
	struct mbus_line_xfer *xfer = line->xfer;
	bool ack = unit->data[0] == MBUS_FRAME_ACK;
	bool late = line->state == MBUS_LINE_GUARD ||
		    line->state == MBUS_LINE_DUE;

	record_unit(line, unit, late ? MBUS_FLAG_LATE : 0);
	xfer->first_ns = line->rx_first_ns;
	xfer->last_ns = line->rx_last_ns;
	xfer->flags |= unit->flags;
	if (xfer->answer_len)
		xfer->flags |= MBUS_FLAG_JUNK;
	memcpy(xfer->answer, unit->data, unit->len);
	xfer->answer_len = unit->len;
	if (late) {
		xfer->flags |= MBUS_FLAG_LATE;
		answered_late(line, line->rx_first_ns - xfer->sent_end_ns);
	}
	count_delay(line);
	mbus_echo_rx_answered(&line->echo);
	line->penalty_ns = 0;
	finish(line, ack ? MBUS_OUTCOME_ACK : MBUS_OUTCOME_FRAME, 0, now);
}

/* Junk belongs to the answer; what it began as decides the outcome. */
static void keep_junk(struct mbus_line *line, const struct mbus_unit *unit)
{
	struct mbus_line_xfer *xfer = line->xfer;
	u16 room = MBUS_DATA_MAX - xfer->answer_len;
	u16 len = min(unit->len, room);

	if (!xfer->answer_len) {
		xfer->first_ns = line->rx_first_ns;
		xfer->reason = unit->reason;
	}
	xfer->last_ns = line->rx_last_ns;
	xfer->flags |= unit->flags;
	memcpy(xfer->answer + xfer->answer_len, unit->data, len);
	xfer->answer_len += len;
}

static bool is_request(const struct mbus_line *line,
		       const struct mbus_unit *unit)
{
	return unit->len == line->xfer->request_len &&
	       !memcmp(unit->data, line->xfer->request, unit->len);
}

static void take_unit(struct mbus_line *line, struct mbus_unit *unit, u64 now)
{
	struct mbus_line_xfer *xfer = line->xfer;
	u32 flags = MBUS_FLAG_UNASKED;

	if (!asked(line)) {
		if (!unit->reason && line->silent_ns &&
		    now - line->silent_ns < LATE_NS) {
			flags |= MBUS_FLAG_LATE;
			line->silent_ns = 0;
			answered_late(line, line->rx_first_ns -
					    line->silent_sent_ns);
		}
		record_unit(line, unit, flags);
		return;
	}

	if (unit->reason && line->echo.differs) {
		unit->reason = MBUS_REASON_ECHO;
		line->echo.differs = false;
	}

	/* Our own frame is no answer, even when junk came before its echo. */
	if (!unit->reason && is_request(line, unit)) {
		mbus_echo_rx_complete(&line->echo);
		if (line->timing.echo == MBUS_ECHO_OFF) {
			unit->reason = MBUS_REASON_ECHO;
			record_unit(line, unit, 0);
		}
		return;
	}

	if (!unit->reason && line->early_junk) {
		xfer->answer_len = 0;
		xfer->reason = MBUS_REASON_NONE;
		xfer->flags |= MBUS_FLAG_JUNK;
		line->early_junk = false;
	}
	/* E5 counts alone; a frame behind one means that two have spoken. */
	if (!unit->reason &&
	    !(xfer->answer_len && (unit->data[0] == MBUS_FRAME_ACK ||
				   xfer->reason == MBUS_REASON_COMPANY))) {
		answered(line, unit, now);
		return;
	}
	record_unit(line, unit, 0);
	keep_junk(line, unit);
}

static u8 outcome_of(const struct mbus_line *line)
{
	const struct mbus_line_xfer *xfer = line->xfer;

	if (!xfer->answer_len)
		return line->echo.seen || line->echo.pos ?
			       MBUS_OUTCOME_ECHO_ONLY : MBUS_OUTCOME_SILENCE;
	if (xfer->flags & MBUS_FLAG_BREAK)
		return MBUS_OUTCOME_COLLISION;

	switch (xfer->reason) {
	case MBUS_REASON_HEADER:
	case MBUS_REASON_CHECKSUM:
	case MBUS_REASON_STOP:
	case MBUS_REASON_TRUNCATED:
		return MBUS_OUTCOME_GARBLED;
	default:
		return MBUS_OUTCOME_COLLISION;
	}
}

/* An echo that stopped before its end is told as what it was. */
static void cut_echo(struct mbus_line *line)
{
	const struct mbus_unit unit = {
		.data = line->xfer->request,
		.len = line->echo.pos,
		.reason = MBUS_REASON_ECHO,
	};

	line->rx_first_ns = line->rx_last_ns;
	mbus_echo_rx_stop(&line->echo);
	record_unit(line, &unit, 0);
}

/* A converter's break begins like a byte 00, and then stays. */
static bool ended_in_break(const struct mbus_line_xfer *xfer)
{
	return xfer->flags & MBUS_FLAG_BREAK ||
	       (xfer->answer_len && !xfer->answer[xfer->answer_len - 1]);
}

/* The try brought no answer: again, or the end. */
static void try_ends(struct mbus_line *line, u64 now)
{
	struct mbus_line_xfer *xfer = line->xfer;
	u8 outcome = outcome_of(line);

	if (mbus_echo_rx_begun(&line->echo))
		cut_echo(line);
	line->penalty_ns = mbus_timing_penalty(&line->timing, line->penalty_ns,
					       outcome, ended_in_break(xfer));
	if (outcome != MBUS_OUTCOME_COLLISION && xfer->tries <= xfer->repeats) {
		enter_guard(line, now);
		return;
	}
	finish(line, outcome, 0, now);
}

/*
 * What was delivered before a meter could have answered (11 bit times after
 * the request, then one character) is a switching glitch or part of an echo:
 * the answer may still come, and is alone then.
 */
static bool too_early(const struct mbus_line *line)
{
	return line->rx_last_ns < line->xfer->sent_end_ns +
				  chars_ns(line, 2);
}

/* The line is quiet: what the receiver holds is all there is. */
static void rx_quiet(struct mbus_line *line, u64 now)
{
	struct mbus_unit unit;

	while (mbus_frame_rx_flush(&line->rx, &unit))
		take_unit(line, &unit, now);

	if (line->state != MBUS_LINE_ANSWER || !line->xfer->answer_len)
		return;
	if (too_early(line))
		line->early_junk = true;
	else
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
	line->xfer = xfer;
	xfer->tries = 0;
	enter_guard(line, now);
	mbus_line_timer(line, now);
}

/**
 * mbus_line_cancel() - give a transaction up if nothing was sent for it
 * @line: the line
 * @xfer: a transaction
 *
 * Return: true if @xfer is the caller's again; ops->done() is not called.
 */
bool mbus_line_cancel(struct mbus_line *line, struct mbus_line_xfer *xfer)
{
	if (line->xfer != xfer || asked(line))
		return false;
	line->xfer = NULL;
	line->state = MBUS_LINE_IDLE;
	set_timer(line);
	return true;
}

/**
 * mbus_line_unplug() - the tty is gone
 * @line: the line
 * @now: time
 */
void mbus_line_unplug(struct mbus_line *line, u64 now)
{
	if (line->xfer)
		finish(line, MBUS_OUTCOME_UNPLUGGED, 0, now);
	line->timer_ns = MBUS_LINE_NO_TIMER;
}

/**
 * mbus_line_restart() - another wire, as far as anybody knows
 * @line: after mbus_line_unplug()
 * @now: time; the first frame waits for the guard from here
 *
 * Bytes, collisions and silence from before mean nothing any more.
 */
void mbus_line_restart(struct mbus_line *line, u64 now)
{
	mbus_frame_rx_init(&line->rx);
	line->rx_last_ns = now;
	line->penalty_ns = 0;
	line->silent_ns = 0;
	line->errors = 0;
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
	struct mbus_line_xfer *xfer = line->xfer;

	if (line->state != MBUS_LINE_DUE)
		return NULL;

	line->state = MBUS_LINE_SENDING;
	line->sent_left = xfer->request_len;
	line->deadline_ns = now + SEND_PATIENCE_NS +
			    2 * chars_ns(line, xfer->request_len);
	mbus_echo_rx_start(&line->echo);
	line->early_junk = false;
	xfer->tries++;
	xfer->flags = 0;
	xfer->reason = MBUS_REASON_NONE;
	xfer->answer_len = 0;
	xfer->first_ns = 0;
	xfer->last_ns = 0;
	xfer->sent_ns = now;
	xfer->sent_end_ns = now + chars_ns(line, xfer->request_len);
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
	struct mbus_line_xfer *xfer = line->xfer;
	u64 window;

	/*
	 * Given up, or answered before the owner came back: what the tty took
	 * is on the wire now, and the guard follows it.
	 */
	if (line->state != MBUS_LINE_SENDING) {
		line->rx_last_ns = max(line->rx_last_ns,
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
	line->deadline_ns = xfer->sent_end_ns + window;
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
		finish(line, MBUS_OUTCOME_NONE, error, now);
	set_timer(line);
}

static void rx_units(struct mbus_line *line, u64 now)
{
	struct mbus_unit unit;

	while (mbus_frame_rx_next(&line->rx, &unit)) {
		take_unit(line, &unit, now);
		/* Bytes behind a unit came with the chunk that ended it. */
		line->rx_first_ns = now;
	}
}

static void rx_byte(struct mbus_line *line, u8 byte, u8 flags, u64 now)
{
	if (mbus_frame_rx_empty(&line->rx))
		line->rx_first_ns = now;
	mbus_frame_rx_push(&line->rx, byte, flags);
	rx_units(line, now);
}

/* True if the byte is part of the echo of the request and thereby gone. */
static bool rx_echo(struct mbus_line *line, u8 byte, u8 flags, u64 now)
{
	const struct mbus_line_xfer *xfer = line->xfer;
	u16 i, matched = line->echo.pos;

	if (!line->echo.open || !asked(line))
		return false;
	if (mbus_echo_rx_push(&line->echo, xfer->request, xfer->request_len,
			      byte, flags))
		return true;

	/* What matched so far was none: it belongs to the answer. */
	mbus_echo_rx_stop(&line->echo);
	for (i = 0; i < matched && line->xfer; i++)
		rx_byte(line, line->xfer->request[i], 0, now);
	return false;
}

/* A line that never falls quiet must not keep a transaction for ever. */
static void never_quiet(struct mbus_line *line, u64 now)
{
	if (line->state == MBUS_LINE_GUARD && now > line->deadline_ns) {
		line->xfer->reason = MBUS_REASON_NOISE;
		finish(line, MBUS_OUTCOME_COLLISION, 0, now);
	} else if (line->state == MBUS_LINE_ANSWER &&
		   now > line->deadline_ns +
			 chars_ns(line, 2 * MBUS_FRAME_MAX)) {
		rx_quiet(line, now);
		if (line->state == MBUS_LINE_ANSWER)
			try_ends(line, now);
	}
}

static void count_errors(struct mbus_line *line, u8 flags)
{
	unsigned int error;

	for (error = 0; flags && error < MBUS_ERROR_COUNT; error++) {
		if (flags & (1U << error))
			line->stats.errors[error]++;
	}
}

/**
 * mbus_line_errors() - the tty counted errors and cannot say at which byte
 * @line: the line
 * @flags: MBUS_BYTE_FLAGS, given to the next byte
 */
void mbus_line_errors(struct mbus_line *line, u8 flags)
{
	count_errors(line, flags);
	line->errors |= flags;
}

/**
 * mbus_line_rx() - bytes were delivered
 * @line: the line
 * @bytes: the bytes
 * @flags: MBUS_BYTE_FLAGS of each, or NULL for none. A byte with
 *	MBUS_FLAG_OVERRUN is not data: others were lost in its place
 * @count: how many
 * @now: time of delivery
 */
void mbus_line_rx(struct mbus_line *line, const u8 *bytes, const u8 *flags,
		  size_t count, u64 now)
{
	size_t i;

	if (!count)
		return;
	if (mbus_frame_rx_empty(&line->rx) &&
	    now >= line->rx_last_ns + bits_ns(line, MBUS_IDLE_BITS))
		mbus_frame_rx_quiet(&line->rx);
	line->rx_last_ns = now;
	line->stats.bytes_received += count;
	for (i = 0; i < count; i++) {
		u8 flag = flags ? flags[i] : 0;

		count_errors(line, flag);
		if (flag & MBUS_FLAG_OVERRUN) {
			line->errors |= MBUS_FLAG_OVERRUN;
			continue;
		}
		flag |= line->errors;
		line->errors = 0;
		if (!rx_echo(line, bytes[i], flag, now))
			rx_byte(line, bytes[i], flag, now);
	}

	/* The wire is not quiet after all. */
	if (line->state == MBUS_LINE_DUE)
		line->state = MBUS_LINE_GUARD;
	never_quiet(line, now);
	set_timer(line);
}

/**
 * mbus_line_timer() - time has passed
 * @line: the line
 * @now: time; being early is harmless, being late only costs time
 */
void mbus_line_timer(struct mbus_line *line, u64 now)
{
	if (!mbus_frame_rx_empty(&line->rx) && now >= rx_ends(line))
		rx_quiet(line, now);

	switch (line->state) {
	case MBUS_LINE_IDLE:
	case MBUS_LINE_DUE:
		break;
	case MBUS_LINE_GUARD:
		if (!mbus_frame_rx_empty(&line->rx) || now < guard_ends(line))
			break;
		line->state = MBUS_LINE_DUE;
		line->ops->send(line);
		break;
	case MBUS_LINE_SENDING:
		if (now >= line->deadline_ns)
			finish(line, MBUS_OUTCOME_NONE, -EIO, now);
		break;
	case MBUS_LINE_ANSWER:
		if (mbus_frame_rx_empty(&line->rx) && now >= window_ends(line))
			try_ends(line, now);
		break;
	}
	set_timer(line);
}
