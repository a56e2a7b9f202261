/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The fixed data structure of CI 73 and 77 (EN 13757-3 until 2018): ID, access
 * number, status, medium and units, two counters of four bytes.
 */
#ifndef LIBMETERBUS_FIXED_H
#define LIBMETERBUS_FIXED_H

#include <stdbool.h>
#include <stdint.h>

#include <meterbus/decode.h>

#define FIXED_HEADER_LEN	8
#define FIXED_ACCESS		4
#define FIXED_STATUS		5
#define FIXED_UNITS		6	/* both, low byte first in any case */
#define FIXED_COUNTERS		2
#define FIXED_COUNTER_LEN	4

/* The device type that the medium of the structure's @bytes is today. */
uint8_t fixed_medium(const uint8_t *bytes);

/*
 * True for the media of meters that send their counters high byte first
 * although their CI field is 73.
 */
bool fixed_counters_high_byte_first(const uint8_t *bytes);

/*
 * Fills @record with counter @index of @units (as sent), whose four bytes are
 * at record->raw.
 */
void fixed_counter(struct meterbus_data_record *record, unsigned int index,
		   uint8_t status, const uint8_t units[FIXED_COUNTERS],
		   bool high_byte_first);

#endif
