// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel/line.c against any order of events at any time: bytes, flags, gaps,
 * echoes, late timers, a late worker, a tty that takes parts or fails. Every
 * transaction ends, once and within its bound; nothing is sent inside the
 * guard; no byte is lost or doubled; a clean frame is never hidden; the timer
 * never makes its owner spin.
 *
 * Input: pairs of an event (enum event, by its low bits) and its argument.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "must.h"

#define MS		1000000ULL
#define SECOND		(1000 * MS)

enum event {
	RX_BYTE,	/* the argument */
	RX_FLAGGED,	/* a byte of zero with these flags */
	RX_ANSWER,	/* a valid frame in one chunk */
	RX_ECHO,	/* as many bytes of the request */
	WAIT_LONG,	/* in 4 ms, timers fire in time */
	WAIT_SHORT,	/* in 100 us */
	WAIT_TIMER,	/* until the timer is due */
	TIMER_LATE,	/* by as many ms */
	START,		/* high bits: repeats */
	WORK,		/* the worker runs, the tty takes all */
	WORK_PART,	/* the tty takes as many bytes */
	MORE_SENT,	/* and as many later */
	SEND_FAILED,
	CANCEL,
	BAUD,
	TIMING,
	ERRORS,		/* counted, at an unknown byte */
	EVENTS
};

static const struct {
	u16 len;
	u8 bytes[16];
} requests[] = {
	{ 5, { 0x10, 0x5b, 0xfd, 0x58, 0x16 } },
	{ 5, { 0x10, 0x40, 0x05, 0x45, 0x16 } },
	{ 9, { 0x68, 0x03, 0x03, 0x68, 0x53, 0x05, 0x50, 0xa8, 0x16 } },
}, answers[] = {
	{ 1, { 0xe5 } },
	{ 9, { 0x68, 0x03, 0x03, 0x68, 0x08, 0x00, 0x70, 0x78, 0x16 } },
	{ 10, { 0x68, 0x04, 0x04, 0x68, 0x08, 0x00, 0x72, 0x11, 0x8b, 0x16 } },
	{ 5, { 0x10, 0x40, 0x05, 0x45, 0x16 } },
};

static const u32 bauds[] = { 300, 600, 1200, 2400, 4800, 9600, 38400, 0 };

static struct {
	struct mbus_line line;
	struct mbus_line_xfer xfer;
	u64 now;
	u64 started;
	bool running;		/* a transaction was started and has not ended */
	bool send;		/* the worker was asked for */
	bool retimed;		/* baud or timing changed since the start */
	bool echo;		/* looked for since the last transmission */
	u16 tty_has;		/* bytes of the frame the tty has not taken */
	u64 received, recorded;	/* bytes that are data, bytes recorded */
	u64 swallowed;		/* what an echo took */
	u64 frames;		/* valid ones recorded */
} w;

static void on_send(struct mbus_line *line)
{
	MUST(line->state == MBUS_LINE_DUE);
	w.send = true;
}

static void on_record(struct mbus_line *line, const struct meterbus_bus_record *record,
		      const u8 *data)
{
	MUST(record->len);
	MUST(record->reason < METERBUS_REASON_COUNT);
	MUST(record->outcome < METERBUS_OUTCOME_COUNT);
	if (record->direction != METERBUS_DIRECTION_RECEIVED) {
		MUST(mbus_frame_sendable(data, record->len));
		return;
	}
	MUST(record->first_ns <= record->last_ns);
	MUST(record->last_ns <= w.now);
	w.recorded += record->len;
	if (record->kind != METERBUS_KIND_FRAME)
		return;
	w.frames++;
	MUST(!record->reason);
	MUST(mbus_frame_sendable(data, record->len) ||
	     (record->len == 1 && data[0] == 0xe5));
}

static void on_done(struct mbus_line *line, struct mbus_line_xfer *xfer)
{
	MUST(w.running);
	MUST(xfer == &w.xfer);
	w.running = false;
	MUST(xfer->tries <= xfer->repeats + 1);
	MUST(xfer->answer_len <= METERBUS_DATA_MAX);
	MUST(!xfer->error == (xfer->outcome != METERBUS_OUTCOME_NONE));
	switch (xfer->outcome) {
	case METERBUS_OUTCOME_ACK:
		MUST(xfer->answer_len == 1 && xfer->answer[0] == 0xe5);
		/* A glitch before it may have had some, and is recorded. */
		MUST(xfer->flags & METERBUS_FLAG_JUNK ||
		     !(xfer->flags & MBUS_BYTE_FLAGS));
		break;
	case METERBUS_OUTCOME_FRAME:
		MUST(mbus_frame_sendable(xfer->answer, xfer->answer_len));
		break;
	case METERBUS_OUTCOME_COLLISION:
	case METERBUS_OUTCOME_GARBLED:
		MUST(xfer->reason);
		break;
	case METERBUS_OUTCOME_SILENCE:
	case METERBUS_OUTCOME_ECHO_ONLY:
		MUST(!xfer->answer_len);
		MUST(xfer->tries == xfer->repeats + 1);
		break;
	}
}

static const struct mbus_line_ops ops = {
	.send = on_send,
	.record = on_record,
	.done = on_done,
};

/* Bytes in neither the receiver, nor a record, nor an echo under way. */
static u64 missing(void)
{
	return w.received - w.recorded - (w.line.answer.rx.len - w.line.answer.rx.taken) -
	       (w.line.answer.echo.open ? w.line.answer.echo.pos : 0);
}

/* After every call; @echo: bytes that an echo may have taken meanwhile. */
static void check(u64 echo)
{
	u64 gone = missing() - w.swallowed;

	if (gone != echo) {
		MUST(w.echo);
		MUST(gone % w.xfer.request_len == 0);
		MUST(gone < 1000);
	}
	w.swallowed += gone;

	MUST((w.line.state == MBUS_LINE_IDLE) == !w.line.answer.xfer);
	MUST(w.running == !!w.line.answer.xfer);
	if ((w.line.state != MBUS_LINE_IDLE &&
	     w.line.state != MBUS_LINE_DUE) ||
	    !mbus_frame_rx_empty(&w.line.answer.rx))
		MUST(w.line.timer_ns != MBUS_LINE_NO_TIMER);
}

static void timer(void)
{
	unsigned int again = 0;

	do {
		MUST(again++ < 8);
		mbus_line_timer(&w.line, w.now);
		check(0);
	} while (w.line.timer_ns <= w.now);
}

static void run_to(u64 until)
{
	while (w.line.timer_ns != MBUS_LINE_NO_TIMER &&
	       w.line.timer_ns <= until) {
		if (w.line.timer_ns > w.now)
			w.now = w.line.timer_ns;
		timer();
	}
	if (until > w.now)
		w.now = until;
}

static void rx(const u8 *bytes, const u8 *flags, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		w.received += !(flags && flags[i] & METERBUS_FLAG_OVERRUN);
	mbus_line_rx(&w.line, bytes, flags, count, w.now);
	check(0);
}

/* Alone on a quiet line, a frame comes out as what it is. */
static void rx_answer(u8 arg)
{
	unsigned int i = arg % (sizeof(answers) / sizeof(answers[0]));
	bool quiet = mbus_frame_rx_empty(&w.line.answer.rx) && !w.line.answer.errors &&
		     !(w.line.answer.echo.open && w.line.answer.echo.pos) &&
		     w.now > w.line.answer.last_ns + SECOND;
	u64 frames = w.frames;
	bool own = w.line.answer.xfer && w.line.answer.echo.open &&
		   answers[i].bytes[0] == w.xfer.request[0];

	rx(answers[i].bytes, NULL, answers[i].len);
	if (!quiet || own)
		return;
	while (!mbus_frame_rx_empty(&w.line.answer.rx))
		run_to(w.line.timer_ns);
	/* Unless it is our own frame that comes back. */
	MUST(w.frames == frames + 1 ||
	     (w.xfer.request_len == answers[i].len &&
	      !memcmp(w.xfer.request, answers[i].bytes, answers[i].len)));
}

static void start(u8 arg)
{
	unsigned int i = arg % (sizeof(requests) / sizeof(requests[0]));

	if (w.running)
		return;
	memset(&w.xfer, 0, sizeof(w.xfer));
	memcpy(w.xfer.request, requests[i].bytes, requests[i].len);
	w.xfer.request_len = requests[i].len;
	w.xfer.repeats = arg >> 6;
	w.xfer.guard_ns = arg & 0x20 ? 250 * MS : 0;
	w.xfer.window_ns = arg & 0x10 ? 100 * MS : 0;
	w.running = true;
	w.retimed = false;
	w.started = w.now;
	mbus_line_start(&w.line, &w.xfer, w.now);
	check(0);
}

static void work(u16 take)
{
	u64 guard = w.xfer.guard_ns ?: w.line.timing.guard_us * 1000ULL;
	u16 echo = w.line.answer.echo.open ? w.line.answer.echo.pos : 0;
	bool due = w.line.state == MBUS_LINE_DUE;

	if (!w.send)
		return;
	w.send = false;
	if (!mbus_line_send_begin(&w.line, w.now)) {
		MUST(!due);
		check(0);
		return;
	}
	MUST(due);
	check(echo);
	w.echo = w.line.timing.echo != METERBUS_ECHO_OFF;
	if (!w.retimed)
		MUST(w.now >= w.line.answer.last_ns + guard);
	w.tty_has = w.xfer.request_len;
	if (take > w.tty_has)
		take = w.tty_has;
	w.tty_has -= take;
	mbus_line_sent(&w.line, take, w.now);
	check(0);
}

static void more_sent(u16 take)
{
	if (take > w.tty_has)
		take = w.tty_has;
	w.tty_has -= take;
	mbus_line_sent(&w.line, take, w.now);
	check(0);
}

static void set_timing(u8 arg)
{
	struct mbus_timing timing = w.line.timing;

	timing.echo = arg & 3;
	timing.defaults = arg >> 2 & 7;
	timing.guard_us = arg & 0x20 ? 0 : 20000;
	timing.gap_us = arg & 0x40 ? 0 : 50000;
	timing.window_us = arg & 0x80 ? 0 : 150000;
	MUST(mbus_line_set_timing(&w.line, &timing) ==
	     (timing.echo <= METERBUS_ECHO_AUTO));
	w.echo |= w.line.timing.echo != METERBUS_ECHO_OFF;
	w.retimed = true;
}

static void play(enum event event, u8 arg)
{
	u8 flags = arg & MBUS_BYTE_FLAGS, zero = arg & 0x80 ? 0xe5 : 0;

	switch (event) {
	case RX_BYTE:
		rx(&arg, NULL, 1);
		break;
	case RX_FLAGGED:
		rx(&zero, &flags, 1);
		break;
	case RX_ANSWER:
		rx_answer(arg);
		break;
	case RX_ECHO:
		if (w.line.answer.xfer && arg)
			rx(w.xfer.request, NULL,
			   arg < w.xfer.request_len ? arg : w.xfer.request_len);
		break;
	case WAIT_LONG:
		run_to(w.now + arg * 4 * MS);
		break;
	case WAIT_SHORT:
		run_to(w.now + arg * MS / 10);
		break;
	case WAIT_TIMER:
		if (w.line.timer_ns != MBUS_LINE_NO_TIMER)
			run_to(w.line.timer_ns);
		break;
	case TIMER_LATE:
		w.now += arg * MS;
		timer();
		break;
	case START:
		start(arg);
		break;
	case WORK:
		work(METERBUS_FRAME_MAX);
		break;
	case WORK_PART:
		work(arg % 8);
		break;
	case MORE_SENT:
		more_sent(arg % 8);
		break;
	case SEND_FAILED:
		mbus_line_send_failed(&w.line, -EIO, w.now);
		check(0);
		break;
	case CANCEL:
		if (w.running && mbus_line_cancel(&w.line, &w.xfer, w.now)) {
			MUST(!w.xfer.tries);
			w.running = false;
		}
		check(0);
		break;
	case BAUD:
		mbus_line_set_baud(&w.line, bauds[arg % 8]);
		if (w.line.baud < 300)
			mbus_line_set_baud(&w.line, 300);
		w.retimed = true;
		check(0);
		break;
	case TIMING:
		set_timing(arg);
		check(0);
		break;
	case ERRORS:
		mbus_line_errors(&w.line, flags);
		break;
	case EVENTS:
		break;
	}
}

/*
 * Whatever has happened, with a worker in time the transaction ends: on a
 * quiet line, and on one that never falls quiet.
 */
static void must_end(bool noisy)
{
	u64 a_try = 5 * SECOND + 700 * MS + 300 * MS +	/* guard */
		    2 * SECOND + 2 * 10 * 37 * MS +	/* tty */
		    4 * SECOND + 2 * METERBUS_FRAME_MAX * 37 * MS;	/* answer */
	u64 bound = w.now + (w.xfer.repeats + 1) * a_try;

	while (w.running) {
		MUST(w.now <= bound);
		if (w.line.state == MBUS_LINE_DUE) {
			w.send = true;
			work(METERBUS_FRAME_MAX);
		}
		if (noisy) {
			run_to(w.now + 20 * MS);
			rx((const u8 *)"\x68", NULL, 1);
		} else if (w.line.timer_ns != MBUS_LINE_NO_TIMER) {
			run_to(w.line.timer_ns);
		}
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	size_t i;

	memset(&w, 0, sizeof(w));
	w.now = SECOND;
	mbus_line_init(&w.line, &ops, 2400, w.now);
	for (i = 0; i + 1 < size; i += 2)
		play(data[i] % EVENTS, data[i + 1]);

	if (size & 2)
		must_end(size & 4);
	mbus_line_unplug(&w.line, w.now);
	MUST(!w.running);
	MUST(w.line.timer_ns == MBUS_LINE_NO_TIMER);
	return 0;
}
