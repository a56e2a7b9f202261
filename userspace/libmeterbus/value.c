// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decimal.h"
#include "value.h"

/* Codes of LVAR, EN 13757-3, 6.3.3; see lvar_length(). */
#define LVAR_TEXT_LAST		0xBF
#define LVAR_BCD_PLUS		0xC0
#define LVAR_BCD_MINUS		0xD0
#define LVAR_BINARY		0xE0
#define LVAR_BINARY_LONG	0xF0
#define LVAR_BINARY_48		0xF5
#define LVAR_BINARY_64		0xF6

#define INT_MAX_LEN 8

int lvar_length(uint8_t lvar)
{
	if (lvar <= LVAR_TEXT_LAST)
		return lvar;
	/* Two digits a byte. */
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

static const char *bytes_value(struct meterbus_value *value,
			       const struct data *data)
{
	value->type = METERBUS_VALUE_BYTES;
	value->bytes.data = data->bytes;
	value->bytes.len = data->len;
	return NULL;
}

static const char *integer_value(struct meterbus_value *value,
				 const struct data *data, bool is_signed)
{
	uint64_t number = 0;
	uint64_t sign = 1ULL << (8 * data->len - 1);

	for (size_t i = data->len; i-- > 0;)
		number = number << 8 | data->bytes[i];
	value->type = METERBUS_VALUE_NUMBER;
	value->number = (struct meterbus_decimal){ .mantissa = number };
	if (!is_signed || !(number & sign))
		return NULL;
	/* Type B reserves the most negative number. */
	if (number == sign)
		return invalid(value, "marked invalid by the meter");
	value->number.negative = true;
	value->number.mantissa = 2 * sign - number;
	return NULL;
}

static const char *real_value(struct meterbus_value *value,
			      const struct data *data)
{
	const uint8_t *b = data->bytes;
	uint32_t bits = b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;

	if ((bits >> 23 & 0xFF) == 0xFF)
		return invalid(value, bits << 9 ? "not a number" : "infinite");
	value->type = METERBUS_VALUE_NUMBER;
	value->number = decimal_from_real32(bits);
	return NULL;
}

/* Type A; F as the leading digit is a minus sign. */
static const char *bcd_value(struct meterbus_value *value,
			     const struct data *data)
{
	uint64_t number = 0;
	bool negative = false;

	for (size_t i = 2 * data->len; i-- > 0;) {
		unsigned int digit = data->bytes[i / 2] >> (i & 1 ? 4 : 0) &
				     0xF;

		if (digit == 0xF && i + 1 == 2 * data->len) {
			negative = true;
			continue;
		}
		if (digit > 9)
			return invalid(value, "not decimal digits");
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, digit, &number))
			return "a number of more than 19 digits";
	}
	value->type = METERBUS_VALUE_NUMBER;
	value->number = (struct meterbus_decimal){ .negative = negative,
						   .mantissa = number };
	return NULL;
}

static bool is_date(enum vif_type type)
{
	return type == VIF_DATE || type == VIF_DATE_TIME ||
	       type == VIF_DATE_BY_LENGTH;
}

static const char *binary_value(struct meterbus_value *value,
				const struct data *data, enum vif_type type)
{
	if (is_date(type))
		return time_decode(value, data->bytes, data->len, type);
	if (type == VIF_BYTES || data->len > INT_MAX_LEN ||
	    (type == VIF_IDENTIFICATION && data->len == INT_MAX_LEN))
		return bytes_value(value, data);
	if (!data->len)
		return invalid(value, "no data");
	return integer_value(value, data, type == VIF_NUMBER);
}

static const char *variable_value(struct meterbus_value *value,
				  const struct data *data, enum vif_type type)
{
	if (type == VIF_BYTES)
		return bytes_value(value, data);
	if (data->lvar <= LVAR_TEXT_LAST) {
		value->type = METERBUS_VALUE_TEXT;
		value->text.bytes = data->bytes;
		value->text.len = data->len;
		return NULL;
	}
	if (is_date(type))
		return "a date of variable length";
	if (data->lvar < LVAR_BINARY) {
		const char *error = bcd_value(value, data);

		if (!error && value->type == METERBUS_VALUE_NUMBER &&
		    data->lvar >= LVAR_BCD_MINUS)
			value->number.negative = true;
		return error;
	}
	return binary_value(value, data, type);
}

const char *value_decode(struct meterbus_value *value,
			 const struct data *data, enum vif_type type)
{
	value->invalid = NULL;
	switch (data->field) {
	case DATA_NONE:
	case DATA_SPECIAL:
		return invalid(value, "no data");
	case DATA_SELECTION:
		return invalid(value, "selected for readout");
	case DATA_VARIABLE:
		return variable_value(value, data, type);
	case DATA_INT8:
	case DATA_INT16:
	case DATA_INT24:
	case DATA_INT32:
	case DATA_INT48:
	case DATA_INT64:
		return binary_value(value, data, type);
	default:
		break;
	}
	/* Neither real32 nor BCD makes a date. */
	if (is_date(type))
		return "a date that is not binary";
	if (type == VIF_BYTES)
		return bytes_value(value, data);
	if (data->field == DATA_REAL32)
		return real_value(value, data);
	return bcd_value(value, data);
}
