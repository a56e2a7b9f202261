// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Two open digits of a mask, gone through together: search_grid.c says what is
 * next, here it is done. First each row as a whole; of those with several
 * meters all cells, alone or by columns; then the cells that still hold
 * several, as the rows of the next pair.
 */
#include "search/doubt.h"
#include "search/grid.h"
#include "search/known.h"
#include "search/pair.h"
#include "search/probe.h"

/* With fewer cells to split, a mask for one digit saves nothing. */
#define CELLS_MIN	2

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

static bool every_row_answers(const struct pair *pair)
{
	for (unsigned int row = 0; row < GRID_DIGITS; row++)
		if (!pair->grid.several[row])
			return false;
	return true;
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
	return every_row_answers(pair) ? doubt_wire(walk, err) : 0;
}

/* A meter that is known, by its address, and found by now or before. */
static void mark_meter(struct pair *pair,
		       const struct meterbus_address *meter)
{
	struct grid *grid = &pair->grid;
	unsigned int row = place_digit(meter, pair->rows->place);
	unsigned int column = place_digit(meter, pair->place);

	if (!meterbus_address_matches(pair->rows->mask, meter) ||
	    column >= GRID_DIGITS)
		return;
	grid->blocked[column] = true;
	if (row >= GRID_DIGITS)
		return;
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
	if (search_settle(walk, &branch, expected, pair->learnt_us, &count,
			  err) < 0)
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

static unsigned int count_pending(const struct pair *pair)
{
	unsigned int count = 0;

	for (unsigned int row = 0; row < GRID_DIGITS; row++)
		for (unsigned int i = 0; i < GRID_DIGITS; i++)
			count += pair->pending[row][i];
	return count;
}

/*
 * A digit that no meter has in the next place is silent in each cell that is to
 * be split: one mask that fixes nothing else spares all of these.
 */
static int search_digits(struct walk *walk, const struct pair *pair,
			 struct meterbus_error *err)
{
	unsigned int place = place_behind(pair);

	if (place >= PLACE_AFTER_ID || count_pending(pair) < CELLS_MIN)
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
		known_tell_visit(walk, &mask,
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
	    search_settle(walk, &branch, pair->expected[row], pair->learnt_us,
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
	if (search_digits(walk, pair, err) < 0)
		return -1;
	for (unsigned int row = 0; row < GRID_DIGITS; row++)
		if (pair->grid.several[row] &&
		    settle_row(walk, pair, row, err) < 0)
			return -1;
	return 0;
}

int search_pair(struct walk *walk, struct branch *rows, unsigned int place,
		struct meterbus_error *err)
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
