/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses bytes written as pairs of hexadecimal digits.
 */
#ifndef MBUSCTL_HEX_H
#define MBUSCTL_HEX_H

#include <stddef.h>
#include <stdint.h>

#include <meterbus/telegram.h>

#define HEX_WHY_SIZE 80

/*
 * Appends the bytes in @line, from column @start, to the *@len bytes in
 * @bytes. Spaces, colons, commas and 0x are ignored; # and ; start a comment.
 * Returns 0, or -1 with the reason and its column in @why.
 */
int hex_parse(uint8_t bytes[METERBUS_TELEGRAM_MAX], size_t *len,
	      const char *line, size_t start, char why[HEX_WHY_SIZE]);

/* The value of a digit; -1 if it is none. */
static inline int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

#endif
