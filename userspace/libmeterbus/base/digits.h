/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Digits without printf(), which would take longer than decoding a record.
 * Functions return where they end; nothing is terminated.
 */
#ifndef LIBMETERBUS_DIGITS_H
#define LIBMETERBUS_DIGITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DIGITS_MAX 20	/* of 64 bits */

/* At least @width digits, which is at most DIGITS_MAX. */
static inline char *digits_number(char *out, uint64_t number, size_t width)
{
	char digits[DIGITS_MAX];
	size_t count = 0;

	/* Most numbers of records are. */
	if (number < 10 && width <= 1) {
		*out = '0' + number;
		return out + 1;
	}
	do {
		digits[DIGITS_MAX - ++count] = '0' + number % 10;
		number /= 10;
	} while (number || count < width);
	memcpy(out, digits + DIGITS_MAX - count, count);
	return out + count;
}

/* Two upper-case digits. */
static inline char *digits_byte(char *out, uint8_t byte)
{
	static const char digits[] = "0123456789ABCDEF";

	out[0] = digits[byte >> 4];
	out[1] = digits[byte & 0xF];
	return out + 2;
}

static inline char *digits_bytes(char *out, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out = digits_byte(out, bytes[i]);
	return out;
}

#endif
