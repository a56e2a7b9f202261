// SPDX-License-Identifier: GPL-2.0-only
/* Decimals: their text, their arithmetic, and what becomes of real32. */
#include "kselftest_harness.h"

#include <string.h>

#include "../../userspace/libmeterbus/base/decimal.h"

static const char *text(bool negative, uint64_t mantissa, int exponent)
{
	static char out[METERBUS_DECIMAL_TEXT];
	struct meterbus_decimal decimal = { negative, exponent, mantissa };
	size_t len = meterbus_decimal_format(&decimal, out);

	return len == strlen(out) ? out : "wrong length";
}

TEST(plain_text_without_needless_zeros)
{
	EXPECT_STREQ("0", text(false, 0, 0));
	EXPECT_STREQ("0", text(false, 0, -6));
	EXPECT_STREQ("0", text(false, 0, 6));
	EXPECT_STREQ("0", text(true, 0, 0));
	EXPECT_STREQ("174843100", text(false, 1748431, 2));
	EXPECT_STREQ("264.7291", text(false, 2647291, -4));
	EXPECT_STREQ("0.41", text(false, 41, -2));
	EXPECT_STREQ("-0.41", text(true, 41, -2));
	EXPECT_STREQ("0.0041", text(false, 41, -4));
	EXPECT_STREQ("42", text(false, 4200, -2));
	EXPECT_STREQ("420", text(false, 42000, -2));
	EXPECT_STREQ("4.2", text(false, 420, -2));
	EXPECT_STREQ("100", text(false, 100, 0));
	EXPECT_STREQ("18446744073709551615", text(false, UINT64_MAX, 0));
	EXPECT_STREQ("-1.8446744073709551615", text(true, UINT64_MAX, -19));
	EXPECT_STREQ("0.18446744073709551615", text(false, UINT64_MAX, -20));
}

TEST(any_exponent_fits_or_is_refused)
{
	char out[METERBUS_DECIMAL_TEXT + 1];

	for (int exponent = -300; exponent <= 300; exponent++) {
		struct meterbus_decimal decimal = { true, exponent,
						    UINT64_MAX };
		size_t len;

		out[METERBUS_DECIMAL_TEXT] = '!';
		len = meterbus_decimal_format(&decimal, out);
		ASSERT_EQ('!', out[METERBUS_DECIMAL_TEXT]);
		ASSERT_EQ(len, strlen(out));
		/* no record has an exponent beyond */
		if (exponent >= -140 && exponent <= 140)
			ASSERT_NE(0, len);
	}
}

static const char *sum(bool negative, uint64_t mantissa, int exponent,
		       uint32_t thousandths)
{
	struct meterbus_decimal decimal = { negative, exponent, mantissa };

	if (!decimal_add_thousandths(&decimal, thousandths))
		return "too long";
	return text(decimal.negative, decimal.mantissa, decimal.exponent);
}

TEST(sums_are_exact_or_refused)
{
	EXPECT_STREQ("1", sum(false, 0, 0, 1000));
	EXPECT_STREQ("1", sum(false, 0, 300, 1000));
	EXPECT_STREQ("6.001", sum(false, 6, 0, 1));
	EXPECT_STREQ("6000.1", sum(false, 6, 3, 100));
	EXPECT_STREQ("0.001000006", sum(false, 6, -9, 1));
	EXPECT_STREQ("-0.5", sum(true, 15, -1, 1000));
	EXPECT_STREQ("0.5", sum(true, 5, -1, 1000));
	EXPECT_STREQ("0", sum(true, 1, 0, 1000));
	EXPECT_STREQ("18446744073709551.615",
		     sum(false, UINT64_MAX - 1, -3, 1));
	EXPECT_STREQ("too long", sum(false, UINT64_MAX, -3, 1));
	EXPECT_STREQ("too long", sum(false, UINT64_MAX, 0, 1));
	EXPECT_STREQ("too long", sum(false, 1, 30, 1));
	EXPECT_STREQ("too long", sum(false, 1, -30, 1));
}

static const char *real(uint32_t bits)
{
	struct meterbus_decimal decimal = decimal_from_real32(bits);

	return text(decimal.negative, decimal.mantissa, decimal.exponent);
}

TEST(real32)
{
	EXPECT_STREQ("0", real(0x00000000));
	EXPECT_STREQ("0", real(0x80000000));
	EXPECT_STREQ("1", real(0x3F800000));
	EXPECT_STREQ("-1", real(0xBF800000));
	EXPECT_STREQ("0.1", real(0x3DCCCCCD));
	EXPECT_STREQ("0.33333334", real(0x3EAAAAAB));
	EXPECT_STREQ("3.1415927", real(0x40490FDB));
	EXPECT_STREQ("0.3", real(0x3E99999A));
	EXPECT_STREQ("16777216", real(0x4B800000));
	EXPECT_STREQ("16777215", real(0x4B7FFFFF));
	EXPECT_STREQ("33554432", real(0x4C000000));
	EXPECT_STREQ("340282350000000000000000000000000000000",
		     real(0x7F7FFFFF));
	EXPECT_STREQ("0.000000000000000000000000000000000000011754944",
		     real(0x00800000));
	EXPECT_STREQ("0.000000000000000000000000000000000000011754942",
		     real(0x007FFFFF));
	EXPECT_STREQ("0.000000000000000000000000000000000000000000001",
		     real(0x00000001));
}

/*
 * The C library reads the text back to the same bits, and no text with a
 * digit less would do. Bit patterns from all over the range.
 */
TEST(real32_is_read_back_as_the_same)
{
	uint32_t bits = 1;

	for (unsigned int i = 0; i < 20000; i++) {
		char *shorter;
		float number, back;

		bits = bits * 1664525 + 1013904223;
		if ((bits >> 23 & 0xFF) == 0xFF)
			continue;
		memcpy(&number, &bits, sizeof(number));
		back = strtof(real(bits), NULL);
		ASSERT_EQ(0, memcmp(&number, &back, sizeof(number)));

		for (int digits = 1; digits < 9; digits++) {
			int needed = 0;

			ASSERT_LT(0, asprintf(&shorter, "%.*e", digits - 1,
					      (double)number));
			back = strtof(shorter, NULL);
			free(shorter);
			if (memcmp(&number, &back, sizeof(number)))
				continue;
			for (const char *c = real(bits); *c; c++)
				if (needed ? *c >= '0' && *c <= '9' :
					     *c >= '1' && *c <= '9')
					needed++;
			/* zeros at the end only hold the place */
			for (const char *c = real(bits) + strlen(real(bits));
			     c[-1] == '0' && needed > digits; c--)
				needed--;
			ASSERT_LE(needed, digits);
			break;
		}
	}
}

TEST_HARNESS_MAIN
