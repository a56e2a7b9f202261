/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PC's UART: makes bytes of the level on its line, as a 16550 does. Bytes
 * with a parity or framing error are delivered as they are: no pty and few USB
 * adapters can flag them.
 */
#ifndef SIM_RECEIVER_H
#define SIM_RECEIVER_H

#include "../base/units.h"

struct receiver {
	enum { RX_IDLE, RX_WAIT_MARK, RX_CHARACTER } state;
	bool no_parity; /* it expects characters of ten bits */
	int64_t edge; /* the falling one that began the character */
	int baud; /* at which the character is sampled */
	int sample; /* next to take */
	unsigned int bits;
};

/* The level is @space from @t on; characters are sampled at @baud. */
void receiver_level(struct receiver *r, int64_t t, bool space, int baud);

/* When the level has to be sampled; NEVER outside a character. */
int64_t receiver_next(const struct receiver *r);

/*
 * The level at receiver_next() is @space. Returns true when that completes a
 * character: *byte, whose stop bit ends at *end.
 */
bool receiver_sample(struct receiver *r, bool space, uint8_t *byte,
		     int64_t *end);

/* Forgets a character that has begun; the next one needs a mark before it. */
void receiver_abort(struct receiver *r);

#endif
