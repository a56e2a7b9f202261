// SPDX-License-Identifier: GPL-2.0-only
/* CI fields, headers, status, errors of the application, encryption. */
#include "kselftest_harness.h"

#include "records.h"

static struct meterbus_application app;

static void parse(uint8_t c, uint8_t ci, const char *hex)
{
	uint8_t bytes[METERBUS_USER_DATA_MAX];
	struct meterbus_telegram telegram =
		telegram_of(c, ci, bytes, from_hex(bytes, hex));

	meterbus_application_parse(&app, &telegram);
}

#define LONG_HEADER "47278931 2423 28 04 ED 08 0000"
#define SHORT_HEADER "ED 08 0000"

TEST(headers_long_short_and_none)
{
	parse(0x08, 0x72, LONG_HEADER "010305");
	EXPECT_TRUE(app.has_header);
	EXPECT_TRUE(app.header.has_address);
	EXPECT_EQ(0x2324, app.header.manufacturer);
	EXPECT_EQ(0xED, app.header.access_number);
	EXPECT_EQ(0x08, app.header.status);
	EXPECT_EQ(3U, app.records_len);

	parse(0x08, 0x7A, SHORT_HEADER "010305");
	EXPECT_TRUE(app.has_header);
	EXPECT_FALSE(app.header.has_address);
	EXPECT_EQ(0xED, app.header.access_number);
	EXPECT_EQ(3U, app.records_len);

	parse(0x08, 0x78, "010305");
	EXPECT_FALSE(app.has_header);
	EXPECT_EQ(3U, app.records_len);
}

TEST(a_header_cut_short_is_an_error)
{
	static const char header[] = "47278931242328 04ED080000";
	uint8_t bytes[12];
	struct meterbus_telegram telegram;

	for (size_t len = 0; len < 12; len++) {
		from_hex(bytes, header);
		telegram = telegram_of(0x08, 0x72, bytes, len);
		meterbus_application_parse(&app, &telegram);
		EXPECT_STREQ("the header is cut short", app.error);
		EXPECT_FALSE(app.has_header);
		EXPECT_EQ(0U, app.records_len);
		EXPECT_EQ(len, app.body_len);
	}
	telegram = telegram_of(0x08, 0x72, bytes, 12);
	meterbus_application_parse(&app, &telegram);
	EXPECT_EQ(NULL, app.error);
	EXPECT_TRUE(app.has_header);
}

TEST(errors_of_the_application_are_named)
{
	static const char *const names[] = {
		"unspecified error",
		"CI field not implemented",
		"telegram too long for the meter's buffer",
		"too many records",
		"record ends early",
		"more than 10 DIFEs",
		"more than 10 VIFEs",
		"reserved error code",
		"meter is busy",
		"too many readouts, the meter saves its battery",
		"reserved error code",
	};
	char hex[16];

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		sprintf(hex, "%02X", i);
		parse(0x08, 0x70, hex);
		EXPECT_STREQ(names[i], app.application_error);
		EXPECT_EQ(i, app.application_error_code);
		EXPECT_EQ(NULL, app.error);
	}
	parse(0x08, 0x70, "");
	EXPECT_STREQ(names[0], app.application_error);
	parse(0x08, 0x6E, SHORT_HEADER "08");
	EXPECT_STREQ(names[8], app.application_error);
	parse(0x08, 0x6F, LONG_HEADER "09");
	EXPECT_STREQ(names[9], app.application_error);
	EXPECT_TRUE(app.header.has_address);
}

TEST(what_is_not_decoded_is_named_and_kept)
{
	static const struct {
		uint8_t ci;
		const char *hex;
		const char *name;
		size_t body_len;
	} others[] = {
		{ 0x73, "78563412 0A00E97E 01000000 35010000",
		  "fixed data structure", 16 },
		{ 0x73, LONG_HEADER "0102030405", "compact frame", 5 },
		{ 0x76, "0102", "data from the meter, high byte first", 2 },
		{ 0x71, "04", "alarm", 1 },
		{ 0xA0, "0102", "manufacturer specific", 2 },
		{ 0xB7, "0102", "manufacturer specific", 2 },
		{ 0x20, "0102", "unknown CI field", 2 },
		{ 0xFF, "0102", "unknown CI field", 2 },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		parse(0x08, others[i].ci, others[i].hex);
		EXPECT_STREQ(others[i].name, app.ci_name);
		EXPECT_STREQ("contents of this kind are not decoded",
			     app.error);
		EXPECT_EQ(others[i].body_len, app.body_len);
		EXPECT_EQ(0U, app.records_len);
	}
}

TEST(a_masters_commands_need_no_decoding)
{
	parse(0x53, 0x50, "10");
	EXPECT_STREQ("application reset", app.ci_name);
	EXPECT_EQ(NULL, app.error);
	EXPECT_TRUE(app.from_master);
	parse(0x53, 0x52, "47278931FFFFFFFF");
	EXPECT_STREQ("selection", app.ci_name);
	EXPECT_EQ(NULL, app.error);
	EXPECT_EQ(0U, app.records_len);
	parse(0x53, 0xB8, "");
	EXPECT_STREQ("set 300 Bd", app.ci_name);
	parse(0x53, 0xBF, "");
	EXPECT_STREQ("set 38400 Bd", app.ci_name);
}

TEST(every_ci_field_has_a_name)
{
	for (unsigned int ci = 0; ci < 256; ci++) {
		parse(0x08, ci, LONG_HEADER "010305");
		EXPECT_NE(NULL, app.ci_name);
	}
}

TEST(encrypted_data_is_one_record_and_what_follows_is_decoded)
{
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	char line[LINE_SIZE];

	/* mode 5, one block of 16 bytes */
	parse(0x08, 0x72,
	      "88776655 9344 55 08 00 04 1005"
	      "00DFE2A78214 6D151358 1CD2F83F 3904 0CFD1078563412");
	EXPECT_EQ(5U, app.encryption_mode);
	EXPECT_EQ(16U, app.encrypted_len);
	meterbus_data_records_start(&records, &app);
	ASSERT_TRUE(meterbus_data_record_next(&records, &record));
	EXPECT_STREQ("error: encrypted", describe(&record, line));
	EXPECT_EQ(16U, record.raw_len);
	ASSERT_TRUE(meterbus_data_record_next(&records, &record));
	EXPECT_STREQ("customer location 12345678", describe(&record, line));
	EXPECT_FALSE(meterbus_data_record_next(&records, &record));
}

TEST(an_old_signature_is_no_encryption)
{
	static const char *const words[] = { "FFFF", "27B6", "0000", "0005",
					     "F005", "0107" };
	char hex[64];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		snprintf(hex, sizeof(hex), "47278931 2423 28 04 ED 00 %s 010305",
			 words[i]);
		parse(0x08, 0x72, hex);
		EXPECT_EQ(0U, app.encrypted_len);
	}
}

TEST(status_bits_have_words)
{
	const char *flags[METERBUS_STATUS_FLAGS];

	EXPECT_EQ(0U, meterbus_status_flags(0x00, flags));
	ASSERT_EQ(1U, meterbus_status_flags(0x01, flags));
	EXPECT_STREQ("application busy", flags[0]);
	ASSERT_EQ(1U, meterbus_status_flags(0x02, flags));
	EXPECT_STREQ("application error", flags[0]);
	ASSERT_EQ(2U, meterbus_status_flags(0x50, flags));
	EXPECT_STREQ("temporary error", flags[0]);
	EXPECT_STREQ("manufacturer specific 2", flags[1]);
	ASSERT_EQ(7U, meterbus_status_flags(0xFF, flags));
	EXPECT_STREQ("abnormal condition", flags[0]);
	EXPECT_STREQ("low power", flags[1]);
	EXPECT_STREQ("permanent error", flags[2]);
	EXPECT_STREQ("temporary error", flags[3]);
	EXPECT_STREQ("manufacturer specific 3", flags[6]);
}

TEST(media_have_names)
{
	EXPECT_STREQ("heat", meterbus_medium_name(0x04));
	EXPECT_STREQ("heat/cooling", meterbus_medium_name(0x0D));
	EXPECT_STREQ("water", meterbus_medium_name(0x07));
	EXPECT_STREQ("wired adapter", meterbus_medium_name(0x38));
	EXPECT_STREQ("reserved", meterbus_medium_name(0x10));
	EXPECT_STREQ("reserved", meterbus_medium_name(0x39));
	EXPECT_STREQ("reserved", meterbus_medium_name(0xFF));
}

TEST(more_telegrams_are_announced_by_dif_1f)
{
	uint8_t bytes[64];
	struct meterbus_telegram telegram;

	telegram = telegram_of(0x08, 0x78, bytes, from_hex(bytes, "0103051F"));
	EXPECT_TRUE(meterbus_more_follow(&telegram));
	telegram = telegram_of(0x08, 0x78, bytes,
			       from_hex(bytes, "0103050F1F"));
	EXPECT_FALSE(meterbus_more_follow(&telegram));
	telegram = telegram_of(0x08, 0x78, bytes, from_hex(bytes, "01031F"));
	EXPECT_FALSE(meterbus_more_follow(&telegram));
}

TEST_HARNESS_MAIN
