// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel/frame.c: what is a frame, what is junk, and that junk never hides a
 * frame. Units are written as text: "F:" a frame, "J<reason>:" junk, then hex.
 */
#include <stdio.h>
#include <string.h>

#include "frame.h"
#include "kselftest_harness.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static void tell(char *out, size_t size, const struct mbus_unit *unit)
{
	size_t n = strlen(out);
	int i;

	if (unit->reason)
		n += snprintf(out + n, size - n, "J%u:", unit->reason);
	else
		n += snprintf(out + n, size - n, "F:");
	for (i = 0; i < unit->len && n + 4 < size; i++)
		n += snprintf(out + n, size - n, "%02X", unit->data[i]);
	snprintf(out + n, size - n, " ");
}

static size_t parse_hex(const char *hex, u8 *out)
{
	size_t len = 0;
	unsigned int byte;
	int used;

	while (sscanf(hex, " %2x%n", &byte, &used) == 1) {
		out[len++] = byte;
		hex += used;
	}
	return len;
}

static void feed(struct mbus_frame_rx *rx, const u8 *bytes, size_t len,
		 u8 flags, char *out, size_t size)
{
	struct mbus_unit unit;
	size_t i;

	for (i = 0; i < len; i++) {
		mbus_frame_rx_push(rx, bytes[i], flags);
		while (mbus_frame_rx_next(rx, &unit))
			tell(out, size, &unit);
	}
}

static void flush(struct mbus_frame_rx *rx, char *out, size_t size)
{
	struct mbus_unit unit;

	while (mbus_frame_rx_flush(rx, &unit))
		tell(out, size, &unit);
}

/* All units of one burst. */
static const char *units(const char *hex)
{
	static char out[8192];
	struct mbus_frame_rx rx;
	u8 bytes[1024];

	out[0] = '\0';
	mbus_frame_rx_init(&rx);
	feed(&rx, bytes, parse_hex(hex, bytes), 0, out, sizeof(out));
	flush(&rx, out, sizeof(out));
	if (*out)
		out[strlen(out) - 1] = '\0';
	return out;
}

/* A long frame with L = @l whose body counts up from the C field 08. */
static size_t long_frame(u8 *out, unsigned int l)
{
	u8 sum = 0;
	unsigned int i;

	out[0] = out[3] = 0x68;
	out[1] = out[2] = l;
	for (i = 0; i < l; i++) {
		out[4 + i] = 0x08 + i;
		sum += out[4 + i];
	}
	out[4 + l] = sum;
	out[5 + l] = 0x16;
	return l + 6;
}

TEST(every_frame_type_is_found)
{
	EXPECT_STREQ("F:E5", units("E5"));
	EXPECT_STREQ("F:105BFD5816", units("10 5B FD 58 16"));
	EXPECT_STREQ("F:680303680800707816",
		     units("68 03 03 68 08 00 70 78 16"));
}

TEST(every_legal_length_is_a_frame_and_no_other)
{
	struct mbus_frame_rx rx;
	struct mbus_unit unit;
	u8 frame[MBUS_FRAME_MAX];
	unsigned int l, i, len;
	bool found;

	for (l = 0; l < 256; l++) {
		len = long_frame(frame, l);
		mbus_frame_rx_init(&rx);
		found = false;
		for (i = 0; i < len; i++) {
			mbus_frame_rx_push(&rx, frame[i], 0);
			while (mbus_frame_rx_next(&rx, &unit)) {
				if (unit.reason)
					continue;
				found = true;
				EXPECT_EQ(i, len - 1);
				EXPECT_EQ(unit.len, len);
				EXPECT_EQ(0, memcmp(unit.data, frame, len));
			}
		}
		EXPECT_EQ(found, l >= 3) TH_LOG("L = %u", l);
		EXPECT_EQ(mbus_frame_sendable(frame, len), l >= 3);
	}
}

TEST(odd_starts_are_legal)
{
	u8 frame[MBUS_FRAME_MAX];
	struct mbus_frame_rx rx;
	struct mbus_unit unit;
	unsigned int l[] = { 0x68, 0x44 };
	unsigned int i, k, len;

	for (k = 0; k < ARRAY_LEN(l); k++) {
		len = long_frame(frame, l[k]);
		mbus_frame_rx_init(&rx);
		for (i = 0; i < len; i++)
			mbus_frame_rx_push(&rx, frame[i], 0);
		ASSERT_TRUE(mbus_frame_rx_next(&rx, &unit));
		EXPECT_EQ(MBUS_REASON_NONE, unit.reason);
		EXPECT_EQ(len, unit.len);
	}
}

TEST(damage_is_named)
{
	static const struct {
		const char *hex, *want;
	} rows[] = {
		{ "00", "J2:00" },
		{ "FD", "J1:FD" },
		{ "A5 00", "J1:A500" },
		{ "E5 E5", "J4:E5E5" },
		{ "E5 00", "J4:E500" },
		{ "00 E5", "J1:00E5" },
		{ "68 02 02 68 08 00 08 16", "J5:6802026808000816" },
		{ "68 03 04 68 08 00 70 78 16", "J5:680304680800707816" },
		{ "68 03 03 67 08 00 70 78 16", "J5:680303670800707816" },
		{ "68 03 03 68 08 00 70 79 16", "J6:680303680800707916" },
		{ "68 03 03 68 08 00 70 78 17", "J7:680303680800707817" },
		{ "10 5B FD 59 16", "J6:105BFD5916" },
		{ "10 5B FD 58 17", "J7:105BFD5817" },
		{ "68 5E 5E 68 08 00", "J8:685E5E680800" },
		{ "68", "J8:68" },
		{ "10 40", "J8:1040" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		EXPECT_STREQ(rows[i].want, units(rows[i].hex));
}

TEST(junk_before_a_frame_does_not_hide_it)
{
	EXPECT_STREQ("J1:00 F:680303680800707816",
		     units("00 68 03 03 68 08 00 70 78 16"));
	EXPECT_STREQ("J4:E5 F:680303680800707816",
		     units("E5 68 03 03 68 08 00 70 78 16"));
	EXPECT_STREQ("J5:68 F:680303680800707816",
		     units("68 68 03 03 68 08 00 70 78 16"));
	EXPECT_STREQ("J5:6803 F:680303680800707816",
		     units("68 03 68 03 03 68 08 00 70 78 16"));
	/* A damaged long frame that swallowed the start of a sound one. */
	EXPECT_STREQ("J6:68050568080072 F:680303680800707816",
		     units("68 05 05 68 08 00 72 68 03 03 68 08 00 70 78 16"));
	/* A false start whose length reaches beyond the sound frame. */
	EXPECT_STREQ("J8:68202068 F:680303680800707816",
		     units("68 20 20 68 68 03 03 68 08 00 70 78 16"));
}

TEST(a_frame_is_found_behind_junk_of_any_length)
{
	struct mbus_frame_rx rx;
	struct mbus_unit unit;
	u8 frame[MBUS_FRAME_MAX];
	unsigned int len = long_frame(frame, 255), junk, i, got;
	bool found;

	for (junk = 0; junk <= 2 * MBUS_DATA_MAX; junk++) {
		mbus_frame_rx_init(&rx);
		found = false;
		got = 0;
		for (i = 0; i < junk + len; i++) {
			mbus_frame_rx_push(&rx, i < junk ? 0x55 :
						frame[i - junk], 0);
			while (mbus_frame_rx_next(&rx, &unit)) {
				if (!unit.reason)
					found = !memcmp(unit.data, frame, len);
				got += unit.len;
			}
		}
		EXPECT_TRUE(found) TH_LOG("behind %u", junk);
		EXPECT_EQ(junk + len, got);
	}
}

TEST(no_byte_is_lost_or_doubled)
{
	struct mbus_frame_rx rx;
	struct mbus_unit unit;
	u8 sent[4096], got[4096];
	u32 seed = 1;
	unsigned int round, i, n;

	for (round = 0; round < 200; round++) {
		mbus_frame_rx_init(&rx);
		n = 0;
		for (i = 0; i < sizeof(sent); i++) {
			static const u8 likely[] = { 0x68, 0x10, 0x16, 0xe5,
						     0x03, 0x00, 0x08, 0x5e };

			seed = seed * 1103515245 + 12345;
			sent[i] = likely[(seed >> 16) % sizeof(likely)];
			mbus_frame_rx_push(&rx, sent[i], 0);
			while (mbus_frame_rx_next(&rx, &unit)) {
				memcpy(got + n, unit.data, unit.len);
				n += unit.len;
			}
		}
		while (mbus_frame_rx_flush(&rx, &unit)) {
			memcpy(got + n, unit.data, unit.len);
			n += unit.len;
		}
		ASSERT_EQ(sizeof(sent), n);
		ASSERT_EQ(0, memcmp(sent, got, n));
		ASSERT_TRUE(mbus_frame_rx_empty(&rx));
	}
}

TEST(a_single_damaged_byte_never_passes)
{
	static const u8 frame[] = { 0x68, 0x04, 0x04, 0x68, 0x08,
				    0x00, 0x72, 0x11, 0x8b, 0x16 };
	unsigned int at, bit;

	for (at = 0; at < sizeof(frame); at++) {
		for (bit = 0; bit < 8; bit++) {
			u8 bytes[sizeof(frame)];

			memcpy(bytes, frame, sizeof(frame));
			bytes[at] ^= 1 << bit;
			EXPECT_FALSE(mbus_frame_sendable(bytes,
							 sizeof(bytes)));
		}
	}
	EXPECT_TRUE(mbus_frame_sendable(frame, sizeof(frame)));
}

TEST(flags_of_all_bytes_come_with_the_unit)
{
	static const u8 frame[] = { 0x10, 0x5b, 0xfd, 0x58, 0x16 };
	struct mbus_frame_rx rx;
	struct mbus_unit unit;
	unsigned int at, i;

	for (at = 0; at < sizeof(frame); at++) {
		mbus_frame_rx_init(&rx);
		for (i = 0; i < sizeof(frame); i++)
			mbus_frame_rx_push(&rx, frame[i],
					   i == at ? MBUS_FLAG_PARITY : 0);
		ASSERT_TRUE(mbus_frame_rx_next(&rx, &unit));
		EXPECT_EQ(MBUS_REASON_NONE, unit.reason);
		EXPECT_EQ(MBUS_FLAG_PARITY, unit.flags);
	}
}

TEST(only_a_clean_ack_is_one)
{
	struct mbus_frame_rx rx;
	struct mbus_unit unit;

	mbus_frame_rx_init(&rx);
	mbus_frame_rx_push(&rx, 0xe5, MBUS_FLAG_PARITY);
	EXPECT_FALSE(mbus_frame_rx_next(&rx, &unit));
	ASSERT_TRUE(mbus_frame_rx_flush(&rx, &unit));
	EXPECT_EQ(MBUS_REASON_PARITY, unit.reason);

	mbus_frame_rx_init(&rx);
	mbus_frame_rx_push(&rx, 0x00, MBUS_FLAG_BREAK);
	EXPECT_FALSE(mbus_frame_rx_next(&rx, &unit));
	ASSERT_TRUE(mbus_frame_rx_flush(&rx, &unit));
	EXPECT_EQ(MBUS_REASON_BREAK, unit.reason);
}

TEST(an_ack_waits_for_quiet_and_only_stands_after_quiet)
{
	static const u8 frame[] = { 0x10, 0x5b, 0xfd, 0x58, 0x16 };
	char out[256] = "";
	struct mbus_frame_rx rx;
	struct mbus_unit unit;

	mbus_frame_rx_init(&rx);
	mbus_frame_rx_push(&rx, 0xe5, 0);
	EXPECT_FALSE(mbus_frame_rx_next(&rx, &unit));
	EXPECT_FALSE(mbus_frame_rx_incomplete(&rx));
	flush(&rx, out, sizeof(out));
	EXPECT_STREQ("F:E5 ", out);

	/* Right behind a frame, with no quiet between, it is company. */
	out[0] = '\0';
	feed(&rx, frame, sizeof(frame), 0, out, sizeof(out));
	feed(&rx, (const u8 *)"\xe5", 1, 0, out, sizeof(out));
	flush(&rx, out, sizeof(out));
	EXPECT_STREQ("F:105BFD5816 J4:E5 ", out);
	feed(&rx, (const u8 *)"\xe5", 1, 0, out, sizeof(out));
	flush(&rx, out, sizeof(out));
	EXPECT_STREQ("F:105BFD5816 J4:E5 F:E5 ", out);
}

TEST(what_has_begun_as_a_frame_is_incomplete)
{
	struct mbus_frame_rx rx;
	struct mbus_unit unit;

	mbus_frame_rx_init(&rx);
	EXPECT_FALSE(mbus_frame_rx_incomplete(&rx));
	mbus_frame_rx_push(&rx, 0x68, 0);
	EXPECT_FALSE(mbus_frame_rx_next(&rx, &unit));
	EXPECT_TRUE(mbus_frame_rx_incomplete(&rx));

	mbus_frame_rx_init(&rx);
	mbus_frame_rx_push(&rx, 0x00, 0);
	EXPECT_FALSE(mbus_frame_rx_next(&rx, &unit));
	EXPECT_FALSE(mbus_frame_rx_incomplete(&rx));
	EXPECT_FALSE(mbus_frame_rx_empty(&rx));
}

TEST(only_one_whole_frame_may_be_sent)
{
	u8 bytes[64];
	size_t len;

	EXPECT_FALSE(mbus_frame_sendable(bytes, 0));
	len = parse_hex("10 5B FD 58 16", bytes);
	EXPECT_TRUE(mbus_frame_sendable(bytes, len));
	EXPECT_FALSE(mbus_frame_sendable(bytes, len - 1));
	len = parse_hex("10 5B FD 58 16 00", bytes);
	EXPECT_FALSE(mbus_frame_sendable(bytes, len));
	len = parse_hex("E5", bytes);
	EXPECT_FALSE(mbus_frame_sendable(bytes, len));
}

TEST_HARNESS_MAIN
