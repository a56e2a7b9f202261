// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptions of meters in files: in which order they are, what each is for,
 * and the mistakes that are found in one.
 */
#include "kselftest_harness.h"

#include <stdio.h>
#include <stdlib.h>

#include <meterbus/decoder.h>
#include <meterbus/meters.h>

#define METER(name, version)						\
	"[meter]\nname = " name "\nsource = a test\nmanufacturer = KAM\n" \
	"version = " version "\n"

FIXTURE(meters)
{
	char folders[2][64];
	const char *paths[2];
	struct meterbus_meters *meters;
	struct meterbus_error err;
	char text[METERBUS_PROFILE_FOR];
};

FIXTURE_SETUP(meters)
{
	memset(self, 0, sizeof(*self));
	for (int i = 0; i < 2; i++) {
		strcpy(self->folders[i], "/tmp/mbus-meters.XXXXXX");
		ASSERT_NE(NULL, mkdtemp(self->folders[i]));
		self->paths[i] = self->folders[i];
	}
}

FIXTURE_TEARDOWN(meters)
{
	char command[160];

	meterbus_meters_free(self->meters);
	snprintf(command, sizeof(command), "rm -r %s %s", self->folders[0],
		 self->folders[1]);
	EXPECT_EQ(0, system(command));
}

static void put(FIXTURE_DATA(meters) *self, int folder, const char *name,
		const char *content)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", self->folders[folder], name);
	file = fopen(path, "w");
	if (!file || fputs(content, file) < 0)
		abort();
	fclose(file);
}

#define LOAD()								\
	(self->meters = meterbus_meters_load(self->paths, 2, &self->err))

TEST_F(meters, those_of_a_later_folder_come_first)
{
	static const char *const names[] = { "third", "second", "first" };
	static const char *const files[] = { "a.conf", "b.conf", "a.conf" };
	const struct meterbus_profile *profile = NULL;

	put(self, 0, "b.conf", METER("second", "01"));
	put(self, 0, "a.conf", METER("first", "01"));
	put(self, 0, "c.conf.old", "no description");
	put(self, 1, "a.conf", METER("third", "01"));
	ASSERT_NE(NULL, LOAD()) TH_LOG("%s", self->err.text);
	for (int i = 0; i < 3; i++) {
		profile = meterbus_meters_next(self->meters, profile);
		ASSERT_NE(NULL, profile);
		EXPECT_STREQ(names[i], meterbus_profile_name(profile));
		EXPECT_STREQ(files[i], meterbus_profile_file(profile));
		EXPECT_STREQ("a test", meterbus_profile_source(profile));
	}
	EXPECT_EQ(NULL, meterbus_meters_next(self->meters, profile));
}

TEST_F(meters, several_in_one_file)
{
	const struct meterbus_profile *profile;

	put(self, 0, "a.conf", METER("first", "01") METER("second", "02"));
	ASSERT_NE(NULL, LOAD()) TH_LOG("%s", self->err.text);
	profile = meterbus_meters_next(self->meters, NULL);
	EXPECT_STREQ("second", meterbus_profile_name(profile));
	EXPECT_STREQ("KAM 02 *", meterbus_profile_for(profile, self->text));
	profile = meterbus_meters_next(self->meters, profile);
	EXPECT_STREQ("first", meterbus_profile_name(profile));
	EXPECT_STREQ("KAM 01 *", meterbus_profile_for(profile, self->text));
	EXPECT_EQ(NULL, meterbus_meters_next(self->meters, profile));
}

TEST_F(meters, what_a_description_is_for)
{
	static const struct {
		const char *lines, *text;
	} rows[] = {
		{ "version = 40\n", "KAM 40 *" },
		{ "version = 40 04\n", "KAM 04,40 *" },
		{ "version = 4004 0C\nmedium = 0d0C\n", "KAM 04,0C,40 0C,0D" },
		{ "version = *\nmedium = 04\n", "KAM * 04" },
		{ "version = 00\nmedium = FF\n", "KAM 00 FF" },
		{ "version = *\nmedium = *\n", "KAM * *" },
	};
	char content[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(content, sizeof(content),
			 "[meter]\nname = a\nsource = b\nmanufacturer = KAM\n%s",
			 rows[i].lines);
		put(self, 0, "a.conf", content);
		ASSERT_NE(NULL, LOAD()) TH_LOG("%s", self->err.text);
		EXPECT_STREQ(rows[i].text,
			     meterbus_profile_for(
				     meterbus_meters_next(self->meters, NULL),
				     self->text));
		meterbus_meters_free(self->meters);
		self->meters = NULL;
	}
}

/* Half of the text is for versions, so that media always have room. */
TEST_F(meters, for_more_versions_than_the_text_has_room)
{
	const struct meterbus_profile *profile;
	char content[2048] = METER("many", "");
	size_t len = strlen(content) - 1;

	for (unsigned int i = 0; i < 80; i++)
		len += sprintf(content + len, "%02X", i);
	strcpy(content + len, "\nmedium = 04\n");
	put(self, 0, "a.conf", content);
	ASSERT_NE(NULL, LOAD()) TH_LOG("%s", self->err.text);
	profile = meterbus_meters_next(self->meters, NULL);
	meterbus_profile_for(profile, self->text);
	EXPECT_EQ(0, strncmp(self->text, "KAM 00,01,02,", 13));
	EXPECT_STREQ(" 04", strrchr(self->text, ' '));
}

/* Of all that was loaded before, nothing is left either. */
TEST_F(meters, mistakes)
{
	static const struct {
		const char *content, *why;
	} rows[] = {
		{ "[meter]\nsource = b\nmanufacturer = KAM\nversion = 01\n",
		  "has no name" },
		{ "[meter]\nname = a\nmanufacturer = KAM\nversion = 01\n",
		  "has no source" },
		{ "[meter]\nname = a\nsource = b\nversion = 01\n",
		  "has no manufacturer" },
		{ "[meter]\nname = a\nsource = b\nmanufacturer = KAM\n",
		  "has no version" },
		{ METER("a", "01") "[code FF 07]\nscale = -3\n",
		  "there are quantity, unit, exponent, type, none and bit N" },
		{ METER("a", "01") "[code FF 07]\nunit = K\n",
		  "a code without a quantity, bits or none" },
		{ METER("a", "1"), "two hexadecimal digits" },
		{ METER("a", "0g"), "two hexadecimal digits" },
		{ METER("a", "01 ") "medium = x\n", "two hexadecimal digits" },
		{ METER("a", "01") "[code ]\nquantity = b\n",
		  "[code]" },
		{ METER("a", "01") "[qualifier 0102]\nwords = b\n",
		  "write [qualifier 01]" },
		{ METER("a", "01") "[subunit 8]\nkind = b\n",
		  "write [subunit 2]: a number up to 7" },
		{ "[meter]\nmanufacturer = KA\n", "write three letters" },
		{ "[meter]\nmanufacturer = KAMM\n", "write three letters" },
		{ "[meter]\nmanufacturer = KaM\n", "write three letters" },
	};

	put(self, 0, "a.conf", METER("before", "01"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		put(self, 1, "b.conf", rows[i].content);
		EXPECT_EQ(NULL, LOAD()) TH_LOG("row %zu", i);
		EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
		EXPECT_NE(NULL, strstr(self->err.text, "b.conf"));
		EXPECT_NE(NULL, strstr(self->err.text, rows[i].why))
			TH_LOG("row %zu: %s", i, self->err.text);
		meterbus_meters_free(self->meters);
	}
	self->meters = NULL;
}

TEST_F(meters, folders_that_are_not_there)
{
	self->paths[0] = "/nonexistent";
	self->paths[1] = "/nonexistent too";
	ASSERT_NE(NULL, LOAD());
	EXPECT_EQ(NULL, meterbus_meters_next(self->meters, NULL));
	meterbus_meters_free(NULL);
}

/* A KAM meter of version 40 with @status, and temperatures of 2 bytes. */
static void decode_kam(FIXTURE_DATA(meters) *self,
		       struct meterbus_application *app, uint8_t status)
{
	static uint8_t raw[METERBUS_TELEGRAM_MAX];
	static struct meterbus_telegram telegram;
	const uint8_t data[] = { 0x78, 0x56, 0x34, 0x12, 0x2D, 0x2C, 0x40, 0x04,
				 1, status, 0, 0, 0x02, 0x5A, 0xFF, 0x7F,
				 0x02, 0x5A, 0xFE, 0x7F, 0x02, 0x5E, 0xFF, 0x7F };
	struct meterbus_decoder decoder = { .meters = self->meters };
	size_t len = meterbus_telegram_long(raw, 0x08, 1, 0x72, data,
					    sizeof(data));

	if (meterbus_telegram_parse(&telegram, raw, len, NULL))
		abort();
	meterbus_decoder_parse(&decoder, app, &telegram);
}

TEST_F(meters, data_that_is_no_value)
{
	struct meterbus_application app;
	struct meterbus_data_records records;
	struct meterbus_data_record record;

	put(self, 0, "a.conf", METER("a", "40") "[code 5A]\nnone = FF 7F\n");
	ASSERT_NE(NULL, LOAD());
	decode_kam(self, &app, 0);
	meterbus_data_records_start(&records, &app);
	ASSERT_TRUE(meterbus_data_record_next(&records, &record));
	EXPECT_EQ(METERBUS_VALUE_NONE, record.value.type);
	EXPECT_STREQ("the meter has no value", record.value.invalid);
	EXPECT_STREQ("flow temperature", record.quantity);
	ASSERT_TRUE(meterbus_data_record_next(&records, &record));
	EXPECT_EQ(0x7FFE, record.value.number.mantissa);
	ASSERT_TRUE(meterbus_data_record_next(&records, &record));
	EXPECT_EQ(0x7FFF, record.value.number.mantissa);
}

TEST_F(meters, bits_of_the_status)
{
	const char *flags[METERBUS_STATUS_FLAGS];
	struct meterbus_application app;

	put(self, 0, "a.conf", METER("a", "40")
	    "[status]\nbit 5 = leakage\nbit 7 = reverse flow\n");
	ASSERT_NE(NULL, LOAD());
	decode_kam(self, &app, 0xE4);
	ASSERT_EQ(4, meterbus_application_flags(&app, flags));
	EXPECT_STREQ("low power", flags[0]);
	EXPECT_STREQ("leakage", flags[1]);
	EXPECT_STREQ("manufacturer specific 2", flags[2]);
	EXPECT_STREQ("reverse flow", flags[3]);
	decode_kam(self, &app, 0x80);
	ASSERT_EQ(1, meterbus_application_flags(&app, flags));
	EXPECT_STREQ("reverse flow", flags[0]);
	decode_kam(self, &app, 0);
	EXPECT_EQ(0, meterbus_application_flags(&app, flags));
}

TEST_F(meters, bits_of_the_standard_cannot_be_named)
{
	put(self, 0, "a.conf", METER("a", "40") "[status]\nbit 4 = leakage\n");
	EXPECT_EQ(NULL, LOAD());
	EXPECT_NE(NULL, strstr(self->err.text,
			       "a.conf:7: [status] bit 4 = leakage: there are bit 5, bit 6 and bit 7"))
		TH_LOG("%s", self->err.text);
}

TEST_HARNESS_MAIN
