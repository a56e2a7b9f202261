// SPDX-License-Identifier: GPL-2.0-only
/* Every VIF and every VIFE: what it says, and to what power of ten. */
#include "kselftest_harness.h"

#include "records.h"
#include "vif_rows.h"
#include "vife_rows.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* The number 12345 with the point moved by @exponent places. */
static const char *shifted(int exponent)
{
	static char text[64];
	int point = 5 + exponent;

	if (exponent >= 0)
		snprintf(text, sizeof(text), "12345%.*s", exponent,
			 "0000000000000000");
	else if (point > 0)
		snprintf(text, sizeof(text), "%.*s.%s", point, "12345",
			 "12345" + point);
	else
		snprintf(text, sizeof(text), "0.%.*s12345", -point,
			 "0000000000000000");
	return text;
}

static const char *expected(const struct vif_row *row, const char *value)
{
	static char text[LINE_SIZE];

	if (row->kind == RESERVED) {
		snprintf(text, sizeof(text), "reserved VIF %s", value);
		return text;
	}
	snprintf(text, sizeof(text), "%s %s%s%s", row->quantity, value,
		 *row->unit && *row->unit != ';' ? " " : "",
		 row->unit);
	return text;
}

/* "0C" "FD48" "39300000": DIF, the row's code, data. */
static const char *record(const char *dif, const struct vif_row *row,
			  const char *data)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s%s%s", dif, row->code, data);
	return text;
}

TEST(every_vif_has_its_quantity_unit_and_power_of_ten)
{
	for (size_t i = 0; i < ROWS(vif_rows); i++) {
		const struct vif_row *row = &vif_rows[i];

		switch (row->kind) {
		case NUMBER:
		case UNSIGNED:
		case RESERVED:
			EXPECT_DECODED(expected(row, shifted(row->exponent)),
				       record("04", row, "39300000"));
			EXPECT_DECODED(expected(row, shifted(row->exponent)),
				       record("0C", row, "45230100"));
			break;
		case IDENTIFICATION:
			EXPECT_DECODED(expected(row, "'12345'"),
				       record("04", row, "39300000"));
			EXPECT_DECODED(expected(row, "'00012345'"),
				       record("0C", row, "45230100"));
			break;
		case DEVICE_TYPE:
			EXPECT_DECODED(expected(row, "'heat'"),
				       record("01", row, "04"));
			EXPECT_DECODED(expected(row, "63"),
				       record("01", row, "3F"));
			break;
		case MANUFACTURER_CODE:
			EXPECT_DECODED(expected(row, "'HYD'"),
				       record("02", row, "2423"));
			EXPECT_DECODED(expected(row, "1"),
				       record("02", row, "0100"));
			break;
		case FRACTION:
			EXPECT_DECODED(expected(row, "1.000244140625"),
				       record("02", row, "0110"));
			break;
		case BYTES:
			EXPECT_DECODED(expected(row, "<39300000>"),
				       record("04", row, "39300000"));
			break;
		case DATE:
		case DATE_EITHER:
			EXPECT_DECODED(expected(row, "2024-09-10"),
				       record("02", row, "0A39"));
			break;
		case DATE_TIME:
			EXPECT_DECODED(expected(row, "2024-09-10T22:33"),
				       record("04", row, "21160A39"));
			break;
		}
	}
}

TEST(binary_data_is_signed_where_the_vif_measures)
{
	for (size_t i = 0; i < ROWS(vif_rows); i++) {
		const struct vif_row *row = &vif_rows[i];

		if (row->kind == NUMBER && row->exponent == 0)
			EXPECT_DECODED(expected(row, "-2"),
				       record("02", row, "FEFF"));
		if (row->kind == UNSIGNED)
			EXPECT_DECODED(expected(row, "65534"),
				       record("02", row, "FEFF"));
	}
}

TEST(dates_have_the_lengths_their_vif_allows)
{
	static const char bad[] =
		"error: a date of a length that has no meaning";

	for (size_t i = 0; i < ROWS(vif_rows); i++) {
		const struct vif_row *row = &vif_rows[i];

		if (row->kind == DATE) {
			EXPECT_DECODED(bad, record("04", row, "21160A39"));
			EXPECT_DECODED(bad, record("03", row, "000000"));
		}
		if (row->kind == DATE_TIME)
			EXPECT_DECODED(bad, record("02", row, "0A39"));
		if (row->kind == DATE_TIME || row->kind == DATE_EITHER) {
			EXPECT_DECODED(expected(row, "2024-09-10T22:33"),
				       record("04", row, "21160A39"));
			EXPECT_DECODED(expected(row, "22:33:05"),
				       record("03", row, "052116"));
			EXPECT_DECODED(expected(row, "2024-09-10T22:33:05"),
				       record("06", row, "0521160A3900"));
			EXPECT_DECODED(bad, record("01", row, "01"));
			EXPECT_DECODED("error: a date that is a real number",
				       record("05", row, "01020304"));
			EXPECT_DECODED(expected(row, "2004-03-02T23:59:58"),
				       record("0E", row, "585923020304"));
			EXPECT_DECODED(expected(row, "2024-02-29"),
				       record("0C", row, "29022420"));
			EXPECT_DECODED(expected(row, "1999-02-28"),
				       record("0B", row, "280299"));
			EXPECT_DECODED(expected(row, "'300299'"),
				       record("0B", row, "990230"));
			EXPECT_DECODED(expected(row, "'20240230'"),
				       record("0C", row, "30022420"));
		}
	}
}

TEST(codes_that_lead_to_other_tables_mean_nothing_alone)
{
	EXPECT_DECODED("reserved VIF 0", "017B00");
	EXPECT_DECODED("reserved VIF 0", "017D00");
	EXPECT_DECODED("reserved VIF 0", "01FD7D00");
	EXPECT_DECODED("reserved VIF 0", "01EF0000");
}

TEST(every_vife_does_what_it_says)
{
	for (size_t i = 0; i < ROWS(vife_rows); i++) {
		const struct vife_row *row = &vife_rows[i];
		bool date = row->expected && strstr(row->expected, "2024");
		char hex[32];

		snprintf(hex, sizeof(hex), "%s83%s%s", date ? "02" : "04",
			 row->code, date ? "0A39" : "39300000");
		EXPECT_DECODED(row->expected ? row->expected :
					       "energy 12345 Wh; reserved VIFE",
			       hex);
	}
}

TEST(the_rest_of_the_second_level_is_reserved)
{
	static const uint8_t fd_fd[] = { 0x00, 0x02, 0x03, 0x3E };
	char hex[32];

	for (unsigned int code = 0; code < 128; code++) {
		if (!memchr(fd_fd, code, sizeof(fd_fd))) {
			snprintf(hex, sizeof(hex), "04FDFD%02X39300000", code);
			EXPECT_DECODED("reserved VIF 12345", hex);
		}
		if (code == 0 || code > 0x15) {
			snprintf(hex, sizeof(hex), "0483FC%02X39300000", code);
			EXPECT_DECODED("energy 12345 Wh; reserved VIFE",
				       hex);
		}
	}
}

TEST(vifes_add_up_in_any_number_and_after_any_table)
{
	/* 10^3 * 10^1, then 0.1 and 1 in the unit */
	EXPECT_DECODED("energy 123450001.1 Wh", "0483FDF7FA7B39300000");
	/* the order does not matter for the offset */
	EXPECT_DECODED("energy 12345001 Wh", "0483FB7D39300000");
	/* on a negative number, through zero */
	EXPECT_DECODED("flow temperature -0.5 °C", "02DA7BF1FF");
	EXPECT_DECODED("flow temperature 0.5 °C", "02DA7BFBFF");
	EXPECT_DECODED("flow temperature 0 °C", "02DA7BF6FF");
	/* after FD and FB */
	EXPECT_DECODED("voltage 230.1 V; phase L2", "02FDC8FC02FD08");
	EXPECT_DECODED("voltage 0.2301 V/s", "02FDC8A073FD08");
	EXPECT_DECODED("energy 300000 Wh; negative contributions only",
		       "01FB803C03");
	/* from the FC table and back */
	EXPECT_DECODED("power 5 W; phase L1; upper limit", "01ABFC814805");
	/* what comes last decides what the data is */
	EXPECT_DECODED("power 2024-09-10; average; begin of first",
		       "02AB926A0A39");
}

TEST(types_c_and_d_make_data_unsigned)
{
	EXPECT_DECODED("energy 255 Wh", "0183FC11FF");
	EXPECT_DECODED("energy 255 Wh", "0183FC12FF");
}

TEST(an_offset_that_cannot_be_kept_exactly_is_an_error)
{
	/* 2^63 - 1 with three places more */
	EXPECT_DECODED("error: more digits than can be kept after correction",
		       "078378FFFFFFFFFFFFFF7F");
	EXPECT_DECODED("energy 9007199254740993.001 Wh",
		       "07837801000000000020 00");
}

TEST(codes_of_the_manufacturer_are_passed_on)
{
	EXPECT_DECODED("manufacturer specific 23; code 07", "04FF0717000000");
	EXPECT_DECODED("manufacturer specific 0; code 22", "02FF220000");
	EXPECT_DECODED("manufacturer specific 5", "017F05");
	EXPECT_DECODED("manufacturer specific 5; code 01; code 02",
		       "01FF810205");
	EXPECT_DECODED("volume 0 m³; manufacturer specific; code 01",
		       "0493FF0100000000");
}

TEST(a_plain_text_vif_carries_its_unit)
{
	/* as before 2018: the text, then the VIFEs */
	EXPECT_DECODED("plain text 45.64 '%RH'", "02FC0348522574D411");
	EXPECT_DECODED("plain text 3571 'C'", "047C0143F30D0000");
	EXPECT_DECODED("plain text \"09LA076755\" 'cust. ID'",
		       "0D7C08444920 2E747375630A35353736373041 4C3930");
	/* as since 2018: the VIFEs, then the text */
	EXPECT_DECODED("plain text 45.64 '%RH'", "02FC7403485225D411");
	EXPECT_DECODED("plain text 4.564 '%RH'; upper limit",
		       "02FCF34803485225D411");
}

TEST(a_masters_vifes_are_actions)
{
	EXPECT_STREQ("energy 107000 Wh; write", decoded("0C860007010000", true));
	EXPECT_STREQ("energy 10000 Wh; add", decoded("0C860110000000", true));
	EXPECT_STREQ("energy 511000 Wh; add entry",
		     decoded("0C860811050000", true));
	EXPECT_STREQ("flow temperature (no data) °C, storage 1; freeze",
		     decoded("40DA0B", true));
	EXPECT_STREQ("volume (selected for readout) m³\n"
		     "flow temperature (selected for readout) °C",
		     decoded("0813085A", true));
	EXPECT_STREQ("readout of everything (selected for readout)",
		     decoded("7F", true));
}

TEST(every_action_of_a_master)
{
	static const char *const actions[16] = {
		"write", "add", "subtract", "or", "and", "xor", "and not",
		"clear", "add entry", "delete entry", "delayed action",
		"freeze", "add to readout list", "delete from readout list",
		NULL, NULL,
	};
	char hex[32], expected[LINE_SIZE];

	for (unsigned int code = 0; code < 16; code++) {
		snprintf(hex, sizeof(hex), "0183%02X05", code);
		if (actions[code])
			snprintf(expected, sizeof(expected), "energy 5 Wh; %s",
				 actions[code]);
		else
			strcpy(expected, "energy 5 Wh; reserved VIFE");
		EXPECT_STREQ(expected, decoded(hex, true));
	}
}

TEST_HARNESS_MAIN
