/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef METERBUS_SEARCH_PAIR_H
#define METERBUS_SEARCH_PAIR_H

#include "search/branch.h"

/*
 * Inside the library: goes through the likely values of @rows, each together
 * with those of @place, another open digit of its mask. Fails as a walk does.
 */
int search_pair(struct walk *walk, struct branch *rows, unsigned int place,
		struct meterbus_error *err);

#endif
