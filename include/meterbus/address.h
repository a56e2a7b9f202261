/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses of meters, as people and programs write them:
 *
 *	5			primary address, 0..250 (253, 254 and 255 with care)
 *	31892743		identification number, 8 digits; the rest wildcard
 *	3189274F		with wildcard digits F
 *	3189274324232804	secondary address: ID as printed, then manufacturer,
 *				version and medium as the bus carries them
 *	31892743.HYD.28.04	the same with the manufacturer's letters; trailing
 *				parts may be missing, FFFF or FF are wildcards
 *	31892743.HYD.28.04.00001234, 3189274324232804.00001234
 *				with the fabrication number behind it, eight
 *				digits, F for any: tells meters apart that have
 *				all the rest in common
 */
#ifndef METERBUS_ADDRESS_H
#define METERBUS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/error.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

struct meterbus_address {
	bool secondary;
	uint8_t primary;
	/*
	 * As a selection carries it (EN 13757-7): ID four bytes low first,
	 * manufacturer two bytes low first, version, medium. Wildcards: digit
	 * F in the ID, byte FF elsewhere (both bytes of the manufacturer).
	 */
	uint8_t bytes[8];
	/*
	 * For the enhanced selection (EN 13757-7): the fabrication number, four
	 * bytes low first, digit F for any. Few meters know it, so it is used
	 * only where it is given.
	 */
	bool has_fabrication;
	uint8_t fabrication[4];
};

#define METERBUS_ADDRESS_TEXT 32	/* enough for any text of this header, with NUL */

/*
 * Returns 0, or -1 with METERBUS_E_USAGE and what to write instead. The bytes
 * of a selection telegram, which people paste from logs, are recognised and
 * the address inside is named.
 */
int meterbus_address_parse(struct meterbus_address *address, const char *text,
			   struct meterbus_error *err);

/* "5", "3189274324232804" or "3189274324232804.00001234"; returns @out. */
char *meterbus_address_format(const struct meterbus_address *address,
			      char out[METERBUS_ADDRESS_TEXT]);

/* True if no part of a secondary address is a wildcard, or it is primary. */
bool meterbus_address_exact(const struct meterbus_address *address);

/*
 * True if a meter with the full secondary address @meter answers to @mask; to
 * one with a fabrication number only if @meter has that, too.
 */
bool meterbus_address_matches(const struct meterbus_address *mask,
			      const struct meterbus_address *meter);

/* ID digit @position (0: leftmost as printed), 0..15. */
unsigned int meterbus_address_digit(const struct meterbus_address *address,
				    unsigned int position);
void meterbus_address_set_digit(struct meterbus_address *address,
				unsigned int position, unsigned int digit);

/* The eight printed digits of the ID, e.g. "31892743"; returns @out. */
char *meterbus_address_id(const struct meterbus_address *address, char out[9]);

/* Three letters of manufacturer code @code (EN 62056-21), e.g. "HYD"; "?" if it is none. */
char *meterbus_manufacturer_name(uint16_t code, char out[4]);
/* The code of three letters, or 0 if @name is no such. */
uint16_t meterbus_manufacturer_code(const char *name);

METERBUS_END_DECLS

#endif
