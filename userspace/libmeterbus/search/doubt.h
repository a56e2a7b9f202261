/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: what makes a search doubt what it hears. Late answers
 * are traced to the request they belong to, and a wire on which anything is
 * answered is named, not searched. All of these fail as a walk does.
 */
#ifndef METERBUS_SEARCH_DOUBT_H
#define METERBUS_SEARCH_DOUBT_H

#include "search/walk.h"

void doubt_begin(struct walk *walk);

/* After each ask(): remembers whom silence may be a late answer of. */
int doubt_note(struct walk *walk, const struct ask *ask,
	       struct meterbus_error *err);

/*
 * After each ask() or selection: if somebody who is there did not answer,
 * silence is believed no longer.
 */
void doubt_missed(struct walk *walk, const struct ask *ask);

/*
 * A late answer was heard, and none of the meters found answers as late: true
 * in @late if one answers to @mask that is later than @delay_us.
 */
int doubt_later(struct walk *walk, const struct meterbus_address *mask,
		uint32_t delay_us, bool *late, struct meterbus_error *err);

/*
 * Something spoilt an answer to @ask that did not come again: true in
 * walk->again if it was late, to a request before.
 */
int doubt_collided(struct walk *walk, const struct ask *ask,
		   struct meterbus_error *err);

/*
 * After a pass through all that is searched: true in walk->again if it is to
 * be gone through again, as what was silent may have been missed. Else says
 * what is left to doubt.
 */
int doubt_pass(struct walk *walk, struct meterbus_error *err);

/*
 * Nobody answers to @address, the first of all. Asks it with a long window;
 * true in walk->again if the search is to begin anew.
 */
int doubt_nobody(struct walk *walk, const struct meterbus_address *address,
		 struct meterbus_error *err);

/*
 * Selections that exclude each other are all answered, or several addresses in
 * a row that have no data: is it the bus, or does something answer to anything?
 */
int doubt_wire(struct walk *walk, struct meterbus_error *err);

/* Fails if the wire babbles, or more is suspect than a bus can carry. */
int doubt_bounds(struct walk *walk, struct meterbus_error *err);

#endif
