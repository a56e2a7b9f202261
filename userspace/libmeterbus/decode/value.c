// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/decimal.h"
#include "decode/application.h"
#include "decode/value.h"

#define INT_MAX_LEN	8
/* The longest number: LVAR CF, DF, EF. */
#define NUMBER_MAX_LEN	15
#define BCD_MINUS	0xF

int lvar_length(uint8_t lvar)
{
	if (lvar <= LVAR_TEXT_LAST)
		return lvar;
	if (lvar < LVAR_BINARY_LONG)
		return lvar & 0x0F;
	if (lvar < LVAR_BINARY_48)
		return 4 * (lvar - 0xEC);
	if (lvar == LVAR_BINARY_48)
		return 48;
	if (lvar == LVAR_BINARY_64)
		return 64;
	return -1;
}

static const char *invalid(struct meterbus_value *value, const char *reason)
{
	value->type = METERBUS_VALUE_NONE;
	value->invalid = reason;
	return NULL;
}

static const char *number(struct meterbus_value *value, bool negative,
			  uint64_t mantissa)
{
	value->type = METERBUS_VALUE_NUMBER;
	value->number.negative = negative;
	value->number.exponent = 0;
	value->number.mantissa = mantissa;
	return NULL;
}

static const char *bytes_value(struct meterbus_value *value,
			       const struct data *data)
{
	value->type = METERBUS_VALUE_BYTES;
	value->bytes.data = data->bytes;
	value->bytes.len = data->len;
	return NULL;
}

static const char *text_value(struct meterbus_value *value,
			      const struct data *data)
{
	value->type = METERBUS_VALUE_TEXT;
	value->text.bytes = data->bytes;
	value->text.len = data->len;
	value->text.in_reading_order = data->high_byte_first;
	return NULL;
}

static const char *integer_value(struct meterbus_value *value,
				 const uint8_t *bytes, size_t len,
				 bool is_signed)
{
	uint64_t sent = 0;
	uint64_t sign = 1ULL << (8 * len - 1);

	for (size_t i = len; i-- > 0;)
		sent = sent << 8 | bytes[i];
	if (!is_signed || !(sent & sign))
		return number(value, false, sent);
	/* Type B reserves the most negative number. */
	if (sent == sign)
		return invalid(value, "marked invalid by the meter");
	return number(value, true, 2 * sign - sent);
}

static const char *real_value(struct meterbus_value *value, const uint8_t *b)
{
	uint32_t bits = b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;

	if ((bits >> 23 & 0xFF) == 0xFF)
		return invalid(value, bits << 9 ? "not a number" : "infinite");
	value->type = METERBUS_VALUE_NUMBER;
	value->number = decimal_from_real32(bits);
	return NULL;
}

/* Two digits, or more than 99 if they are none. */
static unsigned int bcd_byte(uint8_t byte)
{
	unsigned int high = byte >> 4, low = byte & 0xF;

	return high > 9 || low > 9 ? 100 : 10 * high + low;
}

bool bcd_is_valid(const uint8_t *bytes, size_t len)
{
	uint8_t top;

	if (!len)
		return true;
	top = bytes[len - 1];
	if (top >> 4 == BCD_MINUS)
		top &= 0xF;
	for (size_t i = 0; i + 1 < len; i++)
		if (bcd_byte(bytes[i]) > 99)
			return false;
	return bcd_byte(top) <= 99;
}

/* A byte at a time, for numbers of any length. */
static const char *long_bcd_value(struct meterbus_value *value,
				  const uint8_t *bytes, size_t len)
{
	uint8_t top = bytes[len - 1];
	bool negative = top >> 4 == BCD_MINUS;
	uint64_t digits = 0;

	if (negative)
		top &= 0xF;
	for (size_t i = len; i-- > 0;) {
		unsigned int two = bcd_byte(i == len - 1 ? top : bytes[i]);

		if (two > 99)
			return invalid(value, "not decimal digits");
		if (__builtin_mul_overflow(digits, 100, &digits) ||
		    __builtin_add_overflow(digits, two, &digits))
			return "a number of more than 19 digits";
	}
	return number(value, negative, digits);
}

/*
 * All digits at once: the most frequent kind of data. Six added to each digit
 * carries out of those above nine; neighbours are then joined to numbers of
 * two, four, eight and sixteen digits.
 */
#define EACH_DIGIT(digit)	(0x0111111111111111ULL * (digit))
#define EACH_CARRY		0x1111111111111110ULL
static bool bcd_digits(uint64_t bcd, uint64_t *number)
{
	if (((bcd + EACH_DIGIT(6)) ^ bcd ^ EACH_DIGIT(6)) & EACH_CARRY)
		return false;
	bcd -= 6 * (bcd >> 4 & 0x0F0F0F0F0F0F0F0FULL);
	bcd -= (256 - 100) * (bcd >> 8 & 0x00FF00FF00FF00FFULL);
	bcd -= (65536 - 10000) * (bcd >> 16 & 0x0000FFFF0000FFFFULL);
	*number = (bcd & 0xFFFFFFFF) + 100000000 * (bcd >> 32);
	return true;
}

/* Type A; F as the leading digit is a minus sign. */
static const char *bcd_value(struct meterbus_value *value,
			     const uint8_t *bytes, size_t len)
{
	uint64_t bcd = 0, digits;
	unsigned int sign;
	bool negative;

	if (!len)
		return invalid(value, "no data");
	if (len >= sizeof(bcd))
		return long_bcd_value(value, bytes, len);
	for (size_t i = len; i-- > 0;)
		bcd = bcd << 8 | bytes[i];
	sign = 8 * len - 4;
	negative = bcd >> sign == BCD_MINUS;
	if (negative)
		bcd &= ~((uint64_t)BCD_MINUS << sign);
	if (!bcd_digits(bcd, &digits))
		return invalid(value, "not decimal digits");
	return number(value, negative, digits);
}

/* ---------------------------------------------------------- identifiers */

void value_digits(struct meterbus_value *value, const uint8_t *bytes,
		  size_t len)
{
	static const char digits[] = "0123456789ABCDEF";
	char *out = value->word;

	for (size_t i = len; i-- > 0;) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 0xF];
	}
	*out = '\0';
	value->type = METERBUS_VALUE_WORD;
}

/*
 * BCD as its digits, zeros in front kept. Identifiers of real meters have A to
 * E in places; F is the wildcard of a selection and nothing elsewhere.
 */
static const char *digits_value(struct meterbus_value *value,
				const uint8_t *bytes, size_t len,
				bool wildcards)
{
	if (!len)
		return invalid(value, "no data");
	if (2 * len >= METERBUS_WORD_SIZE)
		return "an identifier of more than 31 digits";
	for (size_t i = 0; i < len && !wildcards; i++)
		if (bytes[i] >> 4 == 0xF || (bytes[i] & 0xF) == 0xF)
			return invalid(value, "not decimal digits");
	value_digits(value, bytes, len);
	return NULL;
}

/* ID, manufacturer, version and medium: 12345678.HYD.28.04. */
static const char *address_value(struct meterbus_value *value,
				 const struct data *data)
{
	struct meterbus_address address;
	const uint8_t *bytes = address.bytes;
	char id[9], name[4], text[METERBUS_ADDRESS_TEXT];

	application_take_address(&address, data->bytes, data->high_byte_first);
	meterbus_manufacturer_name(bytes_get16(bytes + 4, false), name);
	if (*name == '?')
		snprintf(value->word, METERBUS_WORD_SIZE, "%s",
			 meterbus_address_format(&address, text));
	else
		snprintf(value->word, METERBUS_WORD_SIZE, "%s.%s.%02X.%02X",
			 meterbus_address_id(&address, id), name, bytes[6],
			 bytes[7]);
	value->type = METERBUS_VALUE_WORD;
	return NULL;
}

/* The word for a binary @code, where there is one. */
static const char *code_value(struct meterbus_value *value,
			      const uint8_t *bytes, size_t len,
			      enum vif_type type)
{
	const char *error = integer_value(value, bytes, len, false);
	uint64_t code = value->number.mantissa;
	const char *word = NULL;
	char name[4];

	if (error)
		return error;
	if (type == VIF_DEVICE_TYPE && code <= UINT8_MAX) {
		word = meterbus_medium_name(code);
		if (!strcmp(word, "reserved"))
			return NULL;
	} else if (type == VIF_MANUFACTURER_CODE && code <= UINT16_MAX) {
		word = meterbus_manufacturer_name(code, name);
		if (*word == '?')
			return NULL;
	}
	if (!word && type != VIF_IDENTIFIER && type != VIF_IDENTIFIER_MASK &&
	    type != VIF_IDENTIFICATION)
		return NULL;
	value->type = METERBUS_VALUE_WORD;
	if (word)
		snprintf(value->word, METERBUS_WORD_SIZE, "%s", word);
	else
		snprintf(value->word, METERBUS_WORD_SIZE, "%llu",
			 (unsigned long long)code);
	return NULL;
}

/* -------------------------------------------------------- by data field */

static bool is_date(enum vif_type type)
{
	return type == VIF_DATE || type == VIF_DATE_TIME ||
	       type == VIF_DATE_BY_LENGTH;
}

static bool is_opaque(enum vif_type type)
{
	return type == VIF_BYTES || type == VIF_TYPE_K || type == VIF_TYPE_L;
}

/* @bytes: those of @data, low byte first. */
static const char *binary_value(struct meterbus_value *value,
				const struct data *data, const uint8_t *bytes,
				enum vif_type type)
{
	if (is_date(type))
		return time_decode(value, bytes, data->len, type);
	if (data->len > INT_MAX_LEN)
		return bytes_value(value, data);
	if (!data->len)
		return invalid(value, "no data");
	if (type == VIF_IDENTIFICATION && data->len == INT_MAX_LEN)
		return address_value(value, data);
	if (type >= VIF_IDENTIFIER)
		return code_value(value, bytes, data->len, type);
	return integer_value(value, bytes, data->len, type == VIF_NUMBER);
}

static const char *variable_value(struct meterbus_value *value,
				  const struct data *data, const uint8_t *bytes,
				  enum vif_type type)
{
	const char *error;

	/* Dates of variable length are type M, which is passed on. */
	if (is_date(type))
		return bytes_value(value, data);
	if (data->lvar <= LVAR_TEXT_LAST)
		return text_value(value, data);
	if (data->lvar >= LVAR_BINARY)
		return binary_value(value, data, bytes, type);
	if (type >= VIF_IDENTIFIER)
		return digits_value(value, bytes, data->len,
				    type == VIF_IDENTIFIER_MASK);
	error = bcd_value(value, bytes, data->len);
	if (!error && value->type == METERBUS_VALUE_NUMBER &&
	    data->lvar >= LVAR_BCD_MINUS)
		value->number.negative = true;
	return error;
}

/* The data low byte first, as all types are defined; @turned has room. */
static const uint8_t *low_byte_first(const struct data *data,
				     uint8_t turned[NUMBER_MAX_LEN])
{
	if (!data->high_byte_first || data->len > NUMBER_MAX_LEN)
		return data->bytes;
	bytes_reverse(turned, data->bytes, data->len);
	return turned;
}

const char *value_decode(struct meterbus_value *value,
			 const struct data *data, enum vif_type type)
{
	uint8_t turned[NUMBER_MAX_LEN];
	const uint8_t *bytes = low_byte_first(data, turned);

	switch (data->field) {
	case DATA_NONE:
	case DATA_SPECIAL:
		return invalid(value, "no data");
	case DATA_SELECTION:
		return invalid(value, "selected for readout");
	default:
		break;
	}
	if (is_opaque(type))
		return bytes_value(value, data);
	switch (data->field) {
	case DATA_VARIABLE:
		return variable_value(value, data, bytes, type);
	case DATA_INT8:
	case DATA_INT16:
	case DATA_INT24:
	case DATA_INT32:
	case DATA_INT48:
	case DATA_INT64:
		return binary_value(value, data, bytes, type);
	default:
		break;
	}
	if (data->field == DATA_REAL32)
		return is_date(type) ? "a date that is a real number" :
				       real_value(value, bytes);
	if (is_date(type))
		return time_decode_bcd(value, bytes, data->len);
	if (type >= VIF_IDENTIFIER)
		return digits_value(value, bytes, data->len,
				    type == VIF_IDENTIFIER_MASK);
	return bcd_value(value, bytes, data->len);
}
