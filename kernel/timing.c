// SPDX-License-Identifier: GPL-2.0-only
/*
 * Defaults of a line's settings, how they follow the baud rate, and how late
 * answers and collisions change them.
 */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <uapi/linux/meterbus.h>

#include "timing.h"

#define WINDOW_BITS	330
#define WINDOW_MS	50
#define GUARD_MS	60		/* converters: 37..50 to turn round */
#define SLACK_MS	20
#define GAP_MS		100
#define REPEATS		2

/* Late answers raise the slack so far and no further. */
#define SLACK_MAX_MS	2000

/*
 * Quiet time after a collision. Converters signal it by a break of 50..100 ms,
 * of which only the beginning is seen, as one 00; the guard follows its end.
 */
#define BREAK_NS	(100ULL * NSEC_PER_MSEC)
#define PENALTY_MIN_NS	(60ULL * NSEC_PER_MSEC)
#define PENALTY_MAX_NS	(700ULL * NSEC_PER_MSEC)

#define ALL_TIMES (METERBUS_TIMING_GUARD | METERBUS_TIMING_GAP | METERBUS_TIMING_WINDOW)

/**
 * mbus_bits_ns() - time of bits on the wire
 * @baud: of the tty, not zero
 * @bits: how many
 *
 * Return: nanoseconds.
 */
u64 mbus_bits_ns(u32 baud, u32 bits)
{
	return div_u64((u64)bits * NSEC_PER_SEC, baud);
}

/**
 * mbus_chars_ns() - time of characters on the wire
 * @baud: of the tty, not zero
 * @chars: how many
 *
 * Return: nanoseconds.
 */
u64 mbus_chars_ns(u32 baud, u32 chars)
{
	return mbus_bits_ns(baud, chars * MBUS_BITS_PER_CHAR);
}

static u32 bits_or_ms(u32 baud, u32 bits, u32 ms)
{
	u64 us = div_u64(mbus_bits_ns(baud, bits) + NSEC_PER_USEC - 1,
			 NSEC_PER_USEC);

	return max_t(u64, us, ms * USEC_PER_MSEC);
}

/**
 * mbus_timing_init() - the defaults
 * @timing: filled
 * @baud: of the tty, not zero
 */
void mbus_timing_init(struct mbus_timing *timing, u32 baud)
{
	*timing = (struct mbus_timing){
		.slack_us = SLACK_MS * USEC_PER_MSEC,
		.defaults = ALL_TIMES,
		.echo = METERBUS_ECHO_AUTO,
		.repeats = REPEATS,
	};
	mbus_timing_follow(timing, baud);
}

/**
 * mbus_timing_follow() - set the times that follow from the baud rate
 * @timing: with @timing->defaults saying which
 * @baud: of the tty, not zero
 */
void mbus_timing_follow(struct mbus_timing *timing, u32 baud)
{
	if (timing->defaults & METERBUS_TIMING_GUARD)
		timing->guard_us = bits_or_ms(baud, MBUS_IDLE_BITS, GUARD_MS);
	if (timing->defaults & METERBUS_TIMING_GAP)
		timing->gap_us = bits_or_ms(baud, MBUS_IDLE_BITS, GAP_MS);
	if (timing->defaults & METERBUS_TIMING_WINDOW)
		timing->window_us = bits_or_ms(baud, WINDOW_BITS, 0) +
				    WINDOW_MS * USEC_PER_MSEC;
}

static bool time_valid(const struct mbus_timing *timing, u32 time, u32 follows)
{
	return timing->defaults & follows || time <= METERBUS_TIME_MAX_US;
}

/**
 * mbus_timing_valid() - whether a user may set this
 * @timing: settings; times that follow from the baud rate are not looked at,
 *	as a very slow line may need more than a user may set
 *
 * Return: false if a field is out of range.
 */
bool mbus_timing_valid(const struct mbus_timing *timing)
{
	return !(timing->defaults & ~ALL_TIMES) &&
	       time_valid(timing, timing->guard_us, METERBUS_TIMING_GUARD) &&
	       time_valid(timing, timing->gap_us, METERBUS_TIMING_GAP) &&
	       time_valid(timing, timing->window_us, METERBUS_TIMING_WINDOW) &&
	       time_valid(timing, timing->slack_us, 0) &&
	       timing->repeats <= METERBUS_REPEATS_MAX &&
	       timing->echo <= METERBUS_ECHO_AUTO;
}

/**
 * mbus_timing_late() - raise the slack by the lateness of an answer
 * @timing: settings
 * @delay_ns: from the end of the request to the answer; from now on such an
 *	answer would be in time
 */
void mbus_timing_late(struct mbus_timing *timing, u64 delay_ns)
{
	u64 needed = div_u64(delay_ns, NSEC_PER_USEC) +
		     SLACK_MS * USEC_PER_MSEC;
	u64 limit = SLACK_MAX_MS * USEC_PER_MSEC;

	if (needed > timing->window_us + timing->slack_us) {
		needed = min(needed - timing->window_us, limit);
		timing->slack_us = max_t(u64, timing->slack_us, needed);
	}
}

/**
 * mbus_timing_penalty() - quiet time that a transmission has earned
 * @timing: settings
 * @penalty_ns: earned before
 * @outcome: enum meterbus_outcome of the transmission
 * @broken: the received bytes ended in a break, or in 00, which may be one
 *
 * Garbage right after a collision makes it longer each time, up to a maximum.
 *
 * Return: nanoseconds, zero for none.
 */
u64 mbus_timing_penalty(const struct mbus_timing *timing, u64 penalty_ns,
			u8 outcome, bool broken)
{
	u64 least = 0;

	if (broken)
		least = BREAK_NS + mbus_us_ns(timing->guard_us);
	if (outcome == METERBUS_OUTCOME_COLLISION)
		return max(penalty_ns, max(least, PENALTY_MIN_NS));
	if (outcome == METERBUS_OUTCOME_GARBLED)
		return max(min(penalty_ns * 3, PENALTY_MAX_NS), least);
	return 0;
}
