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
#include "search_grid.h"
#include "search_known.h"
#include "search_place.h"
#include "search_probe.h"

static int search_mask(struct walk *walk, const struct meterbus_address *mask,
		       uint8_t repeats, unsigned int *count,
		       struct meterbus_error *err);

/* A mask on its way through the values of its first open place. */
struct branch {
	const struct meterbus_address *mask;
	unsigned int place;
	struct place_values values;
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
	bool all = walk->search->all_digits && place_is_digit(branch->place);
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

/* The same, and says what is left to say. @count: the meters in it, at least. */
static int settle(struct walk *walk, struct branch *branch,
		  unsigned int expected, uint32_t learnt_us,
		  unsigned int *count, struct meterbus_error *err)
{
	char text[METERBUS_ADDRESS_TEXT];

	if (look_again(walk, branch, expected, learnt_us, err) < 0)
		return -1;
	*count = branch->count;
	if (*count >= expected)
		return 0;
	if (!*count) {
		*count = expected;
		return report_unsplit(walk, branch, err);
	}
	report_finding(walk->master, METERBUS_FINDING_DOUBTFUL, branch->mask, 0,
		       "several meters seemed to answer to %s and one was found: a disturbance, or a meter that is not always there; search again if one is missing",
		       meterbus_address_format(branch->mask, text));
	return 0;
}

/* Two open digits of a mask, gone through together. */
struct pair {
	struct branch *rows;	/* by the values of the first */
	unsigned int place;	/* the second, whose values are the columns */
	struct grid grid;
	unsigned int expected[GRID_DIGITS];	/* meters in a row, at least */
	unsigned int counts[GRID_DIGITS][GRID_DIGITS];
	/* Of these counts: not found yet, the cell is to be split. */
	bool pending[GRID_DIGITS][GRID_DIGITS];
	uint32_t learnt_us;
};

static struct meterbus_address row_mask(const struct pair *pair,
					unsigned int row)
{
	return place_with(pair->rows->mask, pair->rows->place, row);
}

static struct meterbus_address column_mask(const struct pair *pair,
					   unsigned int column)
{
	return place_with(pair->rows->mask, pair->place, column);
}

static struct meterbus_address cell_mask(const struct pair *pair,
					 unsigned int row, unsigned int column)
{
	struct meterbus_address mask = row_mask(pair, row);

	return place_with(&mask, pair->place, column);
}

static void set_column(struct pair *pair, unsigned int column,
		       enum grid_cell state)
{
	for (unsigned int row = 0; row < GRID_DIGITS; row++)
		if (pair->grid.cells[row][column] == GRID_UNTRIED)
			pair->grid.cells[row][column] = state;
}

static int search_rows(struct walk *walk, struct pair *pair,
		       struct meterbus_error *err)
{
	walk->left += GRID_DIGITS;
	for (unsigned int row = 0; row < GRID_DIGITS; row++) {
		struct meterbus_address mask = row_mask(pair, row);
		enum cell cell;

		if (probe(walk, &mask, 0, &cell, &pair->rows->counts[row],
			  err) < 0)
			return -1;
		pair->rows->count += pair->rows->counts[row];
		if (cell == CELL_ONE || cell == CELL_SEVERAL) {
			pair->expected[row] = cell == CELL_ONE ? 1 : 2;
			pair->grid.several[row] = true;
			walk->left += GRID_DIGITS;
			continue;
		}
		for (unsigned int i = 0; i < GRID_DIGITS; i++)
			pair->grid.cells[row][i] = GRID_EMPTY;
	}
	return 0;
}

/* A meter that is known, by its address, and found by now or before. */
static void mark_meter(struct pair *pair,
		       const struct meterbus_address *meter)
{
	struct grid *grid = &pair->grid;
	unsigned int row = place_digit(meter, pair->rows->place);
	unsigned int column = place_digit(meter, pair->place);

	if (!meterbus_address_matches(pair->rows->mask, meter) ||
	    row >= GRID_DIGITS || column >= GRID_DIGITS)
		return;
	grid->blocked[column] = true;
	if (!grid->several[row])
		grid->cells[row][column] = GRID_METER;
	else if (grid->cells[row][column] == GRID_UNTRIED)
		grid->sure[row][column] = true;
}

static void mark_meters(const struct walk *walk, struct pair *pair)
{
	struct grid *grid = &pair->grid;

	for (size_t i = 0; i < walk->count; i++)
		mark_meter(pair, &walk->meters[i].address);
	for (unsigned int column = 0; column < GRID_DIGITS; column++) {
		struct meterbus_address mask = column_mask(pair, column);

		if (known_settled(walk, &mask))
			grid->blocked[column] = true;
		for (unsigned int row = 0; row < GRID_DIGITS; row++) {
			mask = cell_mask(pair, row, column);
			if (known_present(walk, &mask))
				grid->sure[row][column] = true;
		}
	}
}

/* The place after those of @pair, if it is a digit of the ID. */
static unsigned int place_behind(const struct pair *pair)
{
	struct meterbus_address mask = cell_mask(pair, 0, 0);

	return place_first_open(&mask);
}

/* Cells with several meters wait: those of a row are split together. */
static int search_cell(struct walk *walk, struct pair *pair, unsigned int row,
		       unsigned int column, struct meterbus_error *err)
{
	struct meterbus_address mask = cell_mask(pair, row, column);
	unsigned int *count = &pair->counts[row][column];
	enum cell cell;

	if (place_behind(pair) >= PLACE_AFTER_ID) {
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
			struct meterbus_address mask = cell_mask(pair, row, i);
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
static int split_column(struct walk *walk, struct pair *pair,
			unsigned int column, unsigned int expected,
			struct meterbus_error *err)
{
	struct meterbus_address mask = column_mask(pair, column);
	struct branch branch = {
		.mask = &mask,
		.place = pair->rows->place,
		.values = pair->rows->values,
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
	if (settle(walk, &branch, expected, pair->learnt_us, &count, err) < 0)
		return -1;
	for (unsigned int row = 0; row < GRID_DIGITS; row++) {
		count -= branch.counts[row];
		pair->counts[row][column] = branch.counts[row];
		if (!pair->grid.several[row])
			pair->rows->count += branch.counts[row];
	}
	/* With digits A to E, or as a whole. */
	pair->rows->count += count;
	return 0;
}

/* If @find is the meter of @column, and the only one. */
static bool take_find(struct pair *pair, unsigned int column,
		      const struct walk_meter *find)
{
	struct meterbus_address mask = column_mask(pair, column);
	unsigned int row = place_digit(&find->address, pair->rows->place);

	if (find->state != METERBUS_METER_CONFIRMED || row >= GRID_DIGITS ||
	    !pair->grid.several[row] ||
	    !meterbus_address_matches(&mask, &find->address))
		return false;
	pair->counts[row][column] = 1;
	pair->grid.cells[row][column] = GRID_METER;
	return true;
}

static int search_column(struct walk *walk, struct pair *pair,
			 unsigned int column, struct meterbus_error *err)
{
	struct meterbus_address mask = column_mask(pair, column);
	unsigned int cells = grid_untried(&pair->grid, column);
	size_t before = walk->count;
	unsigned int count;
	enum cell cell;

	walk->left++;
	if (probe(walk, &mask, 0, &cell, &count, err) < 0)
		return -1;
	if (cell == CELL_ONE || cell == CELL_SEVERAL)
		return split_column(walk, pair, column,
				    cell == CELL_ONE ? 1 : 2, err);
	if (cell == CELL_DONE &&
	    (walk->count != before + 1 ||
	     !take_find(pair, column, &walk->meters[before])))
		return split_column(walk, pair, column, 0, err);
	set_column(pair, column, GRID_EMPTY);
	walk->left -= walk->left < cells ? walk->left : cells;
	return 0;
}

static int search_open_rows(struct walk *walk, struct pair *pair,
			    struct meterbus_error *err);

/* The cells of @row that wait to be split are the rows of another pair. */
static int search_pending(struct walk *walk, const struct pair *pair,
			  unsigned int row, struct branch *branch,
			  struct meterbus_error *err)
{
	struct pair inner = {
		.rows = branch,
		.place = place_behind(pair),
		.learnt_us = pair->learnt_us,
	};
	unsigned int rows = 0;

	for (unsigned int i = 0; i < GRID_DIGITS; i++) {
		inner.grid.several[i] = pair->pending[row][i];
		if (inner.grid.several[i]) {
			inner.expected[i] = pair->counts[row][i];
			rows++;
			continue;
		}
		for (unsigned int j = 0; j < GRID_DIGITS; j++)
			inner.grid.cells[i][j] = GRID_EMPTY;
	}
	walk->left += rows * GRID_DIGITS;
	return rows ? search_open_rows(walk, &inner, err) : 0;
}

static int settle_row(struct walk *walk, struct pair *pair, unsigned int row,
		      struct meterbus_error *err)
{
	struct meterbus_address mask = row_mask(pair, row);
	struct branch branch = { .mask = &mask, .place = pair->place };

	place_values(walk, branch.place, &branch.values);
	for (unsigned int column = 0; column < GRID_DIGITS; column++) {
		if (pair->pending[row][column])
			continue;
		branch.counts[column] = pair->counts[row][column];
		branch.count += branch.counts[column];
	}
	if (search_pending(walk, pair, row, &branch, err) < 0 ||
	    settle(walk, &branch, pair->expected[row], pair->learnt_us,
		   &pair->rows->counts[row], err) < 0)
		return -1;
	pair->rows->count += pair->rows->counts[row];
	return 0;
}

/* Of @pair those rows that hold several. */
static int search_open_rows(struct walk *walk, struct pair *pair,
			    struct meterbus_error *err)
{
	struct grid_choice next;
	int ret;

	if (search_known_cells(walk, pair, err) < 0)
		return -1;
	for (;;) {
		mark_meters(walk, pair);
		if (!grid_choose(&pair->grid, &next))
			break;
		ret = next.whole ? search_column(walk, pair, next.column, err) :
				   search_cell(walk, pair, next.row,
					       next.column, err);
		if (ret < 0)
			return -1;
	}
	for (unsigned int row = 0; row < GRID_DIGITS; row++)
		if (pair->grid.several[row] &&
		    settle_row(walk, pair, row, err) < 0)
			return -1;
	return 0;
}

/* The likely values of @rows, each together with those of @place. */
static int search_pair(struct walk *walk, struct branch *rows,
		       unsigned int place, struct meterbus_error *err)
{
	struct pair pair = {
		.rows = rows,
		.place = place,
		.grid.serials = place == PLACE_LAST_DIGIT,
		.learnt_us = walk->master->learnt_us,
	};

	if (search_rows(walk, &pair, err) < 0)
		return -1;
	return search_open_rows(walk, &pair, err);
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
		ret = settle(walk, &branch, expected, learnt_us, count, err);
	walk->beyond_id = beyond_id;
	return ret;
}

/* @count: meters of any state that were found in it, at least. */
static int search_mask(struct walk *walk, const struct meterbus_address *mask,
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
	walk.left = 1;
	ret = known_begin(&walk, err);
	if (!ret)
		ret = search_mask(&walk, mask, METERBUS_REPEATS_BUS, &count,
				  err);
	if (!ret && !count)
		report_finding(walk.master, METERBUS_FINDING_NOBODY, mask, 0,
			       "no meter answers to %s; check the wiring, the converter's supply and the baud rate (most meters: 2400); meters without secondary address are found by primary address only",
			       meterbus_address_format(mask, text));
	if (!ret)
		known_tell_missing(&walk);
	return walk_end(&walk, ret);
}
