/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How libmbus' XML calls what a record measures.
 */
#ifndef LIBMETERBUS_FORMAT_XML_UNIT_H
#define LIBMETERBUS_FORMAT_XML_UNIT_H

#include <stdbool.h>

#include <meterbus/decode.h>

/* A quantity with ten modifiers, or any plain text. */
#define XML_UNIT_SIZE 640

struct xml_unit {
	const char *unit;
	const char *quantity;	/* normalized only */
	/* Power of ten that is in the unit and so not in the number. */
	int exponent;
	/* Room for those that are no constants. */
	char unit_text[XML_UNIT_SIZE];
	char quantity_text[XML_UNIT_SIZE];
};

/*
 * Fills @d. Normalized times are in seconds: the record's value is changed to
 * that.
 */
void xml_describe(struct xml_unit *d, struct meterbus_data_record *record,
		  bool normalized);

/* real32 is printed with a point even where the number is an integer. */
bool xml_is_real(const struct meterbus_data_record *record);

/* As UTF-8; XML cannot have control characters, they become spaces. */
void xml_text(char *out, size_t size, const struct meterbus_text *text);

#endif
