// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "base/decimal.h"

/* The largest power of ten in 64 bits is 10^19. */
#define POWER_MAX 19

static uint64_t power_of_ten(unsigned int exponent)
{
	uint64_t power = 1;

	while (exponent--)
		power *= 10;
	return power;
}

size_t meterbus_decimal_format(const struct meterbus_decimal *decimal,
			       char out[METERBUS_DECIMAL_TEXT])
{
	uint64_t mantissa = decimal->mantissa;
	int exponent = decimal->exponent;
	char digits[20];
	size_t count = 0, len = 0;
	int point;

	*out = '\0';
	if (!mantissa)
		exponent = 0;
	while (exponent < 0 && mantissa % 10 == 0) {
		mantissa /= 10;
		exponent++;
	}
	do {
		digits[sizeof(digits) - ++count] = '0' + mantissa % 10;
		mantissa /= 10;
	} while (mantissa);

	/* Digits before the point; negative: zeros after it. */
	point = (int)count + exponent;
	if (point > METERBUS_DECIMAL_TEXT - 3 ||
	    -point > METERBUS_DECIMAL_TEXT - 25)
		return 0;

	if (decimal->negative && decimal->mantissa)
		out[len++] = '-';
	if (point <= 0) {
		out[len++] = '0';
		out[len++] = '.';
		for (int i = point; i < 0; i++)
			out[len++] = '0';
	}
	for (size_t i = 0; i < count; i++) {
		if (i && (int)i == point)
			out[len++] = '.';
		out[len++] = digits[sizeof(digits) - count + i];
	}
	for (int i = count; i < point; i++)
		out[len++] = '0';
	out[len] = '\0';
	return len;
}

bool decimal_add_thousandths(struct meterbus_decimal *decimal,
			     uint32_t thousandths)
{
	unsigned __int128 mantissa = decimal->mantissa, addend = thousandths;
	int exponent = decimal->exponent;
	bool negative = decimal->negative;

	/* To the smaller of the two exponents. */
	if (!mantissa || exponent > -3) {
		if (mantissa && exponent + 3 > POWER_MAX)
			return false;
		if (mantissa)
			mantissa *= power_of_ten(exponent + 3);
		exponent = -3;
	} else {
		if (-3 - exponent > POWER_MAX)
			return false;
		addend *= power_of_ten(-3 - exponent);
	}

	if (!negative) {
		mantissa += addend;
	} else if (mantissa > addend) {
		mantissa -= addend;
	} else {
		mantissa = addend - mantissa;
		negative = false;
	}
	if (mantissa > UINT64_MAX)
		return false;
	decimal->mantissa = mantissa;
	decimal->exponent = exponent;
	decimal->negative = negative;
	return true;
}

bool decimal_divide_4096(struct meterbus_decimal *decimal)
{
	/* x / 2^12 = x * 5^12 / 10^12 */
	unsigned __int128 mantissa = (unsigned __int128)decimal->mantissa *
				     244140625;

	if (mantissa > UINT64_MAX)
		return false;
	decimal->mantissa = mantissa;
	decimal->exponent -= 12;
	return true;
}
