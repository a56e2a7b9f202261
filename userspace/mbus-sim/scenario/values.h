/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turning the text of a key into a value, by table. A parser returns NULL or
 * the fault, as the rest of a sentence that begins with the text.
 */
#ifndef SIM_VALUES_H
#define SIM_VALUES_H

#include "settings.h"

struct field {
	const char *key;
	const char *(*parse)(const struct field *f, const char *text,
			     void *target);
	size_t offset; /* of the target in the table's structure */
	long min, max;
	const char *const *choices; /* NULL-terminated, their index is stored */
};

/* Fields of type int, bool, uint64_t, struct span, enum and char *. */
const char *value_int(const struct field *f, const char *text, void *target);
const char *value_flag(const struct field *f, const char *text, void *target);
const char *value_seed(const struct field *f, const char *text, void *target);
const char *value_span(const struct field *f, const char *text, void *target);
const char *value_choice(const struct field *f, const char *text, void *target);
const char *value_text(const struct field *f, const char *text, void *target);
const char *value_baud(const struct field *f, const char *text, void *target);

/* Hex digits with or without spaces; *len is the room and becomes the count. */
const char *value_hex(const char *text, unsigned char *bytes, size_t *len);

/*
 * Puts the value of @item into the structure at @base. False when no field has
 * the item's key; a wrong value is complained about here.
 */
bool values_take(struct settings *s, const struct setting *item,
		 const struct field *fields, size_t nr, void *base);

#endif
