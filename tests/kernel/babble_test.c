// SPDX-License-Identifier: GPL-2.0-only
/* kernel/babble.c: how many bytes, for how long, are a wire that babbles. */
#include <linux/types.h>
#include <string.h>

#include "babble.h"
#include "kselftest_harness.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MS	1000000ULL

/* Bytes that came between two times, and the rate they make. */
struct bytes {
	u16 len;
	u32 first_ms, now_ms;
	u32 rate;
};

struct sequence {
	const char *name;
	struct bytes bytes[8];
};

static const struct sequence sequences[] = {
	{ "seven bytes in four seconds babble", {
		{ 3, 0, 0, 0 }, { 3, 2000, 2000, 0 }, { 1, 4000, 4000, 1 } } },
	{ "six do not", {
		{ 3, 0, 0, 0 }, { 2, 2000, 2000, 0 }, { 1, 4000, 4000, 0 } } },
	{ "nor many in less", {
		{ 100, 0, 0, 0 }, { 100, 3000, 3999, 0 } } },
	{ "a disturbance, however long, is one", {
		{ 200, 1000, 1100, 0 } } },
	{ "the time of a pause counts", {
		{ 4, 0, 0, 0 }, { 4, 3000, 3000, 0 }, { 4, 4000, 4000, 3 } } },
	{ "a longer pause begins anew", {
		{ 4, 0, 0, 0 }, { 4, 3001, 3001, 0 }, { 4, 4001, 4001, 0 },
		{ 8, 7001, 7001, 4 } } },
	{ "the pause is from the last to the first byte", {
		{ 4, 0, 1000, 0 }, { 4, 4000, 5000, 1 } } },
	{ "a slow wire has one byte in a second", {
		{ 7, 0, 8000, 1 } } },
	{ "each period counts for itself", {
		{ 400, 0, 0, 0 }, { 400, 2000, 4000, 200 },
		{ 3, 6000, 6000, 200 }, { 3, 8000, 8000, 0 } } },
};

TEST(rate)
{
	static const u8 junk[400];

	for (size_t i = 0; i < ARRAY_LEN(sequences); i++) {
		struct mbus_babble babble = { 0 };
		u64 total = 0;

		for (size_t j = 0; sequences[i].bytes[j].len; j++) {
			const struct bytes *bytes = &sequences[i].bytes[j];

			mbus_babble_add(&babble, junk, bytes->len,
					100000 * MS + bytes->first_ms * MS,
					100000 * MS + bytes->now_ms * MS);
			total += bytes->len;
			EXPECT_EQ(bytes->rate, babble.rate)
				TH_LOG("%s, %zu", sequences[i].name, j);
			EXPECT_EQ(total, babble.total);
		}
	}
}

TEST(the_last_byte_is_kept)
{
	struct mbus_babble babble = { 0 };

	mbus_babble_add(&babble, (const u8 *)"abc", 3, 0, 0);
	EXPECT_EQ('c', babble.byte);
	mbus_babble_add(&babble, (const u8 *)"d", 1, 0, 0);
	EXPECT_EQ('d', babble.byte);
}

TEST(over_after_five_seconds_of_quiet)
{
	struct mbus_babble babble = { 0 };

	EXPECT_FALSE(mbus_babble_now(&babble, 0));
	mbus_babble_add(&babble, (const u8 *)"0123456789", 10, 0, 4000 * MS);
	EXPECT_TRUE(mbus_babble_now(&babble, 4000 * MS));
	EXPECT_TRUE(mbus_babble_now(&babble, 9000 * MS));
	EXPECT_EQ(2, babble.rate);
	EXPECT_FALSE(mbus_babble_now(&babble, 9000 * MS + 1));
	EXPECT_EQ(0, babble.rate);
	EXPECT_FALSE(mbus_babble_now(&babble, 4000 * MS));
}

TEST_HARNESS_MAIN
