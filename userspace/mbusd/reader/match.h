/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the configured meter of a bus that an address or an answer belongs to.
 */
#ifndef MBUSD_MATCH_H
#define MBUSD_MATCH_H

#include "reader/agenda.h"

/*
 * The meter configured with @address, or the only one whose address may mean the
 * same meter because one of the two has wildcards. NULL if there is none, or if
 * the ID of @address has wildcards.
 */
struct agenda_item *match_address(const struct agenda *agenda,
				  const struct meterbus_address *address);

/*
 * The only meter with the secondary address in the telegram's header or the
 * primary address in its A field; NULL if there is none or several.
 */
struct agenda_item *match_answer(const struct agenda *agenda,
				 const uint8_t *telegram, size_t len);

#endif
