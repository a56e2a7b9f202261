/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: damaged answers to the same question, compared. Meters
 * answer it the same way again, noise does not.
 */
#ifndef METERBUS_MASTER_DAMAGE_H
#define METERBUS_MASTER_DAMAGE_H

#include <stdbool.h>

#include <meterbus/link.h>

/* How often something damaged is asked for again before it is believed. */
#define DAMAGE_MAX	3

/*
 * So many damaged answers to a selection of which not DAMAGE_MAX begin at the
 * same time are noise, and no meter answers unless one is expected.
 */
#define ONSETS_MAX	6

/* When damaged answers to the same question began. */
struct onsets {
	unsigned int count;
	uint64_t ns[ONSETS_MAX];
};

/*
 * Returns how many answers began when @exchange did, the last one, itself
 * included.
 */
unsigned int add_onset(struct onsets *onsets,
		       const struct meterbus_exchange *exchange);

struct damage {
	unsigned int count;
	unsigned int collided;
	bool same;		/* the same bytes each time */
	bool alike;		/* the same but for the access number */
	size_t len;
	uint8_t bytes[METERBUS_DATA_MAX];
};

void note_damage(struct damage *damage,
		 const struct meterbus_exchange *exchange);

/* True if it is a fault of one meter, after note_damage(). */
bool is_fault(const struct damage *damage,
	      const struct meterbus_exchange *exchange);

#endif
