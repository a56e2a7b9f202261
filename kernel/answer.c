// SPDX-License-Identifier: GPL-2.0-only
/*
 * Received bytes, and their meaning for the transaction under way: bytes become
 * frames and findings, our own bytes are removed, a frame is the answer or
 * belongs to no transaction, junk decides what the transaction ends as.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "answer.h"

/* Junk within this time after a frame, delivery included, belongs to it. */
#define TAIL_NS		(50ULL * NSEC_PER_MSEC)

/* Answers that show how soon any comes. */
#define DELAYS_MIN	3

/**
 * mbus_answer_init() - a line of which nothing is known
 * @answer: filled
 * @ops: the owner
 * @timing: settings of the line
 * @now: time
 */
void mbus_answer_init(struct mbus_answer *answer,
		      const struct mbus_answer_ops *ops,
		      struct mbus_timing *timing, u64 now)
{
	memset(answer, 0, sizeof(*answer));
	answer->ops = ops;
	answer->timing = timing;
	answer->last_ns = now;
	mbus_frame_rx_init(&answer->rx);
	mbus_echo_rx_set_mode(&answer->echo, timing->echo);
}

/**
 * mbus_answer_restart() - forget what was received before
 * @answer: without a transaction
 * @now: time
 *
 * Keeps everything learnt and counted.
 */
void mbus_answer_restart(struct mbus_answer *answer, u64 now)
{
	mbus_frame_rx_init(&answer->rx);
	answer->last_ns = now;
	memset(&answer->late, 0, sizeof(answer->late));
	answer->framed = false;
	answer->errors = 0;
}

/**
 * mbus_answer_forget() - the converter may be another one
 * @answer: the receiving side
 *
 * Learns its properties anew.
 */
void mbus_answer_forget(struct mbus_answer *answer)
{
	memset(&answer->before, 0, sizeof(answer->before));
	memset(&answer->after, 0, sizeof(answer->after));
	answer->babble.rate = 0;
}

/**
 * mbus_answer_start() - a transaction begins, or is taken back
 * @answer: the receiving side
 * @xfer: the transaction, or NULL
 */
void mbus_answer_start(struct mbus_answer *answer, struct mbus_line_xfer *xfer)
{
	answer->xfer = xfer;
	if (xfer)
		xfer->tries = 0;
}

/**
 * mbus_answer_sent_any() - whether there is a request to answer
 * @answer: the receiving side
 *
 * Return: true if a transaction is under way and was sent at least once.
 */
bool mbus_answer_sent_any(const struct mbus_answer *answer)
{
	return answer->xfer && answer->xfer->tries;
}

/**
 * mbus_answer_try() - the request is sent, once more or for the first time
 * @answer: with a transaction
 * @now: start of the transmission
 * @end: its computed end
 * @turn_ns: no meter's byte is delivered sooner after it
 */
void mbus_answer_try(struct mbus_answer *answer, u64 now, u64 end, u64 turn_ns)
{
	struct mbus_line_xfer *xfer = answer->xfer;

	if (answer->framed)
		mbus_added_frame(&answer->after, answer->tail,
				 answer->tail_len);
	answer->framed = false;
	answer->lead_len = 0;
	answer->added = 0;
	mbus_echo_rx_start(&answer->echo);
	answer->closed = false;
	answer->turn_ns = turn_ns;
	answer->answers_until_ns = end + turn_ns * METERBUS_FRAME_MAX / 2 +
				   mbus_us_ns(answer->timing->window_us) +
				   mbus_us_ns(answer->timing->slack_us);
	if (!xfer->tries)
		answer->late.first_end_ns = end;
	xfer->flags = xfer->tries++ ? xfer->flags & METERBUS_FLAG_JUNK : 0;
	if (answer->unasked)
		xfer->flags |= METERBUS_FLAG_UNASKED;
	answer->unasked = false;
	xfer->reason = METERBUS_REASON_NONE;
	xfer->answer_len = 0;
	xfer->first_ns = 0;
	xfer->last_ns = 0;
	xfer->sent_ns = now;
	xfer->sent_end_ns = end;
}

/**
 * mbus_answer_window() - how long to wait for an answer
 * @answer: with a transaction, all of whose request is sent
 * @window_ns: response window that it or the line is set to
 *
 * Return: that, or once the time that would explain the answer before as a
 * late one.
 */
u64 mbus_answer_window(struct mbus_answer *answer, u64 window_ns)
{
	u64 window = answer->late.suspect_ns;

	answer->late.suspect_ns = 0;
	answer->window_ns = window > window_ns ? window_ns : 0;
	return max(window, window_ns);
}

/**
 * mbus_answer_drained() - until when another answer to the same request may come
 * @answer: the receiving side
 *
 * Return: that time, in the past if none is expected.
 */
u64 mbus_answer_drained(const struct mbus_answer *answer)
{
	return answer->late.twice.sent_ns ? answer->late.twice.until_ns : 0;
}

static void record_unit(struct mbus_answer *answer,
			const struct mbus_unit *unit, u32 flags)
{
	struct meterbus_bus_record record = {
		.first_ns = answer->first_ns,
		.last_ns = answer->last_ns,
		.flags = flags | unit->flags,
		.len = unit->len,
		.kind = unit->reason ? METERBUS_KIND_FINDING : METERBUS_KIND_FRAME,
		.direction = METERBUS_DIRECTION_RECEIVED,
		.reason = unit->reason,
	};

	if (unit->reason)
		answer->stats.findings[unit->reason]++;
	else
		answer->stats.frames_received++;
	answer->ops->record(answer, &record, unit->data);
}

/* Raises the slack for an answer this long after its request. */
static void answered_late(struct mbus_answer *answer, u64 delay)
{
	answer->stats.late++;
	mbus_timing_late(answer->timing, delay);
}

static void count_delay(struct mbus_answer *answer)
{
	struct mbus_line_stats *stats = &answer->stats;
	const struct mbus_line_xfer *xfer = answer->xfer;
	u64 delay = 0;

	if (xfer->first_ns > xfer->sent_end_ns)
		delay = xfer->first_ns - xfer->sent_end_ns;
	answer->early += delay < answer->turn_ns;
	if (!stats->delays || delay < stats->delay_min_ns)
		stats->delay_min_ns = delay;
	stats->delay_max_ns = max(stats->delay_max_ns, delay);
	stats->delay_sum_ns += delay;
	stats->delays++;
}

/* Short frames that ask for a long one: REQ_UD1 and REQ_UD2. */
static bool asks_for_data(const struct mbus_line_xfer *xfer)
{
	return xfer->request[0] == MBUS_FRAME_SHORT &&
	       (xfer->request[1] & 0x0e) == 0x0a;
}

/* Learns added bytes from those before and behind a frame. */
static void note_frame(struct mbus_answer *answer, const struct mbus_unit *unit)
{
	memcpy(answer->frame, unit->data, unit->len);
	answer->frame_len = unit->len;
	mbus_added_frame(&answer->before, answer->lead, answer->lead_len);
	answer->lead_len = 0;
	answer->framed = true;
	answer->framed_ns = answer->last_ns;
	answer->tail_len = 0;
}

/* A valid frame or an acknowledge has come for the transaction. */
static void answered(struct mbus_answer *answer, const struct mbus_unit *unit,
		     u64 now)
{
	struct mbus_line_xfer *xfer = answer->xfer;
	bool ack = unit->data[0] == MBUS_FRAME_ACK;
	bool late = answer->closed ||
		    (answer->window_ns &&
		     answer->first_ns > xfer->sent_end_ns + answer->window_ns);

	record_unit(answer, unit, late ? METERBUS_FLAG_LATE : 0);
	xfer->first_ns = answer->first_ns;
	xfer->last_ns = answer->last_ns;
	xfer->flags |= unit->flags;
	if (xfer->answer_len)
		xfer->flags |= METERBUS_FLAG_JUNK;
	if (!ack)
		note_frame(answer, unit);
	memcpy(xfer->answer, unit->data, unit->len);
	xfer->answer_len = unit->len;
	if (mbus_late_answer(&answer->late, xfer->sent_end_ns, xfer->tries > 1,
			     answer->first_ns, ack,
			     mbus_us_ns(answer->timing->slack_us)))
		xfer->flags |= METERBUS_FLAG_DOUBTFUL;
	if (late) {
		xfer->flags |= METERBUS_FLAG_LATE;
		answered_late(answer, answer->first_ns - xfer->sent_end_ns);
	}
	count_delay(answer);
	mbus_echo_rx_answered(&answer->echo);
	answer->ops->answered(answer, ack ? METERBUS_OUTCOME_ACK :
					    METERBUS_OUTCOME_FRAME, now);
}

/* Junk belongs to the answer; its first bytes decide the outcome. */
static void keep_junk(struct mbus_answer *answer, const struct mbus_unit *unit)
{
	struct mbus_line_xfer *xfer = answer->xfer;
	u16 room = METERBUS_DATA_MAX - xfer->answer_len;
	u16 len = min(unit->len, room);

	if (!xfer->answer_len) {
		xfer->first_ns = answer->first_ns;
		xfer->reason = unit->reason;
	}
	xfer->last_ns = answer->last_ns;
	xfer->flags |= unit->flags;
	memcpy(xfer->answer + xfer->answer_len, unit->data, len);
	xfer->answer_len += len;
}

static bool is_request(const struct mbus_line_xfer *xfer,
		       const struct mbus_unit *unit)
{
	return unit->len == xfer->request_len &&
	       !memcmp(unit->data, xfer->request, unit->len);
}

/* Junk right behind a long frame may come with each of them. */
static bool take_tail(struct mbus_answer *answer, const struct mbus_unit *unit)
{
	if (!answer->framed || answer->tail_len ||
	    unit->len > MBUS_ADDED_MAX ||
	    answer->first_ns > answer->framed_ns + TAIL_NS)
		return false;
	memcpy(answer->tail, unit->data, unit->len);
	answer->tail_len = unit->len;
	return true;
}

/*
 * A frame that nobody waits for. Behind a collision it may be left of that, it
 * may be the answer once more, and a late one may be explained by silence
 * before; any other was sent by a meter that no answer has shown.
 */
static bool is_unexplained(const struct mbus_answer *answer,
			   const struct mbus_unit *unit)
{
	if (unit->len == answer->frame_len &&
	    !memcmp(unit->data, answer->frame, unit->len))
		return false;
	return answer->had_answer ||
	       answer->first_ns > answer->answers_until_ns;
}

/* No transaction waits. A frame may still be the answer to a silent one. */
static void take_unasked(struct mbus_answer *answer,
			 const struct mbus_unit *unit, u64 now)
{
	bool ack = unit->data[0] == MBUS_FRAME_ACK;
	u32 flags = METERBUS_FLAG_UNASKED;
	u64 delay = 0;

	if (!unit->reason)
		delay = mbus_late_delay(&answer->late, answer->first_ns, ack);
	if (!unit->reason && !delay && is_unexplained(answer, unit))
		answer->unasked = true;
	if (delay) {
		flags |= METERBUS_FLAG_LATE;
		answered_late(answer, delay);
	} else if (unit->reason ? !take_tail(answer, unit) &&
				  now > answer->answers_until_ns :
				  ack && answer->first_ns >
						 answer->late.silent_until_ns) {
		mbus_babble_add(&answer->babble, unit->data, unit->len,
				answer->first_ns, now);
	}
	record_unit(answer, unit, flags);
}

/* True if nothing that is received now was sent by a meter that was asked. */
static bool is_early(const struct mbus_answer *answer, u64 ns)
{
	return mbus_answer_sent_any(answer) && !answer->closed &&
	       ns < answer->xfer->sent_end_ns + answer->turn_ns;
}

/*
 * Through a gateway the wire may be faster than its settings say; where most
 * answers come later, it is not.
 */
static bool is_seldom_early(const struct mbus_answer *answer)
{
	return answer->stats.delays >= DELAYS_MIN &&
	       answer->early < answer->stats.delays / 2;
}

/* Junk before anything else of an answer, or of which no answer comes. */
static void note_lead(struct mbus_answer *answer, const struct mbus_unit *unit)
{
	u16 i;

	if (answer->xfer->answer_len)
		return;
	if (!answer->lead_len)
		answer->lead_early = is_early(answer, answer->first_ns);
	for (i = 0; i < unit->len && unit->data[i] != MBUS_FRAME_ACK; i++) {
		if (answer->lead_len < MBUS_ADDED_MAX)
			answer->lead[answer->lead_len] = unit->data[i];
		answer->lead_len = min(answer->lead_len + 1, MBUS_ADDED_MAX + 1);
	}
	answer->lead_ns = answer->unit_ns;
}

/*
 * Overlapping answers begin with a byte that has no bit which both lack: E5 or
 * 68, whatever is left of it.
 */
static bool begins_answers(u8 byte)
{
	return !(byte & ~MBUS_FRAME_ACK) || !(byte & ~MBUS_FRAME_LONG);
}

/* Not so behind an echo, which may have covered the beginning. */
static bool is_no_answer(const struct mbus_answer *answer)
{
	return !answer->echo.seen && !answer->echo.faulty &&
	       !begins_answers(answer->lead[0]);
}

/*
 * What comes before any answer can, or begins as none does, is added by the
 * converter, behind each request if it comes where no meter answers.
 */
static void learn_lead(struct mbus_answer *answer)
{
	if (answer->lead_len && (answer->lead_early || is_no_answer(answer)))
		mbus_added_frame(&answer->before, answer->lead,
				 answer->lead_len);
	answer->lead_len = 0;
}

/* A 00 alone is a collision, unless it is too early for that. */
static bool may_be_signal(const struct mbus_answer *answer,
			  const struct mbus_unit *unit)
{
	return memchr(unit->data, 0, unit->len) &&
	       !is_early(answer, answer->first_ns) &&
	       !(answer->added && answer->first_ns <= answer->lead_ns +
						      answer->turn_ns);
}

/* How many bytes in front of junk are those that the converter adds. */
static u16 count_added(const struct mbus_answer *answer,
		       const struct mbus_unit *unit)
{
	const struct mbus_added *before = &answer->before;
	u16 left = mbus_added_learnt(before);
	u16 len;

	if (answer->xfer->answer_len || left <= answer->added)
		return 0;
	left -= answer->added;
	len = min(unit->len, left);
	if (memcmp(unit->data, before->bytes + answer->added, len) ||
	    (len < left && len < unit->len) ||
	    (len == unit->len && may_be_signal(answer, unit)))
		return 0;
	return len;
}

/*
 * Junk behind the rest of an echo, or with bytes that the converter adds
 * around an acknowledge: takes that off.
 */
static void strip_junk(struct mbus_answer *answer, struct mbus_unit *unit)
{
	const struct mbus_line_xfer *xfer = answer->xfer;
	struct mbus_unit echo = *unit;
	u16 before;

	echo.len = mbus_echo_rx_remains(&answer->echo, xfer->request,
					xfer->request_len, unit->data,
					unit->len);
	if (echo.len && !answer->echo.seen) {
		echo.reason = METERBUS_REASON_ECHO;
		answer->echo.faulty = true;
		record_unit(answer, &echo, 0);
		unit->data += echo.len;
		unit->len -= echo.len;
	}
	before = count_added(answer, unit);
	note_lead(answer, unit);
	if (before && before == unit->len) {
		record_unit(answer, unit, 0);
		answer->added += before;
		unit->len = 0;
		return;
	}
	if (!echo.len && !before && unit->len == 1)
		return;
	if (unit->len > before && unit->data[before] == MBUS_FRAME_ACK &&
	    mbus_added_matches(&answer->after, unit->data + before + 1,
			       unit->len - before - 1) &&
	    !(unit->flags & MBUS_BYTE_FLAGS)) {
		unit->data += before;
		unit->len = 1;
		unit->reason = METERBUS_REASON_NONE;
		/* What was taken off may have come before any answer can. */
		answer->first_ns = answer->unit_ns;
	}
}

static void take_unit(struct mbus_answer *answer, struct mbus_unit *unit,
		      u64 now)
{
	struct mbus_line_xfer *xfer = answer->xfer;

	if (!mbus_answer_sent_any(answer)) {
		take_unasked(answer, unit, now);
		return;
	}

	if (unit->reason && answer->echo.differs) {
		unit->reason = METERBUS_REASON_ECHO;
		answer->echo.differs = false;
		answer->echo.faulty = true;
	} else if (unit->reason) {
		strip_junk(answer, unit);
		if (!unit->len)
			return;
	}

	/* Our own frame is no answer, even when junk came before its echo. */
	if (!unit->reason && is_request(xfer, unit)) {
		mbus_echo_rx_complete(&answer->echo);
		if (answer->timing->echo == METERBUS_ECHO_OFF) {
			unit->reason = METERBUS_REASON_ECHO;
			record_unit(answer, unit, 0);
		}
		return;
	}

	/* Too early for an answer: a switching glitch, or one to before. */
	if (!unit->reason && is_early(answer, answer->first_ns) &&
	    (mbus_late_expected(&answer->late, answer->first_ns) ||
	     is_seldom_early(answer))) {
		take_unasked(answer, unit, now);
		return;
	}
	if (unit->reason && is_early(answer, answer->unit_ns)) {
		xfer->flags |= METERBUS_FLAG_JUNK | unit->flags;
		record_unit(answer, unit, 0);
		return;
	}
	/* E5 counts alone; a frame behind one means two senders. */
	if (!unit->reason &&
	    !(xfer->answer_len && (unit->data[0] == MBUS_FRAME_ACK ||
				   xfer->reason == METERBUS_REASON_COMPANY))) {
		answered(answer, unit, now);
		return;
	}
	record_unit(answer, unit, 0);
	keep_junk(answer, unit);
}

static u8 outcome_of(const struct mbus_answer *answer)
{
	const struct mbus_line_xfer *xfer = answer->xfer;

	if (!xfer->answer_len)
		return answer->echo.seen || answer->echo.faulty ||
				       answer->echo.pos ?
			       METERBUS_OUTCOME_ECHO_ONLY : METERBUS_OUTCOME_SILENCE;
	if (xfer->flags & METERBUS_FLAG_BREAK)
		return METERBUS_OUTCOME_COLLISION;

	switch (xfer->reason) {
	case METERBUS_REASON_HEADER:
	case METERBUS_REASON_CHECKSUM:
	case METERBUS_REASON_STOP:
	case METERBUS_REASON_TRUNCATED:
		return METERBUS_OUTCOME_GARBLED;
	default:
		return METERBUS_OUTCOME_COLLISION;
	}
}

/* An echo that stopped before its end is recorded as a finding. */
static void cut_echo(struct mbus_answer *answer)
{
	const struct mbus_unit unit = {
		.data = answer->xfer->request,
		.len = answer->echo.pos,
		.reason = METERBUS_REASON_ECHO,
	};

	answer->first_ns = answer->last_ns;
	mbus_echo_rx_stop(&answer->echo);
	record_unit(answer, &unit, 0);
}

/* An echo that is whole at other times: something was sent at the same time. */
static void note_echo(struct mbus_answer *answer)
{
	if (answer->echo.faulty &&
	    answer->echo.usual == METERBUS_ECHO_PRESENT)
		answer->xfer->flags |= METERBUS_FLAG_JUNK;
}

/**
 * mbus_answer_close() - the try is over without an answer
 * @answer: with a transaction that was sent
 *
 * From here on an answer to it is late.
 *
 * Return: enum meterbus_outcome of the try.
 */
u8 mbus_answer_close(struct mbus_answer *answer)
{
	u8 outcome = outcome_of(answer);

	if (mbus_echo_rx_begun(&answer->echo))
		cut_echo(answer);
	note_echo(answer);
	learn_lead(answer);
	answer->closed = true;
	return outcome;
}

/**
 * mbus_answer_end() - the transaction has ended
 * @answer: with a transaction
 * @outcome: enum meterbus_outcome
 * @error: negative errno when the tty did not take the bytes, else zero
 * @now: time
 */
void mbus_answer_end(struct mbus_answer *answer, u8 outcome, int error, u64 now)
{
	struct mbus_line_xfer *xfer = answer->xfer;

	xfer->outcome = outcome;
	xfer->error = error;
	answer->had_answer = outcome == METERBUS_OUTCOME_ACK ||
			     outcome == METERBUS_OUTCOME_FRAME;
	if (outcome != METERBUS_OUTCOME_COLLISION &&
	    outcome != METERBUS_OUTCOME_GARBLED)
		xfer->reason = METERBUS_REASON_NONE;
	if (answer->echo.seen || answer->echo.faulty)
		xfer->flags |= METERBUS_FLAG_ECHO;
	note_echo(answer);
	learn_lead(answer);
	if (mbus_babble_now(&answer->babble, now))
		xfer->flags |= METERBUS_FLAG_BABBLE;
	if (xfer->tries && (outcome == METERBUS_OUTCOME_SILENCE ||
			    outcome == METERBUS_OUTCOME_ECHO_ONLY))
		mbus_late_silence(&answer->late, xfer->sent_end_ns,
				  asks_for_data(xfer));
	answer->stats.outcomes[outcome]++;
	answer->xfer = NULL;
}

/**
 * mbus_answer_quiet() - the line is quiet: no byte follows those received
 * @answer: the receiving side
 * @now: time
 */
void mbus_answer_quiet(struct mbus_answer *answer, u64 now)
{
	struct mbus_unit unit;

	while (mbus_frame_rx_flush(&answer->rx, &unit))
		take_unit(answer, &unit, now);
}

static void take_byte(struct mbus_answer *answer, u8 byte, u8 flags, u64 now)
{
	struct mbus_unit unit;

	/* Bytes that came too early are no part of an answer that begins now. */
	if (!mbus_frame_rx_empty(&answer->rx) &&
	    !mbus_frame_rx_incomplete(&answer->rx) &&
	    is_early(answer, answer->first_ns) && !is_early(answer, now))
		mbus_answer_quiet(answer, now);
	if (mbus_frame_rx_empty(&answer->rx))
		answer->first_ns = now;
	answer->unit_ns = now;
	mbus_frame_rx_push(&answer->rx, byte, flags);
	while (mbus_frame_rx_next(&answer->rx, &unit)) {
		take_unit(answer, &unit, now);
		/* Bytes behind a unit came with the chunk that ended it. */
		answer->first_ns = now;
	}
}

/* True if the byte is part of the echo of the request and thereby removed. */
static bool take_echo(struct mbus_answer *answer, u8 byte, u8 flags, u64 now)
{
	const struct mbus_line_xfer *xfer = answer->xfer;
	u16 i, matched = answer->echo.pos;
	bool early;

	if (!answer->echo.open || !mbus_answer_sent_any(answer))
		return false;
	/* A late answer to an earlier request is not to be torn apart. */
	early = now < xfer->sent_end_ns &&
		!mbus_frame_rx_incomplete(&answer->rx);
	if (mbus_echo_rx_push(&answer->echo, xfer->request, xfer->request_len,
			      byte, flags, early)) {
		answer->echo_early = now <= xfer->sent_end_ns;
		return true;
	}

	if (matched && !answer->echo.differs &&
	    mbus_echo_rx_cut(&answer->echo, answer->echo_early)) {
		cut_echo(answer);
		return false;
	}
	/* After an initial glitch the echo is still to come. */
	if (!matched && now < xfer->sent_end_ns)
		return false;
	/* The bytes that matched so far were no echo but part of the answer. */
	mbus_echo_rx_stop(&answer->echo);
	for (i = 0; i < matched && answer->xfer; i++)
		take_byte(answer, answer->xfer->request[i], 0, now);
	return false;
}

static void count_errors(struct mbus_answer *answer, u8 flags)
{
	unsigned int error;

	for (error = 0; flags && error < METERBUS_ERROR_COUNT; error++) {
		if (flags & (1U << error))
			answer->stats.errors[error]++;
	}
}

/**
 * mbus_answer_errors() - the tty counted errors at unknown bytes
 * @answer: the receiving side
 * @flags: MBUS_BYTE_FLAGS, given to the next byte
 */
void mbus_answer_errors(struct mbus_answer *answer, u8 flags)
{
	count_errors(answer, flags);
	answer->errors |= flags;
}

/**
 * mbus_answer_rx() - bytes were delivered
 * @answer: the receiving side
 * @bytes: the bytes
 * @flags: MBUS_BYTE_FLAGS of each, or NULL for none. A byte with
 *	METERBUS_FLAG_OVERRUN is not data: others were lost in its place
 * @count: how many
 * @now: time of delivery
 */
void mbus_answer_rx(struct mbus_answer *answer, const u8 *bytes,
		    const u8 *flags, size_t count, u64 now)
{
	size_t i;

	answer->last_ns = now;
	answer->stats.bytes_received += count;
	for (i = 0; i < count; i++) {
		u8 flag = flags ? flags[i] : 0;

		count_errors(answer, flag);
		if (flag & METERBUS_FLAG_OVERRUN) {
			answer->errors |= METERBUS_FLAG_OVERRUN;
			continue;
		}
		flag |= answer->errors;
		answer->errors = 0;
		if (!take_echo(answer, bytes[i], flag, now))
			take_byte(answer, bytes[i], flag, now);
	}
}
