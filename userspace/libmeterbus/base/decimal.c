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

/* @decimal's mantissa at a smaller @exponent; false if it does not fit. */
static bool mantissa_at(const struct meterbus_decimal *decimal, int exponent,
			uint64_t *mantissa)
{
	int places = decimal->exponent - exponent;

	*mantissa = 0;
	if (!decimal->mantissa)
		return true;
	return places <= POWER_MAX &&
	       !__builtin_mul_overflow(decimal->mantissa, power_of_ten(places),
				       mantissa);
}

bool decimal_add(struct meterbus_decimal *decimal,
		 const struct meterbus_decimal *other)
{
	int exponent = decimal->exponent;
	bool negative = decimal->negative;
	uint64_t sum, addend;

	/* To the smaller of the two exponents; zero takes any. */
	if (!decimal->mantissa ||
	    (other->mantissa && other->exponent < exponent))
		exponent = other->exponent;
	if (!mantissa_at(decimal, exponent, &sum) ||
	    !mantissa_at(other, exponent, &addend))
		return false;
	if (negative == other->negative) {
		if (__builtin_add_overflow(sum, addend, &sum))
			return false;
	} else if (sum >= addend) {
		sum -= addend;
	} else {
		sum = addend - sum;
		negative = !negative;
	}
	decimal->mantissa = sum;
	decimal->exponent = exponent;
	decimal->negative = negative && sum;
	return true;
}

bool decimal_add_thousandths(struct meterbus_decimal *decimal,
			     uint32_t thousandths)
{
	const struct meterbus_decimal addend = {
		.exponent = -3, .mantissa = thousandths,
	};

	return decimal_add(decimal, &addend);
}

bool decimal_divide_4096(struct meterbus_decimal *decimal)
{
	/* x / 2^12 = x * 5^12 / 10^12 */
	uint64_t mantissa;

	if (__builtin_mul_overflow(decimal->mantissa, UINT64_C(244140625),
				   &mantissa))
		return false;
	decimal->mantissa = mantissa;
	decimal->exponent -= 12;
	return true;
}
