/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records as people read them: in words, in the units of a meter's face, each
 * with the time it belongs to. Made from decoded records or from the JSON of
 * mbusd, which are alike.
 */
#ifndef MBUSCTL_ENTRY_H
#define MBUSCTL_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <meterbus/decode.h>

#define ENTRY_TEXT METERBUS_UNIT_TEXT
#define ENTRY_MODIFIERS (2 * METERBUS_VIFE_MAX)
#define ENTRY_FLAGS 64

/* What entry_label() and entry_value() need. Words are English. */
struct entry {
	const char *error;	/* not decoded; then only @raw means anything */
	const char *quantity;
	const char *modifiers[ENTRY_MODIFIERS];
	unsigned int modifier_count;
	char codes[METERBUS_VIFE_MAX][32];	/* modifiers without words */
	enum meterbus_function function;
	uint64_t storage;
	uint32_t tariff, subunit;

	enum { ENTRY_NO_VALUE, ENTRY_NUMBER, ENTRY_TIME, ENTRY_WORDS } kind;
	const char *invalid;	/* ENTRY_NO_VALUE: the reason */
	char value[ENTRY_TEXT];	/* number: in @unit, plain decimal */
	int exponent;		/* number: of its last digit, or UNITS_NO_EXPONENT */
	char unit[ENTRY_TEXT];
	bool summer_time, marked_invalid;
	const char *flags[ENTRY_FLAGS];	/* bits that are set and have a name */
	char bits[ENTRY_FLAGS][12];	/* names of the bits without a name */
	unsigned int flag_count;

	char when[METERBUS_TIME_TEXT];	/* "": now, or not known */
	bool shown_elsewhere;	/* a time that is printed with another entry */
	uint8_t raw[METERBUS_USER_DATA_MAX];
	size_t raw_len;
};

struct entries {
	struct entry *list;
	size_t count;
};

/* All records of @app. Exits the program without memory. */
void entries_from(struct entries *entries,
		  const struct meterbus_application *app);

struct json_object;
/*
 * The same for a record of the JSON; entries_from_json() for a list of them.
 * Words lead into the objects.
 */
void entry_from_json(struct entry *entry, struct json_object *record);
void entries_from_json(struct entries *entries, struct json_object *records);
void entries_free(struct entries *entries);

/*
 * "energy, tariff 1", "power, maximum", in the user's language. Appended to
 * @out.
 */
void entry_label(FILE *out, const struct entry *entry);

/* Units as the decoder has them, without SI prefix. */
extern bool entry_units_si;

/*
 * The value of a number in @unit (returned), else of anything else as words.
 * @out has room for ENTRY_VALUE. @fault is what else the meter reports, or NULL.
 */
#define ENTRY_VALUE (4 * ENTRY_TEXT)
const char *entry_value(char out[ENTRY_VALUE], const struct entry *entry,
			const char *fault);

/*
 * The time in the user's language: "2024-09-10 22:33". Parts that the meter
 * leaves open are XX. Returns @out.
 */
char *entry_time(char out[METERBUS_TIME_TEXT], const char *iso);

#endif
