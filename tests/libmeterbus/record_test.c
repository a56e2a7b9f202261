// SPDX-License-Identifier: GPL-2.0-only
/*
 * Data information blocks, data fields, dates, and what becomes of those that
 * are not as they should be.
 */
#include "kselftest_harness.h"

#include "records.h"

#define SHORT "error: the telegram ends inside this record"

TEST(integers_of_every_length)
{
	EXPECT_DECODED("dimensionless 127", "01FD3A7F");
	EXPECT_DECODED("dimensionless -1", "01FD3AFF");
	EXPECT_DECODED("dimensionless -2", "02FD3AFEFF");
	EXPECT_DECODED("dimensionless 8388607", "03FD3AFFFF7F");
	EXPECT_DECODED("dimensionless -8388607", "03FD3A010080");
	EXPECT_DECODED("dimensionless -2147483647", "04FD3A01000080");
	EXPECT_DECODED("dimensionless 140737488355327",
		       "06FD3AFFFFFFFFFF7F");
	EXPECT_DECODED("dimensionless 9223372036854775807",
		       "07FD3AFFFFFFFFFFFFFF7F");
	EXPECT_DECODED("dimensionless -9223372036854775807",
		       "07FD3A0100000000000080");
	EXPECT_DECODED("error flags 18446744073709551615",
		       "07FD17FFFFFFFFFFFFFFFF");
	EXPECT_DECODED("dimensionless (no data)", "00FD3A");
}

TEST(the_most_negative_integer_is_no_value)
{
	EXPECT_DECODED("energy (marked invalid by the meter) Wh", "010380");
	EXPECT_DECODED("energy (marked invalid by the meter) Wh", "02030080");
	EXPECT_DECODED("energy (marked invalid by the meter) Wh",
		       "040300000080");
	EXPECT_DECODED("energy (marked invalid by the meter) Wh",
		       "07030000000000000080");
	/* type C has no such value */
	EXPECT_DECODED("error flags 128", "01FD1780");
}

TEST(no_number_is_too_long_to_be_exact)
{
	/* 2^53 + 1, which no double can hold */
	EXPECT_DECODED("energy 9007199254740993 Wh", "07030100000000002000");
	EXPECT_DECODED("energy 90071992547409930000 Wh",
		       "07070100000000002000");
	EXPECT_DECODED("voltage 0.000000001 V", "01FD4001");
	EXPECT_DECODED("current 0.000000000001 A", "01FD5001");
	EXPECT_DECODED("volume 0.41 m³", "011429");
}

TEST(bcd_of_every_length)
{
	EXPECT_DECODED("dimensionless 42", "09FD3A42");
	EXPECT_DECODED("dimensionless 1234", "0AFD3A3412");
	EXPECT_DECODED("dimensionless 123456", "0BFD3A563412");
	EXPECT_DECODED("dimensionless 12345678", "0CFD3A78563412");
	EXPECT_DECODED("dimensionless 123456789012", "0EFD3A129078563412");
}

TEST(bcd_with_f_in_front_is_negative)
{
	EXPECT_DECODED("flow temperature -32.1 °C", "0A5A21F3");
	EXPECT_DECODED("dimensionless -5", "09FD3AF5");
	EXPECT_DECODED("dimensionless 0", "09FD3AF0");
}

TEST(bcd_with_other_digits_is_no_value)
{
	EXPECT_DECODED("flow temperature (not decimal digits) °C",
		       "0A5AEEEE");
	EXPECT_DECODED("flow temperature (not decimal digits) °C",
		       "0A5A2A03");
	EXPECT_DECODED("flow temperature (not decimal digits) °C",
		       "0A5AFFFF");
	EXPECT_DECODED("flow temperature (not decimal digits) °C",
		       "0A5ABBBB");
	EXPECT_DECODED("power (not decimal digits) W, error",
		       "3C2ADDB4EBDD");
}

TEST(real32_is_the_shortest_decimal_that_means_it)
{
	EXPECT_DECODED("flow temperature 21.5 °C", "055B0000AC41");
	EXPECT_DECODED("flow temperature 21.536703 °C", "055B2B4BAC41");
	EXPECT_DECODED("flow temperature 0.1 °C", "055BCDCCCC3D");
	EXPECT_DECODED("flow temperature -0.1 °C", "055BCDCCCCBD");
	EXPECT_DECODED("flow temperature 0 °C", "055B00000080");
	EXPECT_DECODED("energy 16777216 Wh", "05030000804B");
	EXPECT_DECODED("energy 16777216000 Wh", "05060000804B");
	EXPECT_DECODED("energy (not a number) Wh", "05030000C07F");
	EXPECT_DECODED("energy (infinite) Wh", "05030000807F");
	EXPECT_DECODED("energy (infinite) Wh", "0503000080FF");
}

TEST(variable_length_data)
{
	EXPECT_DECODED("customer \"Müller\"", "0DFD1106 72656C6CFC4D");
	EXPECT_DECODED("customer \"\"", "0DFD1100");
	EXPECT_DECODED("dimensionless 123456", "0DFD3AC3563412");
	EXPECT_DECODED("dimensionless -123456", "0DFD3AD3563412");
	EXPECT_DECODED("dimensionless (not decimal digits)", "0DFD3AC1AB");
	EXPECT_DECODED("dimensionless -2", "0DFD3AE1FE");
	EXPECT_DECODED("error flags 254", "0DFD17E1FE");
	EXPECT_DECODED("dimensionless (no data)", "0DFD3AE0");
	EXPECT_DECODED("dimensionless <010203040506070809>",
		       "0DFD3AE9010203040506070809");
	EXPECT_DECODED("dimensionless <000102030405060708090A0B0C0D0E0F>",
		       "0DFD3AF0000102030405060708090A0B0C0D0E0F");
	EXPECT_DECODED("error: a number of more than 19 digits",
		       "0DFD3ACA99999999999999999999");
	EXPECT_DECODED("dimensionless 9999999999999999999",
		       "0DFD3ACA99999999999999999909");
	EXPECT_DECODED("wireless M-Bus data container <0102>",
		       "0DFD3B020102");
	EXPECT_DECODED("identification '01020304.PAD.01.04'",
		       "07790403020124400104");
	EXPECT_DECODED("date and time <21160A39>; type M",
		       "0D6DE421160A39");
	EXPECT_DECODED("date and time <21160A39>; type M",
		       "0D6D0421160A39");
}

/*
 * C2 is two bytes. Four are taken where two leave no records, for the whole
 * telegram, and only if they are digits.
 */
TEST(bcd_of_variable_length_may_count_pairs_of_bytes)
{
	EXPECT_DECODED("dimensionless 78563412\nflow temperature 52.2 °C",
		       "0DFD3AC2 12345678 0A5A2205");
	EXPECT_DECODED("dimensionless -90563412\ndimensionless 4321\n"
		       "flow temperature 52.2 °C",
		       "0DFD3AD2 12345690 0DFD3AC1 2143 0A5A2205");
	EXPECT_DECODED("dimensionless 3412\nenergy 5 Wh\nenergy 6 Wh",
		       "0DFD3AC2 1234 010305 010306");
	/* not digits, or not all of them there */
	EXPECT_DECODED("dimensionless 3412\n" SHORT, "0DFD3AC2 1234 0A5A22");
	EXPECT_DECODED("dimensionless 3412\n" SHORT, "0DFD3AC2 1234 01");
	/* neither makes records */
	EXPECT_DECODED("dimensionless 3412\n" SHORT,
		       "0DFD3AC2 1234 5678 0A5A22");
}

TEST(lengths_of_variable_data_lead_to_the_next_record)
{
	static const struct {
		uint8_t lvar;
		size_t len;
	} lengths[] = { { 0x01, 1 },  { 0xBF, 191 }, { 0xC9, 9 },
			{ 0xDF, 15 }, { 0xEF, 15 },  { 0xF0, 16 },
			{ 0xF4, 32 }, { 0xF5, 48 },  { 0xF6, 64 } };
	char hex[1024];

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		char *next;
		size_t len;

		len = sprintf(hex, "0DFD3B%02X", lengths[i].lvar);
		for (size_t j = 0; j < lengths[i].len; j++)
			len += sprintf(hex + len, "01");
		strcpy(hex + len, "010305");
		next = strchr(decoded(hex, false), '\n');
		ASSERT_NE(NULL, next);
		EXPECT_STREQ("energy 5 Wh", next + 1);
	}
	EXPECT_DECODED("error: reserved length byte (LVAR): the end of this record is unknown",
		       "0DFD3AF7010203");
}

TEST(type_g_dates)
{
	EXPECT_DECODED("date 2024-09-10", "026C0A39");
	EXPECT_DECODED("date 2024-02-29", "026C1D32");
	/* two-digit years turn after 80 */
	EXPECT_DECODED("date 2080-12-31", "026C1FAC");
	EXPECT_DECODED("date 1981-12-31", "026C3FAC");
	EXPECT_DECODED("date 1999-12-31", "026C7FCC");
	/* every day, month, year */
	EXPECT_DECODED("date 2024-09-XX", "026C0039");
	EXPECT_DECODED("date 2024-XX-31", "026C1F3F");
	EXPECT_DECODED("date XXXX-12-31", "026CFFFC");
	EXPECT_DECODED("date XXXX-02-29", "026CFDF2");
	EXPECT_DECODED("date XXXX-XX-XX", "026CE0FF");
}

TEST(dates_that_are_none)
{
	EXPECT_DECODED("date (marked invalid by the meter)", "026CFFFF");
	EXPECT_DECODED("date (not set)", "026C0000");
	EXPECT_DECODED("date (impossible date or time)", "026C1E32");
	EXPECT_DECODED("date (impossible date or time)", "026CFD22");
	EXPECT_DECODED("date (impossible date or time)", "026C0A3D");
	EXPECT_DECODED("date (impossible date or time)", "026C0A30");
	EXPECT_DECODED("date (impossible date or time)", "026C8AC9");
}

TEST(type_f_dates_with_time)
{
	EXPECT_DECODED("date and time 2024-09-10T22:33", "046D21160A39");
	EXPECT_DECODED("date and time 2024-09-10T22:33 summer",
		       "046D21960A39");
	EXPECT_DECODED("date and time 2024-09-10TXX:XX", "046D3F1F0A39");
	/* the meter says which century, or the year turns after 80 */
	EXPECT_DECODED("date and time 2024-09-10T22:33", "046D21360A39");
	EXPECT_DECODED("date and time 1985-09-10T22:33", "046D2116AAA9");
	EXPECT_DECODED("date and time 2085-09-10T22:33", "046D2136AAA9");
	EXPECT_DECODED("date and time 2124-09-10T22:33", "046D21560A39");
	/* a clock that is not sure of itself */
	EXPECT_DECODED("date and time 2024-09-10T22:33 (marked invalid)",
		       "046DA1160A39");
	EXPECT_DECODED("date and time (marked invalid by the meter)",
		       "046D80000000");
	EXPECT_DECODED("date and time (marked invalid by the meter)",
		       "046DFFFFFFFF");
	EXPECT_DECODED("date and time (not set)", "046D00000000");
	EXPECT_DECODED("date and time (impossible date or time)",
		       "046D21180A39");
	EXPECT_DECODED("date and time (impossible date or time)",
		       "046D3C160A39");
}

TEST(type_i_and_j_times_with_seconds)
{
	EXPECT_DECODED("date and time 2024-09-10T22:33:05",
		       "066D0521160A3900");
	EXPECT_DECODED("date and time 2024-09-10T22:33:05 summer",
		       "066D4521160A3900");
	EXPECT_DECODED("date and time XXXX-XX-XXT22:33:05",
		       "066D052116E0F000");
	EXPECT_DECODED("date and time 2024-09-10T22:33:05 (marked invalid)",
		       "066D05A1160A3900");
	EXPECT_DECODED("date and time (impossible date or time)",
		       "066D0521160A3F00");
	EXPECT_DECODED("date and time (impossible date or time)",
		       "066D3C21160A3900");
	EXPECT_DECODED("date and time 22:33:05", "036D052116");
	EXPECT_DECODED("date and time 00:00:00", "036D000000");
	EXPECT_DECODED("date and time XX:XX:XX", "036D3F3F1F");
	EXPECT_DECODED("date and time (impossible date or time)",
		       "036D052118");
}

TEST(function_storage_tariff_and_subunit)
{
	EXPECT_DECODED("energy 5 Wh", "010305");
	EXPECT_DECODED("energy 5 Wh, maximum", "110305");
	EXPECT_DECODED("energy 5 Wh, minimum", "210305");
	EXPECT_DECODED("energy 5 Wh, error", "310305");
	EXPECT_DECODED("energy 5 Wh, storage 1", "410305");
	EXPECT_DECODED("energy 5 Wh, storage 2", "81010305");
	EXPECT_DECODED("energy 5 Wh, storage 35", "C181010305");
	EXPECT_DECODED("energy 5 Wh, tariff 2, subunit 1", "81600305");
	EXPECT_DECODED("energy 5 Wh, storage 2199023255551, tariff 1048575, subunit 1023",
		       "C1FFFFFFFFFFFFFFFFFF7F0305");
	EXPECT_DECODED("energy 5 Wh, storage 1099511627776",
		       "818080808080808080800803 05");
}

TEST(eleven_difes_or_vifes_cost_only_their_record)
{
	EXPECT_DECODED("error: more than 10 DIFEs\nenergy 5 Wh",
		       "8180808080808080808080000307 010305");
	EXPECT_DECODED("energy 7 Wh; average; average; average; average; average; average; average; average; average; average",
		       "0183929292929292929292 1207");
	EXPECT_DECODED("error: more than 10 VIFEs\nenergy 5 Wh",
		       "01839292929292929292929212 07 010305");
}

TEST(fillers_stand_for_nothing)
{
	EXPECT_DECODED("energy 5 Wh\nenergy 6 Wh",
		       "2F2F0103052F0103062F2F");
	EXPECT_DECODED("", "2F2F2F");
	EXPECT_DECODED("", "");
}

TEST(manufacturer_data_is_kept)
{
	EXPECT_DECODED("energy 5 Wh\nmanufacturer specific <010203>",
		       "0103050F010203");
	EXPECT_DECODED("manufacturer specific <>; more records follow", "1F");
	EXPECT_DECODED("manufacturer specific <2F0F>; more records follow",
		       "1F2F0F");
}

TEST(a_reserved_dif_ends_what_can_be_split)
{
	static const char *const difs[] = { "3F", "4F", "5F", "6F",
					    "8F", "FF" };
	char hex[32];

	for (size_t i = 0; i < sizeof(difs) / sizeof(difs[0]); i++) {
		snprintf(hex, sizeof(hex), "010305%s010305", difs[i]);
		EXPECT_DECODED("energy 5 Wh\nerror: reserved DIF: the end of this record is unknown",
			       hex);
	}
}

TEST(a_record_without_meaning_does_not_hide_the_next)
{
	EXPECT_DECODED("reserved VIF 67305985\nenergy 5 Wh",
		       "046F01020304010305");
	EXPECT_DECODED("energy 67305985 Wh; reserved VIFE\nenergy 5 Wh",
		       "04831001020304010305");
	EXPECT_DECODED("date (not set)\nenergy 5 Wh", "026C0000010305");
}

TEST(what_is_reserved_keeps_all_that_is_known)
{
	EXPECT_DECODED("reserved VIF 5, maximum, storage 1, tariff 2",
		       "D120FDFD0C05");
	EXPECT_DECODED("volume 0.005 m³, storage 1; reserved VIFE; average",
		       "42939012 0500");
	/* ten of them have room */
	EXPECT_DECODED("energy 5 Wh; reserved VIFE; reserved VIFE; reserved VIFE; reserved VIFE; reserved VIFE; reserved VIFE; reserved VIFE; reserved VIFE; reserved VIFE; reserved VIFE",
		       "0183 90909090909090909010 05");
	/* and the type of a date has none left */
	EXPECT_DECODED("date and time <000000000000>; reserved VIFE; reserved VIFE; reserved VIFE; reserved VIFE; reserved VIFE; reserved VIFE; reserved VIFE; reserved VIFE; reserved VIFE; reserved VIFE",
		       "0DED 90909090909090909010 06 0000000000 00");
	EXPECT_DECODED("energy 5 Wh; reserved VIFE", "0183FC 80 00 05");
}

TEST(identifiers_are_text)
{
	EXPECT_DECODED("fabrication number '07935343'", "0C7843539307");
	EXPECT_DECODED("fabrication number '000000000012'",
		       "0E78120000000000");
	EXPECT_DECODED("fabrication number '1234A678'", "0C7878A63412");
	EXPECT_DECODED("fabrication number (not decimal digits)",
		       "0C78FFFFFFFF");
	EXPECT_DECODED("fabrication number '0012'", "0D78C21200");
	EXPECT_DECODED("identification '00000007'", "0C7907000000");
	/* no letters: as mbusctl takes it */
	EXPECT_DECODED("identification '1002030400000104'",
		       "0779040302100000 0104");
	EXPECT_DECODED("customer location '0042'", "0AFD104200");
	EXPECT_DECODED("manufacturer 'KAM'", "02FD0A2D2C");
	EXPECT_DECODED("device type 'water'", "01FD0907");
	/* of a selection, with wildcards */
	EXPECT_STREQ("fabrication number '1234FFFF'",
		     decoded("0C78FFFF3412", true));
	EXPECT_STREQ("fabrication number 'FFFFFFFF'",
		     decoded("0C78FFFFFFFF", true));
	EXPECT_STREQ("customer 'FF12', storage 1",
		     decoded("4AFD1112FF", true));
}

TEST(units_of_rates)
{
	EXPECT_DECODED("volume 0.005 m³/s", "0293200500");
	EXPECT_DECODED("volume 0.005 m³/s; per day", "0293A0230500");
	EXPECT_DECODED("reset counter 5 1/h", "01FDE02205");
	EXPECT_DECODED("reset counter 5 s", "01FDE03605");
	EXPECT_DECODED("plain text 5 'RH/d'", "01FC23024852" "05");
}

TEST(a_record_cut_short_says_so)
{
	EXPECT_DECODED(SHORT, "04");
	EXPECT_DECODED(SHORT, "84");
	EXPECT_DECODED(SHORT, "8480");
	EXPECT_DECODED(SHORT, "0483");
	EXPECT_DECODED(SHORT, "04FD");
	EXPECT_DECODED(SHORT, "0403010203");
	EXPECT_DECODED(SHORT, "0DFD11");
	EXPECT_DECODED(SHORT, "0DFD110241");
	EXPECT_DECODED(SHORT, "027C");
	EXPECT_DECODED(SHORT, "027C0341");
	EXPECT_DECODED(SHORT, "02FC7403");
}

/* Everything that changes the length of a record is in here. */
static const char varied[] =
	"0C0531847401 0A5A2205 2F 8C010520306901 046D21160A39 44ED7E00003F1C "
	"0DFD1106 72656C6CFC4D 02FC0348522574D411 02FC7403485225D411 "
	"055B2B4BAC41 04FF0717000000 C1FF7F0305 0DFD3AC3563412 0183FC11FF "
	"0DFD3AF0000102030405060708090A0B0C0D0E0F 01FDFD0005 0F010203";

struct kept {
	char lines[32][LINE_SIZE];
	size_t ends[32];
	size_t count;
};

static void decode_into(struct kept *kept, const uint8_t *bytes, size_t len)
{
	struct meterbus_telegram telegram =
		telegram_of(METERBUS_C_RSP_UD, 0x78, bytes, len);
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	struct meterbus_application app;

	kept->count = 0;
	meterbus_application_parse(&app, &telegram);
	meterbus_data_records_start(&records, &app);
	while (meterbus_data_record_next(&records, &record)) {
		if (kept->count == 32)
			abort();
		describe(&record, kept->lines[kept->count]);
		kept->ends[kept->count++] = record.raw + record.raw_len -
					    telegram.data;
	}
}

FIXTURE(damage)
{
	uint8_t bytes[METERBUS_USER_DATA_MAX];
	size_t len;
	struct kept whole, damaged;
};

FIXTURE_SETUP(damage)
{
	self->len = from_hex(self->bytes, varied);
	decode_into(&self->whole, self->bytes, self->len);
	ASSERT_EQ(16U, self->whole.count);
	for (size_t i = 0; i < self->whole.count; i++)
		ASSERT_EQ(NULL, strstr(self->whole.lines[i], "error"));
}

FIXTURE_TEARDOWN(damage)
{
}

/* All records that end at or before @len are as they were. */
#define EXPECT_UNCHANGED(len)						\
	for (size_t k = 0; k < self->whole.count &&			\
			   self->whole.ends[k] <= (len);		\
	     k++) {							\
		ASSERT_LT(k, self->damaged.count);			\
		ASSERT_STREQ(self->whole.lines[k], self->damaged.lines[k]); \
	}

TEST_F(damage, a_truncated_telegram_keeps_its_earlier_records)
{
	for (size_t len = 0; len < self->len; len++) {
		decode_into(&self->damaged, self->bytes, len);
		EXPECT_UNCHANGED(len);
	}
}

TEST_F(damage, a_corrupted_byte_keeps_the_records_before_it)
{
	static const uint8_t flips[] = { 0x01, 0x0F, 0x80, 0xFF };

	for (size_t at = 0; at < self->len; at++) {
		for (size_t i = 0; i < sizeof(flips); i++) {
			self->bytes[at] ^= flips[i];
			decode_into(&self->damaged, self->bytes, self->len);
			self->bytes[at] ^= flips[i];
			EXPECT_UNCHANGED(at);
		}
	}
}

/* A pseudo-random sequence that is the same in every run. */
static uint8_t next_byte(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 24;
}

TEST(any_bytes_are_split_without_gaps)
{
	uint8_t bytes[METERBUS_USER_DATA_MAX];
	char line[LINE_SIZE];
	uint32_t state = 1;

	for (unsigned int round = 0; round < 20000; round++) {
		size_t len = next_byte(&state) % sizeof(bytes);
		struct meterbus_data_records records;
		struct meterbus_data_record record;
		struct meterbus_telegram telegram;
		struct meterbus_application app;
		const uint8_t *at;

		for (size_t i = 0; i < len; i++)
			bytes[i] = next_byte(&state);
		telegram = telegram_of(METERBUS_C_RSP_UD, 0x78, bytes, len);
		meterbus_application_parse(&app, &telegram);
		meterbus_data_records_start(&records, &app);
		at = telegram.data;
		while (meterbus_data_record_next(&records, &record)) {
			while (at < record.raw && *at == 0x2F)
				at++;
			ASSERT_EQ(at, record.raw);
			ASSERT_NE(0U, record.raw_len);
			at += record.raw_len;
			describe(&record, line);
		}
		while (at < telegram.data + len && *at == 0x2F)
			at++;
		ASSERT_EQ(at, telegram.data + len);
	}
}

TEST_HARNESS_MAIN
