// SPDX-License-Identifier: LGPL-2.1-or-later
/* Damaged answers to the same question. */
#include <string.h>

#include "master/company.h"
#include "master/damage.h"

#define ONSET_NS	3000000

/*
 * Meters answer after the same time again, give or take some bits; noise does
 * not. Returns how many answers began when @x did, the last one, itself
 * included.
 */
unsigned int add_onset(struct onsets *onsets,
			      const struct meterbus_exchange *x)
{
	uint64_t some_bits = (x->sent_end_ns - x->sent_ns) / 20;
	uint64_t last = x->first_ns - x->sent_ns;
	unsigned int same = 1;

	for (unsigned int i = 0; i < onsets->count; i++) {
		uint64_t other = onsets->ns[i];
		uint64_t apart = last > other ? last - other : other - last;

		same += apart < ONSET_NS + some_bits;
	}
	onsets->ns[onsets->count++] = last;
	return same;
}

void note_damage(struct damage *damage,
			const struct meterbus_exchange *x)
{
	if (x->outcome == METERBUS_OUTCOME_COLLISION)
		damage->collided++;
	damage->same = damage->count && damage->len == x->answer_len &&
		       !memcmp(damage->bytes, x->answer, x->answer_len);
	damage->alike = damage->count &&
			company_same(damage->bytes, damage->len, x->answer,
				     x->answer_len);
	damage->len = x->answer_len;
	memcpy(damage->bytes, x->answer, x->answer_len);
	damage->count++;
}

/*
 * Two answers at once damage each other in ways that depend on both; a meter
 * with a fault of its own sends the same bytes again, and its address in them
 * is one that it answers to, which is left to the caller.
 */
bool is_fault(const struct damage *damage,
		     const struct meterbus_exchange *x)
{
	return damage->alike && x->outcome == METERBUS_OUTCOME_GARBLED &&
	       x->answer_len > COMPANY_MAX;
}
