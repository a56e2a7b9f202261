/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Exact arithmetic on decimals: what scaling and correcting a reading takes.
 */
#ifndef LIBMETERBUS_DECIMAL_H
#define LIBMETERBUS_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include <meterbus/decimal.h>

/*
 * Adds @other. Returns false, with @decimal as it was, if the sum or one of the
 * two at the smaller exponent has more digits than a mantissa holds.
 */
bool decimal_add(struct meterbus_decimal *decimal,
		 const struct meterbus_decimal *other);

/* Adds @thousandths / 1000. Returns false like decimal_add(). */
bool decimal_add_thousandths(struct meterbus_decimal *decimal,
			     uint32_t thousandths);

/* Divides by 2^12. Returns false like decimal_add(). */
bool decimal_divide_4096(struct meterbus_decimal *decimal);

/*
 * The shortest decimal that no other real32 (IEEE 754) is nearer to. @bits
 * must be finite.
 */
struct meterbus_decimal decimal_from_real32(uint32_t bits);

#endif
