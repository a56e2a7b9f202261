/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The settings of a line and the times that follow from its baud rate
 * (EN 13757-2 section 5.4). Arithmetic only: line.c decides when it applies.
 */
#ifndef MBUS_TIMING_H
#define MBUS_TIMING_H

#include <linux/time64.h>
#include <linux/types.h>
#include <uapi/linux/meterbus_netlink.h>

#define MBUS_BITS_PER_CHAR	11	/* 8E1 */
#define MBUS_IDLE_BITS		33	/* idle before going on */

/**
 * struct mbus_timing - settings; times in microseconds, at most
 *	METERBUS_TIME_MAX_US
 * @guard_us: quiet time before any transmission after the last received byte;
 *	default max(33 bit times, 60 ms): level converters need 37 to 50 ms to
 *	turn the line round
 * @slack_us: added to the response window for USB, FIFOs and scheduling;
 *	default 20 ms; a late answer raises it to the value it needed
 * @gap_us: inter-character limit inside an answer; default max(33 bit times,
 *	100 ms), as USB delivers in chunks
 * @window_us: response window from the computed end of transmission, without
 *	slack; default 330 bit times + 50 ms (EN 13757-2)
 * @defaults: MBUS_TIMING_*: these times follow from the baud rate, whatever
 *	they are set to
 * @echo: enum meterbus_echo; default auto
 * @repeats: further transmissions after silence or a garbled answer, 0 to
 *	METERBUS_REPEATS_MAX; default 2
 */
struct mbus_timing {
	u32 guard_us;
	u32 slack_us;
	u32 gap_us;
	u32 window_us;
	u32 defaults;
	u32 echo;
	u32 repeats;
};

static inline u64 mbus_us_ns(u32 us)
{
	return (u64)us * NSEC_PER_USEC;
}

u64 mbus_bits_ns(u32 baud, u32 bits);
u64 mbus_chars_ns(u32 baud, u32 chars);

void mbus_timing_init(struct mbus_timing *timing, u32 baud);
void mbus_timing_follow(struct mbus_timing *timing, u32 baud);
bool mbus_timing_valid(const struct mbus_timing *timing);
void mbus_timing_late(struct mbus_timing *timing, u64 delay_ns);
u64 mbus_timing_penalty(const struct mbus_timing *timing, u64 penalty_ns,
			u8 outcome, bool broken);

#endif
