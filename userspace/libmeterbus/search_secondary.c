// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Wildcard search by ID (EN 13757-7). A mask is split at its leftmost wildcard
 * digit wherever several meters seem to answer to it.
 *
 * Nothing is believed at once. Two E5 may overlap to one, so each is followed
 * by a request; two telegrams may overlap to a valid one, so who answers is
 * selected by its full address; silence may be a damaged telegram, so a mask
 * whose digits give fewer meters than it seemed to hold is gone through again.
 */
#include "search_walk.h"

#define ID_DIGITS	8
#define DECIMAL_DIGITS	10
#define HEX_DIGITS	15	/* F is the wildcard */
#define WILDCARD	0xF

/* What a mask holds, by the answers it gave. */
enum cell {
	CELL_EMPTY,
	CELL_DONE,	/* one meter, reported */
	CELL_ONE,	/* at least one, to be isolated */
	CELL_SEVERAL,	/* at least two */
};

static int search_mask(struct walk *walk, const struct meterbus_address *mask,
		       uint8_t repeats, unsigned int *count,
		       struct meterbus_error *err);

static unsigned int first_wildcard(const struct meterbus_address *mask)
{
	unsigned int position = 0;

	while (position < ID_DIGITS &&
	       meterbus_address_digit(mask, position) != WILDCARD)
		position++;
	return position;
}

static struct meterbus_address with_digit(const struct meterbus_address *mask,
					  unsigned int position,
					  unsigned int digit)
{
	struct meterbus_address child = *mask;

	meterbus_address_set_digit(&child, position, digit);
	return child;
}

static int is_present(struct walk *walk, const struct meterbus_address *address,
		      uint8_t repeats, enum ask_result *result,
		      struct meterbus_error *err)
{
	struct ask a = {
		.master = walk->master,
		.address = address,
		.open_repeats = repeats,
	};

	walk->left++;
	if (walk_step(walk, address, err) < 0 || ask_presence(&a, err) < 0)
		return -1;
	*result = a.result;
	return 0;
}

/*
 * Answers of two meters overlap to the AND of their bits. If the one read has
 * a sibling with nearly the same telegram, ID 40 and 41 of one batch, the
 * overlap can be exactly the telegram of the one, checksum included: nothing
 * shows the other but its own selection. Looks for siblings by the last digit
 * that could hide like this.
 */
static int find_hidden(struct walk *walk, const struct meterbus_address *mask,
		       const struct ask *found,
		       const struct meterbus_address *meter, bool *hidden,
		       struct meterbus_error *err)
{
	const struct meterbus_telegram *telegram = &found->telegram;
	unsigned int digit = meterbus_address_digit(meter, ID_DIGITS - 1);
	uint8_t sum = telegram->raw[telegram->raw_len - 2];

	*hidden = false;
	if (meterbus_address_digit(mask, ID_DIGITS - 1) != WILDCARD)
		return 0;
	for (unsigned int other = digit + 1; other < DECIMAL_DIGITS; other++) {
		struct meterbus_address sibling;
		uint8_t other_sum = sum + other - digit;
		enum ask_result result;

		if ((other & digit) != digit || (other_sum & sum) != sum)
			continue;
		sibling = with_digit(meter, ID_DIGITS - 1, other);
		if (is_present(walk, &sibling, 0, &result, err) < 0)
			return -1;
		if (result != ASK_NOBODY) {
			*hidden = true;
			return 0;
		}
	}
	return 0;
}

/* Is the meter of this telegram real? Its own full address tells. */
static int verify(struct walk *walk, const struct ask *found,
		  const struct meterbus_address *meter, enum cell *cell,
		  struct meterbus_error *err)
{
	const struct meterbus_address *mask = found->address;
	char text[METERBUS_ADDRESS_TEXT];
	enum ask_result presence;

	if (is_present(walk, meter, METERBUS_REPEATS_BUS, &presence, err) < 0)
		return -1;
	*cell = CELL_DONE;
	if (presence == ASK_SILENT)
		return walk_report(walk, METERBUS_METER_CONFIRMED, meter, found,
				   err, "%s", "");
	if (presence == ASK_NOBODY)
		report_finding(walk->master, METERBUS_FINDING_PHANTOM, mask, 0,
			       "the answer names meter %s, which does not answer to its own address: the telegrams of several meters overlapped to a valid one; they are told apart",
			       meterbus_address_format(meter, text));
	if (first_wildcard(mask) < ID_DIGITS) {
		*cell = CELL_SEVERAL;
		return 0;
	}
	if (presence == ASK_NOBODY)
		return walk_report(walk, METERBUS_METER_SEVERAL, mask, NULL,
				   err,
				   "several meters share this ID: their answers overlap; disconnect all but one and read it");
	return walk_report(walk, METERBUS_METER_SEVERAL, meter, NULL, err,
			   "several meters share this whole address, version and medium included: their answers overlap; disconnect all but one");
}

/* The mask gave a telegram; is its meter real, and alone? */
static int judge_telegram(struct walk *walk, const struct ask *found,
			  enum cell *cell, struct meterbus_error *err)
{
	const struct meterbus_address *mask = found->address;
	bool isolated = first_wildcard(mask) == ID_DIGITS;
	struct meterbus_address meter;
	char text[METERBUS_ADDRESS_TEXT];
	bool hidden;

	*cell = CELL_DONE;
	if (!meterbus_telegram_meter(&found->telegram, &meter)) {
		if (isolated)
			return walk_report(walk, METERBUS_METER_CONFIRMED, mask,
					   found, err, "%s", "");
		*cell = CELL_ONE;
		return 0;
	}
	if (!address_admits(mask, &meter)) {
		if (isolated)
			return walk_report(walk, METERBUS_METER_SUSPECT, mask,
					   found, err,
					   "acknowledges this ID, but calls itself %s in its telegram; read it by the address that works and tell its maker",
					   meterbus_address_format(&meter, text));
		*cell = CELL_ONE;
		return 0;
	}
	if (!walk_knows(walk, &meter)) {
		if (verify(walk, found, &meter, cell, err) < 0)
			return -1;
		if (*cell != CELL_DONE ||
		    walk->meters[walk->count - 1].state !=
			    METERBUS_METER_CONFIRMED)
			return 0;
	}
	if (find_hidden(walk, mask, found, &meter, &hidden, err) < 0)
		return -1;
	if (hidden)
		*cell = CELL_SEVERAL;
	return 0;
}

static int probe(struct walk *walk, const struct meterbus_address *mask,
		 uint8_t repeats, enum cell *cell, struct meterbus_error *err)
{
	bool isolated = first_wildcard(mask) == ID_DIGITS;
	struct ask a = {
		.master = walk->master,
		.address = mask,
		.open_repeats = repeats,
		.brief = !isolated && walk->exhausted &&
			 (walk->master->turn_proved ||
			  walk->master->guard_fixed),
	};

	if (walk_step(walk, mask, err) < 0 || ask(&a, err) < 0)
		return -1;
	walk_note(walk, &a);
	if (a.result == ASK_NOBODY) {
		*cell = CELL_EMPTY;
		return 0;
	}
	if (a.result == ASK_FRAME) {
		ask_release(&a);
		return judge_telegram(walk, &a, cell, err);
	}
	if (isolated) {
		*cell = CELL_DONE;
		return walk_report_failure(walk, &a, err);
	}
	*cell = a.result == ASK_SILENT || a.result == ASK_NO_DATA ?
			CELL_ONE :
			CELL_SEVERAL;
	return 0;
}

/* Goes through digits @from to @to of those that have held nothing so far. */
static int search_digits(struct walk *walk, const struct meterbus_address *mask,
			 unsigned int from, unsigned int to, uint8_t repeats,
			 unsigned int counts[HEX_DIGITS], unsigned int *count,
			 struct meterbus_error *err)
{
	unsigned int position = first_wildcard(mask);

	for (unsigned int digit = from; digit < to; digit++)
		walk->left += !counts[digit];
	for (unsigned int digit = from; digit < to; digit++) {
		struct meterbus_address child;

		if (counts[digit])
			continue;
		child = with_digit(mask, position, digit);
		if (search_mask(walk, &child, repeats, &counts[digit], err) < 0)
			return -1;
		*count += counts[digit];
	}
	return 0;
}

/*
 * Splits a mask. If its digits hold fewer meters than it seemed to, there are
 * digits A to E in an ID, or a telegram was damaged: look again, patiently.
 */
static int split(struct walk *walk, const struct meterbus_address *mask,
		 unsigned int expected, unsigned int *count,
		 struct meterbus_error *err)
{
	uint32_t learnt_us = walk->master->learnt_us;
	unsigned int counts[HEX_DIGITS] = { 0 };
	char text[METERBUS_ADDRESS_TEXT];

	if (search_digits(walk, mask, 0, DECIMAL_DIGITS, 0, counts, count,
			  err) < 0)
		return -1;
	/* A guard far too small until now has lost selections, too. */
	if (walk->master->learnt_us != learnt_us &&
	    walk->master->learnt_us > UNPROVED_GUARD_US &&
	    search_digits(walk, mask, 0, DECIMAL_DIGITS, 0, counts, count,
			  err) < 0)
		return -1;
	if ((*count < expected || walk->search->all_digits) &&
	    search_digits(walk, mask, DECIMAL_DIGITS, HEX_DIGITS, 0, counts,
			  count, err) < 0)
		return -1;
	if (*count < expected &&
	    search_digits(walk, mask, 0, HEX_DIGITS, METERBUS_REPEATS_BUS,
			  counts, count, err) < 0)
		return -1;
	if (*count >= expected)
		return 0;
	meterbus_address_format(mask, text);
	if (*count) {
		report_finding(walk->master, METERBUS_FINDING_DOUBTFUL, mask, 0,
			       "several meters seemed to answer to %s and one was found: a disturbance, or a meter that is not always there; search again if one is missing",
			       text);
		return 0;
	}
	*count = expected;
	return walk_report(walk, METERBUS_METER_SUSPECT, mask, NULL, err,
			   "something answers to %s, but to none of its digits: a disturbed line, or a meter that takes no wildcards; search again, or read it by its printed number",
			   text);
}

/* How many meters the reports since @before stand for, at least. */
static unsigned int reported(const struct walk *walk,
			     const struct meterbus_search_result *before)
{
	const struct meterbus_search_result *now = walk->result;

	if (now->count[METERBUS_METER_SEVERAL] >
		    before->count[METERBUS_METER_SEVERAL] ||
	    now->count[METERBUS_METER_SUSPECT] >
		    before->count[METERBUS_METER_SUSPECT])
		return 2;
	return 1;
}

/* @count: meters of any state that were found in it, at least. */
static int search_mask(struct walk *walk, const struct meterbus_address *mask,
		       uint8_t repeats, unsigned int *count,
		       struct meterbus_error *err)
{
	const struct meterbus_search_result before = *walk->result;
	enum cell cell;

	*count = 0;
	if (probe(walk, mask, repeats, &cell, err) < 0)
		return -1;
	switch (cell) {
	case CELL_EMPTY:
		return 0;
	case CELL_DONE:
		*count = reported(walk, &before);
		return 0;
	case CELL_ONE:
		return split(walk, mask, 1, count, err);
	default:
		return split(walk, mask, 2, count, err);
	}
}

int meterbus_search_secondary(struct meterbus_search *search,
			      const struct meterbus_address *mask,
			      struct meterbus_search_result *result,
			      struct meterbus_error *err)
{
	char text[METERBUS_ADDRESS_TEXT];
	struct walk walk;
	unsigned int count;
	int ret;

	walk_begin(&walk, search, result);
	walk.left = 1;
	ret = search_mask(&walk, mask, METERBUS_REPEATS_BUS, &count, err);
	if (!ret && !count)
		report_finding(walk.master, METERBUS_FINDING_NOBODY, mask, 0,
			       "no meter answers to %s; check the wiring, the converter's supply and the baud rate (most meters: 2400); meters without secondary address are found by primary address only",
			       meterbus_address_format(mask, text));
	return walk_end(&walk, ret);
}
