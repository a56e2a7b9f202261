/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers in the units that are on a meter's face: kWh, kW, l/h. The decimal
 * point is moved in the text, so nothing is rounded.
 */
#ifndef MBUSCTL_UNITS_H
#define MBUSCTL_UNITS_H

#include <stddef.h>

#include <meterbus/decimal.h>

#define UNITS_TEXT (METERBUS_DECIMAL_TEXT + 32)

/* The exponent is not known. */
#define UNITS_NO_EXPONENT (-1000)

/*
 * Writes @number (plain decimal text in @unit, as the decoder gives it) to
 * @out. @exponent is that of the meter's last digit: 2 for steps of 100 Wh.
 * Returns the unit of @out, which is @unit where meters have no other.
 */
const char *units_of_face(char out[UNITS_TEXT], const char *number,
			  int exponent, const char *unit);

/* @number with a space between groups of three digits before the point. */
#define UNITS_GROUPED (2 * UNITS_TEXT)
char *units_group(char out[UNITS_GROUPED], const char *number);

#endif
