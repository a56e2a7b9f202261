// SPDX-License-Identifier: GPL-2.0-only
/*
 * Codes that only a manufacturer knows: of meters that are known, with where
 * it is known from; of all others as they are sent.
 */
#include "kselftest_harness.h"

#include "records.h"

static char line[LINE_SIZE];

/* @meter: manufacturer, version and medium as sent. */
static void decode(struct meterbus_data_record *record, const char *meter,
		   const char *hex)
{
	uint8_t bytes[METERBUS_USER_DATA_MAX];
	char text[256];
	struct meterbus_data_records records;
	struct meterbus_telegram telegram;
	struct meterbus_application app;

	snprintf(text, sizeof(text), "47278931 %s ED000000 %s", meter, hex);
	telegram = telegram_of(0x08, 0x72, bytes, from_hex(bytes, text));
	meterbus_application_parse(&app, &telegram);
	meterbus_data_records_start(&records, &app);
	if (!meterbus_data_record_next(&records, record))
		abort();
	describe(record, line);
}

static const struct {
	const char *meter, *hex, *expected, *source;
} rows[] = {
	/* MULTICAL 303, whatever it measures */
	{ "2D2C 40 0D", "04FF0717000000", "volume × flow temperature 23 m³·°C",
	  "Kamstrup MULTICAL 303" },
	{ "2D2C 40 04", "04FF0814000000",
	  "volume × return temperature 20 m³·°C", "Kamstrup MULTICAL 303" },
	{ "2D2C 40 0C", "44FF0801000000",
	  "volume × return temperature 1 m³·°C, storage 1",
	  "Kamstrup MULTICAL 303" },
	{ "2D2C 40 0D", "02FF220180", "information code 32769",
	  "Kamstrup MULTICAL 303" },
	/* MULTICAL 403 and 603 */
	{ "2D2C 34 0D", "04FF0717000000", "volume × flow temperature 23 m³·°C",
	  "Kamstrup MULTICAL 403, 603" },
	{ "2D2C 35 04", "04FF0814000000",
	  "volume × return temperature 20 m³·°C", "Kamstrup MULTICAL 403, 603" },
	{ "2D2C 35 04", "04FF2201000080", "information code 2147483649",
	  "Kamstrup MULTICAL 403, 603" },
	/* SHARKY */
	{ "2423 28 04", "44ED7E00003F1C",
	  "due date 2009-12-31T00:00, storage 1; future value",
	  "Hydrometer SHARKY" },
	/* other codes, other versions, other manufacturers */
	{ "2D2C 40 0D", "04FF0917000000", "manufacturer specific 23; code 09",
	  NULL },
	{ "2D2C 40 0D", "04FF870117000000",
	  "manufacturer specific 23; code 07; code 01", NULL },
	{ "2D2C 40 0D", "047F17000000", "manufacturer specific 23", NULL },
	{ "2D2C 41 0D", "04FF0717000000", "manufacturer specific 23; code 07",
	  NULL },
	{ "2D2C 33 0D", "04FF0717000000", "manufacturer specific 23; code 07",
	  NULL },
	{ "2423 40 0D", "04FF0717000000", "manufacturer specific 23; code 07",
	  NULL },
	{ "2423 29 04", "44ED7E00003F1C",
	  "date and time 2009-12-31T00:00, storage 1; future value", NULL },
	{ "2423 28 04", "046D21160A39", "date and time 2024-09-10T22:33",
	  NULL },
};

TEST(every_code_of_a_known_meter)
{
	struct meterbus_data_record record;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		decode(&record, rows[i].meter, rows[i].hex);
		EXPECT_STREQ(rows[i].expected, line);
		if (rows[i].source) {
			EXPECT_STREQ(rows[i].source, record.source);
		} else {
			EXPECT_EQ(NULL, record.source);
		}
	}
}

TEST(the_bits_of_an_information_code_have_names)
{
	static const char *const names[32] = {
		"supply voltage interrupted",
		"low battery",
		"sensor error",
		"T1 above measuring range",
		"T2 above measuring range",
		"T1 below measuring range",
		"T2 below measuring range",
		"temperature difference has the wrong sign",
		"V1 signal weak or air",
		"V1 flows the wrong way",
		NULL,
		"V1 flow too high",
		"leakage, input A1",
		"leakage, input B1",
		"external alarm, input A1 or A2",
		"external alarm, input B1 or B2",
		"V1 communication error",
		"V1 wrong pulse figure",
		"leakage, input A2",
		"leakage, input B2",
		"T3 above measuring range",
		"T3 below measuring range",
		"V2 communication error",
		"V2 wrong pulse figure",
		"V2 signal weak or air",
		"V2 flows the wrong way",
		NULL,
		"V2 flow too high",
		"burst between V1 and V2, water is lost",
		"burst between V1 and V2, water comes in",
		"leakage between V1 and V2, water is lost",
		"leakage between V1 and V2, water comes in",
	};
	struct meterbus_data_record record;

	decode(&record, "2D2C 35 04", "04FF2200000000");
	ASSERT_EQ(32U, record.bit_count);
	for (unsigned int i = 0; i < 32; i++) {
		if (names[i]) {
			EXPECT_STREQ(names[i], record.bits[i]);
		} else {
			EXPECT_EQ(NULL, record.bits[i]);
		}
	}
	/* of this one they are not known */
	decode(&record, "2D2C 40 04", "04FF2200000000");
	EXPECT_EQ(NULL, record.bits);
	EXPECT_EQ(0U, record.bit_count);
}

TEST_HARNESS_MAIN
