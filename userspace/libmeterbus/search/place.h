/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: the places of a selection that may be left open, in the
 * order in which a search fills them. The ID first; then, for meters that share
 * one, what else EN 13757-7 lets a master select by: whole bytes (there are no
 * wildcard digits in them), and the digits of the fabrication number.
 */
#ifndef METERBUS_SEARCH_PLACE_H
#define METERBUS_SEARCH_PLACE_H

#include "search/walk.h"

enum {
	PLACE_TENS,			/* of the ID, as serial numbers go */
	PLACE_LAST_DIGIT,
	PLACE_AFTER_ID = 8,		/* before it eight digits */
	/* Meters that share an ID are most likely of different manufacturers. */
	PLACE_MANUFACTURER_HIGH = PLACE_AFTER_ID,
	PLACE_MEDIUM,
	PLACE_VERSION,
	PLACE_MANUFACTURER_LOW,
	PLACE_FABRICATION,		/* eight digits */
	PLACES = PLACE_FABRICATION + 8,
};

struct place_values {
	size_t count;
	/* So many in front are worth a try even if nothing hints at them. */
	size_t likely;
	uint8_t values[256];
};

/* The first open place of @mask; PLACES if it leaves nothing open. */
unsigned int place_first_open(const struct meterbus_address *mask);

static inline bool place_id_open(const struct meterbus_address *mask)
{
	return place_first_open(mask) < PLACE_AFTER_ID;
}

static inline bool place_is_digit(unsigned int place)
{
	return place < PLACE_AFTER_ID || place >= PLACE_FABRICATION;
}

bool place_is_open(const struct meterbus_address *mask, unsigned int place);

/* By how much a byte of the ID grows with its digit in @place. */
unsigned int place_weight(unsigned int place);

/* What @address has in @place, a digit of the ID. */
unsigned int place_digit(const struct meterbus_address *address,
			 unsigned int place);

struct meterbus_address place_with(const struct meterbus_address *mask,
				   unsigned int place, uint8_t value);

/*
 * What to put into @place, in the order in which it is worth a try: codes of
 * the meters in @walk first, then common ones.
 */
void place_values(const struct walk *walk, unsigned int place,
		  struct place_values *values);

#endif
