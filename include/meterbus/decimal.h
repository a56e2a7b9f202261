/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Exact decimal numbers: no reading passes through binary floating point.
 */
#ifndef METERBUS_DECIMAL_H
#define METERBUS_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

/* (-1 if negative) * mantissa * 10^exponent, exactly. */
struct meterbus_decimal {
	bool negative;
	int16_t exponent;
	uint64_t mantissa;
};

/*
 * Room for any decimal of a record with NUL: 20 digits, moved by at most 140
 * places (real32 38, VIF 9, ten VIFEs up to 6 each).
 */
#define METERBUS_DECIMAL_TEXT 192

/*
 * Plain decimal text without exponent or needless zeros ("174843100",
 * "-0.41"). Returns its length, or 0 (and an empty string) if it would not
 * fit, which no value of a record does.
 */
size_t meterbus_decimal_format(const struct meterbus_decimal *decimal,
			       char out[METERBUS_DECIMAL_TEXT]);

METERBUS_END_DECLS

#endif
