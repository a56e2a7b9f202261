/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: what one mask of a wildcard search holds.
 */
#ifndef METERBUS_SEARCH_PROBE_H
#define METERBUS_SEARCH_PROBE_H

#include "search/walk.h"

/* By the answers it gave. */
enum cell {
	CELL_EMPTY,
	CELL_DONE,	/* one meter, reported */
	CELL_ONE,	/* at least one, to be isolated */
	CELL_SEVERAL,	/* at least two */
};

/*
 * Selects @mask, reads the meter that answers alone, verifies and reports it. Silence is
 * met with @repeats. With CELL_DONE, @count is how many meters that is. Fails
 * as a walk does.
 */
int probe(struct walk *walk, const struct meterbus_address *mask,
	  uint8_t repeats, enum cell *cell, unsigned int *count,
	  struct meterbus_error *err);

#endif
