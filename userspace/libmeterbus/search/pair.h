/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: two open digits of a mask and what is known of their
 * values. Nothing here sends; search/branch.c does.
 */
#ifndef METERBUS_SEARCH_PAIR_H
#define METERBUS_SEARCH_PAIR_H

#include "search/grid.h"
#include "search/place.h"

/* The digits of @mask in @row_place are rows, those in @place columns. */
struct pair {
	const struct meterbus_address *mask;
	unsigned int row_place;
	unsigned int place;
	struct grid grid;
	unsigned int expected[GRID_DIGITS];	/* meters in a row, at least */
	unsigned int counts[GRID_DIGITS][GRID_DIGITS];
	/* Of these counts: not found yet, the cell is to be split. */
	bool pending[GRID_DIGITS][GRID_DIGITS];
};

struct meterbus_address pair_row(const struct pair *pair, unsigned int row);
struct meterbus_address pair_column(const struct pair *pair,
				    unsigned int column);
struct meterbus_address pair_cell(const struct pair *pair, unsigned int row,
				  unsigned int column);

/* The place after those of @pair, in the order of a search. */
unsigned int pair_next_place(const struct pair *pair);

bool pair_every_row_answers(const struct pair *pair);

unsigned int pair_count_pending(const struct pair *pair);

/* Nothing answers to @column as a whole: its untried cells are empty. */
void pair_column_empty(struct pair *pair, unsigned int column);

/* Meters of @walk, found or known: where they are is no longer open. */
void pair_mark_meters(struct pair *pair, const struct walk *walk);

/* Counts @find in its cell, if it is confirmed and in @column. */
bool pair_take_find(struct pair *pair, unsigned int column,
		    const struct walk_meter *find);

/*
 * The pair that goes through the pending cells of @row: these are its rows.
 * @mask: that of the row. Returns how many there are.
 */
unsigned int pair_begin_inner(struct pair *inner, const struct pair *pair,
			      unsigned int row,
			      const struct meterbus_address *mask);

#endif
