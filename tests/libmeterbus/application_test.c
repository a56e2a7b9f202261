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
		size_t header_len;
		const char *name;
	} others[] = {
		{ 0x00, 0, "DLMS" },
		{ 0x1F, 0, "DLMS" },
		{ 0x20, 0, "unknown CI field" },
		{ 0x4F, 0, "unknown CI field" },
		{ 0x57, 0, "unknown CI field" },
		{ 0x5D, 0, "unknown CI field" },
		{ 0x5F, 12, "specific usage" },
		{ 0x60, 12, "DLMS command" },
		{ 0x61, 4, "DLMS command" },
		{ 0x62, 0, "unknown CI field" },
		{ 0x64, 12, "OBIS command" },
		{ 0x65, 4, "OBIS command" },
		{ 0x66, 0, "selected application" },
		{ 0x67, 4, "selected application" },
		{ 0x68, 12, "selected application" },
		{ 0x6C, 12, "clock, absolute" },
		{ 0x6D, 12, "clock, relative" },
		{ 0x7C, 12, "DLMS data" },
		{ 0x7D, 4, "DLMS data" },
		{ 0x7E, 12, "OBIS data" },
		{ 0x7F, 4, "OBIS data" },
		{ 0x80, 12, "transport layer to the meter" },
		{ 0x81, 0, "network layer" },
		{ 0x82, 12, "network management to the meter" },
		{ 0x83, 0, "network management to the meter" },
		{ 0x84, 12, "transport layer, compact frame expected" },
		{ 0x85, 12, "transport layer, format frame expected" },
		{ 0x86, 0, "extended link layer" },
		{ 0x87, 12, "network management from the meter" },
		{ 0x88, 4, "network management from the meter" },
		{ 0x89, 0, "network management from the meter" },
		{ 0x8A, 4, "transport layer from the meter" },
		{ 0x8B, 12, "transport layer from the meter" },
		{ 0x8C, 0, "extended link layer" },
		{ 0x8F, 0, "extended link layer" },
		{ 0x90, 0, "authentication and fragmentation" },
		{ 0x91, 0, "unknown CI field" },
		{ 0x9D, 0, "unknown CI field" },
		{ 0x9E, 4, "specific usage" },
		{ 0x9F, 12, "specific usage" },
		{ 0xA0, 0, "manufacturer specific" },
		{ 0xB7, 0, "manufacturer specific" },
		{ 0xC0, 12, "image transfer to the meter" },
		{ 0xC1, 4, "image transfer from the meter" },
		{ 0xC2, 12, "image transfer from the meter" },
		{ 0xC3, 12, "security information to the meter" },
		{ 0xC4, 4, "security information from the meter" },
		{ 0xC5, 12, "security information from the meter" },
		{ 0xC6, 0, "unknown CI field" },
		{ 0xFF, 0, "unknown CI field" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		parse(0x08, others[i].ci, LONG_HEADER "0102030405");
		EXPECT_STREQ(others[i].name, app.ci_name)
		{
			TH_LOG("  of CI %02X", others[i].ci);
		}
		EXPECT_STREQ("contents of this kind are not decoded",
			     app.error);
		EXPECT_EQ(METERBUS_CONTENTS_OTHER, app.contents);
		EXPECT_EQ(17 - others[i].header_len, app.body_len)
		{
			TH_LOG("  of CI %02X", others[i].ci);
		}
		EXPECT_EQ(others[i].header_len == 12, app.header.has_address);
		EXPECT_EQ(0U, app.records_len);
	}
}

TEST(commands_of_a_master_say_all_with_their_ci_field)
{
	static const struct {
		uint8_t ci;
		const char *hex;
		const char *name;
	} commands[] = {
		{ 0x50, "", "application reset" },
		{ 0x53, LONG_HEADER, "application reset" },
		{ 0x54, "", "request of the selected application" },
		{ 0x55, LONG_HEADER, "request of the selected application" },
		{ 0x5C, "", "synchronized action" },
		{ 0xB8, "", "set 300 Bd" },
		{ 0xB9, "", "set 600 Bd" },
		{ 0xBA, "", "set 1200 Bd" },
		{ 0xBB, "", "set 2400 Bd" },
		{ 0xBC, "", "set 4800 Bd" },
		{ 0xBD, "", "set 9600 Bd" },
		{ 0xBE, "", "set 19200 Bd" },
		{ 0xBF, "", "set 38400 Bd" },
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		parse(0x53, commands[i].ci, commands[i].hex);
		EXPECT_STREQ(commands[i].name, app.ci_name);
		EXPECT_EQ(METERBUS_CONTENTS_COMMAND, app.contents);
		EXPECT_EQ(NULL, app.error);
		EXPECT_EQ(NULL, app.parameter_name);
		EXPECT_TRUE(app.from_master);
	}
}

TEST(an_application_reset_names_what_it_selects)
{
	static const char *const names[16] = {
		"all", "user data", "simple billing", "enhanced billing",
		"multi tariff billing", "instantaneous values",
		"load management", "reserved", "installation and startup",
		"testing", "calibration", "manufacturing", "development",
		"self test", "reserved", "reserved",
	};
	char hex[16];

	for (unsigned int i = 0; i < 256; i++) {
		sprintf(hex, "%02X", i);
		parse(0x53, 0x50, hex);
		EXPECT_EQ(i, app.parameter);
		EXPECT_STREQ(names[i >> 4], app.parameter_name);
	}
	parse(0x53, 0x53, LONG_HEADER "10");
	EXPECT_STREQ(names[1], app.parameter_name);
}

/* The records of what was parsed last, one a line. */
static const char *records(void)
{
	static char lines[4 * LINE_SIZE];
	struct meterbus_data_records all;
	struct meterbus_data_record record;
	char line[LINE_SIZE];
	size_t len = 0;

	*lines = '\0';
	meterbus_data_records_start(&all, &app);
	while (meterbus_data_record_next(&all, &record))
		len += snprintf(lines + len, sizeof(lines) - len, "%s%s",
				len ? "\n" : "", describe(&record, line));
	return lines;
}

TEST(a_selection_names_its_meter)
{
	char text[METERBUS_ADDRESS_TEXT];

	parse(0x53, 0x52, "47278931 FFFF FF FF");
	EXPECT_STREQ("selection", app.ci_name);
	EXPECT_EQ(METERBUS_CONTENTS_SELECTION, app.contents);
	EXPECT_EQ(NULL, app.error);
	EXPECT_STREQ("31892747FFFFFFFF",
		     meterbus_address_format(&app.selection, text));
	EXPECT_STREQ("", records());

	/* the fabrication number narrows it down */
	parse(0x53, 0x52, "78563412 2440 01 07 0C78 04030201");
	EXPECT_STREQ("1234567824400107",
		     meterbus_address_format(&app.selection, text));
	EXPECT_STREQ("fabrication number '01020304'", records());

	/* everybody */
	parse(0x53, 0x52, "");
	EXPECT_EQ(NULL, app.error);
	EXPECT_STREQ("FFFFFFFFFFFFFFFF",
		     meterbus_address_format(&app.selection, text));

	/* high byte first */
	parse(0x53, 0x56, "12345678 4024 01 07 0C78 01020304");
	EXPECT_STREQ("1234567824400107",
		     meterbus_address_format(&app.selection, text));
	EXPECT_STREQ("fabrication number '01020304'", records());

	parse(0x53, 0x52, "472789");
	EXPECT_STREQ("the address is cut short", app.error);
}

TEST(data_to_the_meter_is_decoded)
{
	parse(0x53, 0x51, "017A08");
	EXPECT_STREQ("data to the meter", app.ci_name);
	EXPECT_STREQ("bus address 8", records());
	parse(0x53, 0x5A, SHORT_HEADER "017A08");
	EXPECT_STREQ("bus address 8", records());
	parse(0x53, 0x5B, LONG_HEADER "017A08");
	EXPECT_STREQ("bus address 8", records());
	/* until 2018, high byte first */
	parse(0x53, 0x55, "0C7801020304");
	EXPECT_STREQ("data to the meter, high byte first", app.ci_name);
	EXPECT_STREQ("fabrication number '01020304'", records());
}

TEST(alarms_are_bits)
{
	parse(0x08, 0x71, "04");
	EXPECT_STREQ("alarm", app.ci_name);
	EXPECT_EQ(NULL, app.error);
	EXPECT_STREQ("alarm 4", records());
	parse(0x08, 0x74, SHORT_HEADER "0180");
	EXPECT_STREQ("alarm 32769", records());
	parse(0x08, 0x75, LONG_HEADER "FF");
	EXPECT_STREQ("alarm 255", records());
	EXPECT_TRUE(app.header.has_address);
	parse(0x08, 0x71, "010203040506070809");
	EXPECT_STREQ("alarm <010203040506070809>", records());
	parse(0x08, 0x71, "");
	EXPECT_STREQ("", records());
}

TEST(high_byte_first_is_so_everywhere)
{
	char text[METERBUS_ADDRESS_TEXT];

	parse(0x08, 0x76,
	      "31892747 2324 28 04 ED 08 1234"
	      "0C05 01748431"	/* BCD */
	      "0A5A F321"	/* negative BCD */
	      "0403 00000100"	/* binary */
	      "0203 FFFE"
	      "055B 41AC0000"	/* real32 */
	      "046D 390A1621"	/* type F */
	      "026C 390A"	/* type G */
	      "066D 00390A162105" /* type I */
	      "0DFD11 06 4DFC6C6C6572" /* text */
	      "0DFD3A C3 123456" /* BCD of variable length */
	      "02FC 03 255248 74 11D4" /* plain text VIF */
	      "0DFD3A E9 010203040506070809"
	      "8C0105 01693020");
	EXPECT_EQ(NULL, app.error);
	EXPECT_TRUE(app.high_byte_first);
	EXPECT_STREQ("3189274724232804",
		     meterbus_address_format(&app.header.address, text));
	EXPECT_EQ(0x2324, app.header.manufacturer);
	EXPECT_EQ(0x28, app.header.version);
	EXPECT_EQ(0x04, app.header.medium);
	EXPECT_EQ(0xED, app.header.access_number);
	EXPECT_EQ(0x08, app.header.status);
	EXPECT_EQ(0x1234, app.header.config);
	EXPECT_STREQ("energy 174843100 Wh\n"
		     "flow temperature -32.1 °C\n"
		     "energy 256 Wh\n"
		     "energy -2 Wh\n"
		     "flow temperature 21.5 °C\n"
		     "date and time 2024-09-10T22:33\n"
		     "date 2024-09-10\n"
		     "date and time 2024-09-10T22:33:05\n"
		     "customer \"Müller\"\n"
		     "dimensionless 123456\n"
		     "plain text 45.64 '%RH'\n"
		     "dimensionless <010203040506070809>\n"
		     "energy 169302000 Wh, storage 2", records());
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
	EXPECT_STREQ("customer location '12345678'", describe(&record, line));
	EXPECT_FALSE(meterbus_data_record_next(&records, &record));
}

/* 16 bytes that would make three records. */
#define RECORDS_16 "0C0617294811 0413AABBCCDD 025B991A"
#define HEADER(config) "78563412 2423 28 04 55 00 " config

TEST(every_mode_but_none_is_encryption)
{
	static const unsigned int modes[] = { 4, 5, 6, 8, 9, 10, 11, 12, 13,
					      14, 15 };
	char hex[256], text[METERBUS_ENCRYPTION_TEXT];

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		snprintf(hex, sizeof(hex), HEADER("10%02X") RECORDS_16,
			 modes[i]);
		parse(0x08, 0x72, hex);
		EXPECT_STREQ("error: encrypted", records());
		EXPECT_EQ(modes[i], app.encryption_mode);
		meterbus_encryption_format(&app, text);
		EXPECT_NE(NULL, strstr(text, "1 block"));
	}
}

TEST(behind_encrypted_bytes_records_go_on_to_the_end_or_are_none)
{
	parse(0x08, 0x72, HEADER("1005") RECORDS_16 "0C13 01000000 010305");
	EXPECT_STREQ("error: encrypted\nvolume 0.001 m³\nenergy 5 Wh",
		     records());
	parse(0x08, 0x72, HEADER("1005") RECORDS_16 "0C13 01000000 0103");
	EXPECT_STREQ("error: encrypted\n"
		     "error: behind encrypted data, and not records to its end",
		     records());
	parse(0x08, 0x72, HEADER("1005") RECORDS_16 "0C13 01000000 016F00");
	EXPECT_STREQ("error: encrypted\n"
		     "error: behind encrypted data, and not records to its end",
		     records());
}

TEST(plain_text_is_plain_whatever_the_header_says)
{
	static const char *const configs[] = { "1005", "0102", "1007", "1008",
					       "F00D", "2045" };
	char hex[256];

	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		snprintf(hex, sizeof(hex),
			 "78563412 2423 28 04 55 00 %s 2F2F 0C1378563412 025B0700 2F2F2F2F",
			 configs[i]);
		parse(0x08, 0x72, hex);
		EXPECT_STREQ("volume 12345.678 m³\nflow temperature 7 °C",
			     records());
	}
	/* the meter's clock, and its own number */
	parse(0x08, 0x72, HEADER("1005") "046D2F0DA823 0F 010203040506070809");
	EXPECT_STREQ("date and time 2021-03-08T13:47\n"
		     "manufacturer specific <010203040506070809>", records());
	parse(0x08, 0x72, HEADER("1005") "0C7878563412 0C1378563412 2F2F2F2F");
	EXPECT_STREQ("fabrication number '12345678'\nvolume 12345.678 m³",
		     records());
	/* neither: another number, a time that is none */
	parse(0x08, 0x72, HEADER("1005") "0C7877563412 0C1378563412 2F2F2F2F");
	EXPECT_STREQ("error: encrypted", records());
	parse(0x08, 0x72, HEADER("1005") "046D3F0DA823 0C1378563412 2F2F2F2F");
	EXPECT_STREQ("error: encrypted", records());
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

/* EN 13757-7, device types; those between are reserved. */
static const struct {
	uint8_t code;
	const char *name;
} media[] = {
	{ 0x00, "other" },
	{ 0x01, "oil" },
	{ 0x02, "electricity" },
	{ 0x03, "gas" },
	{ 0x04, "heat" },
	{ 0x05, "steam" },
	{ 0x06, "warm water" },
	{ 0x07, "water" },
	{ 0x08, "heat cost allocator" },
	{ 0x09, "compressed air" },
	{ 0x0A, "cooling" },
	{ 0x0B, "cooling (inlet)" },
	{ 0x0C, "heat (inlet)" },
	{ 0x0D, "heat/cooling" },
	{ 0x0E, "bus/system component" },
	{ 0x0F, "unknown" },
	{ 0x14, "calorific value" },
	{ 0x15, "hot water" },
	{ 0x16, "cold water" },
	{ 0x17, "hot/cold water" },
	{ 0x18, "pressure" },
	{ 0x19, "A/D converter" },
	{ 0x1A, "smoke detector" },
	{ 0x1B, "room sensor" },
	{ 0x1C, "gas detector" },
	{ 0x20, "breaker" },
	{ 0x21, "valve" },
	{ 0x25, "display" },
	{ 0x28, "waste water" },
	{ 0x29, "garbage" },
	{ 0x2A, "carbon dioxide" },
	{ 0x31, "communication controller" },
	{ 0x32, "unidirectional repeater" },
	{ 0x33, "bidirectional repeater" },
	{ 0x36, "radio converter (system side)" },
	{ 0x37, "radio converter (meter side)" },
	{ 0x38, "wired adapter" },
};

TEST(every_medium_has_a_name_or_is_reserved)
{
	size_t row = 0;

	for (unsigned int code = 0; code < 256; code++) {
		if (row < sizeof(media) / sizeof(media[0]) &&
		    media[row].code == code) {
			EXPECT_STREQ(media[row++].name,
				     meterbus_medium_name(code));
		} else {
			EXPECT_STREQ("reserved", meterbus_medium_name(code));
		}
	}
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
