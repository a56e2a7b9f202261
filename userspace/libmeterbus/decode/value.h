/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Data types of EN 13757-3, annex A: bytes to values.
 */
#ifndef LIBMETERBUS_VALUE_H
#define LIBMETERBUS_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include <meterbus/decode.h>

#include "decode/vif.h"

/* Bits 3..0 of a DIF. */
enum data_field {
	DATA_NONE	= 0x0,
	DATA_INT8	= 0x1,
	DATA_INT16	= 0x2,
	DATA_INT24	= 0x3,
	DATA_INT32	= 0x4,
	DATA_REAL32	= 0x5,
	DATA_INT48	= 0x6,
	DATA_INT64	= 0x7,
	DATA_SELECTION	= 0x8,
	DATA_BCD2	= 0x9,
	DATA_BCD4	= 0xA,
	DATA_BCD6	= 0xB,
	DATA_BCD8	= 0xC,
	DATA_VARIABLE	= 0xD,
	DATA_BCD12	= 0xE,
	DATA_SPECIAL	= 0xF,
};

/* The data of a record; for DATA_VARIABLE without LVAR. */
struct data {
	enum data_field field;
	uint8_t lvar;
	bool high_byte_first;
	const uint8_t *bytes;
	size_t len;
};

/* Codes of LVAR, EN 13757-3, 6.3.3. */
#define LVAR_TEXT_LAST		0xBF
#define LVAR_BCD_PLUS		0xC0
#define LVAR_BCD_MINUS		0xD0
#define LVAR_BINARY		0xE0
#define LVAR_BINARY_LONG	0xF0
#define LVAR_BINARY_48		0xF5
#define LVAR_BINARY_64		0xF6

static inline bool lvar_is_bcd(uint8_t lvar)
{
	return lvar >= LVAR_BCD_PLUS && lvar < LVAR_BINARY;
}

/*
 * Bytes of data that follow an LVAR byte, or -1 if the code is reserved and
 * nobody can tell. A byte holds two digits.
 */
int lvar_length(uint8_t lvar);

/* True if @bytes are decimal digits, but for a sign in front. */
bool bcd_is_valid(const uint8_t *bytes, size_t len);

/*
 * Reads @data by @type, without any VIF's power of ten. Returns NULL, or
 * why it cannot be read. Data that the meter marks invalid is no failure.
 */
const char *value_decode(struct meterbus_value *value,
			 const struct data *data, enum vif_type type);

/*
 * A date in decimal digits, year first, as some meters send it (the standard
 * knows binary ones only): six digits are a date, eight one with the century,
 * twelve a date and a time. Others stay digits.
 */
const char *time_decode_bcd(struct meterbus_value *value, const uint8_t *bytes,
			    size_t len);

/*
 * Moves @time by @count units of seconds, or of half months (to the 1st or the
 * 16th), or of months. Returns false if parts of it are open.
 */
enum time_unit { TIME_SECOND, TIME_HALF_MONTH, TIME_MONTH };
bool time_add(struct meterbus_time *time, enum time_unit unit, int64_t count);

/* The digits of @len bytes, less than 16, the last byte's first, as a word. */
void value_digits(struct meterbus_value *value, const uint8_t *bytes,
		  size_t len);

/* Types F, G, I and J by @len, of those that @type allows. */
const char *time_decode(struct meterbus_value *value, const uint8_t *bytes,
			size_t len, enum vif_type type);

#endif
