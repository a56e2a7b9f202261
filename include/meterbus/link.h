/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A link: whatever carries transactions to one wire. /dev/mbusN is one (see
 * bus.h), a test's fake bus another. A link does the timing, the repeats and
 * the validity checks; it knows neither addresses nor units.
 */
#ifndef METERBUS_LINK_H
#define METERBUS_LINK_H

#include <stddef.h>
#include <stdint.h>

#include <linux/meterbus.h>
#include <linux/meterbus_netlink.h>
#include <meterbus/error.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

/* One transaction: sent frame in, outcome and answer out. */
struct meterbus_exchange {
	/* in */
	const uint8_t *request;
	size_t request_len;
	uint32_t guard_us;	/* quiet time before it; 0: as the bus is set */
	uint32_t window_us;	/* response window; 0: as the bus is set */
	uint8_t repeats;	/* METERBUS_REPEATS_BUS or 0..10 */
	/* out */
	uint8_t outcome;	/* enum meterbus_outcome */
	uint8_t reason;		/* enum meterbus_reason */
	uint8_t tries;
	uint32_t flags;		/* METERBUS_FLAG_* */
	uint64_t sent_ns;	/* CLOCK_MONOTONIC; see struct meterbus_xfer */
	uint64_t sent_end_ns;
	uint64_t first_ns;
	uint64_t last_ns;
	size_t answer_len;
	uint8_t answer[METERBUS_DATA_MAX];
};

/*
 * The settings of a wire. All times in microseconds, at most METERBUS_TIME_MAX_US;
 * setting takes effect with the next transmission.
 */
struct meterbus_timing {
	/*
	 * Quiet time before any transmission after the last received byte;
	 * default max(33 bit times, 60 ms).
	 */
	uint32_t guard_us;
	/* Added to the window for USB and FIFOs; late answers raise it. */
	uint32_t slack_us;
	/* Inter-character limit; default max(33 bit times, 100 ms). */
	uint32_t gap_us;
	/*
	 * Response window from the computed end of transmission, without
	 * slack; default 330 bit times + 50 ms (EN 13757-2).
	 */
	uint32_t window_us;
	/*
	 * MBUS_TIMING_*: these times follow from the baud rate. Read: they do
	 * now. Set: let them; the field above is ignored.
	 */
	uint32_t defaults;
	uint32_t echo;		/* enum meterbus_echo */
	uint8_t repeats;	/* 0..METERBUS_REPEATS_MAX */
};

struct meterbus_link {
	/*
	 * sizeof(struct meterbus_link): members that it does not cover are
	 * taken as zero. 0 stands for the members of version 0.2.
	 */
	size_t size;
	/*
	 * Carries out @exchange. Returns 0 when it took place, whatever its
	 * outcome; -1 with *err when it could not (busy, unplugged, system).
	 * An outcome of METERBUS_OUTCOME_UNPLUGGED is returned as -1 with
	 * METERBUS_E_UNPLUGGED.
	 */
	int (*exchange)(struct meterbus_link *link,
			struct meterbus_exchange *exchange,
			struct meterbus_error *err);
	/* Keep the wire for a sequence of exchanges, give it back. */
	int (*hold)(struct meterbus_link *link, struct meterbus_error *err);
	void (*release)(struct meterbus_link *link);
	/* Read and change the settings of the wire. */
	int (*get_timing)(struct meterbus_link *link,
			  struct meterbus_timing *timing,
			  struct meterbus_error *err);
	int (*set_timing)(struct meterbus_link *link,
			  const struct meterbus_timing *timing,
			  struct meterbus_error *err);
	/*
	 * Read and change its rate, between two transmissions; the times that
	 * follow from it do. NULL where that is not possible.
	 */
	int (*get_baud)(struct meterbus_link *link, uint32_t *baud,
			struct meterbus_error *err);
	int (*set_baud)(struct meterbus_link *link, uint32_t baud,
			struct meterbus_error *err);
	/*
	 * Frames sent on the wire so far, by all its users; a user that has sent
	 * fewer knows that others did. NULL, or 0, where that is unknown.
	 */
	uint64_t (*sent)(struct meterbus_link *link);
	/*
	 * Whether something sends all the time, also without a request: bytes
	 * in a second and the last of them; @rate is 0 if not. NULL where that
	 * is unknown.
	 */
	int (*babble)(struct meterbus_link *link, uint32_t *rate, uint8_t *byte,
		      struct meterbus_error *err);
};

/* "ack", "frame", "silence", "collision", "garbled", "echo-only", "unplugged". */
const char *meterbus_outcome_name(unsigned int outcome);
/* "noise", "nul", "break", "company", "header", "checksum" ... */
const char *meterbus_reason_name(unsigned int reason);
/* The same in words: "the checksum is wrong" ... */
const char *meterbus_reason_text(unsigned int reason);
/* Of a record: "frame", "finding", "outcome". */
const char *meterbus_kind_name(unsigned int kind);
/* Of METERBUS_FLAG_*, which is 1 << @bit: "parity", "late" ..., or "unknown". */
const char *meterbus_flag_name(unsigned int bit);

METERBUS_END_DECLS

#endif
