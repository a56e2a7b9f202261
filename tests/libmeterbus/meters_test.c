// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptions of meters in files: in which order they are, what each is for,
 * and the mistakes that are found in one.
 */
#include "kselftest_harness.h"

#include <stdio.h>
#include <stdlib.h>

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
		  "there are quantity, unit, exponent, type and bit N" },
		{ METER("a", "01") "[code FF 07]\nunit = K\n",
		  "a code without a quantity or bits" },
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

TEST_HARNESS_MAIN
