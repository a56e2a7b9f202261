// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel/line.c in scripted time: every rule of when to send, how long to
 * wait and what a transaction ended as. Nothing here sleeps; time is a number.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "line.h"
#include "kselftest_harness.h"

#define MS		1000000ULL
#define CHAR_2400	4583333ULL
#define BITS33_2400	13750000ULL
#define WINDOW_2400	207500000ULL	/* 330 bits + 50 ms + 20 ms slack */
#define ACK_QUIET_2400	33750000ULL	/* 33 bits + slack, inside the guard */
#define NEAR		2000ULL		/* rounding of divisions */

static const u8 req_ud2[] = { 0x10, 0x5b, 0xfd, 0x58, 0x16 };
static const u8 answer[] = { 0x68, 0x04, 0x04, 0x68, 0x08,
			     0x00, 0x72, 0x11, 0x8b, 0x16 };

#define REQ_TIME (5 * CHAR_2400)

/* A line with its owner: a tty that takes all bytes at once. */
struct wire {
	struct mbus_line line;
	struct mbus_line_xfer xfer;
	u64 now;
	u64 sent_ns[16];
	unsigned int sent;
	unsigned int done;
	bool tty_stuck;
	bool worker_late;
	unsigned int frames, findings, outcomes;
	struct mbus_record last;
};

static struct wire *to_wire(struct mbus_line *line)
{
	return (struct wire *)((char *)line - offsetof(struct wire, line));
}

static void wire_work(struct wire *w)
{
	const struct mbus_line_xfer *xfer;

	xfer = mbus_line_send_begin(&w->line, w->now);
	if (!xfer)
		return;
	w->sent_ns[w->sent++ % 16] = w->now;
	if (!w->tty_stuck)
		mbus_line_sent(&w->line, xfer->request_len, w->now);
}

static void wire_send(struct mbus_line *line)
{
	(void)line;
}

static void wire_record(struct mbus_line *line,
			const struct mbus_record *record, const u8 *data)
{
	struct wire *w = to_wire(line);

	(void)data;
	w->last = *record;
	if (record->kind == MBUS_KIND_OUTCOME)
		w->outcomes++;
	else if (record->kind == MBUS_KIND_FINDING)
		w->findings++;
	else if (record->direction == MBUS_DIRECTION_RECEIVED)
		w->frames++;
}

static void wire_done(struct mbus_line *line, struct mbus_line_xfer *xfer)
{
	(void)xfer;
	to_wire(line)->done++;
}

static const struct mbus_line_ops wire_ops = {
	.send = wire_send,
	.record = wire_record,
	.done = wire_done,
};

static void wire_init(struct wire *w, u32 baud)
{
	memset(w, 0, sizeof(*w));
	w->now = 1000 * MS;
	mbus_line_init(&w->line, &wire_ops, baud, w->now);
}

/* Lets timers fire and the worker run until @until. */
static void run_to(struct wire *w, u64 until)
{
	if (!w->worker_late && w->line.state == MBUS_LINE_DUE)
		wire_work(w);
	while (w->line.timer_ns != MBUS_LINE_NO_TIMER &&
	       w->line.timer_ns <= until) {
		if (w->line.timer_ns > w->now)
			w->now = w->line.timer_ns;
		mbus_line_timer(&w->line, w->now);
		if (!w->worker_late && w->line.state == MBUS_LINE_DUE)
			wire_work(w);
	}
	if (until != MBUS_LINE_NO_TIMER && until > w->now)
		w->now = until;
}

static void run(struct wire *w, u64 ns)
{
	run_to(w, w->now + ns);
}

static void rx(struct wire *w, const void *bytes, size_t len)
{
	mbus_line_rx(&w->line, bytes, NULL, len, w->now);
}

static void start(struct wire *w, const u8 *request, size_t len, u8 repeats)
{
	memset(&w->xfer, 0, sizeof(w->xfer));
	memcpy(w->xfer.request, request, len);
	w->xfer.request_len = len;
	w->xfer.repeats = repeats;
	w->done = 0;
	mbus_line_start(&w->line, &w->xfer, w->now);
}

/* A REQ_UD2 that is on its way: time stands at its computed end. */
static void request(struct wire *w, u8 repeats)
{
	unsigned int sent = w->sent;

	start(w, req_ud2, sizeof(req_ud2), repeats);
	run_to(w, w->now);
	while (w->sent == sent)
		run_to(w, w->line.timer_ns);
	run_to(w, w->xfer.sent_end_ns);
}

#define EXPECT_NEAR(want, got) do {					\
	u64 want_ = (want), got_ = (got);				\
	EXPECT_TRUE(got_ + NEAR >= want_ && got_ <= want_ + NEAR)	\
		TH_LOG("want %llu ns, got %llu ns",			\
		       (unsigned long long)want_,			\
		       (unsigned long long)got_);			\
} while (0)

FIXTURE(line)
{
	struct wire w;
};

FIXTURE_SETUP(line)
{
	wire_init(&self->w, 2400);
}

FIXTURE_TEARDOWN(line)
{
	(void)self;
}

TEST_F(line, the_first_frame_waits_for_the_guard)
{
	struct wire *w = &self->w;
	u64 attached = w->now;

	start(w, req_ud2, sizeof(req_ud2), 0);
	run(w, 1000 * MS);
	ASSERT_EQ(1, w->sent);
	EXPECT_NEAR(attached + 60 * MS, w->sent_ns[0]);
	EXPECT_NEAR(w->sent_ns[0] + REQ_TIME, w->xfer.sent_end_ns);
}

TEST_F(line, a_clean_e5_is_an_ack_after_quiet)
{
	struct wire *w = &self->w;
	u64 at;

	request(w, 2);
	run(w, 40 * MS);
	at = w->now;
	rx(w, "\xe5", 1);
	run_to(w, at + BITS33_2400);
	EXPECT_EQ(0, w->done);
	run_to(w, at + ACK_QUIET_2400);
	ASSERT_EQ(1, w->done);
	EXPECT_EQ(MBUS_OUTCOME_ACK, w->xfer.outcome);
	EXPECT_EQ(1, w->xfer.tries);
	EXPECT_EQ(1, w->xfer.answer_len);
	EXPECT_EQ(0xe5, w->xfer.answer[0]);
	EXPECT_EQ(at, w->xfer.first_ns);
	EXPECT_EQ(0, w->findings);
}

TEST_F(line, an_ack_after_an_earlier_frame_is_alone)
{
	struct wire *w = &self->w;

	request(w, 0);
	run(w, 40 * MS);
	rx(w, answer, sizeof(answer));
	ASSERT_EQ(MBUS_OUTCOME_FRAME, w->xfer.outcome);
	request(w, 0);
	run(w, 40 * MS);
	rx(w, "\xe5", 1);
	run(w, 1000 * MS);
	EXPECT_EQ(MBUS_OUTCOME_ACK, w->xfer.outcome);
}

TEST_F(line, an_ack_in_company_is_a_collision)
{
	static const char *const company[] = { "\xe5\xe5", "\xe5\x01", "\x01\xe5" };
	struct wire *w = &self->w;
	size_t i;

	for (i = 0; i < 3; i++) {
		wire_init(w, 2400);
		request(w, 2);
		run(w, 40 * MS);
		rx(w, company[i], 1);
		run(w, 8 * MS);
		rx(w, company[i] + 1, 1);
		run(w, 1000 * MS);
		ASSERT_EQ(1, w->done);
		EXPECT_EQ(MBUS_OUTCOME_COLLISION, w->xfer.outcome);
		EXPECT_EQ(2, w->xfer.answer_len);
		EXPECT_EQ(1, w->sent) TH_LOG("a collision was repeated");
	}
}

TEST_F(line, an_ack_with_a_parity_error_is_a_collision)
{
	const u8 flags[] = { MBUS_FLAG_PARITY };
	struct wire *w = &self->w;

	request(w, 0);
	run(w, 40 * MS);
	mbus_line_rx(&w->line, (const u8 *)"\xe5", flags, 1, w->now);
	run(w, 1000 * MS);
	EXPECT_EQ(MBUS_OUTCOME_COLLISION, w->xfer.outcome);
	EXPECT_EQ(MBUS_REASON_PARITY, w->xfer.reason);
	EXPECT_EQ(MBUS_FLAG_PARITY, w->xfer.flags);
}

TEST_F(line, a_valid_frame_ends_the_transaction_at_once)
{
	struct wire *w = &self->w;

	request(w, 2);
	run(w, 60 * MS);
	rx(w, answer, sizeof(answer));
	ASSERT_EQ(1, w->done);
	EXPECT_EQ(MBUS_OUTCOME_FRAME, w->xfer.outcome);
	EXPECT_EQ(sizeof(answer), w->xfer.answer_len);
	EXPECT_EQ(0, memcmp(answer, w->xfer.answer, sizeof(answer)));
	EXPECT_NEAR(60 * MS, w->line.stats.delay_min_ns);
}

TEST_F(line, silence_is_said_after_all_repeats_and_full_windows)
{
	struct wire *w = &self->w;
	u64 first;

	request(w, 2);
	first = w->sent_ns[0];
	run(w, 10000 * MS);
	ASSERT_EQ(1, w->done);
	EXPECT_EQ(MBUS_OUTCOME_SILENCE, w->xfer.outcome);
	EXPECT_EQ(3, w->xfer.tries);
	ASSERT_EQ(3, w->sent);
	EXPECT_NEAR(first + REQ_TIME + WINDOW_2400, w->sent_ns[1]);
	EXPECT_NEAR(first + 2 * (REQ_TIME + WINDOW_2400), w->sent_ns[2]);
	EXPECT_EQ(0, w->xfer.answer_len);
}

TEST_F(line, an_answer_may_begin_at_the_end_of_the_window)
{
	struct wire *w = &self->w;

	request(w, 0);
	run(w, WINDOW_2400 - 1 * MS);
	rx(w, answer, 1);
	run(w, 50 * MS);
	rx(w, answer + 1, sizeof(answer) - 1);
	EXPECT_EQ(MBUS_OUTCOME_FRAME, w->xfer.outcome);
	EXPECT_EQ(0, w->xfer.flags & MBUS_FLAG_LATE);
}

TEST_F(line, answer_and_timer_race_either_way)
{
	struct wire *w = &self->w;
	u64 end;

	request(w, 0);
	end = w->now + WINDOW_2400;
	w->now = end;
	rx(w, answer, sizeof(answer));
	EXPECT_EQ(MBUS_OUTCOME_FRAME, w->xfer.outcome);
	mbus_line_timer(&w->line, end);
	EXPECT_EQ(1, w->done);

	run(w, 1000 * MS);
	request(w, 0);
	run(w, WINDOW_2400 + NEAR);
	ASSERT_EQ(1, w->done);
	EXPECT_EQ(MBUS_OUTCOME_SILENCE, w->xfer.outcome);
	rx(w, answer, sizeof(answer));
	EXPECT_EQ(MBUS_OUTCOME_SILENCE, w->xfer.outcome);
	EXPECT_EQ(MBUS_FLAG_LATE | MBUS_FLAG_UNASKED, w->last.flags);
	EXPECT_EQ(1, w->line.stats.late);
}

TEST_F(line, a_late_answer_is_taken_instead_of_a_repeat)
{
	struct wire *w = &self->w;

	request(w, 2);
	w->worker_late = true;
	run(w, WINDOW_2400 + NEAR);
	ASSERT_EQ(MBUS_LINE_DUE, w->line.state);
	rx(w, answer, 4);
	EXPECT_EQ(MBUS_LINE_GUARD, w->line.state);
	run(w, 20 * MS);
	rx(w, answer + 4, sizeof(answer) - 4);
	ASSERT_EQ(1, w->done);
	EXPECT_EQ(MBUS_OUTCOME_FRAME, w->xfer.outcome);
	EXPECT_TRUE(w->xfer.flags & MBUS_FLAG_LATE);
	EXPECT_EQ(1, w->sent);
	EXPECT_EQ(1, w->line.stats.late);
}

TEST_F(line, a_garbled_answer_is_asked_for_again)
{
	struct wire *w = &self->w;
	u8 bad[sizeof(answer)];
	u64 at;

	memcpy(bad, answer, sizeof(bad));
	bad[7] ^= 2;
	request(w, 2);
	run(w, 50 * MS);
	rx(w, bad, sizeof(bad));
	at = w->now;
	EXPECT_EQ(0, w->done);
	while (w->sent < 2)
		run_to(w, w->line.timer_ns);
	EXPECT_NEAR(at + 60 * MS, w->sent_ns[1]);
	run_to(w, w->xfer.sent_end_ns + 50 * MS);
	rx(w, answer, sizeof(answer));
	ASSERT_EQ(1, w->done);
	EXPECT_EQ(MBUS_OUTCOME_FRAME, w->xfer.outcome);
	EXPECT_EQ(2, w->xfer.tries);
	EXPECT_EQ(sizeof(answer), w->xfer.answer_len);
	EXPECT_EQ(1, w->findings);
}

TEST_F(line, garbled_in_every_try_is_garbled_with_its_reason)
{
	static const struct {
		const char *bytes;
		u8 len, reason;
	} rows[] = {
		{ "\x68\x04\x04\x68\x08\x00\x72\x11\x8c\x16", 10,
		  MBUS_REASON_CHECKSUM },
		{ "\x68\x04\x04\x68\x08\x00\x72\x11\x8b\x17", 10,
		  MBUS_REASON_STOP },
		{ "\x68\x04\x05\x68\x08\x00\x72\x11\x8b\x16", 10,
		  MBUS_REASON_HEADER },
		{ "\x68\x04\x04\x68\x08\x00", 6, MBUS_REASON_TRUNCATED },
	};
	struct wire *w = &self->w;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		wire_init(w, 2400);
		request(w, 0);
		run(w, 50 * MS);
		rx(w, rows[i].bytes, rows[i].len);
		run(w, 1000 * MS);
		ASSERT_EQ(1, w->done);
		EXPECT_EQ(MBUS_OUTCOME_GARBLED, w->xfer.outcome);
		EXPECT_EQ(rows[i].reason, w->xfer.reason);
		EXPECT_EQ(rows[i].len, w->xfer.answer_len);
		EXPECT_EQ(0, memcmp(rows[i].bytes, w->xfer.answer,
				    rows[i].len));
	}
}

TEST_F(line, a_frame_in_chunks_is_whole_within_the_gap_limit)
{
	struct wire *w = &self->w;
	size_t i;

	request(w, 0);
	run(w, 50 * MS);
	for (i = 0; i < sizeof(answer); i++) {
		run(w, 99 * MS);
		rx(w, answer + i, 1);
	}
	EXPECT_EQ(MBUS_OUTCOME_FRAME, w->xfer.outcome);

	run(w, 1000 * MS);
	request(w, 0);
	run(w, 50 * MS);
	rx(w, answer, 5);
	run(w, 101 * MS);
	ASSERT_EQ(1, w->done);
	EXPECT_EQ(MBUS_OUTCOME_GARBLED, w->xfer.outcome);
	EXPECT_EQ(MBUS_REASON_TRUNCATED, w->xfer.reason);
}

TEST_F(line, a_lone_nul_is_the_converters_collision)
{
	struct wire *w = &self->w;
	u64 at;

	request(w, 2);
	run(w, 40 * MS);
	at = w->now;
	rx(w, "\0", 1);
	while (!w->done)
		run_to(w, w->line.timer_ns);
	EXPECT_EQ(MBUS_OUTCOME_COLLISION, w->xfer.outcome);
	EXPECT_EQ(MBUS_REASON_NUL, w->xfer.reason);
	EXPECT_EQ(1, w->sent);
	EXPECT_NEAR(at + ACK_QUIET_2400, w->now);
}

TEST_F(line, a_break_makes_a_damaged_frame_a_collision)
{
	u8 flags[7] = { 0 };
	struct wire *w = &self->w;

	flags[6] = MBUS_FLAG_BREAK;
	request(w, 2);
	run(w, 40 * MS);
	mbus_line_rx(&w->line, (const u8 *)"\x68\x5e\x5e\x68\x08\x00\x00",
		     flags, 7, w->now);
	run(w, 1000 * MS);
	EXPECT_EQ(MBUS_OUTCOME_COLLISION, w->xfer.outcome);
	EXPECT_EQ(MBUS_REASON_BREAK, w->xfer.reason);
}

TEST_F(line, a_switching_glitch_is_no_answer)
{
	struct wire *w = &self->w;

	start(w, req_ud2, sizeof(req_ud2), 2);
	run(w, 60 * MS + 1 * MS);
	ASSERT_EQ(1, w->sent);
	rx(w, "\0", 1);
	run_to(w, w->xfer.sent_end_ns + 60 * MS);
	EXPECT_EQ(0, w->done);
	EXPECT_EQ(1, w->findings);
	rx(w, "\xe5", 1);
	run(w, 1000 * MS);
	EXPECT_EQ(MBUS_OUTCOME_ACK, w->xfer.outcome);
	EXPECT_TRUE(w->xfer.flags & MBUS_FLAG_JUNK);
	EXPECT_EQ(1, w->xfer.answer_len);
}

TEST_F(line, early_junk_alone_is_still_told)
{
	struct wire *w = &self->w;

	start(w, req_ud2, sizeof(req_ud2), 0);
	run(w, 60 * MS + 1 * MS);
	rx(w, "\0", 1);
	run(w, 1000 * MS);
	EXPECT_EQ(MBUS_OUTCOME_COLLISION, w->xfer.outcome);
}

TEST_F(line, the_next_frame_waits_for_the_guard_after_the_last_byte)
{
	struct wire *w = &self->w;
	u64 at;

	request(w, 0);
	run(w, 50 * MS);
	at = w->now;
	rx(w, answer, sizeof(answer));
	request(w, 0);
	EXPECT_NEAR(at + 60 * MS, w->sent_ns[1]);

	/* The 33 bits of quiet that make an ack lie inside it. */
	run(w, 40 * MS);
	at = w->now;
	rx(w, "\xe5", 1);
	while (!w->done)
		run_to(w, w->line.timer_ns);
	request(w, 0);
	EXPECT_NEAR(at + 60 * MS, w->sent_ns[2]);
}

TEST_F(line, guard_and_window_follow_the_baud_rate)
{
	struct wire *w = &self->w;
	u64 at;

	wire_init(w, 300);
	EXPECT_EQ(110000, w->line.timing.guard_us);
	EXPECT_EQ(1150000, w->line.timing.window_us);
	EXPECT_EQ(110000, w->line.timing.gap_us);
	at = w->now;
	request(w, 0);
	EXPECT_NEAR(at + 110 * MS, w->sent_ns[0]);
	run(w, 1169 * MS);
	EXPECT_EQ(0, w->done);
	run(w, 2 * MS);
	EXPECT_EQ(1, w->done);

	mbus_line_set_baud(&w->line, 9600);
	EXPECT_EQ(60000, w->line.timing.guard_us);
	EXPECT_EQ(84375, w->line.timing.window_us);
	EXPECT_EQ(100000, w->line.timing.gap_us);
	mbus_line_set_baud(&w->line, 0);
	EXPECT_LE(w->line.timing.guard_us, MBUS_TIME_MAX_US);
}

TEST_F(line, a_transaction_may_bring_its_own_guard_and_window)
{
	struct wire *w = &self->w;

	request(w, 0);
	rx(w, answer, sizeof(answer));
	start(w, req_ud2, sizeof(req_ud2), 0);
	mbus_line_cancel(&w->line, &w->xfer);
	w->xfer.guard_ns = 500 * MS;
	w->xfer.window_ns = 1000 * MS;
	mbus_line_start(&w->line, &w->xfer, w->now);
	run(w, 499 * MS);
	EXPECT_EQ(1, w->sent);
	run(w, 2 * MS);
	EXPECT_EQ(2, w->sent);
	run_to(w, w->xfer.sent_end_ns + 999 * MS);
	EXPECT_EQ(0, w->done);
	run(w, 2 * MS);
	EXPECT_EQ(1, w->done);
}

TEST_F(line, a_byte_before_sending_begins_the_guard_anew)
{
	struct wire *w = &self->w;
	u64 at;

	start(w, req_ud2, sizeof(req_ud2), 0);
	run(w, 30 * MS);
	rx(w, "\x55", 1);
	at = w->now;
	w->worker_late = true;
	run_to(w, at + 60 * MS);
	EXPECT_EQ(MBUS_LINE_DUE, w->line.state);
	rx(w, "\x55", 1);
	at = w->now;
	wire_work(w);
	EXPECT_EQ(0, w->sent);
	w->worker_late = false;
	run(w, 100 * MS);
	ASSERT_EQ(1, w->sent);
	EXPECT_NEAR(at + 60 * MS, w->sent_ns[0]);
	EXPECT_EQ(2, w->findings);
	EXPECT_EQ(0, w->xfer.answer_len);
}

TEST_F(line, a_line_that_never_falls_quiet_does_not_keep_a_transaction)
{
	struct wire *w = &self->w;
	unsigned int i;

	start(w, req_ud2, sizeof(req_ud2), 2);
	for (i = 0; i < 1000 && !w->done; i++) {
		run(w, 20 * MS);
		rx(w, "\x55", 1);
	}
	ASSERT_EQ(1, w->done);
	EXPECT_EQ(MBUS_OUTCOME_COLLISION, w->xfer.outcome);
	EXPECT_EQ(MBUS_REASON_NOISE, w->xfer.reason);
	EXPECT_EQ(0, w->sent);

	run(w, 1000 * MS);
	request(w, 0);
	for (i = 0; i < 10000 && !w->done; i++) {
		run(w, 5 * MS);
		rx(w, "\x55", 1);
	}
	ASSERT_EQ(1, w->done);
	EXPECT_EQ(MBUS_OUTCOME_COLLISION, w->xfer.outcome);
}

TEST_F(line, an_echo_is_removed_and_learnt)
{
	struct wire *w = &self->w;

	EXPECT_EQ(MBUS_ECHO_UNKNOWN, w->line.echo_learnt);
	request(w, 0);
	rx(w, req_ud2, sizeof(req_ud2));
	EXPECT_EQ(MBUS_ECHO_PRESENT, w->line.echo_learnt);
	run(w, 40 * MS);
	EXPECT_EQ(0, w->done);
	rx(w, answer, sizeof(answer));
	EXPECT_EQ(MBUS_OUTCOME_FRAME, w->xfer.outcome);
	EXPECT_TRUE(w->xfer.flags & MBUS_FLAG_ECHO);
	EXPECT_EQ(sizeof(answer), w->xfer.answer_len);
	EXPECT_EQ(0, w->findings);
	EXPECT_EQ(1, w->frames);
}

TEST_F(line, echo_and_answer_may_come_in_one_chunk)
{
	struct wire *w = &self->w;
	u8 both[sizeof(req_ud2) + sizeof(answer)];

	memcpy(both, req_ud2, sizeof(req_ud2));
	memcpy(both + sizeof(req_ud2), answer, sizeof(answer));
	request(w, 0);
	rx(w, both, sizeof(both));
	EXPECT_EQ(MBUS_OUTCOME_FRAME, w->xfer.outcome);
	EXPECT_EQ(sizeof(answer), w->xfer.answer_len);
}

TEST_F(line, only_an_echo_is_echo_only)
{
	struct wire *w = &self->w;

	request(w, 1);
	rx(w, req_ud2, sizeof(req_ud2));
	while (w->sent < 2)
		run_to(w, w->line.timer_ns);
	rx(w, req_ud2, sizeof(req_ud2));
	run(w, 10000 * MS);
	EXPECT_EQ(MBUS_OUTCOME_ECHO_ONLY, w->xfer.outcome);
	EXPECT_EQ(2, w->xfer.tries);
}

TEST_F(line, answers_without_an_echo_teach_that_there_is_none)
{
	struct wire *w = &self->w;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		request(w, 0);
		run(w, 30 * MS);
		rx(w, answer, sizeof(answer));
		EXPECT_EQ(MBUS_OUTCOME_FRAME, w->xfer.outcome);
	}
	EXPECT_EQ(MBUS_ECHO_ABSENT, w->line.echo_learnt);
}

TEST_F(line, an_answer_that_begins_like_the_request_is_no_echo)
{
	static const u8 snd_ud[] = { 0x68, 0x04, 0x04, 0x68, 0x53,
				     0xfd, 0x50, 0x10, 0xb0, 0x16 };
	struct wire *w = &self->w;

	start(w, snd_ud, sizeof(snd_ud), 0);
	while (!w->sent)
		run_to(w, w->line.timer_ns);
	run_to(w, w->xfer.sent_end_ns + 30 * MS);
	rx(w, answer, 4);
	run(w, 20 * MS);
	rx(w, answer + 4, sizeof(answer) - 4);
	EXPECT_EQ(MBUS_OUTCOME_FRAME, w->xfer.outcome);
	EXPECT_EQ(0, memcmp(answer, w->xfer.answer, sizeof(answer)));
	EXPECT_EQ(0, w->xfer.flags & MBUS_FLAG_ECHO);
}

TEST_F(line, an_echo_that_differs_is_a_finding)
{
	static const u8 other[] = { 0x10, 0x5b, 0x01, 0x58, 0x16 };
	struct wire *w = &self->w;

	w->line.timing.echo = MBUS_ECHO_ON;
	request(w, 0);
	rx(w, other, sizeof(other));
	run(w, 1000 * MS);
	EXPECT_EQ(MBUS_OUTCOME_COLLISION, w->xfer.outcome);
	EXPECT_EQ(MBUS_REASON_ECHO, w->xfer.reason);
	EXPECT_EQ(1, w->line.stats.findings[MBUS_REASON_ECHO]);
}

TEST_F(line, a_partial_echo_does_not_hide_the_answer)
{
	struct wire *w = &self->w;

	request(w, 0);
	rx(w, req_ud2, 3);
	run(w, 40 * MS);
	rx(w, answer, sizeof(answer));
	EXPECT_EQ(MBUS_OUTCOME_FRAME, w->xfer.outcome);
	EXPECT_EQ(sizeof(answer), w->xfer.answer_len);
}

TEST_F(line, our_own_frame_is_never_an_answer)
{
	struct wire *w = &self->w;

	request(w, 0);
	rx(w, "\0", 1);
	rx(w, req_ud2, sizeof(req_ud2));
	run(w, 40 * MS);
	rx(w, answer, sizeof(answer));
	EXPECT_EQ(MBUS_OUTCOME_FRAME, w->xfer.outcome);
	EXPECT_EQ(0x68, w->xfer.answer[0]);

	run(w, 1000 * MS);
	w->line.timing.echo = MBUS_ECHO_OFF;
	request(w, 0);
	rx(w, req_ud2, sizeof(req_ud2));
	run(w, 1000 * MS);
	EXPECT_EQ(MBUS_OUTCOME_ECHO_ONLY, w->xfer.outcome);
	EXPECT_EQ(1, w->line.stats.findings[MBUS_REASON_ECHO]);
}

TEST_F(line, the_guard_follows_the_end_of_a_converters_break)
{
	struct wire *w = &self->w;
	u64 at;

	request(w, 0);
	run(w, 40 * MS);
	at = w->now;
	rx(w, "\0", 1);
	run(w, 40 * MS);
	ASSERT_EQ(MBUS_OUTCOME_COLLISION, w->xfer.outcome);
	request(w, 0);
	EXPECT_NEAR(at + (100 + 60) * MS, w->sent_ns[1]);
}

TEST_F(line, garbage_after_a_collision_lengthens_the_quiet)
{
	struct wire *w = &self->w;
	u64 at, quiet[] = { 180, 540, 700, 700 };
	unsigned int i, sent;
	struct mbus_timing timing = w->line.timing;

	timing.guard_us = 10000;
	timing.defaults &= ~MBUS_TIMING_GUARD;
	ASSERT_TRUE(mbus_line_set_timing(&w->line, &timing));

	request(w, 0);
	run(w, 40 * MS);
	rx(w, "\xfd", 1);
	at = w->now;
	run(w, 30 * MS);
	EXPECT_EQ(MBUS_OUTCOME_COLLISION, w->xfer.outcome);
	for (i = 0; i < 4; i++) {
		sent = w->sent;
		request(w, 0);
		EXPECT_NEAR(at + (i ? quiet[i - 1] : 60) * MS,
			    w->sent_ns[sent]);
		run(w, 40 * MS);
		rx(w, "\x68\x04\x04\x68\x00\x00\x00\x00\x01\x16", 10);
		at = w->now;
		run(w, 30 * MS);
		EXPECT_EQ(MBUS_OUTCOME_GARBLED, w->xfer.outcome);
	}
	request(w, 0);
	rx(w, answer, sizeof(answer));
	at = w->now;
	sent = w->sent;
	request(w, 0);
	EXPECT_NEAR(at + 10 * MS, w->sent_ns[sent]);
}

TEST_F(line, frames_nobody_asked_for_are_told)
{
	struct wire *w = &self->w;

	rx(w, answer, sizeof(answer));
	EXPECT_EQ(1, w->frames);
	EXPECT_EQ(MBUS_FLAG_UNASKED, w->last.flags);
	rx(w, "\x55", 1);
	run(w, 1000 * MS);
	EXPECT_EQ(1, w->findings);
	EXPECT_EQ(MBUS_LINE_NO_TIMER, w->line.timer_ns);
}

TEST_F(line, lost_bytes_are_flagged_and_are_no_data)
{
	u8 bytes[sizeof(answer) + 1], flags[sizeof(answer) + 1] = { 0 };
	struct wire *w = &self->w;

	bytes[0] = 0;
	flags[0] = MBUS_FLAG_OVERRUN;
	memcpy(bytes + 1, answer, sizeof(answer));
	request(w, 0);
	mbus_line_rx(&w->line, bytes, flags, sizeof(bytes), w->now);
	EXPECT_EQ(MBUS_OUTCOME_FRAME, w->xfer.outcome);
	EXPECT_EQ(MBUS_FLAG_OVERRUN, w->xfer.flags);
}

TEST_F(line, unplug_ends_a_transaction_in_every_state)
{
	struct wire *w = &self->w;
	enum mbus_line_state state;

	for (state = MBUS_LINE_GUARD; state <= MBUS_LINE_ANSWER; state++) {
		wire_init(w, 2400);
		w->worker_late = true;
		start(w, req_ud2, sizeof(req_ud2), 2);
		if (state >= MBUS_LINE_DUE)
			run(w, 61 * MS);
		w->tty_stuck = state == MBUS_LINE_SENDING;
		if (state >= MBUS_LINE_SENDING)
			wire_work(w);
		ASSERT_EQ(state, w->line.state);
		mbus_line_unplug(&w->line, w->now);
		EXPECT_EQ(1, w->done);
		EXPECT_EQ(MBUS_OUTCOME_UNPLUGGED, w->xfer.outcome);
		EXPECT_EQ(MBUS_LINE_NO_TIMER, w->line.timer_ns);
	}
}

TEST_F(line, a_transaction_can_be_taken_back_until_it_is_sent)
{
	struct wire *w = &self->w;

	start(w, req_ud2, sizeof(req_ud2), 0);
	EXPECT_TRUE(mbus_line_cancel(&w->line, &w->xfer));
	run(w, 1000 * MS);
	EXPECT_EQ(0, w->sent);
	EXPECT_EQ(0, w->done);

	request(w, 0);
	EXPECT_FALSE(mbus_line_cancel(&w->line, &w->xfer));
	run(w, 1000 * MS);
	EXPECT_EQ(1, w->done);
	EXPECT_FALSE(mbus_line_cancel(&w->line, &w->xfer));
}

TEST_F(line, a_tty_that_takes_nothing_is_an_error)
{
	struct wire *w = &self->w;

	w->tty_stuck = true;
	start(w, req_ud2, sizeof(req_ud2), 2);
	run(w, 10000 * MS);
	ASSERT_EQ(1, w->done);
	EXPECT_EQ(-EIO, w->xfer.error);
	EXPECT_EQ(1, w->sent);
	EXPECT_EQ(0, w->outcomes);

	w->tty_stuck = false;
	request(w, 0);
	rx(w, answer, sizeof(answer));
	EXPECT_EQ(0, w->xfer.error);
	EXPECT_EQ(MBUS_OUTCOME_FRAME, w->xfer.outcome);
}

TEST_F(line, a_frame_taken_in_pieces_ends_later)
{
	struct wire *w = &self->w;

	w->tty_stuck = true;
	start(w, req_ud2, sizeof(req_ud2), 0);
	run(w, 61 * MS);
	mbus_line_sent(&w->line, 2, w->now);
	EXPECT_EQ(MBUS_LINE_SENDING, w->line.state);
	run(w, 200 * MS);
	mbus_line_sent(&w->line, 3, w->now);
	EXPECT_EQ(MBUS_LINE_ANSWER, w->line.state);
	EXPECT_NEAR(w->now, w->xfer.sent_end_ns);
}

TEST_F(line, settings_out_of_range_change_nothing)
{
	struct mbus_timing good = self->w.line.timing, bad;

	bad = good;
	bad.guard_us = MBUS_TIME_MAX_US + 1;
	EXPECT_FALSE(mbus_line_set_timing(&self->w.line, &bad));
	bad = good;
	bad.repeats = MBUS_REPEATS_MAX + 1;
	EXPECT_FALSE(mbus_line_set_timing(&self->w.line, &bad));
	bad = good;
	bad.echo = 3;
	EXPECT_FALSE(mbus_line_set_timing(&self->w.line, &bad));
	bad = good;
	bad.reserved = 1;
	EXPECT_FALSE(mbus_line_set_timing(&self->w.line, &bad));
	bad = good;
	bad.defaults = 8;
	EXPECT_FALSE(mbus_line_set_timing(&self->w.line, &bad));
	EXPECT_EQ(0, memcmp(&good, &self->w.line.timing, sizeof(good)));

	/* Zero is a guard too: whoever asks for it gets it. */
	good.guard_us = 0;
	good.defaults = 0;
	EXPECT_TRUE(mbus_line_set_timing(&self->w.line, &good));
	EXPECT_EQ(0, self->w.line.timing.guard_us);
	good.defaults = MBUS_TIMING_GUARD;
	EXPECT_TRUE(mbus_line_set_timing(&self->w.line, &good));
	EXPECT_EQ(60000, self->w.line.timing.guard_us);
}

TEST_HARNESS_MAIN
