// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Wildcard search (EN 13757-7): the meters that a mask selects, from the mask
 * down (search/branch.h).
 */
#include "search/branch.h"
#include "search/doubt.h"
#include "search/known.h"
#include "search/place.h"

/* IDs are decimal by the standard, but not those of all makers. */
static bool has_other_digit(const struct meterbus_address *meter)
{
	for (unsigned int place = 0; place < PLACE_AFTER_ID; place++) {
		unsigned int digit = place_digit(meter, place);

		if (digit > 9 && digit < 0xF)
			return true;
	}
	return false;
}

static bool found_other_digits(const struct walk *walk)
{
	for (size_t i = 0; i < walk->count; i++)
		if (walk->meters[i].address.secondary &&
		    has_other_digit(&walk->meters[i].address))
			return true;
	return false;
}

/*
 * A meter with a digit A to E in some place answers to a mask that fixes only
 * that: forty selections show all of them.
 */
static int search_other_digits(struct walk *walk,
			       const struct meterbus_address *mask,
			       unsigned int *count, struct meterbus_error *err)
{
	walk->all_digits = true;
	for (unsigned int place = 0; place < PLACE_AFTER_ID; place++) {
		if (!place_is_open(mask, place))
			continue;
		for (uint8_t digit = 0xA; digit < 0xF; digit++) {
			struct meterbus_address child;
			unsigned int inside;

			child = place_with(mask, place, digit);
			walk->left++;
			if (search_mask(walk, &child, 0, &inside, err) < 0)
				return -1;
			*count += inside;
		}
	}
	return 0;
}

/* From the beginning each time that silence turned out to be lateness. */
static int search_patiently(struct walk *walk,
			    const struct meterbus_address *mask,
			    unsigned int *count, struct meterbus_error *err)
{
	int ret;

	do {
		walk->again = false;
		walk->silent.count = 0;
		walk->left = 1;
		ret = search_mask(walk, mask, METERBUS_REPEATS_BUS, count, err);
		if (!ret && !*count && !walk->again)
			ret = doubt_nobody(walk, mask, err);
		if (!ret && !walk->again)
			ret = doubt_pass(walk, err);
	} while (walk->again);
	return ret;
}

int meterbus_search_secondary(struct meterbus_search *search,
			      const struct meterbus_address *mask,
			      struct meterbus_search_result *result,
			      struct meterbus_error *err)
{
	char text[METERBUS_ADDRESS_TEXT];
	struct walk walk;
	unsigned int count = 0;
	int ret;

	walk_begin(&walk, search, result);
	walk.whole = mask;
	walk.left = 1;
	ret = known_begin(&walk, err);
	if (!ret)
		ret = search_patiently(&walk, mask, &count, err);
	if (!ret && count &&
	    (search->all_digits || found_other_digits(&walk)))
		ret = search_other_digits(&walk, mask, &count, err);
	if (!ret && !count)
		report_finding(walk.master, METERBUS_FINDING_NOBODY, mask, 0,
			       "no meter answers to %s; check the wiring, the converter's supply and the baud rate (most meters: 2400); meters without secondary address are found by primary address only",
			       meterbus_address_format(mask, text));
	if (!ret)
		known_report_missing(&walk);
	return walk_end(&walk, ret);
}
