/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Level converters may send our own bytes back to us. What arrives after a
 * transmission is compared with it, byte by byte; whether there is an echo, and
 * whether it is complete, is learnt on the way.
 */
#ifndef MBUS_ECHO_H
#define MBUS_ECHO_H

#include <linux/types.h>
#include <uapi/linux/meterbus_netlink.h>

/**
 * struct mbus_echo_rx - the echo of one transmission, and of all before
 * @mode: enum meterbus_echo
 * @learnt: enum meterbus_echo_learnt
 * @usual: the same before the transmission
 * @missed: answers in a row that came without an echo
 * @open: received bytes are still compared with sent ones
 * @pos: bytes that matched so far
 * @seen: the whole echo has come back
 * @differs: where an echo should be, something else has come back
 * @faulty: bytes of this one were lost or wrong
 */
struct mbus_echo_rx {
	u8 mode;
	u8 learnt;
	u8 usual;
	u8 missed;
	bool open;
	u16 pos;
	bool seen;
	bool differs;
	bool faulty;
};

/* An echo has begun and not ended: its bytes may turn out to be an answer. */
static inline bool mbus_echo_rx_begun(const struct mbus_echo_rx *echo)
{
	return echo->open && echo->pos;
}

void mbus_echo_rx_set_mode(struct mbus_echo_rx *echo, u8 mode);
void mbus_echo_rx_start(struct mbus_echo_rx *echo);
bool mbus_echo_rx_push(struct mbus_echo_rx *echo, const u8 *sent, u16 len,
		       u8 byte, u8 flags, bool early);
bool mbus_echo_rx_cut(struct mbus_echo_rx *echo, bool early);
u16 mbus_echo_rx_remains(const struct mbus_echo_rx *echo, const u8 *sent,
			 u16 len, const u8 *bytes, u16 count);
void mbus_echo_rx_stop(struct mbus_echo_rx *echo);
void mbus_echo_rx_complete(struct mbus_echo_rx *echo);
void mbus_echo_rx_answered(struct mbus_echo_rx *echo);

#endif
