// SPDX-License-Identifier: GPL-2.0-only
/* Compact profiles become the values they hold, each with its time. */
#include "kselftest_harness.h"

#include "records.h"

/* Storage 8: a time and 12300 m³. */
#define TIME	"84046D 00204111"
#define VOLUME	"8B0415 003012"
#define BASE	"date and time 2010-01-01T00:00, storage 8\n" \
		"volume 12300 m³, storage 8"

TEST(increments_in_bcd_every_hour)
{
	EXPECT_DECODED(BASE
		       "\nvolume 12300.3 m³, storage 9, at 2010-01-01T01:00; compact profile"
		       "\nvolume 12300.5 m³, storage 10, at 2010-01-01T02:00; compact profile"
		       "\nvolume 12301.6 m³, storage 11, at 2010-01-01T03:00; compact profile",
		       TIME VOLUME "8D04951F 05 69 01 030211");
}

TEST(absolute_values_every_month_and_a_value_that_is_not_there)
{
	EXPECT_DECODED("date 2023-11-30, storage 2\n"
		       "energy 5 Wh, storage 3, at 2023-12-31; compact profile with registers\n"
		       "energy (no data available) Wh, storage 4, at 2024-01-31; compact profile with registers\n"
		       "energy 7 Wh, storage 5, at 2024-02-29; compact profile with registers",
		       "82016C FE2B 8D01831E 05 31 FE 05 FF 07");
}

TEST(an_inverse_profile_goes_back_in_time)
{
	EXPECT_DECODED(BASE
		       "\nvolume 12299.7 m³, storage 9, at 2009-12-31T00:00; inverse compact profile"
		       "\nvolume 12299.5 m³, storage 10, at 2009-12-30T00:00; inverse compact profile",
		       TIME VOLUME "8D049513 04 79 01 0302");
}

TEST(decrements_and_signed_differences)
{
	EXPECT_DECODED(BASE
		       "\nvolume 12299.9 m³, storage 9, at 2010-01-01T00:15; compact profile"
		       "\nvolume 12287.1 m³, storage 10, at 2010-01-01T00:30; compact profile",
		       TIME VOLUME "8D04951F 04 91 0F 01 80");
	EXPECT_DECODED(BASE
		       "\nvolume 12299.9 m³, storage 9, at 2010-01-01T00:00:30; compact profile"
		       "\nvolume 12301.9 m³, storage 10, at 2010-01-01T00:01:00; compact profile",
		       TIME VOLUME "8D04951F 04 C1 1E FF 14");
}

TEST(other_distances)
{
	EXPECT_DECODED("date 2024-01-01, storage 2\n"
		       "energy 1 Wh, storage 3, at 2024-01-16; compact profile\n"
		       "energy 2 Wh, storage 4, at 2024-02-01; compact profile",
		       "82016C 0131 8D01831F 04 31 FD 0102");
	EXPECT_DECODED("date 2024-01-01, storage 2\n"
		       "energy 1 Wh, storage 3, at 2024-04-01; compact profile",
		       "82016C 0131 8D01831F 03 21 FE 01");
	EXPECT_DECODED("date 2024-01-01, storage 2\n"
		       "energy 1 Wh, storage 3, at 2024-07-01; compact profile",
		       "82016C 0131 8D01831F 03 11 FE 01");
}

TEST(a_missing_increment_ends_the_series)
{
	EXPECT_DECODED(BASE
		       "\nvolume 12300.3 m³, storage 9, at 2010-01-01T01:00; compact profile"
		       "\nvolume (no data available) m³, storage 10, at 2010-01-01T02:00; compact profile"
		       "\nvolume (no data available) m³, storage 11, at 2010-01-01T03:00; compact profile",
		       TIME VOLUME "8D04951F 05 69 01 03FF11");
}

TEST(without_a_time_values_stand_alone)
{
	EXPECT_DECODED("energy 1 Wh, storage 3; compact profile\n"
		       "energy 2 Wh, storage 4; compact profile",
		       "8D01831F 04 31 FE 0102");
	/* every first of a month: no date to count from */
	EXPECT_DECODED("date XXXX-XX-01, storage 2\n"
		       "energy 1 Wh, storage 3; compact profile",
		       "82016C E1FF 8D01831F 03 31 FE 01");
}

TEST(what_cannot_be_taken_apart_stays_bytes)
{
	/* increments of nothing, values in no distance, half a value */
	EXPECT_DECODED("energy <69010302> Wh, storage 2; compact profile",
		       "8D01831F 04 69010302");
	EXPECT_DECODED("energy <010001> Wh, storage 2; compact profile",
		       "8D01831F 03 010001");
	EXPECT_DECODED("energy <32FE010203> Wh, storage 2; compact profile",
		       "8D01831F 05 32FE010203");
	EXPECT_DECODED("energy <> Wh, storage 2; compact profile",
		       "8D01831F 00");
}

TEST(each_value_has_bytes_and_all_have_all)
{
	static const char hex[] = TIME VOLUME "8D04951F056901030211" "010305";
	uint8_t bytes[METERBUS_USER_DATA_MAX];
	size_t len = from_hex(bytes, hex), at = 0;
	struct meterbus_telegram telegram =
		telegram_of(METERBUS_C_RSP_UD, 0x78, bytes, len);
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	struct meterbus_application app;
	unsigned int count = 0;

	meterbus_application_parse(&app, &telegram);
	meterbus_data_records_start(&records, &app);
	while (meterbus_data_record_next(&records, &record)) {
		EXPECT_EQ(telegram.data + at, record.raw);
		at += record.raw_len;
		count++;
	}
	EXPECT_EQ(len, at);
	EXPECT_EQ(6U, count);
	/* or as one */
	meterbus_data_records_start(&records, &app);
	records.expand = false;
	for (count = 0; meterbus_data_record_next(&records, &record); count++)
		;
	EXPECT_EQ(4U, count);
}

TEST_HARNESS_MAIN
