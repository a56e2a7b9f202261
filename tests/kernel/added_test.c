// SPDX-License-Identifier: GPL-2.0-only
/* kernel/added.c: when what a converter adds is believed, and when no more. */
#include <linux/types.h>
#include <string.h>

#include "added.h"
#include "kselftest_harness.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* What comes with each frame, and how many bytes are known to be added then. */
struct frame {
	const char *bytes;
	u16 len, learnt;
};

struct sequence {
	const char *name;
	struct frame frames[12];
};

#define END { "", 0xffff, 0 }

static const struct sequence sequences[] = {
	{ "nothing is added", { { "", 0, 0 }, { "", 0, 0 }, END } },
	{ "twice is believed", {
		{ "\x00", 1, 0 }, { "\x00", 1, 1 }, { "\x00", 1, 1 }, END } },
	{ "as many as three bytes", {
		{ "abc", 3, 0 }, { "abc", 3, 3 }, END } },
	{ "no more than three", {
		{ "abcd", 4, 0 }, { "abcd", 4, 0 }, { "abcd", 4, 0 }, END } },
	{ "another byte begins anew", {
		{ "a", 1, 0 }, { "b", 1, 0 }, { "b", 1, 1 }, END } },
	{ "so does one more or less", {
		{ "ab", 2, 0 }, { "a", 1, 0 }, { "ab", 2, 0 }, { "ab", 2, 2 },
		END } },
	{ "what came once is forgotten at once", {
		{ "a", 1, 0 }, { "", 0, 0 }, { "a", 1, 0 }, { "a", 1, 1 },
		END } },
	{ "what is known is missed three times", {
		{ "a", 1, 0 }, { "a", 1, 1 }, { "", 0, 1 }, { "", 0, 1 },
		{ "", 0, 0 }, { "a", 1, 0 }, END } },
	{ "a frame with it ends the count", {
		{ "a", 1, 0 }, { "a", 1, 1 }, { "", 0, 1 }, { "", 0, 1 },
		{ "a", 1, 1 }, { "", 0, 1 }, { "", 0, 1 }, { "", 0, 0 },
		END } },
	{ "others in its place are learnt", {
		{ "a", 1, 0 }, { "a", 1, 1 }, { "bc", 2, 1 }, { "bc", 2, 1 },
		{ "bc", 2, 0 }, { "bc", 2, 2 }, END } },
};

TEST(learnt_and_forgotten)
{
	for (size_t i = 0; i < ARRAY_LEN(sequences); i++) {
		const struct frame *frame = sequences[i].frames;
		struct mbus_added added = { 0 };

		for (; frame->len != 0xffff; frame++) {
			mbus_added_frame(&added, (const u8 *)frame->bytes,
					 frame->len);
			EXPECT_EQ(frame->learnt, mbus_added_learnt(&added))
				TH_LOG("%s, frame %zu", sequences[i].name,
				       frame - sequences[i].frames);
		}
	}
}

TEST(its_beginning_matches)
{
	static const struct {
		const char *bytes;
		u16 len;
		bool matches;
	} rows[] = {
		{ "", 0, true }, { "a", 1, true }, { "ab", 2, true },
		{ "b", 1, false }, { "ac", 2, false }, { "abc", 3, false },
	};
	struct mbus_added added = { 0 };

	mbus_added_frame(&added, (const u8 *)"ab", 2);
	EXPECT_TRUE(mbus_added_matches(&added, (const u8 *)"", 0));
	EXPECT_FALSE(mbus_added_matches(&added, (const u8 *)"ab", 2));
	mbus_added_frame(&added, (const u8 *)"ab", 2);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		EXPECT_EQ(rows[i].matches,
			  mbus_added_matches(&added, (const u8 *)rows[i].bytes,
					     rows[i].len))
			TH_LOG("%s", rows[i].bytes);
	}
}

TEST_HARNESS_MAIN
