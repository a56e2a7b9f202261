/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef METERBUS_SEARCH_BRANCH_H
#define METERBUS_SEARCH_BRANCH_H

#include "search/walk.h"

/*
 * Inside the library: everything that @mask holds. Silence is met with
 * @repeats. @count: meters of any state that were found in it, at least. Fails
 * as a walk does.
 */
int search_mask(struct walk *walk, const struct meterbus_address *mask,
		uint8_t repeats, unsigned int *count,
		struct meterbus_error *err);

#endif
