/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Selection by secondary address (EN 13757-7). */
#ifndef SIM_SELECTION_H
#define SIM_SELECTION_H

#include "meter.h"

bool selection_is(const struct telegram *t);

/* Does selection @t match @m, and does @m know this kind? */
bool selection_is_for(const struct meter *m, const struct telegram *t);

/* Selects or deselects @m; true with @a filled if it acknowledges. */
bool selection_take(struct meter *m, const struct telegram *t,
		    struct answer *a);

#endif
