/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What line.c must do, as scripts of events at their times: run by KUnit
 * (line_kunit.c), and in userspace with the sanitizers. Time is a number, and
 * nothing sleeps.
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
 *	took:N, tty-fails	it takes N bytes, or says that it cannot
 *	cancel, kept	the transaction can be taken back, or cannot
 *	unplug		the tty goes away
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
 *	no-timer	no timer is due
 */
#ifndef MBUS_LINE_CASES_H
#define MBUS_LINE_CASES_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "line.h"

#define REQUEST	"105BFD5816"
#define SND_UD	"6804046853FD5010B016"
#define ANSWER	"68040468080072118B16"
#define BAD_SUM	"68040468080072118C16"

struct line_case {
	const char *name;
	const char *script[8];	/* in lines */
};

static const struct line_case line_cases[] = {
	/* Guard. */
	{ "the first frame waits for the guard from attach on", {
		"mark start +1000 sent:1 sent-at:60",
	} },
	{ "the guard follows the last byte", {
		"req +50 mark rx:" ANSWER " frame req sent-at:60",
	} },
	{ "the quiet that makes an ack lies inside the guard", {
		"req +40 mark rx:E5 +33.75 ack req sent-at:60",
	} },
	{ "the guard follows the baud rate", {
		"baud:300 mark start +1000 sent-at:110",
	} },
	{ "the guard can be set", {
		"bus-guard:10 mark start +1000 sent-at:10",
	} },
	{ "a frame the tty takes after it was given up is on the wire, too", {
		"tty:none start +3000 error tty:all late-worker start mark took:5",
		"in-time-worker +1000 sent:2 sent-at:82.916",
	} },
	{ "a transaction may bring its own guard", {
		"req mark rx:" ANSWER " guard:500 start +499 sent:1",
		"+2 sent:2 sent-at:500",
	} },
	{ "a byte during the guard begins it anew", {
		"start +30 mark rx:55 +1000 sent-at:60 findings:1",
	} },
	{ "a byte between the timer and the worker begins it anew", {
		"late-worker start +61 mark rx:55 work sent:0",
		"in-time-worker +1000 sent-at:60",
	} },
	{ "nothing is sent over a frame that is coming in", {
		"start +30 rx:6804 +90 rx:0468080072118B sent:0 +90 sent:0 rx:16",
		"mark +60 sent:1 sent-at:60",
	} },
	{ "a line that never falls quiet is given up", {
		"start noise:280 collision reason:noise tries:0 sent:0",
	} },

	/* Response window. */
	{ "silence ends at the end of the window", {
		"req mark +207.4 open +1 silence tries:1 at:207.5 answer:",
	} },
	{ "silence is said after all repeats and full windows", {
		"repeats:2 mark start +60 sent:1 +230 open +1 sent:2 sent-at:290.417",
		"+231 sent:3 sent-at:520.833 +229 open +1 silence tries:3",
	} },
	{ "the window follows the baud rate", {
		"baud:300 req mark +1169 open +2 silence at:1170",
	} },
	{ "a transaction may bring its own window", {
		"window:1000 req mark +999 open +2 silence at:1000",
	} },
	{ "an answer may begin at the end of the window", {
		"req +207 rx:68 +50 rx:040468080072118B16 frame flags:",
	} },
	{ "the window begins when the tty has taken all", {
		"tty:none start +61 took:2 +200 mark took:3 open +207.4 open +1",
		"silence",
	} },

	/* Answers. */
	{ "a clean E5 is an ack after 33 bits of quiet", {
		"repeats:2 req +40 mark rx:E5 +13.75 open +20 ack tries:1 answer:E5",
		"at:33.75 first:0 findings:0",
	} },
	{ "an ack after an earlier frame is alone", {
		"req +40 rx:" ANSWER " frame req +40 rx:E5 +100 ack",
	} },
	{ "a valid frame ends it at once", {
		"repeats:2 req mark +60 rx:" ANSWER " frame tries:1 at:60",
		"answer:" ANSWER " first:60",
	} },
	{ "a frame in chunks is whole within the gap limit", {
		"req +50 rx:68 +99 rx:0404 +99 rx:68080072 +99 rx:118B16 frame",
	} },
	{ "a frame with a flagged byte is one, and says so", {
		"req +50 rx:6804p0468080072118B16 frame flags:parity",
	} },
	{ "counted errors come with the next bytes", {
		"req +50 counted:p rx:" ANSWER " frame flags:parity",
	} },
	{ "and with none after them", {
		"req +50 counted:p rx:" ANSWER " frame",
		"req +50 rx:" ANSWER " frame flags:",
	} },
	{ "lost bytes are flagged and are no data", {
		"req +50 rx:00o" ANSWER " frame flags:overrun",
	} },
	{ "junk before the answer is told", {
		"req +50 rx:55 rx:" ANSWER " frame flags:junk findings:1",
	} },

	/* Garbled. */
	{ "a wrong checksum is asked for again after the guard", {
		"repeats:2 req +50 mark rx:" BAD_SUM " open +61 findings:1 sent:2",
		"sent-at:60 +80 rx:" ANSWER " frame tries:2",
		"answer:" ANSWER,
	} },
	{ "a wrong checksum every time", {
		"repeats:1 req +50 rx:" BAD_SUM " +160 rx:" BAD_SUM " +100 garbled",
		"reason:checksum tries:2 answer:" BAD_SUM,
	} },
	{ "a wrong stop", {
		"req +50 rx:68040468080072118B17 +100 garbled reason:stop",
	} },
	{ "a wrong header", {
		"req +50 rx:68040568080072118B16 +100 garbled reason:header",
	} },
	{ "a frame cut short, at the gap limit", {
		"req +50 mark rx:680404680800 +99 open +2 garbled",
		"reason:truncated answer:680404680800 at:100",
	} },

	/* Collisions are not repeated. */
	{ "two acks", {
		"repeats:2 req +40 rx:E5 +8 rx:E5 +100 collision reason:company",
		"answer:E5E5 sent:1",
	} },
	{ "an ack and a byte", {
		"repeats:2 req +40 rx:E5 +8 rx:01 +100 collision reason:company",
		"sent:1",
	} },
	{ "a byte and an ack", {
		"repeats:2 req +40 rx:01 +8 rx:E5 +100 collision",
	} },
	{ "an ack and a frame", {
		"req +40 rx:E5 +8 rx:" ANSWER " +300 collision",
		"reason:company",
	} },
	{ "an ack with a parity error", {
		"req +40 rx:E5p +100 collision reason:parity flags:parity",
	} },
	{ "an ack with a counted parity error", {
		"req +40 counted:p rx:E5 +100 collision reason:parity",
	} },
	{ "a lone NUL", {
		"repeats:2 req +40 mark rx:00 +100 collision reason:nul",
		"at:33.75 sent:1",
	} },
	{ "a break", {
		"repeats:2 req +40 rx:00b +100 collision reason:break",
		"flags:break sent:1",
	} },
	{ "a break makes a damaged frame a collision", {
		"repeats:2 req +40 rx:685E5E68080000b +300 collision reason:break",
	} },
	{ "a few bytes that begin no frame", {
		"repeats:2 req +40 rx:FD +100 collision reason:noise sent:1",
	} },
	{ "bytes without an end", {
		"req rx-noise:700 collision",
	} },
	{ "a switching glitch is no answer", {
		"start +61 rx:00 +80 open findings:1 rx:E5 +100 ack flags:junk",
		"answer:E5",
	} },
	{ "what comes before a meter could have answered is a glitch", {
		"req +9 rx:00 +100 open rx:E5 +100 ack flags:junk",
	} },
	{ "what comes when a meter could have answered is not", {
		"req +9.2 rx:00 +100 collision",
	} },
	{ "an early glitch alone is told", {
		"start +61 rx:00 +1000 collision reason:nul",
	} },

	/* Quiet after a collision. */
	{ "the guard follows the end of a converter's break", {
		"req +40 mark rx:00 +40 collision req sent-at:160",
	} },
	{ "and of one the driver told", {
		"req +40 mark rx:00b +40 collision req sent-at:160",
	} },
	{ "garbage after a collision waits longer each time", {
		"bus-guard:10 req +40 mark rx:FD +30 collision req sent-at:60",
		"+40 mark rx:" BAD_SUM " +30 garbled req sent-at:180",
		"+40 mark rx:" BAD_SUM " +30 garbled req sent-at:540",
		"+40 mark rx:" BAD_SUM " +30 garbled req sent-at:700",
		"+40 mark rx:" BAD_SUM " +30 garbled req sent-at:700",
		"+40 mark rx:" ANSWER " frame req sent-at:10",
	} },
	{ "silence forgives a collision", {
		"bus-guard:10 req +40 rx:FD +30 collision req +1000 silence",
		"mark rx:55 +20 req sent-at:20",
	} },

	/* Echo. */
	{ "an echo is removed and learnt", {
		"req rx:" REQUEST " echo-is:present +40 open rx:" ANSWER "",
		"frame flags:echo answer:" ANSWER " findings:0 frames:1",
	} },
	{ "echo and answer in one chunk", {
		"req rx:105BFD5816" ANSWER " frame flags:echo",
	} },
	{ "only an echo", {
		"repeats:1 start +60 rx:" REQUEST " +231 sent:2 rx:" REQUEST,
		"+1000 echo-only tries:2 answer:",
	} },
	{ "an echo cut short is echo-only", {
		"req rx:105B +1000 echo-only findings:1",
	} },
	{ "a part of an echo does not hide the answer", {
		"req rx:105BFD +40 rx:" ANSWER " frame",
		"answer:" ANSWER " findings:1",
	} },
	{ "answers without an echo teach that there is none", {
		"req rx:" ANSWER " req rx:" ANSWER "",
		"req rx:" ANSWER " echo-is:unknown",
		"req rx:" ANSWER " echo-is:absent",
	} },
	{ "an answer that begins like the request is no echo", {
		"snd req +30 rx:68040468 +20 rx:080072118B16 frame flags:",
		"answer:" ANSWER,
	} },
	{ "an echo that differs is a finding", {
		"echo:on req rx:105B015816 +1000 collision reason:echo",
	} },
	{ "an echo with a flagged byte is one", {
		"echo:on req rx:105BFDp5816 +1000 echo-only findings:0",
	} },
	{ "our own frame behind junk is no answer", {
		"req rx:00 rx:" REQUEST " +40 rx:" ANSWER " frame",
		"answer:" ANSWER,
	} },
	{ "without echo our own frame is a finding", {
		"echo:off req rx:" REQUEST " +1000 echo-only findings:1",
	} },

	/* Races of answer and timer. */
	{ "the answer before a late window timer", {
		"req jump:250 rx:" ANSWER " frame timer frame flags:",
	} },
	{ "the answer and the timer at the same time", {
		"req jump:207.5 rx:" ANSWER " timer frame",
	} },
	{ "the timer before the answer: late, and the slack follows", {
		"req +207.51 silence +3 rx:" ANSWER " silence",
		"last:late,unasked late:1 slack:43.01",
	} },
	{ "an answer long after is nobody's", {
		"req +208 silence +3000 rx:" ANSWER " last:unasked late:0",
	} },
	{ "a late answer is taken instead of a repeat", {
		"repeats:2 req late-worker +207.51 rx:68040468 +20 rx:080072118B16",
		"frame flags:late tries:1 sent:1 late:1",
	} },
	{ "an ack and its timer at the same time", {
		"req +40 rx:E5 jump:33.75 timer ack",
	} },
	{ "company just before the late timer", {
		"req +40 rx:E5 jump:13 rx:E5 timer open +100 collision",
	} },
	{ "company behind an ack whose timer is late", {
		"req +40 rx:E5 jump:100 rx:E5 timer open +100 collision",
		"reason:company",
	} },
	{ "the rest of a frame before the late gap timer", {
		"req +50 rx:6804 jump:150 rx:0468080072118B16 timer frame",
	} },
	{ "the answer before the tty has said that it took the request", {
		"tty:none start +61 rx:" ANSWER " frame took:5 frame",
	} },
	{ "the answer before the worker", {
		"late-worker start +61 rx:" ANSWER " open work sent:0",
		"last:unasked",
	} },
	{ "an early timer changes nothing", {
		"req timer open +100 timer open",
		"rx:" ANSWER " frame",
	} },

	/* Ends that are no outcome of the wire. */
	{ "a tty that takes nothing is an error", {
		"repeats:2 tty:none mark start +1000 open +200 error at:1105.833",
		"sent:1 tty:all req rx:" ANSWER " frame",
	} },
	{ "a tty that fails is an error at once", {
		"repeats:2 tty:none start +61 tty-fails error sent:1",
	} },
	{ "unplug during the guard", {
		"start unplug unplugged no-timer",
	} },
	{ "unplug before the worker", {
		"late-worker start +61 unplug unplugged no-timer",
	} },
	{ "unplug while sending", {
		"tty:none start +61 took:2 unplug unplugged no-timer",
	} },
	{ "unplug in the window", {
		"req unplug unplugged no-timer",
	} },
	{ "unplug in an answer", {
		"req +40 rx:6804 unplug unplugged no-timer",
	} },
	{ "unplug of an idle line", {
		"+10 rx:68 unplug no-timer",
	} },
	{ "taken back before it was sent", {
		"start cancel +1000 sent:0",
	} },
	{ "kept once it was sent", {
		"req kept +1000 silence",
	} },

	/* Nobody asked. */
	{ "a frame nobody asked for is told", {
		"rx:" ANSWER " frames:1 last:unasked no-timer",
	} },
	{ "and noise, when the line is quiet", {
		"rx:55 findings:0 +100 findings:1 last:unasked no-timer",
	} },
};

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

static void lab_record(struct mbus_line *line, const struct mbus_record *record,
		       const u8 *data)
{
	if (record->kind == MBUS_KIND_FINDING)
		line_lab.findings++;
	else if (record->direction == MBUS_DIRECTION_RECEIVED)
		line_lab.frames++;
	line_lab.last_flags = record->flags;
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
		"unasked", "echo", "junk",
	};
	u32 flags = 0;

	while (*arg && *arg != ' ') {
		flags |= 1U << word_index(arg, words, 9);
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

static const char *const outcome_words[] = {
	"error", "ack", "frame", "silence", "collision", "garbled",
	"echo-only", "unplugged",
};

static const char *const echo_words[] = { "unknown", "absent", "present" };
static const char *const mode_words[] = { "off", "on", "auto" };

static void lab_start(void)
{
	struct line_lab *lab = &line_lab;
	u8 flags[MBUS_FRAME_MAX];

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
	timing.defaults &= ~MBUS_TIMING_GUARD;
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
	else if (is_word(word, "unplug"))
		mbus_line_unplug(line, lab->now);
	else if (is_word(word, "baud"))
		mbus_line_set_baud(line, arg_number(arg));
	else if (is_word(word, "echo") || is_word(word, "bus-guard"))
		lab_settings(word, arg);
	else
		return false;
	return true;
}

#undef REQUEST

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
	unsigned int outcome = word_index(word, outcome_words, 8);

	if (outcome < 8)
		return lab_ended_as(outcome);
	if (is_word(word, "open"))
		return !lab->done;
	if (is_word(word, "cancel"))
		return mbus_line_cancel(line, &lab->xfer) && !lab->done;
	if (is_word(word, "kept"))
		return !mbus_line_cancel(line, &lab->xfer);
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
		return line->echo_learnt == word_index(arg, echo_words, 3);
	if (is_word(word, "late"))
		return line->stats.late == arg_number(arg);
	if (is_word(word, "slack"))
		return near(line->timing.slack_us * 1000ULL, arg_ms(arg));
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
		 word, lab->done, outcome_words[xfer->outcome],
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
static const char *line_case_run(const struct line_case *c)
{
	struct line_lab *lab = &line_lab;
	const char *const *line;

	memset(lab, 0, sizeof(*lab));
	lab->now = NSEC_PER_SEC;
	mbus_line_init(&lab->line, &lab_ops, 2400, lab->now);
	for (line = c->script; *line; line++) {
		if (!lab_play(*line))
			return lab->why;
	}
	return NULL;
}

#endif
