/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be wrong with a site, one kind a row: how it is built into the
 * scenario, and what a master is expected to make of it.
 */
#ifndef TESTS_SITES_IMPAIRMENT_H
#define TESTS_SITES_IMPAIRMENT_H

#include "site.h"

struct impairment {
	const char *name;
	/* Two of one group contradict each other; NULL: of none. */
	const char *group;
	/* Of which meters: all, one, or none but the wire. */
	enum { OF_WIRE, OF_ONE, OF_ALL } of;
	/* Adds to the site's text, in the section that is being written. */
	void (*converter)(struct site *site);
	void (*noise)(struct site *site);
	void (*tty)(struct site *site);
	void (*other_master)(struct site *site);
	void (*meter)(struct site *site);
	/* Telegrams of mode 2. */
	bool mode2;
	/* An address may be answered by another meter of the site. */
	bool mixes_addresses;
	/*
	 * Holds today, so that `make check` includes it; the others are those
	 * of `make sites` only.
	 */
	bool in_check;
	/*
	 * If a meter that was heard is missing or the status is not 0, the
	 * result has one of these words, divided by bars, for the cause; NULL:
	 * not checked.
	 */
	const char *cause;
};

extern const struct impairment impairments[];
extern const size_t nr_impairments;

/* NULL if there is none of this name. */
const struct impairment *impairment_find(const char *name);

#endif
