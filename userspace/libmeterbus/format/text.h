/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the writers of text share.
 */
#ifndef LIBMETERBUS_FORMAT_VALUE_H
#define LIBMETERBUS_FORMAT_VALUE_H

#include <stdint.h>

#include <meterbus/decode.h>

/* The longest value is a text of which each character takes two bytes. */
#define FORMAT_VALUE_SIZE METERBUS_TEXT_UTF8(METERBUS_USER_DATA_MAX)

/*
 * A value as JSON has it, without quotes; empty if there is none. Returns
 * @out.
 */
char *format_value(char out[FORMAT_VALUE_SIZE],
		   const struct meterbus_value *value);

/*
 * Modifiers and the manufacturer's codes, as in JSON, with @separator between
 * them. Returns @out.
 */
#define FORMAT_MODIFIERS_SIZE 1024
char *format_modifiers(char out[FORMAT_MODIFIERS_SIZE],
		       const struct meterbus_data_record *record,
		       const char *separator);

/*
 * The name of bit @bit, "bit 7" if the meter's description has none for it; NULL
 * if the bit is not set or the record has no bits with names.
 */
#define FORMAT_FLAG_SIZE 16
const char *format_flag(char out[FORMAT_FLAG_SIZE],
			const struct meterbus_data_record *record,
			unsigned int bit);

/* Upper-case hex digits without anything between; returns @out. */
char *format_hex(char *out, const uint8_t *bytes, size_t len);
#define FORMAT_HEX_SIZE(len) (2 * (len) + 1)

/* "2024-09-10T20:33:05.123456Z"; empty for 0. Returns @out. */
#define FORMAT_TIME_SIZE 40
char *format_time(char out[FORMAT_TIME_SIZE], int64_t time_ns);

#endif
