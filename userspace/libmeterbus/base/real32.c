// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Type H (EN 13757-3, annex A: IEEE 754 single precision) to decimal by the
 * method of Steele and White: digits are produced with exact integers until
 * they tell the number from its neighbours.
 */
#include <string.h>

#include "base/decimal.h"

#define FRACTION_BITS	23
#define EXPONENT_BIAS	150	/* of the integer significand */

/*
 * 256 bits: the largest number here is a significand of 25 bits times 2^105,
 * or 10^46 times 2^25 when scaling a subnormal; the smallest divisor is 2^150.
 */
#define WORDS 8

struct wide {
	uint32_t word[WORDS];	/* low first */
};

static struct wide wide_shifted(uint32_t value, unsigned int bits)
{
	struct wide out = { { 0 } };
	uint64_t spread = (uint64_t)value << (bits % 32);

	out.word[bits / 32] = spread;
	out.word[bits / 32 + 1] = spread >> 32;
	return out;
}

static void wide_times_ten(struct wide *a)
{
	uint64_t carry = 0;

	for (unsigned int i = 0; i < WORDS; i++) {
		carry += (uint64_t)a->word[i] * 10;
		a->word[i] = carry;
		carry >>= 32;
	}
}

static struct wide wide_sum(const struct wide *a, const struct wide *b)
{
	struct wide out;
	uint64_t carry = 0;

	for (unsigned int i = 0; i < WORDS; i++) {
		carry += (uint64_t)a->word[i] + b->word[i];
		out.word[i] = carry;
		carry >>= 32;
	}
	return out;
}

static void wide_subtract(struct wide *a, const struct wide *b)
{
	uint64_t borrow = 0;

	for (unsigned int i = 0; i < WORDS; i++) {
		uint64_t difference = (uint64_t)a->word[i] - b->word[i] -
				      borrow;

		a->word[i] = difference;
		borrow = difference >> 63;
	}
}

static int wide_compare(const struct wide *a, const struct wide *b)
{
	for (unsigned int i = WORDS; i-- > 0;)
		if (a->word[i] != b->word[i])
			return a->word[i] < b->word[i] ? -1 : 1;
	return 0;
}

/*
 * The number is rest / unit; half the way to the next real32 below and above
 * is below / unit and above / unit. A number that ends in an even significand
 * also owns the middle itself, because reading rounds it there.
 */
struct digits {
	struct wide rest, unit, below, above;
	bool even;
};

static void digits_start(struct digits *d, uint32_t significand, int exponent,
			 bool uneven_gap)
{
	/* One bit more makes halves whole, two where the gap below is half. */
	unsigned int extra = uneven_gap ? 2 : 1;
	unsigned int up = exponent > 0 ? exponent : 0;
	unsigned int down = exponent < 0 ? -exponent : 0;

	d->rest = wide_shifted(significand, up + extra);
	d->unit = wide_shifted(1, down + extra);
	d->below = wide_shifted(1, up);
	d->above = wide_shifted(1, up + extra - 1);
	d->even = !(significand & 1);
}

/* True if rest + above reaches @unit, so that the digits so far may round up. */
static bool reaches_unit(const struct digits *d)
{
	struct wide high = wide_sum(&d->rest, &d->above);
	int order = wide_compare(&high, &d->unit);

	return order > 0 || (order == 0 && d->even);
}

static void next_place(struct digits *d)
{
	wide_times_ten(&d->rest);
	wide_times_ten(&d->below);
	wide_times_ten(&d->above);
}

/* Makes rest / unit smaller than one; returns the exponent that costs. */
static int digits_scale(struct digits *d)
{
	int exponent = 0;

	while (reaches_unit(d)) {
		wide_times_ten(&d->unit);
		exponent++;
	}
	if (exponent)
		return exponent;
	for (;;) {
		struct digits tenfold = *d;

		next_place(&tenfold);
		if (reaches_unit(&tenfold))
			return exponent;
		*d = tenfold;
		exponent--;
	}
}

struct meterbus_decimal decimal_from_real32(uint32_t bits)
{
	uint32_t fraction = bits & ((1U << FRACTION_BITS) - 1);
	int biased = bits >> FRACTION_BITS & 0xFF;
	struct meterbus_decimal out = { .negative = bits >> 31 };
	struct digits d;
	bool low, high;

	if (!biased && !fraction)
		return out;
	digits_start(&d,
		     biased ? fraction | 1U << FRACTION_BITS : fraction,
		     (biased ? biased : 1) - EXPONENT_BIAS,
		     !fraction && biased > 1);
	out.exponent = digits_scale(&d);

	do {
		unsigned int digit = 0;
		int order;

		next_place(&d);
		while (wide_compare(&d.rest, &d.unit) >= 0) {
			wide_subtract(&d.rest, &d.unit);
			digit++;
		}
		order = wide_compare(&d.rest, &d.below);
		low = order < 0 || (order == 0 && d.even);
		high = reaches_unit(&d);
		if (high && low) {
			/* Either end is right; take the nearer one. */
			struct wide twice = wide_sum(&d.rest, &d.rest);

			high = wide_compare(&twice, &d.unit) > 0;
		}
		out.mantissa = out.mantissa * 10 + digit + (high ? 1 : 0);
		out.exponent--;
	} while (!low && !high);
	return out;
}
