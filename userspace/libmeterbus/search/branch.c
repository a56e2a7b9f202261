// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A mask with several meters and the way from one to the next. It is split at
 * its first open place, a branch for each value; open digits of an ID are gone
 * through two at a time (search/pair.h): first each row as a whole; of those
 * with several meters all cells, alone or by columns; then the cells that still
 * hold several, as the rows of the next pair.
 *
 * Silence may be a damaged telegram, so a mask whose values give fewer meters
 * than it seemed to hold is gone through again. All of these fail as a walk
 * does.
 */
#include "search/branch.h"
#include "search/doubt.h"
#include "search/known.h"
#include "search/pair.h"
#include "search/probe.h"

/* With fewer cells to split, a mask for one digit saves nothing. */
#define CELLS_MIN	2

/* A mask on its way through the values of its first open place. */
struct branch {
	const struct meterbus_address *mask;
	unsigned int place;
	struct place_values values;
	uint32_t learnt_us;		/* the guard that was learnt before */
	unsigned int counts[256];	/* meters found, by value */
	unsigned int count;		/* all of them */
};

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

/* No value gave a meter: what still answers to the mask is the evidence. */
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
		return walk_report(
			walk, METERBUS_METER_SUSPECT, branch->mask, NULL, err,
			"something answers to %s, but to none of its digits: a disturbed line, or a meter that takes no wildcards; search again, or read it by its printed number",
			meterbus_address_format(branch->mask, text));
	return walk_report(
		walk, METERBUS_METER_SEVERAL, branch->mask, NULL, err, "%s",
		branch->place < PLACE_FABRICATION ?
			"several meters share this ID, and manufacturer, version and medium are the same: disconnect all but one and read it" :
			"several meters share this whole address, version and medium included, and take no selection by fabrication number: disconnect all but one and read it");
}

/*
 * Some meters are selected by their ID whatever comes behind it; no value of a
 * byte separates those from others. A manufacturer's letters begin at 1, so no
 * meter has zero there.
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
 * telegram was damaged: look again, patiently.
 */
static int look_again(struct walk *walk, struct branch *branch,
		      unsigned int expected, struct meterbus_error *err)
{
	const struct place_values *values = &branch->values;
	bool all = place_is_digit(branch->place) &&
		   (walk->all_digits || (walk->search->all_digits &&
					 branch->place >= PLACE_FABRICATION));
	size_t patient = values->likely;

	/* A guard far too small until now has lost selections, too. */
	if (walk->master->learnt_us != branch->learnt_us &&
	    walk->master->learnt_us > UNPROVED_GUARD_US &&
	    search_values(walk, branch, 0, values->likely, 0, err) < 0)
		return -1;
	if ((branch->count < expected || all) &&
	    search_values(walk, branch, values->likely, values->count, 0, err) <
		    0)
		return -1;
	if (branch->count >= expected)
		return 0;
	if (place_is_digit(branch->place))
		patient = values->count;
	return search_values(walk, branch, 0, patient, METERBUS_REPEATS_BUS,
			     err);
}

/*
 * Noise may look like meters, but hardly twice. @noise: no meter answers when
 * @mask is selected again.
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

/*
 * After the likely values of @branch, which seemed to hold @expected meters or
 * more: looks again where fewer were found and reports what remains unclear.
 * @count: as search_mask() has it.
 */
static int settle(struct walk *walk, struct branch *branch,
		  unsigned int expected, unsigned int *count,
		  struct meterbus_error *err)
{
	char text[METERBUS_ADDRESS_TEXT];
	bool noise = false;

	*count = 0;
	if (!branch->count && expected &&
	    was_noise(walk, branch->mask, &noise, err) < 0)
		return -1;
	if (noise) {
		walk->unexplained++;
		return 0;
	}
	if (look_again(walk, branch, expected, err) < 0)
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

/* ----------------------------------------------------- pairs of digits */

static int search_rows(struct walk *walk, struct branch *rows,
		       struct pair *pair, struct meterbus_error *err)
{
	walk->left += GRID_DIGITS;
	for (unsigned int row = 0; row < GRID_DIGITS; row++) {
		struct meterbus_address mask = pair_row(pair, row);
		enum cell cell;

		if (probe(walk, &mask, 0, &cell, &rows->counts[row], err) < 0)
			return -1;
		rows->count += rows->counts[row];
		if (cell == CELL_ONE || cell == CELL_SEVERAL) {
			pair->expected[row] = cell == CELL_ONE ? 1 : 2;
			pair->grid.several[row] = true;
			walk->left += GRID_DIGITS;
			continue;
		}
		for (unsigned int i = 0; i < GRID_DIGITS; i++)
			pair->grid.cells[row][i] = GRID_EMPTY;
	}
	return pair_every_row_answers(pair) ? doubt_wire(walk, err) : 0;
}

/* Cells with several meters wait: those of a row are split together. */
static int search_cell(struct walk *walk, struct pair *pair, unsigned int row,
		       unsigned int column, struct meterbus_error *err)
{
	struct meterbus_address mask = pair_cell(pair, row, column);
	unsigned int *count = &pair->counts[row][column];
	enum cell cell;

	if (pair_next_place(pair) >= PLACE_AFTER_ID) {
		if (search_mask(walk, &mask, 0, count, err) < 0)
			return -1;
	} else {
		if (probe(walk, &mask, 0, &cell, count, err) < 0)
			return -1;
		if (cell == CELL_ONE || cell == CELL_SEVERAL) {
			*count = cell == CELL_ONE ? 1 : 2;
			pair->pending[row][column] = true;
		}
	}
	pair->grid.cells[row][column] = *count ? GRID_METER : GRID_EMPTY;
	return 0;
}

/* Cells that an interrupted search was through with. */
static int search_known_cells(struct walk *walk, struct pair *pair,
			      struct meterbus_error *err)
{
	for (unsigned int row = 0; row < GRID_DIGITS; row++) {
		for (unsigned int i = 0; i < GRID_DIGITS; i++) {
			struct meterbus_address mask = pair_cell(pair, row, i);
			struct meterbus_visit visit;

			if (!pair->grid.several[row] ||
			    !known_visit(walk, &mask, 0, &visit))
				continue;
			if ((visit.result == METERBUS_VISIT_NOTHING ||
			     visit.result == METERBUS_VISIT_METERS) &&
			    search_cell(walk, pair, row, i, err) < 0)
				return -1;
		}
	}
	return 0;
}

/* A column that holds at least @expected, cell by cell. */
static int split_column(struct walk *walk, struct branch *rows,
			struct pair *pair, unsigned int column,
			unsigned int expected, struct meterbus_error *err)
{
	struct meterbus_address mask = pair_column(pair, column);
	struct branch branch = {
		.mask = &mask,
		.place = pair->row_place,
		.values = rows->values,
		.learnt_us = rows->learnt_us,
	};
	unsigned int count;

	for (unsigned int row = 0; row < GRID_DIGITS; row++) {
		if (pair->grid.cells[row][column] == GRID_UNTRIED &&
		    search_cell(walk, pair, row, column, err) < 0)
			return -1;
		branch.counts[row] = pair->counts[row][column];
		branch.count += branch.counts[row];
	}
	if (branch.count >= expected)
		return 0;
	if (settle(walk, &branch, expected, &count, err) < 0)
		return -1;
	for (unsigned int row = 0; row < GRID_DIGITS; row++) {
		count -= branch.counts[row];
		pair->counts[row][column] = branch.counts[row];
		if (!pair->grid.several[row])
			rows->count += branch.counts[row];
	}
	/* With digits A to E, or as a whole. */
	rows->count += count;
	return 0;
}

static int search_column(struct walk *walk, struct branch *rows,
			 struct pair *pair, unsigned int column,
			 struct meterbus_error *err)
{
	struct meterbus_address mask = pair_column(pair, column);
	unsigned int cells = grid_untried(&pair->grid, column);
	size_t before = walk->count;
	unsigned int count;
	enum cell cell;

	walk->left++;
	if (probe(walk, &mask, 0, &cell, &count, err) < 0)
		return -1;
	if (cell == CELL_ONE || cell == CELL_SEVERAL)
		return split_column(walk, rows, pair, column,
				    cell == CELL_ONE ? 1 : 2, err);
	if (cell == CELL_DONE &&
	    (walk->count != before + 1 ||
	     !pair_take_find(pair, column, &walk->meters[before])))
		return split_column(walk, rows, pair, column, 0, err);
	pair_column_empty(pair, column);
	walk->left -= walk->left < cells ? walk->left : cells;
	return 0;
}

static int search_open_rows(struct walk *walk, struct branch *rows,
			    struct pair *pair, struct meterbus_error *err);

/*
 * A digit that no meter has in the next place is silent in each cell that is to
 * be split: one mask that fixes nothing else spares all of these.
 */
static int search_digits(struct walk *walk, const struct pair *pair,
			 struct meterbus_error *err)
{
	unsigned int place = pair_next_place(pair);

	if (place >= PLACE_AFTER_ID || pair_count_pending(pair) < CELLS_MIN)
		return 0;
	for (unsigned int digit = 0; digit < GRID_DIGITS; digit++) {
		struct meterbus_address mask = *walk->whole;
		struct meterbus_visit visit;
		enum ask_result presence;

		mask = place_with(&mask, place, digit);
		if (walk_was_silent(walk, &mask) ||
		    walk_is_known(walk, &mask) ||
		    known_visit(walk, &mask, 0, &visit))
			continue;
		if (walk_presence(walk, &mask, METERBUS_REPEATS_BUS, &presence,
				  err) < 0)
			return -1;
		if (presence == ASK_NOBODY &&
		    walk_note_silence(walk, &mask, err) < 0)
			return -1;
		known_report_visit(walk, &mask,
				 presence == ASK_NOBODY ?
					 METERBUS_VISIT_NOTHING :
					 METERBUS_VISIT_ONE,
				 0, METERBUS_REPEATS_BUS);
	}
	return 0;
}

/* The cells of @row that wait to be split are the rows of another pair. */
static int search_pending(struct walk *walk, const struct pair *pair,
			  unsigned int row, struct branch *branch,
			  struct meterbus_error *err)
{
	struct pair inner;
	unsigned int count = pair_begin_inner(&inner, pair, row, branch->mask);

	walk->left += count * GRID_DIGITS;
	return count ? search_open_rows(walk, branch, &inner, err) : 0;
}

static int settle_row(struct walk *walk, struct branch *rows, struct pair *pair,
		      unsigned int row, struct meterbus_error *err)
{
	struct meterbus_address mask = pair_row(pair, row);
	struct branch branch = {
		.mask = &mask,
		.place = pair->place,
		.learnt_us = rows->learnt_us,
	};

	place_values(walk, branch.place, &branch.values);
	for (unsigned int column = 0; column < GRID_DIGITS; column++) {
		if (pair->pending[row][column])
			continue;
		branch.counts[column] = pair->counts[row][column];
		branch.count += branch.counts[column];
	}
	if (search_pending(walk, pair, row, &branch, err) < 0 ||
	    settle(walk, &branch, pair->expected[row], &rows->counts[row],
		   err) < 0)
		return -1;
	rows->count += rows->counts[row];
	return 0;
}

/* The rows of @pair that hold several meters; those of @rows are counted. */
static int search_open_rows(struct walk *walk, struct branch *rows,
			    struct pair *pair, struct meterbus_error *err)
{
	struct grid_choice next = { 0 };
	int ret;

	if (search_known_cells(walk, pair, err) < 0)
		return -1;
	for (;;) {
		pair_mark_meters(pair, walk);
		if (!grid_choose(&pair->grid, &next))
			break;
		ret = next.whole ? search_column(walk, rows, pair, next.column,
						 err) :
				   search_cell(walk, pair, next.row,
					       next.column, err);
		if (ret < 0)
			return -1;
	}
	if (search_digits(walk, pair, err) < 0)
		return -1;
	for (unsigned int row = 0; row < GRID_DIGITS; row++)
		if (pair->grid.several[row] &&
		    settle_row(walk, rows, pair, row, err) < 0)
			return -1;
	return 0;
}

static int search_pair(struct walk *walk, struct branch *rows,
		       unsigned int place, struct meterbus_error *err)
{
	struct pair pair = {
		.mask = rows->mask,
		.row_place = rows->place,
		.place = place,
		.grid.serials = place == PLACE_LAST_DIGIT,
	};

	if (search_rows(walk, rows, &pair, err) < 0)
		return -1;
	return search_open_rows(walk, rows, &pair, err);
}

/* ----------------------------------------------------------- any place */

static int search_likely(struct walk *walk, struct branch *branch,
			 struct meterbus_error *err)
{
	struct meterbus_address child =
		place_with(branch->mask, branch->place, 0);
	unsigned int next = place_first_open(&child);

	if (next < PLACE_AFTER_ID)
		return search_pair(walk, branch, next, err);
	return search_values(walk, branch, 0, branch->values.likely, 0, err);
}

static int split(struct walk *walk, const struct meterbus_address *mask,
		 unsigned int expected, unsigned int *count,
		 struct meterbus_error *err)
{
	bool beyond_id = walk->beyond_id;
	struct branch branch = {
		.mask = mask,
		.place = place_first_open(mask),
		.learnt_us = walk->master->learnt_us,
	};
	int ret;

	place_values(walk, branch.place, &branch.values);
	walk->beyond_id = branch.place >= PLACE_AFTER_ID;
	if (walk->beyond_id && !beyond_id &&
	    check_filter(walk, mask, branch.place, err) < 0)
		return -1;
	ret = search_likely(walk, &branch, err);
	if (!ret)
		ret = settle(walk, &branch, expected, count, err);
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
