/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MBUSCTL_DIFFERENCE_H
#define MBUSCTL_DIFFERENCE_H

#include <stdbool.h>

#include <meterbus/decimal.h>

/*
 * @now - @before, both plain decimals ("-0.41"), exactly, with as many decimals as
 * the longer of them has. False if it does not fit; then @out is empty.
 */
bool difference(char out[METERBUS_DECIMAL_TEXT], const char *now,
		const char *before);

#endif
