/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: what a master knows.
 */
#ifndef LIBMETERBUS_MASTER_MASTER_H
#define LIBMETERBUS_MASTER_MASTER_H

#include <meterbus/master.h>

struct meterbus_evidence;

struct meterbus_master {
	struct meterbus_link *link;
	/* Default of every exchange; 0: as the bus is set. */
	uint32_t guard_us;
	/* The same of the response window, raised by late answers. */
	uint32_t window_us;
	/*
	 * Sends every request exactly @guard_us after the answer before it: no
	 * growing gaps, no repeats, nothing learnt.
	 */
	bool guard_fixed;
	/* C field of a selection: 0x73, or 0x53 for meters that want it. */
	uint8_t select_c;
	/*
	 * Those of the meter that is read next; NULL: those that are known, if
	 * its address contains its manufacturer.
	 */
	const struct meterbus_quirks *quirks;
	/* Called with every finding; may be NULL. */
	void (*finding)(void *context, const struct meterbus_finding *finding);
	/* Asked between exchanges; true ends the work. May be NULL. */
	bool (*cancelled)(void *context);
	void *context;

	/* Counted here: exchanges, and transmissions with their repeats. */
	unsigned long exchanges;
	unsigned long transmissions;

	/* Private: a bit for each address. */
	uint8_t req_fcb[32];	/* FCB of the next REQ_UD2 */
	uint8_t snd_fcb[32];	/* FCB of the next SND_UD */
	uint8_t alarm_fcb[32];	/* FCB of the next REQ_UD1 */
	uint8_t linked[32];	/* SND_NKE was acknowledged */
	uint64_t own;		/* frames that we sent; never set back */
	uint64_t others;	/* frames that others sent, as far as we knew */
	struct meterbus_evidence *evidence;	/* where exchanges are noted, or NULL */
	uint8_t signal_tries;	/* E5 with 00 believed nevertheless */
	uint8_t spoilt;		/* answers to requests, damaged */
	bool signals;		/* the converter has signalled a collision */
	bool disturbed;		/* answers may still be on the wire */
	uint64_t signalled_ns;	/* end of a request for them, whose end is hidden */
	uint64_t char_ns;	/* a character takes so long */
	bool babble;		/* something sends all the time */
	/*
	 * Exchanges after a frame that none explains, other than a second E5
	 * behind one.
	 */
	unsigned long unasked;
	/*
	 * Requests that were silent and came back with bytes that are neither
	 * the echo nor an answer; not counted where that is usual.
	 */
	unsigned long junk;
	uint64_t junk_ns;	/* the end of the last of these */
	uint8_t calm;		/* exchanges without such bytes, up to CALM_MIN */
	uint8_t echoes;		/* requests in a row with an echo, up to ECHOES_MIN */
	uint32_t last_outcome;	/* of the exchange before */
	bool turn_proved;	/* a request right after an answer arrived */
	uint32_t learnt_us;	/* the guard that was learnt last, 0: none */
};

/* So many exchanges without bytes that disturb them show that these are rare. */
#define CALM_MIN	6

/* So many echoes show that each request has one. */
#define ECHOES_MIN	3

/* For a master that is part of something else. */
void meterbus_master_init(struct meterbus_master *master,
			  struct meterbus_link *link);

#endif
