/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: knowledge that a search begins with. Meters that should
 * be there, meters that were read already, and masks that an interrupted search
 * had tried.
 */
#ifndef METERBUS_SEARCH_KNOWN_H
#define METERBUS_SEARCH_KNOWN_H

#include "search/walk.h"

/*
 * Takes over what is known and asks the meters of it whether they are here.
 * Fails as a walk does.
 */
int known_begin(struct walk *walk, struct meterbus_error *err);

/* True if it has acknowledged its own full address already. */
bool known_is_here(const struct walk *walk,
		   const struct meterbus_address *meter);

/* True if a meter that @mask admits is here and has not been read yet. */
bool known_present(const struct walk *walk,
		   const struct meterbus_address *mask);

/* How many meters that @mask admits are here and need not be read again. */
unsigned int known_settled(const struct walk *walk,
			   const struct meterbus_address *mask);

/*
 * What @mask was, or is as part of another one, when the search was
 * interrupted. False if it has to be asked; it has, too, if silence is to be
 * met with @repeats and was not then.
 */
bool known_visit(const struct walk *walk, const struct meterbus_address *mask,
		 uint8_t repeats, struct meterbus_visit *result);

/* Reports a visit to the caller of the search, for the next search. */
void known_report_visit(struct walk *walk, const struct meterbus_address *mask,
		      enum meterbus_visit_result result, unsigned int meters,
		      uint8_t repeats);

/* At the end: reports meters that should be there and are not. */
void known_report_missing(struct walk *walk);

#endif
