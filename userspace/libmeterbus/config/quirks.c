// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Quirks from a file: a section for each, its name in brackets.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/meterbus.h>
#include <meterbus/config.h>
#include <meterbus/master.h>
#include <meterbus/quirks.h>

#include "config/keys.h"

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? at - digits : -1;
}

/* Pairs of hexadecimal digits; false if it is anything else, or too much. */
static bool take_hex(const char *text, uint8_t *bytes, size_t max, size_t *len)
{
	for (*len = 0; *text; text += 2) {
		text += strspn(text, " \t");
		if (!*text)
			break;
		if (hex_digit(text[0]) < 0 || hex_digit(text[1]) < 0 ||
		    *len == max)
			return false;
		bytes[(*len)++] = hex_digit(text[0]) << 4 | hex_digit(text[1]);
	}
	return *len > 0;
}

static bool take_choice(const char *value, const char *const *choices,
			unsigned int count, unsigned int *choice)
{
	for (*choice = 0; *choice < count; (*choice)++)
		if (!strcmp(value, choices[*choice]))
			return true;
	return false;
}

static bool take_ms(const char *value, uint32_t *us)
{
	unsigned long ms;

	if (!key_number(value, METERBUS_TIME_MAX_US / 1000, &ms))
		return false;
	*us = ms * 1000;
	return true;
}

static const char *take_meter(void *target, const char *value)
{
	struct meterbus_quirks *quirks = target;
	char words[120], *save = NULL;

	if (strlen(value) >= sizeof(words))
		return "too long; four addresses at most";
	strcpy(words, value);
	for (char *word = strtok_r(words, " \t", &save); word;
	     word = strtok_r(NULL, " \t", &save)) {
		struct meterbus_address *meter =
			&quirks->meters[quirks->meter_count];

		if (quirks->meter_count == METERBUS_QUIRKS_METERS)
			return "too many; four addresses at most";
		if (meterbus_address_parse(meter, word, NULL) < 0 ||
		    !meter->secondary)
			return "write secondary addresses, as FFFFFFFF.HYD.FF.04";
		quirks->meter_count++;
	}
	return NULL;
}

static const char *take_nke(void *target, const char *value)
{
	static const char *const choices[] = { "auto", "always", "never" };
	struct meterbus_quirks *quirks = target;
	unsigned int choice;

	if (!take_choice(value, choices, 3, &choice))
		return "write auto, always or never";
	quirks->nke = choice;
	return NULL;
}

static const char *take_select(void *target, const char *value)
{
	struct meterbus_quirks *quirks = target;

	if (strcmp(value, "53") && strcmp(value, "73"))
		return "write 53 or 73, the C field";
	quirks->select_c = strtoul(value, NULL, 16);
	return NULL;
}

static const char *take_reset(void *target, const char *value)
{
	struct meterbus_quirks *quirks = target;
	size_t len;

	quirks->reset = strcmp(value, "no");
	quirks->has_subcode = quirks->reset && strcmp(value, "yes");
	if (quirks->has_subcode && !take_hex(value, &quirks->subcode, 1, &len))
		return "write yes, no, or a subcode of two digits, as 10";
	return NULL;
}

static const char *take_before(void *target, const char *value)
{
	struct meterbus_quirks *quirks = target;

	if (!take_hex(value, quirks->before, sizeof(quirks->before),
		      &quirks->before_len))
		return "write CI and data in hexadecimal, as B1; 16 bytes at most";
	return NULL;
}

static const char *take_settle(void *target, const char *value)
{
	struct meterbus_quirks *quirks = target;

	return take_ms(value, &quirks->settle_us) ? NULL :
						    "write milliseconds";
}

static const char *take_window(void *target, const char *value)
{
	struct meterbus_quirks *quirks = target;

	return take_ms(value, &quirks->window_us) ? NULL :
						    "write milliseconds";
}

static const char *take_fcb(void *target, const char *value)
{
	static const char *const choices[] = { "toggles", "0", "1" };
	struct meterbus_quirks *quirks = target;
	unsigned int choice;

	if (!take_choice(value, choices, 3, &choice))
		return "write toggles, 0 or 1";
	quirks->fcb = choice;
	return NULL;
}

static const char *take_telegrams(void *target, const char *value)
{
	struct meterbus_quirks *quirks = target;
	unsigned long count;

	if (!key_number(value, METERBUS_READOUT_MAX, &count) || !count)
		return "write a number from 1 to 32";
	quirks->telegrams = count;
	return NULL;
}

static const struct key keys[] = {
	{ "meter", take_meter },     { "snd-nke", take_nke },
	{ "select", take_select },   { "reset", take_reset },
	{ "before", take_before },   { "settle", take_settle },
	{ "window", take_window },   { "fcb", take_fcb },
	{ "telegrams", take_telegrams },
};

struct quirks_list {
	struct meterbus_quirks *quirks;
	size_t count;
	size_t max;
};

static void *begin_quirks(void *context, const char *name, const char **why)
{
	struct quirks_list *list = context;
	struct meterbus_quirks *quirks;

	if (strlen(name) >= METERBUS_QUIRKS_NAME) {
		*why = "the name has more than 31 characters";
		return NULL;
	}
	if (list->count == list->max) {
		*why = "too many sections";
		return NULL;
	}
	quirks = &list->quirks[list->count++];
	memset(quirks, 0, sizeof(*quirks));
	strcpy(quirks->name, name);
	return quirks;
}

int meterbus_quirks_load(const char *path, struct meterbus_quirks *quirks,
			 size_t max, struct meterbus_error *err)
{
	struct quirks_list list = { .quirks = quirks, .max = max };
	struct key_file file = {
		.keys = keys,
		.key_count = sizeof(keys) / sizeof(keys[0]),
		.section = begin_quirks,
		.context = &list,
	};

	if (key_file_read(&file, path, err) < 0)
		return -1;
	if (!list.count)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "%s: there is no section in it", path);
	return list.count;
}
