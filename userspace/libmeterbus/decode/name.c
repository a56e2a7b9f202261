// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Names of records for programs, see Documentation/names.md.
 */
#include <stdio.h>
#include <string.h>

#include <meterbus/decode.h>

#include "base/digits.h"

static size_t add(char out[METERBUS_NAME_SIZE], size_t len, const char *text)
{
	size_t more = strlen(text);

	/* Room for the number of a repeat. */
	if (len + more > METERBUS_NAME_SIZE - 8)
		more = METERBUS_NAME_SIZE - 8 - len;
	memcpy(out + len, text, more);
	return len + more;
}

/* What @c is in a name; 0: it separates words. */
static char name_character(unsigned char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return c;
	return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : '\0';
}

/* Letters and digits in lower case, an underscore for all between them. */
static size_t add_words(char out[METERBUS_NAME_SIZE], size_t len,
			const char *words)
{
	bool gap = len > 0;

	while (*words && len < METERBUS_NAME_SIZE - 10) {
		char c = name_character(*words);

		if (!c && (unsigned char)*words == 0xC2 &&
		    (unsigned char)words[1] == 0xB3) {
			c = '3';	/* m³ */
			words++;
		}
		if (!c) {
			gap = len > 0;
			words++;
			continue;
		}
		if (gap)
			out[len++] = '_';
		gap = false;
		out[len++] = c;
		words++;
		/* The rest of most words. */
		while (*words >= 'a' && *words <= 'z' &&
		       len < METERBUS_NAME_SIZE - 10)
			out[len++] = *words++;
	}
	return len;
}

/* At least @width digits. */
static size_t add_number(char out[METERBUS_NAME_SIZE], size_t len,
			 const char *before, uint64_t number, size_t width)
{
	char digits[DIGITS_MAX + 1];

	*digits_number(digits, number, width) = '\0';
	return add(out, add(out, len, before), digits);
}

/* Modifiers whose words are long, or not needed in a name. */
static const char *short_modifier(const char *words)
{
	static const char *const names[][2] = {
		{ "negative contributions only", "negative" },
		{ "positive contributions only", "positive" },
		{ "absolute contributions", "absolute" },
		{ "phase L1", "l1" },
		{ "phase L2", "l2" },
		{ "phase L3", "l3" },
		{ "compact profile", "" },
		{ "compact profile with registers", "" },
		{ "inverse compact profile", "" },
		{ "manufacturer specific", "" },
		{ "more records follow", "" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(words, names[i][0]))
			return names[i][1];
	return words;
}

static size_t base_name(char out[METERBUS_NAME_SIZE],
			const struct meterbus_data_record *record)
{
	static const char *const functions[] = { "", "_max", "_min",
						 "_error" };
	size_t len = add_words(out, 0, record->quantity);
	char code[16];

	for (unsigned int i = 0; i < record->modifier_count; i++)
		len = add_words(out, len,
				short_modifier(record->modifiers[i]));
	for (size_t i = 0; i < record->manufacturer_vife_len; i++) {
		snprintf(code, sizeof(code), "_code_%02x",
			 record->manufacturer_vife[i] & 0x7F);
		len = add(out, len, code);
	}
	if (record->function)
		len = add(out, len, functions[record->function & 3]);
	if (record->tariff)
		len = add_number(out, len, "_tariff_", record->tariff, 1);
	if (record->subunit)
		len = add_number(out, len, "_subunit_", record->subunit, 1);
	if (record->month)
		len = add_number(out, len, "_month_", record->month, 2);
	else if (record->storage)
		len = add_number(out, len, "_due_", record->storage, 1);
	return len;
}

/* Of eight characters at a time; never 0, which is an empty place. */
static uint32_t hash(const char *text, size_t len)
{
	uint64_t value = len, part;

	for (; len >= sizeof(part); len -= sizeof(part), text += sizeof(part)) {
		memcpy(&part, text, sizeof(part));
		value = (value ^ part) * UINT64_C(0x9E3779B97F4A7C15);
		value ^= value >> 32;
	}
	part = 0;
	memcpy(&part, text, len);
	value = (value ^ part) * UINT64_C(0x9E3779B97F4A7C15);
	value >>= 32;
	return value ? value : 1;
}

/* True if the name was not there; it is from now on. */
static bool is_new(struct meterbus_names *names, const char *name, size_t len)
{
	uint32_t value = hash(name, len);
	unsigned int at = value % METERBUS_NAMES;

	for (unsigned int i = 0; i < METERBUS_NAMES; i++) {
		uint32_t *place = &names->hashes[(at + i) % METERBUS_NAMES];

		if (*place == value)
			return false;
		if (!*place) {
			*place = value;
			return true;
		}
	}
	return true;
}

char *meterbus_name(struct meterbus_names *names,
		    const struct meterbus_data_record *record,
		    char out[METERBUS_NAME_SIZE])
{
	unsigned int repeat = 1;
	size_t base, len;

	*out = '\0';
	if (record->error)
		return out;
	base = len = base_name(out, record);
	while (!is_new(names, out, len) && repeat < 9999) {
		out[base] = '_';
		len = digits_number(out + base + 1, ++repeat, 1) - out;
	}
	out[len] = '\0';
	return out;
}
