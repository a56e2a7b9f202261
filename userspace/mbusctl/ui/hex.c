// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "ui/hex.h"

int hex_parse(uint8_t bytes[METERBUS_TELEGRAM_MAX], size_t *len,
	      const char *line, size_t start, char why[HEX_WHY_SIZE])
{
	for (const char *c = line + start; *c && *c != '#' && *c != ';'; c++) {
		size_t column = c - line + 1;

		if (strchr(" \t\r\n:,", *c))
			continue;
		if (c[0] == '0' && (c[1] | 0x20) == 'x') {
			c++;
			continue;
		}
		if (hex_digit(c[0]) < 0) {
			snprintf(why, HEX_WHY_SIZE,
				 "column %zu is not a hexadecimal digit", column);
			return -1;
		}
		if (hex_digit(c[1]) < 0) {
			snprintf(why, HEX_WHY_SIZE,
				 "odd number of hexadecimal digits at column %zu",
				 column);
			return -1;
		}
		if (*len == METERBUS_TELEGRAM_MAX) {
			snprintf(why, HEX_WHY_SIZE,
				 "more than the %d bytes of the longest telegram",
				 METERBUS_TELEGRAM_MAX);
			return -1;
		}
		bytes[(*len)++] = hex_digit(c[0]) << 4 | hex_digit(c[1]);
		c++;
	}
	return 0;
}
