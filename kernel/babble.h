/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device on the wire, or the converter itself, may send all the time. Bytes
 * that come when no answer can be under way are counted here.
 */
#ifndef MBUS_BABBLE_H
#define MBUS_BABBLE_H

#include <linux/types.h>

/**
 * struct mbus_babble - unrequested bytes
 * @total: all of them
 * @rate: of a babbling wire, bytes in a second, at least 1; else zero
 * @byte: the last of them
 * @since_ns: begin of the period that is counted
 * @last_ns: when the last one came
 * @count: in the period
 */
struct mbus_babble {
	u64 total;
	u32 rate;
	u8 byte;

	/* private */
	u64 since_ns;
	u64 last_ns;
	u32 count;
};

void mbus_babble_add(struct mbus_babble *babble, const u8 *bytes, u16 len,
		     u64 first_ns, u64 now);
bool mbus_babble_now(struct mbus_babble *babble, u64 now);

#endif
