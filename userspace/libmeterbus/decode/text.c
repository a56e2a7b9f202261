// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>

#include <meterbus/decode.h>

size_t meterbus_text_utf8(const struct meterbus_text *text, char *out,
			  size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < text->len && len + 3 <= size; i++) {
		uint8_t character = text->bytes[text->in_reading_order ?
						i : text->len - 1 - i];

		if (character < 0x80) {
			out[len++] = character;
		} else {
			out[len++] = 0xC0 | character >> 6;
			out[len++] = 0x80 | (character & 0x3F);
		}
	}
	if (size)
		out[len] = '\0';
	return len;
}

char *meterbus_unit_format(const struct meterbus_data_record *record,
			   char out[METERBUS_UNIT_TEXT])
{
	static const char times[] = "·";
	const char *suffix = record->unit_suffix;
	size_t len;

	if (record->plain_unit.len)
		len = meterbus_text_utf8(&record->plain_unit, out,
					 METERBUS_UNIT_TEXT);
	else
		len = snprintf(out, METERBUS_UNIT_TEXT, "%s", record->unit);
	if (!suffix)
		return out;
	/* Without a unit: "1/h", "s". */
	if (!len && *suffix == '/')
		out[len++] = '1';
	else if (!len)
		suffix += strlen(times);
	snprintf(out + len, METERBUS_UNIT_TEXT - len, "%s", suffix);
	return out;
}
