// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Descriptions of meters from files, see Documentation/meters.md.
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <meterbus/address.h>
#include <meterbus/meters.h>

#include "base/bytes.h"
#include "config/keys.h"
#include "decode/profile.h"

/* Where the descriptions are installed. */
#ifndef METERS_DIR
#define METERS_DIR "/usr/share/meterbus/meters.d"
#endif

/* A file that is being read, and where its last section leads. */
struct reader {
	struct meterbus_profile *profile;
	struct profile_rule *rule;
	struct profile_qualifier *qualifier;
	unsigned int subunit;
	enum { IN_METER, IN_CODE, IN_QUALIFIER, IN_SUBUNIT, IN_STATUS } part;
	bool has_meter;		/* the profile's [meter] has begun */
	char why[80];		/* a mistake that is not a constant */
	const char *path;	/* the file's name without its folder */
};

static const char out_of_memory[] = "no memory left";
static const char twice[] = "this description has it twice; remove one";

static const char *take_text(char **target, const char *value)
{
	free(*target);
	*target = strdup(value);
	return *target ? NULL : out_of_memory;
}

/* Pairs of hexadecimal digits; returns how many, or 0 for a mistake. */
static size_t take_bytes(uint8_t *bytes, size_t max, const char *text)
{
	size_t count = 0;

	for (; *text; text += strspn(text + 2, " ") + 2) {
		int high = bytes_hex_digit(text[0]);
		int low = high < 0 ? -1 : bytes_hex_digit(text[1]);

		if (low < 0 || count == max)
			return 0;
		bytes[count++] = high << 4 | low;
	}
	return count;
}

static const char *take_set(uint8_t set[32], const char *value)
{
	uint8_t bytes[256];
	size_t count = take_bytes(bytes, sizeof(bytes), value);

	if (!strcmp(value, "*")) {
		memset(set, 0xFF, 32);
		return NULL;
	}
	if (!count)
		return "write two hexadecimal digits for each, or *";
	memset(set, 0, 32);
	for (size_t i = 0; i < count; i++)
		set[bytes[i] / 8] |= 1U << bytes[i] % 8;
	return NULL;
}

static const char *take_manufacturer(struct meterbus_profile *profile,
				     const char *value)
{
	profile->manufacturer = 0;
	for (int i = 0; i < 3; i++) {
		if (value[i] < 'A' || value[i] > 'Z')
			return "write three letters";
		profile->manufacturer = profile->manufacturer << 5 |
					(value[i] - 'A' + 1);
	}
	return value[3] ? "write three letters" : NULL;
}

/* ------------------------------------------------------------- sections */

static void place(const struct reader *reader, char out[64], const char *name)
{
	snprintf(out, 64, "%.30s [%.30s]", reader->path, name);
}

static void *begin_code(struct reader *reader, const char *name,
			const char **why)
{
	struct profile_rule *rule = calloc(1, sizeof(*rule));

	if (!rule) {
		*why = out_of_memory;
		return NULL;
	}
	rule->code_len = take_bytes(rule->code, sizeof(rule->code),
				    name + strlen("code "));
	rule->type = VIF_NUMBER;
	rule->next = reader->profile->rules;
	reader->profile->rules = rule;
	reader->rule = rule;
	place(reader, rule->place, name);
	if (!rule->code_len) {
		*why = "write [code FF 07]: VIF and VIFEs as sent";
		return NULL;
	}
	for (const struct profile_rule *old = rule->next; old; old = old->next)
		if (old->code_len == rule->code_len &&
		    !memcmp(old->code, rule->code, rule->code_len))
			*why = twice;
	return *why ? NULL : reader;
}

static void *begin_qualifier(struct reader *reader, const char *name,
			     const char **why)
{
	struct profile_qualifier *qualifier = calloc(1, sizeof(*qualifier));
	uint8_t code;

	if (!qualifier) {
		*why = out_of_memory;
		return NULL;
	}
	qualifier->next = reader->profile->qualifiers;
	reader->profile->qualifiers = qualifier;
	reader->qualifier = qualifier;
	place(reader, qualifier->place, name);
	if (take_bytes(&code, 1, name + strlen("qualifier ")) != 1) {
		*why = "write [qualifier 01]: the code behind VIFE FF";
		return NULL;
	}
	qualifier->code = code & ~EXTENSION_BIT;
	for (const struct profile_qualifier *old = qualifier->next; old;
	     old = old->next)
		if (old->code == qualifier->code)
			*why = twice;
	return *why ? NULL : reader;
}

static void *begin_subunit(struct reader *reader, const char *name,
			   const char **why)
{
	unsigned long number;

	if (!key_number(name + strlen("subunit "), PROFILE_SUBUNITS - 1,
			&number)) {
		*why = "write [subunit 2]: a number up to 7";
		return NULL;
	}
	if (reader->profile->kinds[number]) {
		*why = twice;
		return NULL;
	}
	reader->subunit = number;
	place(reader, reader->profile->kind_place, name);
	return reader;
}

/* What a description must have and this one has not; NULL: nothing. */
static const char *missing(const struct meterbus_profile *profile)
{
	static const uint8_t none[32];

	if (!profile->name)
		return "no name";
	if (!profile->source)
		return "no source";
	if (!profile->manufacturer)
		return "no manufacturer";
	if (!memcmp(profile->versions, none, sizeof(none)))
		return "no version";
	for (struct profile_rule *rule = profile->rules; rule;
	     rule = rule->next)
		if (!rule->quantity && !rule->bit_count && !rule->none_len)
			return "a code without a quantity, bits or none";
	return NULL;
}

/* In front of those of the file before it. */
static bool begin_profile(struct reader *reader)
{
	struct meterbus_profile *profile = calloc(1, sizeof(*profile));

	if (!profile)
		return false;
	snprintf(profile->path, sizeof(profile->path), "%s", reader->path);
	memset(profile->media, 0xFF, sizeof(profile->media));
	profile->next = reader->profile;
	reader->profile = profile;
	return true;
}

/* A second [meter] begins another description; the one before must be whole. */
static void *begin_meter(struct reader *reader, const char **why)
{
	if (reader->has_meter) {
		const char *no = missing(reader->profile);

		if (no) {
			snprintf(reader->why, sizeof(reader->why),
				 "the description above has %s", no);
			*why = reader->why;
			return NULL;
		}
		if (!begin_profile(reader)) {
			*why = out_of_memory;
			return NULL;
		}
	}
	reader->has_meter = true;
	return reader;
}

static void *begin_section(void *context, const char *name, const char **why)
{
	struct reader *reader = context;

	if (!strcmp(name, "meter")) {
		reader->part = IN_METER;
		return begin_meter(reader, why);
	}
	if (!strncmp(name, "code ", 5)) {
		reader->part = IN_CODE;
		return begin_code(reader, name, why);
	}
	if (!strncmp(name, "qualifier ", 10)) {
		reader->part = IN_QUALIFIER;
		return begin_qualifier(reader, name, why);
	}
	if (!strncmp(name, "subunit ", 8)) {
		reader->part = IN_SUBUNIT;
		return begin_subunit(reader, name, why);
	}
	if (!strcmp(name, "status")) {
		reader->part = IN_STATUS;
		return reader;
	}
	*why = "there are [meter], [code ...], [qualifier ...], [subunit ...] and [status]";
	return NULL;
}

/* ----------------------------------------------------------------- keys */

static const char *meter_key(struct reader *reader, const char *name,
			     const char *value)
{
	struct meterbus_profile *profile = reader->profile;

	if (!strcmp(name, "name"))
		return take_text(&profile->name, value);
	if (!strcmp(name, "source"))
		return take_text(&profile->source, value);
	if (!strcmp(name, "manufacturer"))
		return take_manufacturer(profile, value);
	if (!strcmp(name, "version"))
		return take_set(profile->versions, value);
	if (!strcmp(name, "medium"))
		return take_set(profile->media, value);
	return "there are name, source, manufacturer, version and medium";
}

static const char *code_key(struct reader *reader, const char *name,
			    const char *value)
{
	static const char *const types[] = {
		[VIF_NUMBER] = "signed",     [VIF_UNSIGNED] = "unsigned",
		[VIF_DATE] = "date",	     [VIF_DATE_TIME] = "time",
		[VIF_IDENTIFIER] = "text",   [VIF_BYTES] = "bytes",
	};
	struct profile_rule *rule = reader->rule;
	unsigned long bit;

	if (!strcmp(name, "quantity"))
		return take_text(&rule->quantity, value);
	if (!strcmp(name, "unit"))
		return take_text(&rule->unit, value);
	if (!strcmp(name, "exponent")) {
		if (!key_number(value + (*value == '-'), 12, &bit))
			return "write a number from -12 to 12";
		rule->exponent = *value == '-' ? -(int)bit : (int)bit;
		return NULL;
	}
	if (!strcmp(name, "type")) {
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
			if (!types[i] || strcmp(types[i], value))
				continue;
			rule->type = i;
			return NULL;
		}
		return "write signed, unsigned, date, time, text or bytes";
	}
	if (!strncmp(name, "bit ", 4) &&
	    key_number(name + 4, PROFILE_BITS - 1, &bit)) {
		rule->type = VIF_UNSIGNED;
		if (bit >= rule->bit_count)
			rule->bit_count = bit + 1;
		return take_text(&rule->bits[bit], value);
	}
	if (!strcmp(name, "none")) {
		rule->none_len = take_bytes(rule->none, sizeof(rule->none),
					    value);
		return rule->none_len ? NULL :
					"write the data as sent, such as FF 7F";
	}
	return "there are quantity, unit, exponent, type, none and bit N";
}

static const char *status_key(struct meterbus_profile *profile,
			      const char *name, const char *value)
{
	const unsigned long last = PROFILE_STATUS_FIRST + PROFILE_STATUS_BITS - 1;
	unsigned long bit;

	if (strncmp(name, "bit ", 4) || !key_number(name + 4, last, &bit) ||
	    bit < PROFILE_STATUS_FIRST)
		return "there are bit 5, bit 6 and bit 7; the standard has the others";
	return take_text(&profile->status[bit - PROFILE_STATUS_FIRST], value);
}

static const char *take_key(void *target, const char *name, const char *value)
{
	struct reader *reader = target;
	uint8_t *kind = &reader->profile->kinds[reader->subunit];

	switch (reader->part) {
	case IN_METER:
		return meter_key(reader, name, value);
	case IN_CODE:
		return code_key(reader, name, value);
	case IN_QUALIFIER:
		if (strcmp(name, "words"))
			return "there is words";
		return take_text(&reader->qualifier->words, value);
	case IN_STATUS:
		return status_key(reader->profile, name, value);
	case IN_SUBUNIT:
		break;
	}
	if (strcmp(name, "kind"))
		return "there is kind";
	if (!strncmp(value, "reactive", 8))
		*kind = PROFILE_REACTIVE;
	else if (!strncmp(value, "apparent", 8))
		*kind = PROFILE_APPARENT;
	else
		return "write reactive or apparent, or reactive power";
	value += 8;
	reader->profile->power_only[reader->subunit] = *value;
	if (*value && strcmp(value, " power"))
		return "write reactive or apparent, or reactive power";
	return NULL;
}

/* ---------------------------------------------------------------- files */

static void free_profile(struct meterbus_profile *profile)
{
	while (profile->rules) {
		struct profile_rule *rule = profile->rules;

		profile->rules = rule->next;
		for (unsigned int i = 0; i < rule->bit_count; i++)
			free(rule->bits[i]);
		free(rule->quantity);
		free(rule->unit);
		free(rule);
	}
	while (profile->qualifiers) {
		struct profile_qualifier *qualifier = profile->qualifiers;

		profile->qualifiers = qualifier->next;
		free(qualifier->words);
		free(qualifier);
	}
	for (unsigned int i = 0; i < PROFILE_STATUS_BITS; i++)
		free(profile->status[i]);
	free(profile->name);
	free(profile->source);
	free(profile);
}

static void free_profiles(struct meterbus_profile *profile)
{
	while (profile) {
		struct meterbus_profile *next = profile->next;

		free_profile(profile);
		profile = next;
	}
}

static int load_file(struct meterbus_meters *meters, const char *path,
		     struct meterbus_error *err)
{
	struct reader reader = { 0 };
	struct key_file file = {
		.section = begin_section,
		.take_any = take_key,
		.context = &reader,
		.repeats = true,
	};
	const char *name = strrchr(path, '/');
	struct meterbus_profile *first;
	const char *why;

	reader.path = name ? name + 1 : path;
	if (!begin_profile(&reader))
		return meterbus_fail(err, METERBUS_E_SYSTEM, "%s",
				     out_of_memory);
	if (key_file_read(&file, path, err)) {
		free_profiles(reader.profile);
		return -1;
	}
	why = missing(reader.profile);
	if (why) {
		free_profiles(reader.profile);
		return meterbus_fail(err, METERBUS_E_USAGE, "%s: the last description has %s",
				     path, why);
	}
	for (first = reader.profile; first->next; first = first->next)
		;
	first->next = meters->first;
	meters->first = reader.profile;
	return 0;
}

struct meterbus_meters *meterbus_meters_load(const char *const *folders,
					     size_t count,
					     struct meterbus_error *err)
{
	struct meterbus_meters *meters = calloc(1, sizeof(*meters));
	char pattern[4096];

	if (!meters) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "%s", out_of_memory);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		glob_t files = { 0 };
		int failed = 0;

		snprintf(pattern, sizeof(pattern), "%s/*.conf", folders[i]);
		if (glob(pattern, 0, NULL, &files) == 0)
			for (size_t j = 0; j < files.gl_pathc && !failed; j++)
				failed = load_file(meters, files.gl_pathv[j],
						   err);
		globfree(&files);
		if (!failed)
			continue;
		meterbus_meters_free(meters);
		return NULL;
	}
	return meters;
}

struct meterbus_meters *meterbus_meters_load_default(struct meterbus_error *err)
{
	const char *folders[] = { METERS_DIR, "/etc/mbus/meters.d" };
	char beside[4096];
	ssize_t len = readlink("/proc/self/exe", beside, sizeof(beside) - 16);
	char *name = NULL;

	if (len > 0) {
		beside[len] = '\0';
		name = strrchr(beside, '/');
	}
	if (name) {
		strcpy(name, "/meters.d");
		if (access(beside, X_OK) == 0)
			folders[0] = beside;
	}
	return meterbus_meters_load(folders, 2, err);
}

void meterbus_meters_free(struct meterbus_meters *meters)
{
	if (!meters)
		return;
	while (meters->first) {
		struct meterbus_profile *profile = meters->first;

		meters->first = profile->next;
		free_profile(profile);
	}
	free(meters);
}

const struct meterbus_profile *
meterbus_meters_next(const struct meterbus_meters *meters,
		     const struct meterbus_profile *profile)
{
	return profile ? profile->next : meters->first;
}

const char *meterbus_profile_name(const struct meterbus_profile *profile)
{
	return profile->name;
}

const char *meterbus_profile_source(const struct meterbus_profile *profile)
{
	return profile->source;
}

const char *meterbus_profile_file(const struct meterbus_profile *profile)
{
	return profile->path;
}

static size_t put_set(char *out, size_t size, const uint8_t set[32])
{
	size_t len = 0;
	unsigned int count = 0;

	for (unsigned int i = 0; i < 256; i++)
		count += set[i / 8] >> i % 8 & 1;
	if (count == 256)
		return snprintf(out, size, " *");
	for (unsigned int i = 0; i < 256 && len + 4 < size; i++)
		if (set[i / 8] >> i % 8 & 1)
			len += snprintf(out + len, size - len, "%s%02X",
					len ? "," : " ", i);
	return len;
}

char *meterbus_profile_for(const struct meterbus_profile *profile,
			   char out[METERBUS_PROFILE_FOR])
{
	char name[4];
	size_t len;

	len = snprintf(out, METERBUS_PROFILE_FOR, "%s",
		       meterbus_manufacturer_name(profile->manufacturer, name));
	len += put_set(out + len, (METERBUS_PROFILE_FOR - len) / 2,
		       profile->versions);
	put_set(out + len, METERBUS_PROFILE_FOR - len, profile->media);
	return out;
}
