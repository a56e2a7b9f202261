// SPDX-License-Identifier: GPL-2.0-only
/*
 * Codes that only a manufacturer knows: of meters that are known, with where
 * it is known from; of all others as they are sent.
 */
#include "kselftest_harness.h"

#include <meterbus/decoder.h>
#include <meterbus/meters.h>

#include "records.h"

static char line[LINE_SIZE];

/* The project's own descriptions. */
static const struct meterbus_meters *meters(void)
{
	static const char *const folders[] = { MBUS_TOP
					       "/userspace/meters.d" };
	static struct meterbus_meters *loaded;
	struct meterbus_error err;

	if (!loaded)
		loaded = meterbus_meters_load(folders, 1, &err);
	if (!loaded)
		abort();
	return loaded;
}

/* @meter: manufacturer, version and medium as sent. */
static void decode(struct meterbus_data_record *record, const char *meter,
		   const char *hex)
{
	uint8_t bytes[METERBUS_USER_DATA_MAX];
	char text[256];
	struct meterbus_data_records records;
	struct meterbus_telegram telegram;
	struct meterbus_application app;
	struct meterbus_decoder decoder = { .meters = meters() };

	snprintf(text, sizeof(text), "47278931 %s ED000000 %s", meter, hex);
	telegram = telegram_of(0x08, 0x72, bytes, from_hex(bytes, text));
	meterbus_decoder_parse(&decoder, &app, &telegram);
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
	  "Kamstrup MULTICAL 403, 603, 803" },
	{ "2D2C 35 04", "04FF0814000000",
	  "volume × return temperature 20 m³·°C", "Kamstrup MULTICAL 403, 603, 803" },
	{ "2D2C 35 04", "04FF2201000080", "information code 2147483649",
	  "Kamstrup MULTICAL 403, 603, 803" },
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

/* What a person looks up: the file, and the section in it. */
TEST(where_a_meaning_is_described)
{
	struct meterbus_data_record record;

	decode(&record, "2D2C 40 0D", "04FF0717000000");
	ASSERT_NE(NULL, record.rule);
	EXPECT_NE(NULL, strstr(record.rule, ".conf [code FF 07]"))
		TH_LOG("%s", record.rule);
	decode(&record, "2D2C 40 0D", "047F17000000");
	EXPECT_EQ(NULL, record.source);
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
	decode(&record, "2D2C 19 04", "04FF2200000000");
	EXPECT_EQ(NULL, record.bits);
	EXPECT_EQ(0U, record.bit_count);
}

TEST(words_stand_for_codes_behind_a_standard_vif)
{
	struct meterbus_data_record record;

	decode(&record, "4204 20 02", "04FDC8FF810002090000");
	EXPECT_STREQ("voltage 230.6 V; phase L1", line);
	EXPECT_STREQ("ABB A and B series", record.source);
	EXPECT_STREQ("abb-a-b.conf [qualifier 01]", record.rule);
	decode(&record, "A34C 18 02", "05FDDCFF0100000000");
	EXPECT_STREQ("current 0 A; phase L1", line);
	/* one code of them is not known: all stay numbers */
	decode(&record, "4204 20 02", "04FDC8FF816F02090000");
	EXPECT_STREQ("voltage 230.6 V; manufacturer specific; code 01; code 6F",
		     line);
}

TEST(a_subunit_may_count_another_kind)
{
	struct meterbus_data_record record;

	decode(&record, "4204 20 02", "84808040A900E20E0000");
	EXPECT_STREQ("apparent power 38.1 VA, subunit 4", line);
	decode(&record, "4204 20 02", "848040A900B3FEFFFF");
	EXPECT_STREQ("reactive power -3.33 var, subunit 2", line);
	decode(&record, "4204 20 02", "04A9004C070000");
	EXPECT_STREQ("power 18.68 W", line);
	EXPECT_EQ(NULL, record.source);
}

TEST(a_subunit_may_be_known_for_power_alone)
{
	struct meterbus_data_record record;

	decode(&record, "A34C 18 02", "85402E00000000");
	EXPECT_STREQ("reactive power 0 var, subunit 1", line);
	decode(&record, "A34C 18 02", "84400305000000");
	EXPECT_STREQ("energy 5 Wh, subunit 1", line);
	EXPECT_EQ(NULL, record.source);
}

TEST(bits_of_a_standard_code)
{
	struct meterbus_data_record record;

	decode(&record, "C514 00 04", "01FD1785");
	EXPECT_STREQ("error flags 133", line);
	ASSERT_EQ(8U, record.bit_count);
	EXPECT_STREQ("low battery", record.bits[7]);
	EXPECT_STREQ("Engelmann SensoStar", record.source);
}

#define METER "[meter]\nname = A\nsource = s\nmanufacturer = ABC\nversion = 01\n"

TEST(mistakes_in_a_description_are_named_with_their_line)
{
	static const struct {
		const char *text, *says;	/* NULL: none */
	} files[] = {
		{ METER "[code FF 07]\nquantity = a\n" METER
		  "[code FF 07]\nquantity = b\n", NULL },
		{ METER "[code FF 07]\nquantity = a\n[code FF07]\nquantity = b\n",
		  "a.conf:8: [code FF07]: this description has it twice" },
		{ METER "[qualifier 01]\nwords = a\n[qualifier 01]\nwords = b\n",
		  ":8: [qualifier 01]: this description has it twice" },
		{ METER "[subunit 2]\nkind = reactive\n[subunit 2]\nkind = apparent\n",
		  ":8: [subunit 2]: this description has it twice" },
		{ METER "name = B\n", ":6: name is there twice (line 2)" },
		{ METER "   medium = 04\n", ":6: the indentation makes" },
		{ "[meter]\nname = A\n" METER, ":3: [meter]: the description above has no source" },
		{ METER "[code]\n", ":6: [code]: there are [meter], [code ...]" },
	};
	char folder[] = "/tmp/meters.XXXXXX", path[40];
	const char *folders[] = { folder };
	struct meterbus_error err;

	ASSERT_NE(NULL, mkdtemp(folder));
	sprintf(path, "%s/a.conf", folder);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *file = fopen(path, "w");
		struct meterbus_meters *loaded;

		fputs(files[i].text, file);
		fclose(file);
		err.text[0] = '\0';
		loaded = meterbus_meters_load(folders, 1, &err);
		EXPECT_EQ(!files[i].says, !!loaded);
		EXPECT_NE(NULL, strstr(err.text, files[i].says ? files[i].says : ""))
			TH_LOG("%s", err.text);
		meterbus_meters_free(loaded);
	}
	unlink(path);
	rmdir(folder);
}

TEST_HARNESS_MAIN
