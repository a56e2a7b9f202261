/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Data records of a telegram (EN 13757-3), as far as a meter has to know them
 * to carry out what a master writes: records it selects, records it sets.
 */
#ifndef SIM_RECORDS_H
#define SIM_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record {
	const uint8_t *bytes;
	size_t head; /* DIF, DIFE, VIF, VIFE */
	size_t len;
};

/*
 * The record at *@at; *@at moves behind it. False at the end, at bytes that
 * are no record, and where manufacturer specific data follow.
 */
bool record_next(const uint8_t *data, size_t len, size_t *at,
		 struct record *record);

/* Are the @len bytes of @data selections of records for a readout, all? */
bool records_select(const uint8_t *data, size_t len);

/*
 * Do the selections in @wanted ask for @record? Storage and tariff with all
 * bits set, and VIF 7E, mean any.
 */
bool record_wanted(const uint8_t *wanted, size_t len,
		   const struct record *record);

#endif
