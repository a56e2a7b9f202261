/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: a mask with several meters, and the way from one to the
 * next. All of these fail as a walk does.
 */
#ifndef METERBUS_SEARCH_BRANCH_H
#define METERBUS_SEARCH_BRANCH_H

#include "search/place.h"

/* A mask on its way through the values of its first open place. */
struct branch {
	const struct meterbus_address *mask;
	unsigned int place;
	struct place_values values;
	unsigned int counts[256];	/* meters found, by value */
	unsigned int count;		/* all of them */
};

/*
 * Everything that @mask holds. Silence is met with @repeats. @count: meters of
 * any state that were found in it, at least.
 */
int search_mask(struct walk *walk, const struct meterbus_address *mask,
		uint8_t repeats, unsigned int *count,
		struct meterbus_error *err);

/*
 * After the likely values of @branch, which seemed to hold @expected meters or
 * more: looks again where fewer were found, and says what is left to say.
 * @learnt_us: the guard that had been learnt before. @count: as above.
 */
int search_settle(struct walk *walk, struct branch *branch,
		  unsigned int expected, uint32_t learnt_us,
		  unsigned int *count, struct meterbus_error *err);

#endif
