// SPDX-License-Identifier: LGPL-2.1-or-later
#include "search/known.h"
#include "search/pair.h"

struct meterbus_address pair_row(const struct pair *pair, unsigned int row)
{
	return place_with(pair->mask, pair->row_place, row);
}

struct meterbus_address pair_column(const struct pair *pair,
				    unsigned int column)
{
	return place_with(pair->mask, pair->place, column);
}

struct meterbus_address pair_cell(const struct pair *pair, unsigned int row,
				  unsigned int column)
{
	struct meterbus_address mask = pair_row(pair, row);

	return place_with(&mask, pair->place, column);
}

void pair_column_empty(struct pair *pair, unsigned int column)
{
	for (unsigned int row = 0; row < GRID_DIGITS; row++)
		if (pair->grid.cells[row][column] == GRID_UNTRIED)
			pair->grid.cells[row][column] = GRID_EMPTY;
}

bool pair_every_row_answers(const struct pair *pair)
{
	for (unsigned int row = 0; row < GRID_DIGITS; row++)
		if (!pair->grid.several[row])
			return false;
	return true;
}

/* @meter was found, in this search or before. */
static void mark_meter(struct pair *pair, const struct meterbus_address *meter)
{
	struct grid *grid = &pair->grid;
	unsigned int row = place_digit(meter, pair->row_place);
	unsigned int column = place_digit(meter, pair->place);

	if (!meterbus_address_matches(pair->mask, meter) ||
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

void pair_mark_meters(struct pair *pair, const struct walk *walk)
{
	struct grid *grid = &pair->grid;

	for (size_t i = 0; i < walk->count; i++)
		mark_meter(pair, &walk->meters[i].address);
	for (unsigned int column = 0; column < GRID_DIGITS; column++) {
		struct meterbus_address mask = pair_column(pair, column);

		if (known_settled(walk, &mask))
			grid->blocked[column] = true;
		for (unsigned int row = 0; row < GRID_DIGITS; row++) {
			mask = pair_cell(pair, row, column);
			if (known_present(walk, &mask))
				grid->sure[row][column] = true;
		}
	}
}

unsigned int pair_next_place(const struct pair *pair)
{
	struct meterbus_address mask = pair_cell(pair, 0, 0);

	return place_first_open(&mask);
}

bool pair_take_find(struct pair *pair, unsigned int column,
		    const struct walk_meter *find)
{
	struct meterbus_address mask = pair_column(pair, column);
	unsigned int row = place_digit(&find->address, pair->row_place);

	if (find->state != METERBUS_METER_CONFIRMED || row >= GRID_DIGITS ||
	    !pair->grid.several[row] ||
	    !meterbus_address_matches(&mask, &find->address))
		return false;
	pair->counts[row][column] = 1;
	pair->grid.cells[row][column] = GRID_METER;
	return true;
}

unsigned int pair_count_pending(const struct pair *pair)
{
	unsigned int count = 0;

	for (unsigned int row = 0; row < GRID_DIGITS; row++)
		for (unsigned int i = 0; i < GRID_DIGITS; i++)
			count += pair->pending[row][i];
	return count;
}

unsigned int pair_begin_inner(struct pair *inner, const struct pair *pair,
			      unsigned int row,
			      const struct meterbus_address *mask)
{
	unsigned int rows = 0;

	*inner = (struct pair){
		.mask = mask,
		.row_place = pair->place,
		.place = pair_next_place(pair),
	};
	for (unsigned int i = 0; i < GRID_DIGITS; i++) {
		inner->grid.several[i] = pair->pending[row][i];
		if (inner->grid.several[i]) {
			inner->expected[i] = pair->counts[row][i];
			rows++;
			continue;
		}
		for (unsigned int j = 0; j < GRID_DIGITS; j++)
			inner->grid.cells[i][j] = GRID_EMPTY;
	}
	return rows;
}
