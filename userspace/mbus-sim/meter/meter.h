/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One meter: what it says to which telegram, and what it remembers. Pure: no
 * clock, no wire, no output; the wire asks and puts the answer on the line.
 */
#ifndef SIM_METER_H
#define SIM_METER_H

#include "telegram.h"

/* Who a meter is, as the bus carries it: ID in BCD, low byte first. */
struct identity {
	uint8_t id[4];
	uint8_t manufacturer[2];
	uint8_t version;
	uint8_t medium;
};

struct recording {
	uint8_t bytes[TELEGRAM_MAX];
	size_t len;
};

/* What a meter makes of the frame count bit (FCB) of a request. */
enum fcb_rule {
	FCB_NORMAL, /* same bit: the last answer again; toggled: the next */
	FCB_STRICT, /* and FCB=0 first after a selection or SND_NKE: silence */
	FCB_IGNORE, /* every request gets the next telegram */
	FCB_FIRST, /* every request gets the first telegram */
};

/* What follows the last telegram of a readout. */
enum after_last {
	AFTER_LAST_WRAP, /* the first one again */
	AFTER_LAST_ACK, /* one E5, then the first one again */
};

/* What a meter answers when its readouts are used up. */
enum over_limit {
	OVER_LIMIT_ERROR, /* CI 70, code 9: too many readouts */
	OVER_LIMIT_SILENCE,
};

/* What a section of the scenario says, common to the meters of a range. */
struct model {
	struct recording *telegrams;
	size_t nr_telegrams;
	struct recording alarm; /* answer to REQ_UD1; empty: E5 */
	bool patch; /* put the meter's identity into recordings */
	bool access_counts;
	struct span delay; /* end of the request to start of the answer */
	struct span jitter; /* up to this much more */
	struct span late; /* still more before a RSP_UD */
	unsigned int pause_after; /* after so many bytes of a RSP_UD ... */
	struct span pause; /* ... this long; 0 bytes: none */
	int baud;
	bool auto_baud; /* hears any rate, answers at the rate heard */
	bool baud_switch; /* obeys CI B8 ... BF; it acknowledges them anyway */
	int64_t baud_fallback; /* back if nothing valid came at the new rate */
	enum fcb_rule fcb;
	enum after_last after_last;
	enum over_limit over_limit;
	unsigned int readouts; /* 0: no limit */
	unsigned int answer_every; /* only each such REQ is answered */
	uint8_t prepare; /* CI of the SND_UD without which it has no data */
	struct recording unprepared; /* what it has then; empty: E5 */
	unsigned int busy; /* so many requests get CI 70, code 8, first */
	bool read_only; /* acknowledges what is written, and forgets it */
	bool silent; /* acknowledges, answers no REQ */
	bool dead;
	bool selection; /* knows secondary addressing */
	bool wildcards;
	bool mode2; /* knows CI 56, most significant byte first */
	int milliamps;
};

enum { IMAGE_PRIMARY, IMAGE_SELECTED, NR_IMAGES };

/* FCB memory of one kind of address (EN 13757-2, and -7 for 253). */
struct image {
	enum { FCB_FRESH, FCB_CLEARED, FCB_SEEN } req_state, snd_state;
	bool req_fcb, snd_fcb;
	size_t next; /* telegram of the readout, nr_telegrams: past the last */
	struct recording answer; /* to the last REQ_UD2 */
	struct recording command; /* the last SND_UD */
	bool prepared; /* had model->prepare */
	unsigned int asked; /* requests that were no repetition */
};

struct meter {
	const struct model *model;
	struct identity who;
	uint8_t address;
	int answer_address; /* A in answers; -1: its primary address */
	bool has_fabrication;
	uint8_t fabrication[4];
	int baud;
	int old_baud; /* 0: none to fall back to */
	int64_t fall_back; /* when */
	int switch_to; /* once the acknowledgement is out */
	bool selected;
	int64_t no_power_until;
	bool answering; /* hears nothing until its answer is out */
	unsigned int requests, readouts, answers;
	uint64_t random;
	struct image images[NR_IMAGES];
	uint8_t wanted[TELEGRAM_MAX]; /* selections for the readout */
	size_t wanted_len; /* 0: it sends its telegrams */
	uint8_t clock[16]; /* the record of its clock, as it was set */
	size_t clock_len; /* 0: as recorded */
};

struct answer {
	uint8_t bytes[TELEGRAM_MAX];
	size_t len;
	int64_t delay; /* from the end of the telegram */
	size_t pause_after; /* 0: no pause */
	int64_t pause;
	int baud;
};

/* The rate a meter listens at, or 0 for any. */
int meter_listens(struct meter *m, int64_t now);

/*
 * A valid telegram that ended at @now, at a rate the meter listens at.
 * Returns true with @a filled if there is anything to say.
 */
bool meter_hear(struct meter *m, const struct telegram *t, int64_t now,
		struct answer *a);

/* Has no power until @until; forgets all that it does not keep without. */
void meter_power_drop(struct meter *m, int64_t until);

/* The last bit of the answer is out, at @now. */
void meter_answered(struct meter *m, int64_t now);

/* "31892743.HYD.28.04", at least 24 bytes. */
#define METER_NAME_SIZE 24
const char *meter_name(const struct meter *m, char *text);

#endif
