/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: in which order a search tries two digits of a mask. The
 * values of the one are rows, those of the other columns; a cell fixes both. A
 * row that holds several meters has each of its cells tried, alone or together
 * with those above and below it by a mask that fixes the column only.
 */
#ifndef METERBUS_SEARCH_GRID_H
#define METERBUS_SEARCH_GRID_H

#include <stdbool.h>

/* Digits 0 to 9 are gone through like this; A to E are another matter. */
#define GRID_DIGITS 10

enum grid_cell {
	GRID_UNTRIED,
	GRID_EMPTY,
	GRID_METER,
};

struct grid {
	/* Rows are the tens and columns the last digits of serial numbers. */
	bool serials;
	bool several[GRID_DIGITS];	/* rows whose cells are to be tried */
	enum grid_cell cells[GRID_DIGITS][GRID_DIGITS];	/* [row][column] */
	/* Known to hold a meter, though not tried yet. */
	bool sure[GRID_DIGITS][GRID_DIGITS];
	/* A meter that is known would answer to the column as a whole. */
	bool blocked[GRID_DIGITS];
};

struct grid_choice {
	unsigned int row;
	unsigned int column;
	bool whole;	/* all untried cells of the column at once */
};

/* What to try next; false if nothing is left. */
bool grid_choose(const struct grid *grid, struct grid_choice *choice);

/* How many cells of @column are untried in rows that hold several. */
unsigned int grid_untried(const struct grid *grid, unsigned int column);

#endif
