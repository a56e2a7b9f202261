/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which configured meter of a bus it is that somebody asks for by its address.
 */
#ifndef MBUSD_KNOWN_H
#define MBUSD_KNOWN_H

#include "reader/agenda.h"

/*
 * Before it is asked: the one that is configured by this address, or the only
 * one whose address may mean the same meter, one of the two being more exact.
 * NULL if there is none, or if the ID has wildcards, as then it may be any.
 */
struct agenda_item *known_address(const struct agenda *agenda,
				  const struct meterbus_address *address);

/*
 * By what it has answered: the only one with the secondary address in the
 * telegram's header, or the primary one in its A field. NULL if there is none.
 */
struct agenda_item *known_answer(const struct agenda *agenda,
				 const uint8_t *telegram, size_t len);

#endif
