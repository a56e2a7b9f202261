// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fixed data structure: every unit and medium, both kinds of counters,
 * both byte orders. The tables are written down apart from the decoder's.
 */
#include "kselftest_harness.h"

#include "records.h"

static struct meterbus_application app;

static const char *decode(uint8_t ci, const char *hex)
{
	static char lines[2 * LINE_SIZE];
	uint8_t bytes[METERBUS_USER_DATA_MAX];
	struct meterbus_telegram telegram =
		telegram_of(0x08, ci, bytes, from_hex(bytes, hex));
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	char line[LINE_SIZE];
	size_t len = 0;

	meterbus_application_parse(&app, &telegram);
	*lines = '\0';
	meterbus_data_records_start(&records, &app);
	while (meterbus_data_record_next(&records, &record))
		len += snprintf(lines + len, sizeof(lines) - len, "%s%s",
				len ? "\n" : "", describe(&record, line));
	return lines;
}

/* "The M-Bus: A Documentation", 6.2. */
TEST(the_documents_example)
{
	char text[METERBUS_ADDRESS_TEXT];

	EXPECT_STREQ("volume 0.001 m³\nvolume 0.135 m³, storage 1",
		     decode(0x73, "78563412 0A 00 E97E 01000000 35010000"));
	EXPECT_STREQ("fixed data structure", app.ci_name);
	EXPECT_EQ(NULL, app.error);
	EXPECT_EQ(METERBUS_CONTENTS_FIXED, app.contents);
	ASSERT_TRUE(app.has_header);
	EXPECT_EQ(METERBUS_HEADER_FIXED, app.header.kind);
	EXPECT_FALSE(app.header.has_address);
	EXPECT_STREQ("12345678FFFFFFFF",
		     meterbus_address_format(&app.header.address, text));
	EXPECT_EQ(0x0A, app.header.access_number);
	EXPECT_EQ(0x00, app.header.status);
	EXPECT_STREQ("water", meterbus_medium_name(app.header.medium));
}

TEST(the_same_high_byte_first)
{
	char text[METERBUS_ADDRESS_TEXT];

	EXPECT_STREQ("volume 0.001 m³\nvolume 0.135 m³, storage 1",
		     decode(0x77, "12345678 0A 00 E97E 00000001 00000135"));
	EXPECT_STREQ("12345678FFFFFFFF",
		     meterbus_address_format(&app.header.address, text));
	EXPECT_STREQ("water", meterbus_medium_name(app.header.medium));
}

TEST(a_longer_one_is_a_compact_frame)
{
	EXPECT_STREQ("volume 0.001 m³\nerror: the telegram ends inside this record",
		     decode(0x73, "78563412 0A 00 E97E 01000000 350100"));
	EXPECT_STREQ("fixed data structure", app.ci_name);
	decode(0x73, "78563412 0A 00 E97E 01000000 35010000 00");
	EXPECT_STREQ("compact frame", app.ci_name);
}

static const struct {
	const char *quantity, *unit;
	const char *value;	/* of counter 12345 */
} units[] = {
	{ "time", "", "01:23:45" },
	{ "date", "", "12345" },
	{ "energy", " Wh", "12345" },
	{ "energy", " Wh", "123450" },
	{ "energy", " Wh", "1234500" },
	{ "energy", " Wh", "12345000" },
	{ "energy", " Wh", "123450000" },
	{ "energy", " Wh", "1234500000" },
	{ "energy", " Wh", "12345000000" },
	{ "energy", " Wh", "123450000000" },
	{ "energy", " Wh", "1234500000000" },
	{ "energy", " J", "12345000" },
	{ "energy", " J", "123450000" },
	{ "energy", " J", "1234500000" },
	{ "energy", " J", "12345000000" },
	{ "energy", " J", "123450000000" },
	{ "energy", " J", "1234500000000" },
	{ "energy", " J", "12345000000000" },
	{ "energy", " J", "123450000000000" },
	{ "energy", " J", "1234500000000000" },
	{ "power", " W", "12345" },
	{ "power", " W", "123450" },
	{ "power", " W", "1234500" },
	{ "power", " W", "12345000" },
	{ "power", " W", "123450000" },
	{ "power", " W", "1234500000" },
	{ "power", " W", "12345000000" },
	{ "power", " W", "123450000000" },
	{ "power", " W", "1234500000000" },
	{ "power", " J/h", "12345000" },
	{ "power", " J/h", "123450000" },
	{ "power", " J/h", "1234500000" },
	{ "power", " J/h", "12345000000" },
	{ "power", " J/h", "123450000000" },
	{ "power", " J/h", "1234500000000" },
	{ "power", " J/h", "12345000000000" },
	{ "power", " J/h", "123450000000000" },
	{ "power", " J/h", "1234500000000000" },
	{ "volume", " m³", "0.012345" },
	{ "volume", " m³", "0.12345" },
	{ "volume", " m³", "1.2345" },
	{ "volume", " m³", "12.345" },
	{ "volume", " m³", "123.45" },
	{ "volume", " m³", "1234.5" },
	{ "volume", " m³", "12345" },
	{ "volume", " m³", "123450" },
	{ "volume", " m³", "1234500" },
	{ "volume flow", " m³/h", "0.012345" },
	{ "volume flow", " m³/h", "0.12345" },
	{ "volume flow", " m³/h", "1.2345" },
	{ "volume flow", " m³/h", "12.345" },
	{ "volume flow", " m³/h", "123.45" },
	{ "volume flow", " m³/h", "1234.5" },
	{ "volume flow", " m³/h", "12345" },
	{ "volume flow", " m³/h", "123450" },
	{ "volume flow", " m³/h", "1234500" },
	{ "temperature", " °C", "12.345" },
	{ "units for HCA", "", "12345" },
	{ NULL, NULL, NULL },
	{ NULL, NULL, NULL },
	{ NULL, NULL, NULL },
	{ NULL, NULL, NULL },
	{ NULL, NULL, NULL },	/* as the other one, which is the same */
	{ "dimensionless", "", "12345" },
};

TEST(every_unit_of_both_counters)
{
	char expected[2 * LINE_SIZE], hex[64];

	ASSERT_EQ(64, sizeof(units) / sizeof(units[0]));
	for (unsigned int i = 0; i < 64; i++) {
		char line[LINE_SIZE];

		if (units[i].quantity)
			snprintf(line, sizeof(line), "%s %s%s",
				 units[i].quantity, units[i].value,
				 units[i].unit);
		else
			strcpy(line, "error: reserved unit");
		snprintf(expected, sizeof(expected), "%s\n%s", line, line);
		/* with the bits of medium 5, steam */
		snprintf(hex, sizeof(hex),
			 "78563412 0A 00 %02X%02X 45230100 45230100", 0x40 | i,
			 0x40 | i);
		EXPECT_STREQ(expected, decode(0x73, hex))
		{
			TH_LOG("  of unit %02X", i);
		}
	}
}

TEST(times_and_dates_are_digits)
{
	EXPECT_STREQ("time 11:18:30\ntime '111:30:05'",
		     decode(0x73, "78563412 0A 00 4040 30181100 05301101"));
	EXPECT_STREQ("date 2024-09-10\ndate 1999-12-31",
		     decode(0x73, "78563412 0A 00 4141 24091000 99123100"));
	/* no time, no date: the number that was sent */
	EXPECT_STREQ("time 6100\ntime 99",
		     decode(0x73, "78563412 0A 00 4040 00610000 99000000"));
	EXPECT_STREQ("date 320199\ndate 1399",
		     decode(0x73, "78563412 0A 00 4141 99013200 99130000"));
}

TEST(every_medium)
{
	static const char *const media[16] = {
		"other", "oil", "electricity", "gas", "heat", "steam",
		"warm water", "water", "heat cost allocator", "reserved",
		"gas", "heat", "warm water", "water", "heat cost allocator",
		"reserved",
	};
	char hex[64];

	for (unsigned int i = 0; i < 16; i++) {
		/* from 0A to 0E the counters begin with the high byte */
		bool turned = i >= 0xA && i <= 0xE;

		snprintf(hex, sizeof(hex), "78563412 0A 00 %02X%02X %s",
			 0x2C | (i & 3) << 6, 0x2D | i >> 2 << 6,
			 turned ? "00012345 00000007" : "45230100 07000000");
		EXPECT_STREQ("volume 12345 m³\nvolume 70 m³",
			     decode(0x73, hex))
		{
			TH_LOG("  of medium %X", i);
		}
		EXPECT_STREQ(media[i],
			     meterbus_medium_name(app.header.medium));
	}
}

TEST(the_status_says_how_counters_are_meant)
{
	const char *flags[METERBUS_STATUS_FLAGS];

	/* BCD, with its sign and its error digits */
	EXPECT_STREQ("energy -123 Wh\nenergy (not decimal digits) Wh",
		     decode(0x73, "78563412 0A 00 0202 230100F0 450B0000"));
	EXPECT_EQ(0U, meterbus_header_flags(&app.header, flags));
	/* signed binary */
	EXPECT_STREQ("energy -2 Wh\nenergy (marked invalid by the meter) Wh",
		     decode(0x73, "78563412 0A 01 0202 FEFFFFFF 00000080"));
	EXPECT_EQ(0U, meterbus_header_flags(&app.header, flags));
	/* of a fixed date */
	EXPECT_STREQ("energy 1 Wh; stored at a fixed date\n"
		     "energy 2 Wh; stored at a fixed date",
		     decode(0x73, "78563412 0A 02 0202 01000000 02000000"));
	ASSERT_EQ(1U, meterbus_header_flags(&app.header, flags));
	EXPECT_STREQ("stored at a fixed date", flags[0]);
	decode(0x73, "78563412 0A FD 0202 01000000 02000000");
	ASSERT_EQ(6U, meterbus_header_flags(&app.header, flags));
	EXPECT_STREQ("low power", flags[0]);
	EXPECT_STREQ("manufacturer specific 3", flags[5]);
}

TEST(the_first_counter_may_be_the_historic_one)
{
	EXPECT_STREQ("energy 1000 Wh, storage 1\nenergy 2000 Wh",
		     decode(0x73, "78563412 0A 00 3E05 01000000 02000000"));
}

TEST(one_cut_short_keeps_what_is_there)
{
	static const char hex[] = "12345678 0A 00 E97E 00000001 00000135";
	uint8_t bytes[32];
	size_t len = from_hex(bytes, hex);
	char cut[64];

	for (size_t i = 0; i <= len; i++) {
		const char *expected = "";

		*cut = '\0';
		for (size_t j = 0; j < i; j++)
			sprintf(cut + 2 * j, "%02X", bytes[j]);
		if (i == 16)
			expected = "volume 0.001 m³\nvolume 0.135 m³, storage 1";
		else if (i > 12)
			expected = "volume 0.001 m³\nerror: the telegram ends inside this record";
		else if (i == 12)
			expected = "volume 0.001 m³";
		else if (i > 8)
			expected = "error: the telegram ends inside this record";
		EXPECT_STREQ(expected, decode(0x77, cut));
		if (i < 8) {
			EXPECT_STREQ("the header is cut short", app.error);
		}
	}
	EXPECT_STREQ("volume 0.001 m³\nvolume 0.135 m³, storage 1\n"
		     "error: more than the two counters of the structure",
		     decode(0x77, "12345678 0A 00 E97E 00000001 00000135 00"));
}

TEST_HARNESS_MAIN
