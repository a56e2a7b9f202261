// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/bytes.h"

#define GENERATOR 0x3D65

uint16_t bytes_crc(uint16_t crc, const uint8_t *bytes, size_t len)
{
	while (len--) {
		crc ^= *bytes++ << 8;
		for (unsigned int bit = 0; bit < 8; bit++)
			crc = crc & 0x8000 ? crc << 1 ^ GENERATOR : crc << 1;
	}
	return crc;
}
