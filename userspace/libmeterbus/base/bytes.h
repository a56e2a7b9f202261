/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers in bytes, in either order, and the CRC of EN 13757.
 */
#ifndef LIBMETERBUS_BYTES_H
#define LIBMETERBUS_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* -1 if it is none. */
static inline int bytes_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/*
 * CRC-16/EN-13757: generator 3D65h, high bit first, start value 0. The CRC is
 * the complement of what comes out in the end.
 */
#define BYTES_CRC_START 0
uint16_t bytes_crc(uint16_t crc, const uint8_t *bytes, size_t len);

static inline uint16_t bytes_get16(const uint8_t *bytes, bool high_byte_first)
{
	return high_byte_first ? bytes[0] << 8 | bytes[1] :
				 bytes[0] | bytes[1] << 8;
}

/* @out and @bytes do not overlap. */
static inline void bytes_reverse(uint8_t *out, const uint8_t *bytes,
				 size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = bytes[len - 1 - i];
}

#endif
