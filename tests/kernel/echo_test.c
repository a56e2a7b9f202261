// SPDX-License-Identifier: GPL-2.0-only
/* kernel/echo.c: which bytes are an echo, and what is learnt from them. */
#include <linux/types.h>
#include <string.h>

#include "echo.h"
#include "kselftest_harness.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const u8 sent[] = { 0x10, 0x5b, 0xfd, 0x58, 0x16 };

static struct mbus_echo_rx echo_of(u8 mode, u8 learnt)
{
	struct mbus_echo_rx echo = { 0 };

	mbus_echo_rx_set_mode(&echo, mode);
	echo.mode = mode;
	echo.learnt = learnt;
	mbus_echo_rx_start(&echo);
	return echo;
}

static bool push(struct mbus_echo_rx *echo, u8 byte, bool early)
{
	return mbus_echo_rx_push(echo, sent, sizeof(sent), byte, 0, early);
}

TEST(another_mode_forgets)
{
	struct mbus_echo_rx echo = {
		.mode = METERBUS_ECHO_AUTO, .missed = 2, .pos = 3, .open = true,
		.learnt = METERBUS_ECHO_PRESENT,
	};

	mbus_echo_rx_set_mode(&echo, METERBUS_ECHO_AUTO);
	EXPECT_EQ(METERBUS_ECHO_PRESENT, echo.learnt);
	EXPECT_EQ(2, echo.missed);
	mbus_echo_rx_set_mode(&echo, METERBUS_ECHO_ON);
	EXPECT_EQ(METERBUS_ECHO_ON, echo.mode);
	EXPECT_EQ(METERBUS_ECHO_UNKNOWN, echo.learnt);
	EXPECT_EQ(0, echo.missed);
	EXPECT_EQ(3, echo.pos);
	EXPECT_TRUE(echo.open);
}

TEST(a_transmission_begins_anew)
{
	struct mbus_echo_rx echo = {
		.mode = METERBUS_ECHO_ON, .pos = 3, .seen = true,
		.differs = true, .faulty = true, .missed = 2,
	};

	mbus_echo_rx_start(&echo);
	EXPECT_TRUE(echo.open);
	EXPECT_EQ(0, echo.pos);
	EXPECT_FALSE(echo.seen);
	EXPECT_FALSE(echo.differs);
	EXPECT_FALSE(echo.faulty);
	EXPECT_EQ(2, echo.missed);
	echo.mode = METERBUS_ECHO_OFF;
	mbus_echo_rx_start(&echo);
	EXPECT_FALSE(echo.open);
}

TEST(the_whole_of_it)
{
	struct mbus_echo_rx echo = echo_of(METERBUS_ECHO_AUTO, 0);

	echo.missed = 2;
	EXPECT_FALSE(mbus_echo_rx_begun(&echo));
	for (size_t i = 0; i < sizeof(sent); i++) {
		EXPECT_TRUE(echo.open);
		EXPECT_TRUE(push(&echo, sent[i], false));
		EXPECT_EQ(i + 1, echo.pos);
	}
	EXPECT_TRUE(echo.seen);
	EXPECT_FALSE(echo.open);
	EXPECT_FALSE(echo.faulty);
	EXPECT_EQ(0, echo.missed);
	EXPECT_EQ(METERBUS_ECHO_PRESENT, echo.learnt);
}

/* The byte behind some that matched: how far the echo is then, 0 for not. */
TEST(bytes_that_are_wrong_or_lost)
{
	static const struct {
		u16 matched;
		u8 byte;
		u8 flags;
		bool early;
		u16 pos;
		bool faulty;
	} rows[] = {
		{ 0, 0x10, 0, true, 1, false },
		{ 0, 0x10, 1, true, 0, false },		/* with an error */
		{ 0, 0x11, 0, true, 0, false },		/* the first is right */
		{ 0, 0x5b, 0, true, 2, true },		/* or lost */
		{ 0, 0x5b, 0, false, 0, false },
		{ 1, 0x5a, 0, true, 2, true },		/* one bit is wrong */
		{ 1, 0xdb, 0, true, 2, true },
		{ 1, 0x5a, 0, false, 0, false },
		{ 1, 0x58, 0, true, 4, true },		/* two bits, or lost */
		{ 1, 0x00, 0, true, 0, false },
		{ 1, 0xfd, 0, true, 3, true },
		{ 1, 0xfd, 0, false, 0, false },
		{ 1, 0x16, 0, true, 5, true },
		{ 1, 0x10, 0, true, 0, false },		/* nothing comes twice */
		{ 4, 0x58, 0, true, 0, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mbus_echo_rx echo = echo_of(METERBUS_ECHO_AUTO, 0);

		for (u16 j = 0; j < rows[i].matched; j++)
			ASSERT_TRUE(push(&echo, sent[j], true));
		EXPECT_EQ(!!rows[i].pos,
			  mbus_echo_rx_push(&echo, sent, sizeof(sent),
					    rows[i].byte, rows[i].flags,
					    rows[i].early))
			TH_LOG("row %zu", i);
		EXPECT_EQ(rows[i].pos ?: rows[i].matched, echo.pos)
			TH_LOG("row %zu", i);
		EXPECT_EQ(rows[i].faulty, echo.faulty) TH_LOG("row %zu", i);
		EXPECT_EQ(rows[i].pos == sizeof(sent), echo.seen);
		if (echo.seen)
			EXPECT_EQ(METERBUS_ECHO_FAULTY, echo.learnt);
	}
}

TEST(it_differs_where_there_must_be_one)
{
	static const struct {
		u8 mode, learnt;
		u16 matched;
		bool differs;
	} rows[] = {
		{ METERBUS_ECHO_ON, METERBUS_ECHO_UNKNOWN, 1, true },
		{ METERBUS_ECHO_ON, METERBUS_ECHO_UNKNOWN, 0, false },
		{ METERBUS_ECHO_AUTO, METERBUS_ECHO_UNKNOWN, 1, false },
		{ METERBUS_ECHO_AUTO, METERBUS_ECHO_ABSENT, 1, false },
		{ METERBUS_ECHO_AUTO, METERBUS_ECHO_PRESENT, 1, true },
		{ METERBUS_ECHO_AUTO, METERBUS_ECHO_PRESENT, 0, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mbus_echo_rx echo = echo_of(rows[i].mode, rows[i].learnt);

		for (u16 j = 0; j < rows[i].matched; j++)
			ASSERT_TRUE(push(&echo, sent[j], false));
		EXPECT_FALSE(push(&echo, 0xaa, false));
		EXPECT_EQ(rows[i].differs, echo.differs) TH_LOG("row %zu", i);
	}
}

TEST(one_that_is_cut_short)
{
	struct mbus_echo_rx echo = echo_of(METERBUS_ECHO_AUTO, 0);

	push(&echo, sent[0], true);
	EXPECT_TRUE(mbus_echo_rx_begun(&echo));
	EXPECT_FALSE(mbus_echo_rx_cut(&echo, false));
	EXPECT_FALSE(echo.faulty);
	EXPECT_TRUE(mbus_echo_rx_cut(&echo, true));
	EXPECT_TRUE(echo.faulty);
	mbus_echo_rx_stop(&echo);
	EXPECT_FALSE(mbus_echo_rx_begun(&echo));
	EXPECT_FALSE(echo.open);
	EXPECT_EQ(0, echo.pos);
}

TEST(what_is_left_of_one_in_front_of_an_answer)
{
	static const struct {
		u8 mode, learnt;
		const char *bytes;
		u16 len, remains;
	} rows[] = {
		{ METERBUS_ECHO_AUTO, 0, "\x10\x5b\xfd\x58\x16", 5, 5 },
		{ METERBUS_ECHO_AUTO, 0, "\x10\x5b\xfd\x58\x16\xe5", 6, 5 },
		{ METERBUS_ECHO_AUTO, 0, "\x10\x5b\xfd\xe5", 4, 3 },
		{ METERBUS_ECHO_AUTO, 0, "\x10\x5b\xfd", 3, 3 },
		{ METERBUS_ECHO_AUTO, 0, "\x10\x5b\xe5", 3, 0 },
		{ METERBUS_ECHO_AUTO, 0, "\x10\x5b", 2, 0 },
		{ METERBUS_ECHO_AUTO, 0, "\xfd\x58\x16\xe5", 4, 3 },
		{ METERBUS_ECHO_AUTO, 0, "\x58\x16\xe5", 3, 0 },
		{ METERBUS_ECHO_AUTO, 0, "\x5b\xfd\x58", 3, 0 },
		{ METERBUS_ECHO_AUTO, 0, "\x5b\xfd\x58\xe5", 4, 0 },
		{ METERBUS_ECHO_AUTO, 0, "\xe5\x10\x5b\xfd", 4, 0 },
		{ METERBUS_ECHO_ON, METERBUS_ECHO_FAULTY, "\x10\x5b\xe5", 3, 2 },
		{ METERBUS_ECHO_ON, METERBUS_ECHO_FAULTY, "\x58\x16\xe5", 3, 2 },
		{ METERBUS_ECHO_ON, METERBUS_ECHO_FAULTY, "\x16\xe5", 2, 0 },
		{ METERBUS_ECHO_ON, METERBUS_ECHO_FAULTY, "\x10\xe5", 2, 0 },
		{ METERBUS_ECHO_ON, METERBUS_ECHO_PRESENT, "\x10\x5b", 2, 0 },
		{ METERBUS_ECHO_OFF, 0, "\x10\x5b\xfd\x58\x16", 5, 0 },
		{ METERBUS_ECHO_AUTO, METERBUS_ECHO_ABSENT,
		  "\x10\x5b\xfd\x58\x16", 5, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mbus_echo_rx echo = echo_of(rows[i].mode, rows[i].learnt);

		EXPECT_EQ(rows[i].remains,
			  mbus_echo_rx_remains(&echo, sent, sizeof(sent),
					       (const u8 *)rows[i].bytes,
					       rows[i].len))
			TH_LOG("row %zu", i);
	}
}

TEST(three_answers_without_one_are_enough)
{
	struct mbus_echo_rx echo = echo_of(METERBUS_ECHO_AUTO, 0);

	for (int i = 0; i < 3; i++) {
		mbus_echo_rx_answered(&echo);
		EXPECT_EQ(METERBUS_ECHO_UNKNOWN, echo.learnt);
	}
	mbus_echo_rx_answered(&echo);
	EXPECT_EQ(METERBUS_ECHO_ABSENT, echo.learnt);
}

TEST(an_answer_with_one_ends_the_count)
{
	struct mbus_echo_rx echo =
		echo_of(METERBUS_ECHO_AUTO, METERBUS_ECHO_PRESENT);

	echo.missed = 3;
	echo.seen = true;
	mbus_echo_rx_answered(&echo);
	EXPECT_EQ(0, echo.missed);
	EXPECT_EQ(METERBUS_ECHO_PRESENT, echo.learnt);
	echo.missed = 3;
	echo.faulty = true;
	mbus_echo_rx_answered(&echo);
	EXPECT_EQ(0, echo.missed);
	EXPECT_EQ(METERBUS_ECHO_FAULTY, echo.learnt);
}

TEST_HARNESS_MAIN
