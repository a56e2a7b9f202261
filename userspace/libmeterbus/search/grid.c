// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Every cell of a row with several meters has to be tried, so the order alone
 * saves nothing. What saves is to try a column in all of these rows at once:
 * with no meter in it, or one, that spares the silent cells; with two it was
 * one more collision. So the surest cells come first, as they tell most of the
 * others, and a column is tried whole as soon as that is likely to be cheaper.
 */
#include "search/grid.h"

#define PER_MILLE	1000

/*
 * A collision takes little longer than silence, at 2400 Bd 360 ms to 285 ms.
 * But where acknowledgements overlap to one, both meters are asked for data
 * that nobody gets, and those with a battery count it.
 */
#define SILENCE_COST	4
#define COLLISION_COST	8

/* Per mille. Serials of one delivery: beside a meter, and where they end. */
#define CHANCE_NEXT	850
#define CHANCE_BEYOND	150

/* Anywhere in a row with several, where nothing else is known. */
#define CHANCE_LEAST	100

static bool is_cell(const struct grid *grid, int serial, enum grid_cell state)
{
	return serial >= 0 && serial < GRID_DIGITS * GRID_DIGITS &&
	       grid->cells[serial / GRID_DIGITS][serial % GRID_DIGITS] == state;
}

static unsigned int count_row(const struct grid *grid, unsigned int row,
			      enum grid_cell state)
{
	unsigned int count = 0;

	for (unsigned int column = 0; column < GRID_DIGITS; column++)
		count += grid->cells[row][column] == state;
	return count;
}

/* Serials that go on from one row to the next fill the ends of both. */
static bool joins_rows(const struct grid *grid, unsigned int row,
		       unsigned int column)
{
	if (count_row(grid, row, GRID_METER))
		return false;
	if (column == 0)
		return row > 0 && grid->several[row - 1];
	return column == GRID_DIGITS - 1 && row < GRID_DIGITS - 1 &&
	       grid->several[row + 1];
}

/* Two meters in a row with several, and more where many rows have several. */
static unsigned int chance_anywhere(const struct grid *grid, unsigned int row)
{
	unsigned int found = count_row(grid, row, GRID_METER) * PER_MILLE;
	unsigned int rows = 0;
	unsigned int meters, chance;

	for (unsigned int i = 0; i < GRID_DIGITS; i++) {
		rows += grid->several[i];
		if (grid->cells[row][i] == GRID_UNTRIED && grid->sure[row][i])
			found += PER_MILLE;
	}
	meters = 2 * PER_MILLE + rows * rows * PER_MILLE / 25;
	if (meters <= found)
		return CHANCE_LEAST;
	chance = (meters - found) / count_row(grid, row, GRID_UNTRIED);
	if (chance < CHANCE_LEAST)
		return CHANCE_LEAST;
	return chance < PER_MILLE ? chance : PER_MILLE;
}

/* Deliveries go on from a meter that is known, the less likely the further. */
static unsigned int chance_beside(const struct grid *grid, int serial, int step)
{
	unsigned int chance = CHANCE_NEXT;

	for (serial += step; serial >= 0 && serial < GRID_DIGITS * GRID_DIGITS;
	     serial += step) {
		if (is_cell(grid, serial, GRID_METER))
			return chance;
		if (is_cell(grid, serial, GRID_EMPTY))
			return 0;
		chance = chance * CHANCE_NEXT / PER_MILLE;
	}
	return 0;
}

/* That the cell holds a meter, per mille. */
static unsigned int chance_of(const struct grid *grid, unsigned int row,
			      unsigned int column)
{
	int serial = row * GRID_DIGITS + column;
	unsigned int chance = chance_anywhere(grid, row);
	unsigned int next;

	if (grid->sure[row][column])
		return PER_MILLE;
	if (!grid->serials)
		return chance;
	if (joins_rows(grid, row, column))
		return CHANCE_NEXT;
	next = chance_beside(grid, serial, 1);
	if (next < chance_beside(grid, serial, -1))
		next = chance_beside(grid, serial, -1);
	if (next >= chance)
		return next;
	if (chance > CHANCE_BEYOND && count_row(grid, row, GRID_METER) &&
	    (is_cell(grid, serial - 1, GRID_EMPTY) ||
	     is_cell(grid, serial + 1, GRID_EMPTY)))
		return CHANCE_BEYOND;
	return chance;
}

static bool is_open(const struct grid *grid, unsigned int row,
		    unsigned int column)
{
	return grid->several[row] && grid->cells[row][column] == GRID_UNTRIED;
}

unsigned int grid_untried(const struct grid *grid, unsigned int column)
{
	unsigned int count = 0;

	for (unsigned int row = 0; row < GRID_DIGITS; row++)
		count += is_open(grid, row, column);
	return count;
}

/* Is one probe of the whole column, on average, cheaper than one of each? */
static bool whole_pays(const struct grid *grid, unsigned int column)
{
	unsigned int cells = grid_untried(grid, column);
	unsigned int none = PER_MILLE;	/* that it holds no meter */
	unsigned int one = 0;		/* that it holds one */
	unsigned int meters = 0;	/* on average */
	unsigned int several, silent, each, whole;

	if (grid->blocked[column] || cells < 2)
		return false;
	for (unsigned int row = 0; row < GRID_DIGITS; row++) {
		unsigned int chance;

		if (!is_open(grid, row, column))
			continue;
		chance = chance_of(grid, row, column);
		one = (one * (PER_MILLE - chance) + none * chance) / PER_MILLE;
		none = none * (PER_MILLE - chance) / PER_MILLE;
		meters += chance;
	}
	several = PER_MILLE - none - one;
	each = (cells * PER_MILLE - meters) * SILENCE_COST;
	/* Silent cells that are to be tried all the same after a collision. */
	silent = several * cells;
	silent -= silent < meters - one ? silent : meters - one;
	whole = none * SILENCE_COST + several * COLLISION_COST +
		silent * SILENCE_COST;
	return whole < each;
}

bool grid_choose(const struct grid *grid, struct grid_choice *choice)
{
	unsigned int best = 0;

	/* Deliveries begin at round numbers more often than they end there. */
	for (unsigned int column = GRID_DIGITS; column-- > 0;) {
		for (unsigned int row = 0; row < GRID_DIGITS; row++) {
			unsigned int chance;

			if (!is_open(grid, row, column))
				continue;
			chance = chance_of(grid, row, column);
			if (chance <= best)
				continue;
			best = chance;
			choice->row = row;
			choice->column = column;
		}
	}
	if (!best)
		return false;
	choice->whole = whole_pays(grid, choice->column);
	return true;
}
