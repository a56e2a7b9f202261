// SPDX-License-Identifier: GPL-2.0-or-later
#include "receiver.h"

void receiver_level(struct receiver *r, int64_t t, bool space, int baud)
{
	if (r->state == RX_WAIT_MARK && !space) {
		r->state = RX_IDLE;
	} else if (r->state == RX_IDLE && space) {
		r->state = RX_CHARACTER;
		r->edge = t;
		r->baud = baud;
		r->sample = 0;
		r->bits = 0;
	}
}

int64_t receiver_next(const struct receiver *r)
{
	if (r->state != RX_CHARACTER)
		return NEVER;
	/* the middle of the bit */
	return r->edge + bits_ns(2 * r->sample + 1, 2 * r->baud);
}

bool receiver_sample(struct receiver *r, bool space, uint8_t *byte,
		     int64_t *end)
{
	int length = r->no_parity ? CHAR_BITS - 1 : CHAR_BITS;

	if (!r->sample && !space) {
		r->state = RX_IDLE; /* too short for a start bit */
		return false;
	}
	if (!space)
		r->bits |= 1u << r->sample;
	if (++r->sample < length)
		return false;

	*byte = r->bits >> 1;
	*end = r->edge + bits_ns(length, r->baud);
	if (!space) {
		r->state = RX_IDLE;
	} else if (!r->bits) {
		r->state = RX_WAIT_MARK; /* a break, however long */
	} else {
		/* The space in place of the stop bit counts as a start bit. */
		r->edge += bits_ns(length - 1, r->baud);
		r->sample = 1;
		r->bits = 0;
	}
	return true;
}

void receiver_abort(struct receiver *r)
{
	r->state = RX_WAIT_MARK;
}
