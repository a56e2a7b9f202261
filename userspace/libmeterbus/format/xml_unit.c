// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "format/xml_unit.h"
#include "format/xml_words.h"
#include "decode/vif.h"

void xml_text(char *out, size_t size, const struct meterbus_text *text)
{
	meterbus_text_utf8(text, out, size);
	for (; *out; out++)
		if ((unsigned char)*out < ' ')
			*out = ' ';
}

bool xml_is_real(const struct meterbus_data_record *record)
{
	return record->head_len && (record->head[0] & 0xF) == 0x5;
}

/*
 * Of a record's head: VIF and what follows. False if there is none, as in the
 * fixed structure.
 */
static bool find_vif(const struct meterbus_data_record *record, size_t *at)
{
	size_t i = 0;

	while (i < record->head_len && record->head[i] & EXTENSION_BIT)
		i++;
	*at = i + 1;
	return *at < record->head_len;
}

/*
 * True if a VIFE after the VIF makes the number another quantity, so that the
 * VIF's words would be wrong.
 */
static bool changes_quantity(uint8_t code)
{
	switch (vife_orthogonal[code].effect) {
	case VIFE_DATE_OF:
	case VIFE_DURATION_OF:
	case VIFE_COUNT_OF:
	case VIFE_OTHER_UNIT:
		return true;
	}
	/* Per unit, multiplied by a unit. */
	return code >= 0x20 && code < 0x39;
}

static const struct xml_words *
words_of(const struct meterbus_data_record *record)
{
	enum xml_table table = XML_TABLE_PRIMARY;
	const struct xml_words *words;
	uint8_t vif;
	size_t at;

	if (!find_vif(record, &at))
		return NULL;
	vif = record->head[at++];
	if (vif == (VIF_TABLE_FB | EXTENSION_BIT) ||
	    vif == (VIF_TABLE_FD | EXTENSION_BIT)) {
		table = vif == (VIF_TABLE_FB | EXTENSION_BIT) ? XML_TABLE_FB :
								XML_TABLE_FD;
		if (at == record->head_len)
			return NULL;
		vif = record->head[at++];
	}
	words = xml_find_words(table, vif & ~EXTENSION_BIT);
	/* What is known of a manufacturer's code is not in these words. */
	if (table == XML_TABLE_PRIMARY &&
	    (vif & ~EXTENSION_BIT) == VIF_MANUFACTURER)
		return record->source ? NULL : words;
	if (!words)
		return NULL;
	for (; vif & EXTENSION_BIT && at < record->head_len; at++) {
		vif = record->head[at];
		if ((vif & ~EXTENSION_BIT) == VIFE_MANUFACTURER)
			break;
		if (changes_quantity(vif & ~EXTENSION_BIT))
			return NULL;
	}
	return words;
}

struct time_unit {
	const char *name;
	/* In seconds, as libmbus has them. */
	uint64_t mantissa;
	int exponent;
};

static const struct time_unit *time_unit(const struct xml_words *words,
					 unsigned int nth)
{
	static const struct time_unit units[] = {
		{ "second", 1, 0 },	{ "minute", 60, 0 },
		{ "hour", 3600, 0 },	{ "day", 86400, 0 },
		{ "month", 262974383, -2 }, { "year", 31556926, 0 },
	};

	switch (words->scale) {
	case XML_SECONDS:
		return &units[nth];
	case XML_MINUTES:
		return &units[1 + nth];
	case XML_HOURS:
		return &units[2 + nth];
	case XML_MONTHS:
		return &units[4 + nth];
	case XML_YEARS:
		return &units[5];
	default:
		return NULL;
	}
}

static void __attribute__((format(printf, 2, 3)))
make_unit(struct xml_unit *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(d->unit_text, sizeof(d->unit_text), format, args);
	va_end(args);
	d->unit = d->unit_text;
}

static unsigned int nth_code(const struct xml_words *words,
			     const struct meterbus_data_record *record)
{
	uint8_t vif;
	size_t at;

	find_vif(record, &at);
	vif = record->head[at];
	if ((vif == (VIF_TABLE_FB | EXTENSION_BIT) ||
	     vif == (VIF_TABLE_FD | EXTENSION_BIT)) &&
	    at + 1 < record->head_len)
		vif = record->head[at + 1];
	return (vif & ~EXTENSION_BIT) - words->first;
}

/* Codes that have no words in libmbus, or the wrong ones, get ours. */
static void describe_freely(struct xml_unit *d,
			    const struct meterbus_data_record *record,
			    bool normalized)
{
	char unit[METERBUS_UNIT_TEXT];

	meterbus_unit_format(record, unit);
	for (char *c = unit; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	snprintf(d->quantity_text, XML_UNIT_SIZE, "%s", record->quantity);
	for (unsigned int i = 0; i < record->modifier_count; i++) {
		size_t len = strlen(d->quantity_text);

		snprintf(d->quantity_text + len, XML_UNIT_SIZE - len, ", %s",
			 record->modifiers[i]);
	}
	d->quantity = d->quantity_text;
	if (normalized)
		make_unit(d, "%s", unit);
	else if (*unit)
		make_unit(d, "%.*s (%s)", XML_UNIT_SIZE - 64, d->quantity,
			  unit);
	else
		d->unit = d->quantity;
}

/* A plain-text VIF is the only word for the quantity. */
static void describe_text(struct xml_unit *d,
			  const struct meterbus_data_record *record,
			  bool normalized)
{
	char text[METERBUS_TEXT_UTF8(METERBUS_USER_DATA_MAX)];
	int exponent = 0;

	xml_text(text, sizeof(text), &record->plain_unit);
	/* A factor has been applied to the number; the unit contains it. */
	if (record->value.type == METERBUS_VALUE_NUMBER && !xml_is_real(record))
		exponent = record->value.number.exponent;
	if (exponent < -12 || exponent > 7)
		exponent = 0;
	if (normalized) {
		d->unit = "-";
		snprintf(d->quantity_text, XML_UNIT_SIZE, "%s", text);
		d->quantity = d->quantity_text;
		return;
	}
	if (exponent)
		make_unit(d, "%s %s", xml_power_word(exponent), text);
	else
		make_unit(d, "%s", text);
	d->exponent = exponent;
}

void xml_describe(struct xml_unit *d, struct meterbus_data_record *record,
		  bool normalized)
{
	const struct xml_words *words = words_of(record);
	const struct time_unit *time;
	uint64_t seconds;
	unsigned int nth;

	d->exponent = 0;
	d->quantity = "";
	if (record->plain_unit.len && !record->modifier_count) {
		describe_text(d, record, normalized);
		return;
	}
	if (!words) {
		describe_freely(d, record, normalized);
		return;
	}
	nth = nth_code(words, record);
	time = time_unit(words, nth);
	if (!normalized) {
		d->exponent = words->exponent +
			      (words->scale == XML_POWER ? (int)nth : 0);
		make_unit(d, "%s%s%s", words->before,
			  time ? time->name :
			  words->scale == XML_POWER ?
				 xml_power_word(d->exponent) : "",
			  words->after);
		return;
	}
	d->unit = words->unit;
	d->quantity = words->quantity;
	if (record->value.type != METERBUS_VALUE_NUMBER)
		return;
	if (words->scale == XML_TONNES)
		record->value.number.exponent += 3;
	if (!time)
		return;
	if (__builtin_mul_overflow(record->value.number.mantissa,
				   time->mantissa, &seconds)) {
		/* Not in seconds, but exact. */
		d->unit = record->unit;
		return;
	}
	record->value.number.mantissa = seconds;
	record->value.number.exponent += time->exponent;
}
