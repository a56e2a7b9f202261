// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/digits.h"
#include "format/text.h"

#define NSEC_PER_SEC 1000000000

char *format_hex(char *out, const uint8_t *bytes, size_t len)
{
	*digits_bytes(out, bytes, len) = '\0';
	return out;
}

char *format_value(char out[FORMAT_VALUE_SIZE],
		   const struct meterbus_value *value)
{
	*out = '\0';
	switch (value->type) {
	case METERBUS_VALUE_NONE:
		break;
	case METERBUS_VALUE_NUMBER:
		meterbus_decimal_format(&value->number, out);
		break;
	case METERBUS_VALUE_TIME:
		meterbus_time_format(&value->time, out);
		break;
	case METERBUS_VALUE_TEXT:
		meterbus_text_utf8(&value->text, out, FORMAT_VALUE_SIZE);
		break;
	case METERBUS_VALUE_WORD:
		strcpy(out, value->word);
		break;
	case METERBUS_VALUE_BYTES:
		format_hex(out, value->bytes.data, value->bytes.len);
		break;
	}
	return out;
}

static size_t __attribute__((format(printf, 4, 5)))
add(char out[FORMAT_MODIFIERS_SIZE], size_t len, const char *separator,
    const char *format, ...)
{
	va_list args;

	len += snprintf(out + len, FORMAT_MODIFIERS_SIZE - len, "%s",
			len ? separator : "");
	va_start(args, format);
	len += vsnprintf(out + len, FORMAT_MODIFIERS_SIZE - len, format, args);
	va_end(args);
	return len;
}

/* Ten of at most 64 bytes each fit, be they words or codes. */
char *format_modifiers(char out[FORMAT_MODIFIERS_SIZE],
		       const struct meterbus_data_record *record,
		       const char *separator)
{
	size_t len = 0;

	*out = '\0';
	for (unsigned int i = 0; i < record->modifier_count; i++)
		len = add(out, len, separator, "%s", record->modifiers[i]);
	for (size_t i = 0; i < record->manufacturer_vife_len; i++)
		len = add(out, len, separator, "manufacturer code %02X",
			  record->manufacturer_vife[i] & 0x7F);
	return out;
}

const char *format_flag(char out[FORMAT_FLAG_SIZE],
			const struct meterbus_data_record *record,
			unsigned int bit)
{
	const char *name = bit < record->bit_count ? record->bits[bit] : NULL;

	if (!record->bits || record->value.type != METERBUS_VALUE_NUMBER ||
	    !((uint64_t)record->value.number.mantissa >> bit & 1))
		return NULL;
	snprintf(out, FORMAT_FLAG_SIZE, "bit %u", bit);
	return name ? name : out;
}

char *format_time(char out[FORMAT_TIME_SIZE], int64_t time_ns)
{
	time_t seconds = time_ns / NSEC_PER_SEC;
	struct tm tm;
	size_t len;

	*out = '\0';
	if (!time_ns || !gmtime_r(&seconds, &tm))
		return out;
	len = strftime(out, FORMAT_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + len, FORMAT_TIME_SIZE - len, ".%06uZ",
		 (unsigned int)(time_ns % NSEC_PER_SEC / 1000));
	return out;
}
