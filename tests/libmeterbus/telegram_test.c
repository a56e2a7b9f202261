// SPDX-License-Identifier: GPL-2.0-only
/* Telegrams of the link layer: building, taking apart, refusing. */
#include "kselftest_harness.h"

#include "records.h"

static struct meterbus_telegram telegram;
static struct meterbus_error err;

static int parse(const char *hex)
{
	uint8_t bytes[2 * METERBUS_TELEGRAM_MAX];
	size_t len = from_hex(bytes, hex);

	memset(&err, 0, sizeof(err));
	return meterbus_telegram_parse(&telegram, at_the_edge(bytes, len), len,
				       &err);
}

#define EXPECT_REFUSED(why, hex)					\
	EXPECT_EQ(-1, parse(hex));					\
	EXPECT_EQ(METERBUS_E_DECODE, err.kind);				\
	EXPECT_STREQ(why, err.text)

TEST(the_three_kinds)
{
	ASSERT_EQ(0, parse("E5"));
	EXPECT_EQ(METERBUS_TELEGRAM_ACK, telegram.type);

	ASSERT_EQ(0, parse("105BFD5816"));
	EXPECT_EQ(METERBUS_TELEGRAM_SHORT, telegram.type);
	EXPECT_EQ(0x5B, telegram.c);
	EXPECT_EQ(253, telegram.a);

	ASSERT_EQ(0, parse("680B0B6873FD524027893124232804 5616"));
	EXPECT_EQ(METERBUS_TELEGRAM_LONG, telegram.type);
	EXPECT_EQ(0x73, telegram.c);
	EXPECT_EQ(253, telegram.a);
	EXPECT_EQ(0x52, telegram.ci);
	EXPECT_EQ(8U, telegram.data_len);
	EXPECT_EQ(0x40, telegram.data[0]);
	EXPECT_EQ(0x04, telegram.data[7]);

	ASSERT_EQ(0, parse("6803036853FEBD0E16"));
	EXPECT_EQ(METERBUS_TELEGRAM_LONG, telegram.type);
	EXPECT_EQ(0U, telegram.data_len);
}

TEST(what_is_wrong_is_named_with_its_byte)
{
	EXPECT_REFUSED("no bytes, so no telegram", "");
	EXPECT_REFUSED("no telegram starts with 00 (only with E5, 10 or 68)",
		       "00");
	EXPECT_REFUSED("the acknowledgment E5 is complete after 1 byte, but 1 more follows",
		       "E5E5");
	EXPECT_REFUSED("a short frame ends after 4 of 5 bytes", "105BFD58");
	EXPECT_REFUSED("checksum (byte 4) is 59, the bytes before it make 58",
		       "105BFD5916");
	EXPECT_REFUSED("byte 5 is 17 where the stop byte 16 belongs",
		       "105BFD5817");
	EXPECT_REFUSED("a long frame ends inside its head 68 L L 68",
		       "680303");
	EXPECT_REFUSED("the two length bytes differ: 03 and 04",
		       "6803046853FEBD0E16");
	EXPECT_REFUSED("byte 4 is 69 where the second 68 of a long frame belongs",
		       "6803036953FEBD0E16");
	EXPECT_REFUSED("length 2 is too short for C, A and CI",
		       "6802026853FE5116");
	EXPECT_REFUSED("a long frame ends after 8 of 9 bytes",
		       "6803036853FEBD0E");
	EXPECT_REFUSED("checksum (byte 8) is 0F, the bytes before it make 0E",
		       "6803036853FEBD0F16");
	EXPECT_REFUSED("a long frame is complete after 9 bytes, but 2 more follow",
		       "6803036853FEBD0E16E5E5");
}

TEST(every_length_is_built_and_taken_apart)
{
	uint8_t data[METERBUS_USER_DATA_MAX + 1];
	uint8_t out[METERBUS_TELEGRAM_MAX];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = i * 7;
	for (size_t len = 0; len <= METERBUS_USER_DATA_MAX; len++) {
		size_t total = meterbus_telegram_long(out, 0x08, 5, 0x72, data,
						      len);

		ASSERT_EQ(len + 9, total);
		ASSERT_EQ(0, meterbus_telegram_parse(&telegram,
						     at_the_edge(out, total),
						     total, &err));
		ASSERT_EQ(0x08, telegram.c);
		ASSERT_EQ(5, telegram.a);
		ASSERT_EQ(0x72, telegram.ci);
		ASSERT_EQ(len, telegram.data_len);
		ASSERT_EQ(0, memcmp(data, telegram.data, len));
	}
	EXPECT_EQ(0U, meterbus_telegram_long(out, 0x08, 5, 0x72, data,
					     METERBUS_USER_DATA_MAX + 1));
}

TEST(no_part_of_a_telegram_is_one)
{
	uint8_t data[0x68 - 3] = { 0 };
	uint8_t out[METERBUS_TELEGRAM_MAX];
	/* L = 68, so that the start byte is everywhere */
	size_t total = meterbus_telegram_long(out, 0x08, 5, 0x72, data,
					      sizeof(data));

	for (size_t len = 0; len < total; len++)
		ASSERT_EQ(-1, meterbus_telegram_parse(&telegram,
						      at_the_edge(out, len),
						      len, NULL));
	EXPECT_EQ(0, meterbus_telegram_parse(&telegram,
					     at_the_edge(out, total), total,
					     NULL));
}

TEST(short_frames_are_built)
{
	static const uint8_t expected[] = { 0x10, 0x7B, 0xFD, 0x78, 0x16 };
	uint8_t out[5];

	EXPECT_EQ(5U, meterbus_telegram_short(out, METERBUS_C_REQ_UD2 |
							   METERBUS_C_FCB,
					      METERBUS_A_SELECTED));
	EXPECT_EQ(0, memcmp(expected, out, 5));
}

TEST(c_fields_have_the_names_of_the_standard)
{
	static const struct {
		uint8_t c;
		const char *name;
	} names[] = {
		{ 0x40, "SND_NKE" }, { 0x53, "SND_UD" },  { 0x73, "SND_UD" },
		{ 0x5B, "REQ_UD2" }, { 0x7B, "REQ_UD2" }, { 0x5A, "REQ_UD1" },
		{ 0x7A, "REQ_UD1" }, { 0x08, "RSP_UD" },  { 0x18, "RSP_UD" },
		{ 0x28, "RSP_UD" },  { 0x38, "RSP_UD" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		EXPECT_STREQ(names[i].name, meterbus_c_name(names[i].c));
	EXPECT_EQ(NULL, meterbus_c_name(0x60));
	EXPECT_EQ(NULL, meterbus_c_name(0x44));
	EXPECT_EQ(NULL, meterbus_c_name(0x00));
	EXPECT_EQ(NULL, meterbus_c_name(0xFF));
}

TEST_HARNESS_MAIN
