// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The difference of two decimals, digit by digit: a counter can have more digits
 * than any integer of the machine.
 */
#include <string.h>

#include "print/difference.h"

struct number {
	bool negative;
	const char *digits;
	int whole, decimals;	/* digits before and behind the point */
};

static struct number parse(const char *text)
{
	struct number number = { .negative = *text == '-' };

	number.digits = text + number.negative;
	number.whole = (int)strcspn(number.digits, ".");
	if (number.digits[number.whole])
		number.decimals = (int)strlen(number.digits + number.whole + 1);
	return number;
}

/* The digit of 10^@place. */
static int digit(const struct number *number, int place)
{
	if (place >= number->whole || place < -number->decimals)
		return 0;
	return number->digits[number->whole - (place >= 0) - place] - '0';
}

static int larger(int a, int b)
{
	return a > b ? a : b;
}

/* Below 0 if |@a| < |@b|, 0 if they are equal. */
static int compare(const struct number *a, const struct number *b)
{
	int place = larger(a->whole, b->whole) - 1;
	int last = -larger(a->decimals, b->decimals);

	while (place > last && digit(a, place) == digit(b, place))
		place--;
	return digit(a, place) - digit(b, place);
}

/*
 * |@a| + @sign * |@b|, where |@a| >= |@b| if @sign is -1, as @whole digits, a point
 * and @decimals digits.
 */
static void combine(char *out, const struct number *a, const struct number *b,
		    int sign, int whole, int decimals)
{
	char *end = out + whole + (decimals ? 1 + decimals : 0);
	int carry = 0;

	*end = '\0';
	for (int place = -decimals; place < whole; place++) {
		int sum = digit(a, place) + sign * digit(b, place) + carry;

		carry = sum < 0 ? -1 : sum / 10;
		if (place == 0 && decimals)
			*--end = '.';
		*--end = (char)('0' + sum - 10 * carry);
	}
}

bool difference(char out[METERBUS_DECIMAL_TEXT], const char *now,
		const char *before)
{
	struct number a = parse(now), b = parse(before);
	int whole = larger(a.whole, b.whole) + 1;
	int decimals = larger(a.decimals, b.decimals);
	int order = compare(&a, &b);
	size_t zeros;

	*out = '\0';
	/* With sign, point and NUL. */
	if (whole + decimals + 3 > METERBUS_DECIMAL_TEXT)
		return false;
	if (a.negative != b.negative)
		combine(out + 1, &a, &b, 1, whole, decimals);
	else if (order >= 0)
		combine(out + 1, &a, &b, -1, whole, decimals);
	else
		combine(out + 1, &b, &a, -1, whole, decimals);
	zeros = strspn(out + 1, "0");
	if (out[1 + zeros] == '.' || !out[1 + zeros])
		zeros--;
	memmove(out + 1, out + 1 + zeros, strlen(out + 1 + zeros) + 1);
	*out = '-';
	if (!(a.negative == b.negative ? (order < 0) != a.negative : a.negative) ||
	    !strpbrk(out, "123456789"))
		memmove(out, out + 1, strlen(out));
	return true;
}
