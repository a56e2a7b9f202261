/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line in a laboratory: the scripts of line_cases.h are played on it. Time
 * is a number, and nothing sleeps.
 *
 * A script is a list of words. Times are in milliseconds with up to three
 * decimals; bytes are hex, each followed by its flags as in frame_cases.h.
 *
 * What happens:
 *	+T		time passes; timers fire and the worker runs in time
 *	jump:T		time passes and the timer is late
 *	timer		the late timer fires
 *	start		a REQ_UD2 is to be sent; repeats:N guard:T window:T
 *			before it set what it brings along; snd: a SND_UD instead
 *	req		the same, and time stands at its computed end
 *	rx:BYTES	bytes are delivered, in one chunk
 *	counted:FLAGS	the tty counted errors
 *	noise:N rx-noise:N	N bytes that begin no frame, every 20 or 5 ms
 *	late-worker	the worker runs only at work, until in-time-worker
 *	tty:none, tty:all	the tty takes no bytes, or all
 *	took:N, tty-fails	it takes N bytes, or fails
 *	cancel, kept	nobody waits any more: the transaction can be taken
 *			back, or cannot and is not repeated
 *	flush		the tty drops what it has received
 *	unplug		the tty goes away
 *	restart		what is behind it is there again
 *	baud:N echo:MODE bus-guard:T	change the settings
 *	mark		times from here
 *
 * What must be so:
 *	open		the transaction has not ended
 *	ack frame silence collision garbled echo-only unplugged error
 *			it has, as that, just once
 *	at:T		its end, or else now, is T after the mark
 *	reason:WORD tries:N answer:BYTES flags:WORD,... of the transaction
 *	first:T		its answer began T after the mark
 *	sent:N		transmissions in all; sent-at:T  when the last one began
 *	frames:N findings:N	records so far
 *	last:WORD,...	flags of the last record
 *	echo-is:WORD late:N slack:T	what the line has learnt
 *	began:T		the first byte of the last record came T after the mark
 *	errors:P:F:B:O	bytes so far with a parity error, framing error, break, overrun
 *	unasked:N	bytes so far that count as nobody's
 *	delays:N:MIN:MAX:SUM	answers so far, and how long after their requests
 *	no-timer	no timer is due
 */
#ifndef MBUS_LINE_LAB_H
#define MBUS_LINE_LAB_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "line.h"

#define REQUEST	"105BFD5816"
#define SND_UD	"6804046853FD5010B016"

/* The wire and its owner. */
static struct line_lab {
	struct mbus_line line;
	struct mbus_line_xfer xfer;
	u64 now;
	u64 mark;
	u64 ended;
	u64 sent_ns;
	unsigned int sent;
	unsigned int done;
	unsigned int frames, findings;
	u32 last_flags;
	u64 last_first_ns;
	bool late_worker, tty_none, snd;
	u64 guard_ns, window_ns;
	u8 repeats;
	char why[160];
} line_lab;

static void lab_work(void)
{
	struct line_lab *lab = &line_lab;
	const struct mbus_line_xfer *xfer;

	xfer = mbus_line_send_begin(&lab->line, lab->now);
	if (!xfer)
		return;
	lab->sent++;
	lab->sent_ns = lab->now;
	if (!lab->tty_none)
		mbus_line_sent(&lab->line, xfer->request_len, lab->now);
}

/* Called by line.c, as the next two: the worker runs later. */
static void lab_send(struct mbus_line *line)
{
	(void)line;
}

static void lab_record(struct mbus_line *line, const struct meterbus_bus_record *record,
		       const u8 *data)
{
	if (record->kind == METERBUS_KIND_FINDING)
		line_lab.findings++;
	else if (record->direction == METERBUS_DIRECTION_RECEIVED)
		line_lab.frames++;
	line_lab.last_flags = record->flags;
	line_lab.last_first_ns = record->first_ns;
}

static void lab_done(struct mbus_line *line, struct mbus_line_xfer *xfer)
{
	line_lab.done++;
	line_lab.ended = line_lab.now;
}

static const struct mbus_line_ops lab_ops = {
	.send = lab_send,
	.record = lab_record,
	.done = lab_done,
};

static void lab_worker(void)
{
	if (!line_lab.late_worker && line_lab.line.state == MBUS_LINE_DUE)
		lab_work();
}

static void lab_run(u64 ns)
{
	struct line_lab *lab = &line_lab;
	u64 until = lab->now + ns;

	lab_worker();
	while (lab->line.timer_ns <= until) {
		lab->now = max(lab->now, lab->line.timer_ns);
		mbus_line_timer(&lab->line, lab->now);
		lab_worker();
	}
	lab->now = until;
}

static void lab_rx(u8 byte, u8 flags)
{
	mbus_line_rx(&line_lab.line, &byte, &flags, 1, line_lab.now);
}

static void lab_noise(u64 steps, u64 step_ns)
{
	while (steps--) {
		lab_run(step_ns);
		lab_rx(0x55, 0);
	}
}

/* Script words: a verb, and what is behind its colon. */

static u8 hex_value(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

static size_t arg_bytes(const char *arg, u8 *bytes, u8 *flags)
{
	static const char letters[] = "pfbo";
	const char *letter;
	size_t len = 0;

	while (*arg && *arg != ' ') {
		bytes[len] = hex_value(arg[0]) << 4 | hex_value(arg[1]);
		flags[len] = 0;
		for (arg += 2; *arg && (letter = strchr(letters, *arg)); arg++)
			flags[len] |= 1U << (letter - letters);
		len++;
	}
	return len;
}

static u64 arg_number(const char *arg)
{
	u64 number = 0;

	while (*arg >= '0' && *arg <= '9')
		number = number * 10 + *arg++ - '0';
	return number;
}

static u64 arg_ms(const char *arg)
{
	u64 us = arg_number(arg) * USEC_PER_MSEC;
	u32 digit;

	while (*arg >= '0' && *arg <= '9')
		arg++;
	if (*arg == '.') {
		for (digit = 100; digit && *++arg >= '0' && *arg <= '9';
		     digit /= 10)
			us += (*arg - '0') * digit;
	}
	return us * NSEC_PER_USEC;
}

static bool is_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	return !strncmp(text, word, len) &&
	       (!text[len] || strchr(" ,:", text[len]));
}

static unsigned int word_index(const char *text, const char *const *words,
			       unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (is_word(text, words[i]))
			break;
	}
	return i;
}

static u32 arg_flags(const char *arg)
{
	static const char *const words[] = {
		"parity", "framing", "break", "overrun", "own", "late",
		"unasked", "echo", "junk", "doubtful", "babble",
	};
	u32 flags = 0;

	while (*arg && *arg != ' ') {
		flags |= 1U << word_index(arg, words, 11);
		while (*arg && !strchr(" ,", *arg))
			arg++;
		if (*arg == ',')
			arg++;
	}
	return flags;
}

static const char *const reason_words[] = {
	"none", "noise", "nul", "break", "company", "header", "checksum",
	"stop", "truncated", "echo", "parity",
};

#define LAB_LIST(...) { __VA_ARGS__ }

/* A transaction that ended with an error has no outcome. */
static const struct {
	unsigned int outcome;
	const char *word;
} outcome_words[] = METERBUS_OUTCOME_WORDS(LAB_LIST, { METERBUS_OUTCOME_NONE, "error" });

static const char *outcome_word(unsigned int outcome)
{
	unsigned int i = 0;

	while (i < ARRAY_SIZE(outcome_words) - 1 &&
	       outcome_words[i].outcome != outcome)
		i++;
	return outcome_words[i].word;
}

static const char *const echo_words[] = { "unknown", "absent", "present" };
static const char *const mode_words[] = { "off", "on", "auto" };

static void lab_start(void)
{
	struct line_lab *lab = &line_lab;
	u8 flags[METERBUS_FRAME_MAX];

	memset(&lab->xfer, 0, sizeof(lab->xfer));
	lab->xfer.request_len = arg_bytes(lab->snd ? SND_UD : REQUEST,
					  lab->xfer.request, flags);
	lab->xfer.guard_ns = lab->guard_ns;
	lab->xfer.window_ns = lab->window_ns;
	lab->xfer.repeats = lab->repeats;
	lab->done = 0;
	mbus_line_start(&lab->line, &lab->xfer, lab->now);
}

static void lab_request(void)
{
	struct line_lab *lab = &line_lab;
	unsigned int sent = lab->sent;

	lab_start();
	while (lab->sent == sent) {
		lab_worker();
		if (lab->sent == sent)
			lab_run(lab->line.timer_ns - lab->now);
	}
	lab_run(lab->xfer.sent_end_ns - lab->now);
}

static void lab_settings(const char *word, const char *arg)
{
	struct mbus_timing timing = line_lab.line.timing;

	if (is_word(word, "echo"))
		timing.echo = word_index(arg, mode_words, 3);
	timing.defaults &= ~METERBUS_TIMING_GUARD;
	if (is_word(word, "bus-guard"))
		timing.guard_us = arg_ms(arg) / 1000;
	mbus_line_set_timing(&line_lab.line, &timing);
}

static void lab_deliver(const char *arg)
{
	u8 bytes[64], flags[64];
	size_t len = arg_bytes(arg, bytes, flags);

	mbus_line_rx(&line_lab.line, bytes, flags, len, line_lab.now);
}

/* False when the word is no event. */
static bool lab_event(const char *word, const char *arg)
{
	struct line_lab *lab = &line_lab;
	struct mbus_line *line = &lab->line;

	if (*word == '+')
		lab_run(arg_ms(word + 1));
	else if (is_word(word, "jump"))
		lab->now += arg_ms(arg);
	else if (is_word(word, "timer"))
		mbus_line_timer(line, lab->now);
	else if (is_word(word, "mark"))
		lab->mark = lab->now;
	else if (is_word(word, "repeats"))
		lab->repeats = arg_number(arg);
	else if (is_word(word, "guard"))
		lab->guard_ns = arg_ms(arg);
	else if (is_word(word, "window"))
		lab->window_ns = arg_ms(arg);
	else if (is_word(word, "snd"))
		lab->snd = true;
	else if (is_word(word, "start"))
		lab_start();
	else if (is_word(word, "req"))
		lab_request();
	else if (is_word(word, "rx"))
		lab_deliver(arg);
	else if (is_word(word, "rx-noise"))
		lab_noise(arg_number(arg), 5 * NSEC_PER_MSEC);
	else if (is_word(word, "noise"))
		lab_noise(arg_number(arg), 20 * NSEC_PER_MSEC);
	else if (is_word(word, "counted"))
		mbus_line_errors(line, 1U << (strchr("pfbo", *arg) - "pfbo"));
	else if (is_word(word, "late-worker"))
		lab->late_worker = true;
	else if (is_word(word, "in-time-worker"))
		lab->late_worker = false;
	else if (is_word(word, "work"))
		lab_work();
	else if (is_word(word, "tty"))
		lab->tty_none = is_word(arg, "none");
	else if (is_word(word, "took"))
		mbus_line_sent(line, arg_number(arg), lab->now);
	else if (is_word(word, "tty-fails"))
		mbus_line_send_failed(line, -EIO, lab->now);
	else if (is_word(word, "flush"))
		mbus_line_flush(line, lab->now);
	else if (is_word(word, "unplug"))
		mbus_line_unplug(line, lab->now);
	else if (is_word(word, "restart"))
		mbus_line_restart(line, lab->now);
	else if (is_word(word, "baud"))
		mbus_line_set_baud(line, arg_number(arg));
	else if (is_word(word, "echo") || is_word(word, "bus-guard"))
		lab_settings(word, arg);
	else
		return false;
	return true;
}

/* Rounding of divisions. */
static bool near(u64 a, u64 b)
{
	return a + 2 * NSEC_PER_USEC >= b && b + 2 * NSEC_PER_USEC >= a;
}

static bool lab_answer_is(const char *arg)
{
	const struct mbus_line_xfer *xfer = &line_lab.xfer;
	u8 bytes[64], flags[64];
	size_t len = arg_bytes(arg, bytes, flags);

	return xfer->answer_len == len && !memcmp(xfer->answer, bytes, len);
}

static bool lab_delays_are(const char *arg)
{
	const struct mbus_line_stats *stats = &line_lab.line.answer.stats;
	const u64 times[] = { stats->delay_min_ns, stats->delay_max_ns,
			      stats->delay_sum_ns };
	unsigned int i;

	if (stats->delays != arg_number(arg))
		return false;
	for (i = 0; i < 3; i++) {
		arg = strchr(arg, ':') + 1;
		if (!near(arg_ms(arg), times[i]))
			return false;
	}
	return true;
}

static bool lab_errors_are(const char *arg)
{
	unsigned int i;

	for (i = 0; i < METERBUS_ERROR_COUNT; i++) {
		if (line_lab.line.answer.stats.errors[i] != arg_number(arg))
			return false;
		while (*arg >= '0' && *arg <= '9')
			arg++;
		if (*arg == ':')
			arg++;
	}
	return true;
}

static bool lab_ended_as(unsigned int outcome)
{
	const struct line_lab *lab = &line_lab;

	return lab->done == 1 && lab->xfer.outcome == outcome &&
	       lab->xfer.error == (outcome ? 0 : -EIO);
}

static bool lab_holds(const char *word, const char *arg)
{
	struct line_lab *lab = &line_lab;
	const struct mbus_line_xfer *xfer = &lab->xfer;
	struct mbus_line *line = &lab->line;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(outcome_words); i++) {
		if (is_word(word, outcome_words[i].word))
			return lab_ended_as(outcome_words[i].outcome);
	}
	if (is_word(word, "open"))
		return !lab->done;
	if (is_word(word, "cancel"))
		return mbus_line_cancel(line, &lab->xfer, lab->now) &&
		       !lab->done;
	if (is_word(word, "kept"))
		return !mbus_line_cancel(line, &lab->xfer, lab->now);
	if (is_word(word, "at"))
		return near(lab->mark + arg_ms(arg),
			    lab->done ? lab->ended : lab->now);
	if (is_word(word, "reason"))
		return xfer->reason == word_index(arg, reason_words, 11);
	if (is_word(word, "tries"))
		return xfer->tries == arg_number(arg);
	if (is_word(word, "answer"))
		return lab_answer_is(arg);
	if (is_word(word, "flags"))
		return xfer->flags == arg_flags(arg);
	if (is_word(word, "first"))
		return near(lab->mark + arg_ms(arg), xfer->first_ns);
	if (is_word(word, "sent"))
		return lab->sent == arg_number(arg);
	if (is_word(word, "sent-at"))
		return near(lab->mark + arg_ms(arg), lab->sent_ns);
	if (is_word(word, "frames"))
		return lab->frames == arg_number(arg);
	if (is_word(word, "findings"))
		return lab->findings == arg_number(arg);
	if (is_word(word, "last"))
		return lab->last_flags == arg_flags(arg);
	if (is_word(word, "echo-is"))
		return line->answer.echo.learnt == word_index(arg, echo_words, 3);
	if (is_word(word, "late"))
		return line->answer.stats.late == arg_number(arg);
	if (is_word(word, "slack"))
		return near(line->timing.slack_us * 1000ULL, arg_ms(arg));
	if (is_word(word, "began"))
		return near(lab->mark + arg_ms(arg), lab->last_first_ns);
	if (is_word(word, "errors"))
		return lab_errors_are(arg);
	if (is_word(word, "unasked"))
		return line->answer.babble.total == arg_number(arg);
	if (is_word(word, "delays"))
		return lab_delays_are(arg);
	if (is_word(word, "no-timer"))
		return line->timer_ns == MBUS_LINE_NO_TIMER;
	return false;
}

static void lab_explain(const char *word)
{
	struct line_lab *lab = &line_lab;
	const struct mbus_line_xfer *xfer = &lab->xfer;

	snprintf(lab->why, sizeof(lab->why),
		 "at '%.24s': ended %u as %s, reason %s, flags %x, sent %u, slack %u, %u us after the mark",
		 word, lab->done, outcome_word(xfer->outcome),
		 reason_words[xfer->reason], xfer->flags, lab->sent,
		 lab->line.timing.slack_us,
		 (u32)(lab->now - lab->mark) / 1000);
}

/* False where the words are not what line.c does. */
static bool lab_play(const char *word)
{
	const char *arg;

	while (*word) {
		for (arg = word; *arg && !strchr(" :", *arg); arg++)
			;
		if (*arg == ':')
			arg++;
		if (!lab_event(word, arg) && !lab_holds(word, arg)) {
			lab_explain(word);
			return false;
		}
		while (*word && *word != ' ')
			word++;
		while (*word == ' ')
			word++;
	}
	return true;
}

/* NULL, or where the script is not what line.c does. */
static const char *lab_run_script(const char *const *script)
{
	struct line_lab *lab = &line_lab;

	memset(lab, 0, sizeof(*lab));
	lab->now = NSEC_PER_SEC;
	mbus_line_init(&lab->line, &lab_ops, 2400, lab->now);
	for (; *script; script++) {
		if (!lab_play(*script))
			return lab->why;
	}
	return NULL;
}

#endif
