// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Wildcard search (EN 13757-7). Wherever several meters seem to answer to it, a
 * mask is split at its first open place: the tens of the ID, its last digit,
 * then the others, two digits at a time (search_grid.h); for meters that share
 * an ID at the bytes behind it (search_place.h).
 *
 * Silence may be a damaged telegram, so a mask whose digits give fewer meters
 * than it seemed to hold is gone through again.
 */
#include "search/branch.h"
#include "search/doubt.h"
#include "search/known.h"
#include "search/pair.h"
#include "search/probe.h"

/* Goes through values @from to @to of those that have held nothing so far. */
static int search_values(struct walk *walk, struct branch *branch, size_t from,
			 size_t to, uint8_t repeats, struct meterbus_error *err)
{
	for (size_t i = from; i < to; i++)
		walk->left += !branch->counts[i];
	for (size_t i = from; i < to; i++) {
		struct meterbus_address child;

		if (branch->counts[i])
			continue;
		if (walk->filter_ignored) {
			walk->left--;
			continue;
		}
		child = place_with(branch->mask, branch->place,
				   branch->values.values[i]);
		if (search_mask(walk, &child, repeats, &branch->counts[i],
				err) < 0)
			return -1;
		branch->count += branch->counts[i];
	}
	return 0;
}

/* None of its values gave a meter: whoever still answers is the evidence. */
static int report_unsplit(struct walk *walk, const struct branch *branch,
			  struct meterbus_error *err)
{
	char text[METERBUS_ADDRESS_TEXT];
	enum ask_result presence;

	evidence_begin(&walk->evidence);
	if (walk_presence(walk, branch->mask, METERBUS_REPEATS_BUS, &presence,
			  err) < 0)
		return -1;

	if (branch->place < PLACE_AFTER_ID)
		return walk_report(walk, METERBUS_METER_SUSPECT, branch->mask,
				   NULL, err,
				   "something answers to %s, but to none of its digits: a disturbed line, or a meter that takes no wildcards; search again, or read it by its printed number",
				   meterbus_address_format(branch->mask, text));
	return walk_report(walk, METERBUS_METER_SEVERAL, branch->mask, NULL,
			   err, "%s",
			   branch->place < PLACE_FABRICATION ?
				   "several meters share this ID, and manufacturer, version and medium do not tell them apart: disconnect all but one and read it" :
				   "several meters share this whole address, version and medium included, and take no selection by fabrication number: disconnect all but one and read it");
}

/*
 * Some meters are selected by their ID whatever comes behind it; no value of a
 * byte tells those from others. A manufacturer's letters begin at 1, so nobody
 * has zero there.
 */
static int check_filter(struct walk *walk, const struct meterbus_address *mask,
			unsigned int place, struct meterbus_error *err)
{
	struct meterbus_address nobody;
	enum ask_result result;

	walk->filter_ignored = false;
	if (place != PLACE_MANUFACTURER_HIGH)
		return 0;
	nobody = place_with(mask, place, 0);
	if (walk_presence(walk, &nobody, 0, &result, err) < 0)
		return -1;
	walk->filter_ignored = result != ASK_NOBODY;
	return 0;
}

/*
 * What follows when the likely values of @branch have been tried. If they gave
 * fewer meters than it seemed to hold, there are digits A to E in an ID, or a
 * telegram was damaged: look again, patiently. @learnt_us: the guard that had
 * been learnt before.
 */
static int look_again(struct walk *walk, struct branch *branch,
		      unsigned int expected, uint32_t learnt_us,
		      struct meterbus_error *err)
{
	const struct place_values *values = &branch->values;
	bool all = place_is_digit(branch->place) &&
		   (walk->all_digits || (walk->search->all_digits &&
					 branch->place >= PLACE_FABRICATION));
	size_t patient = values->likely;

	/* A guard far too small until now has lost selections, too. */
	if (walk->master->learnt_us != learnt_us &&
	    walk->master->learnt_us > UNPROVED_GUARD_US &&
	    search_values(walk, branch, 0, values->likely, 0, err) < 0)
		return -1;
	if ((branch->count < expected || all) &&
	    search_values(walk, branch, values->likely, values->count, 0,
			  err) < 0)
		return -1;
	if (branch->count >= expected)
		return 0;
	if (place_is_digit(branch->place))
		patient = values->count;
	return search_values(walk, branch, 0, patient, METERBUS_REPEATS_BUS,
			     err);
}

/*
 * Noise may look like meters, but hardly twice: does nobody answer when @mask
 * is asked again?
 */
static int was_noise(struct walk *walk, const struct meterbus_address *mask,
		     bool *noise, struct meterbus_error *err)
{
	unsigned int silent = 0;
	unsigned int heard = 0;

	while (silent < 2 && heard < 2) {
		enum ask_result presence;

		if (walk_presence(walk, mask, 0, &presence, err) < 0)
			return -1;
		if (presence == ASK_NOBODY)
			silent++;
		else
			heard++;
	}
	*noise = silent == 2;
	return 0;
}

int search_settle(struct walk *walk, struct branch *branch,
		  unsigned int expected, uint32_t learnt_us,
		  unsigned int *count, struct meterbus_error *err)
{
	char text[METERBUS_ADDRESS_TEXT];
	bool noise = false;

	*count = 0;
	if (!branch->count && expected &&
	    was_noise(walk, branch->mask, &noise, err) < 0)
		return -1;
	if (noise)
		return 0;
	if (look_again(walk, branch, expected, learnt_us, err) < 0)
		return -1;
	*count = branch->count;
	if (*count >= expected)
		return 0;
	if (!*count) {
		*count = expected;
		return report_unsplit(walk, branch, err);
	}
	walk->result->strays++;
	report_finding(walk->master, METERBUS_FINDING_DOUBTFUL, branch->mask, 0,
		       "several meters seemed to answer to %s and one was found: a disturbance, or a meter that is not always there; search again if one is missing",
		       meterbus_address_format(branch->mask, text));
	return 0;
}

static int search_likely(struct walk *walk, struct branch *branch,
			 struct meterbus_error *err)
{
	struct meterbus_address child = place_with(branch->mask, branch->place,
						   0);
	unsigned int next = place_first_open(&child);

	if (next < PLACE_AFTER_ID)
		return search_pair(walk, branch, next, err);
	return search_values(walk, branch, 0, branch->values.likely, 0, err);
}

static int split(struct walk *walk, const struct meterbus_address *mask,
		 unsigned int expected, unsigned int *count,
		 struct meterbus_error *err)
{
	uint32_t learnt_us = walk->master->learnt_us;
	bool beyond_id = walk->beyond_id;
	struct branch branch = {
		.mask = mask,
		.place = place_first_open(mask),
	};
	int ret;

	place_values(walk, branch.place, &branch.values);
	walk->beyond_id = branch.place >= PLACE_AFTER_ID;
	if (walk->beyond_id && !beyond_id &&
	    check_filter(walk, mask, branch.place, err) < 0)
		return -1;
	ret = search_likely(walk, &branch, err);
	if (!ret)
		ret = search_settle(walk, &branch, expected, learnt_us,
				    count, err);
	walk->beyond_id = beyond_id;
	return ret;
}

int search_mask(struct walk *walk, const struct meterbus_address *mask,
		uint8_t repeats, unsigned int *count,
		struct meterbus_error *err)
{
	enum cell cell;

	if (probe(walk, mask, repeats, &cell, count, err) < 0)
		return -1;
	switch (cell) {
	case CELL_EMPTY:
	case CELL_DONE:
		return 0;
	case CELL_ONE:
		return split(walk, mask, 1, count, err);
	default:
		return split(walk, mask, 2, count, err);
	}
}

/* IDs are decimal numbers, says the standard, but not all makers. */
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
 * Whoever has a digit A to E in some place answers to a mask that fixes only
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
		known_tell_missing(&walk);
	return walk_end(&walk, ret);
}
