// SPDX-License-Identifier: GPL-2.0-only
/* Names of records for programs: stable, and unique in a readout. */
#include "kselftest_harness.h"

#include "records.h"

static char names[4096];

/* The names of all records in @hex, with spaces between. */
static const char *named(const char *hex)
{
	uint8_t bytes[METERBUS_USER_DATA_MAX];
	struct meterbus_names seen = { { 0 } };
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	struct meterbus_telegram telegram =
		telegram_of(METERBUS_C_RSP_UD, 0x78, bytes,
			    from_hex(bytes, hex));
	struct meterbus_application app;
	char name[METERBUS_NAME_SIZE];

	*names = '\0';
	meterbus_application_parse(&app, &telegram);
	meterbus_data_records_start(&records, &app);
	while (meterbus_data_record_next(&records, &record)) {
		if (*names)
			strcat(names, " ");
		strcat(names, meterbus_name(&seen, &record, name));
	}
	return names;
}

TEST(of_what_is_measured_now)
{
	EXPECT_STREQ("energy volume flow_temperature date_and_time",
		     named("010305 011305 015B05 046D21160A39"));
	EXPECT_STREQ("volume_flow_ext units_for_hca reserved_vif",
		     named("014005 016E05 016F05"));
}

TEST(function_tariff_subunit_and_storage)
{
	EXPECT_STREQ("power_max power_min power_error",
		     named("112B05 212B05 312B05"));
	EXPECT_STREQ("energy_due_1 energy_tariff_1 energy_subunit_1 energy_max_tariff_2_subunit_1_due_17",
		     named("410305 81100305 81400305 D1680305"));
}

TEST(words_of_vifes)
{
	EXPECT_STREQ("energy_negative voltage_l2 volume_uncorrected",
		     named("01833C05 01FDC8FC0205 01933A05"));
	EXPECT_STREQ("manufacturer_specific_code_07 volume_code_01",
		     named("01FF0705 0193FF0105"));
}

TEST(months_of_a_profile)
{
	EXPECT_STREQ("date_due_2 energy_month_01 energy_month_02",
		     named("82016C 0131 8D01831F 04 31FE 0102"));
	EXPECT_STREQ("date_due_2 energy_due_3 energy_due_4",
		     named("82016C 0131 8D01831F 04 3101 0102"));
}

/* 88 bytes are all there is; the number of a repeat has room. */
TEST(a_name_that_is_too_long_is_cut)
{
	EXPECT_STREQ("voltage_reserved_vife_reserved_vife_reserved_vife_reserved_vife_reserved_vife_reserved",
		     named("01FDC8 909090909090909010 05"));
	EXPECT_STREQ("energy_reserved_vife_reserved_vife_reserved_vife_reserved_vife_reserved_vife_reserved_v_"
		     " energy_reserved_vife_reserved_vife_reserved_vife_reserved_vife_reserved_vife_reserved_v__2",
		     named("D1FFFFFF7F83 9090909090909010 05 D1FFFFFF7F83 9090909090909010 05"));
}

TEST(a_name_is_given_once)
{
	EXPECT_STREQ("energy energy_2 energy_3 energy_due_1 energy_4",
		     named("010305 010305 010305 410305 010305"));
	/* an error has none */
	EXPECT_STREQ("energy ", named("010305 04"));
}

TEST_HARNESS_MAIN
