/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words that programs which read libmbus' XML expect. They are an
 * interface: quirks of spelling and spacing are kept.
 */
#ifndef LIBMETERBUS_FORMAT_XML_WORDS_H
#define LIBMETERBUS_FORMAT_XML_WORDS_H

#include <stdint.h>

/* What the unit of a number is multiplied with for the normalized flavour. */
enum xml_scale {
	XML_AS_IS,
	XML_POWER,	/* a run of codes, each ten times the one before */
	XML_SECONDS,	/* a run of codes: seconds, minutes, hours, days */
	XML_HOURS,	/* hours, days, months, years */
	XML_MONTHS,	/* months, years */
	XML_YEARS,
	XML_MINUTES,	/* minutes, hours, days */
	XML_TONNES,	/* to kg */
};

struct xml_words {
	uint8_t first, last;	/* VIF codes */
	uint8_t scale;		/* enum xml_scale */
	int8_t exponent;	/* of the first code */
	/* Plain unit: before, power of ten or unit of time, after. */
	const char *before;
	const char *after;
	/* Normalized. */
	const char *unit;
	const char *quantity;
};

enum xml_table { XML_TABLE_PRIMARY, XML_TABLE_FB, XML_TABLE_FD };

/* NULL for codes that have no words of this kind. */
const struct xml_words *xml_find_words(enum xml_table table, uint8_t code);

/* "m", "k", "1e-2 " ... for powers from -12 to 7. */
const char *xml_power_word(int exponent);

const char *xml_medium(uint8_t medium);
const char *xml_fixed_medium(unsigned int code);
const char *xml_fixed_unit(unsigned int code);
/* NULL for codes that have none. */
const char *xml_application_error(uint8_t code);
/*
 * Empty if the product is not known. @id_high: the highest byte of the ID,
 * which some makers number their products with.
 */
const char *xml_product(const char manufacturer[4], uint8_t version,
			uint8_t medium, uint8_t id_high);

#endif
