/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One meter: its answer to each telegram, and its state. Pure: no clock, no
 * wire, no output; the wire calls it and puts the answer on the line.
 */
#ifndef SIM_METER_H
#define SIM_METER_H

#include "telegram.h"

/* The identity of a meter as on the bus: ID in BCD, low byte first. */
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

/* How a meter uses the frame count bit (FCB) of a request. */
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

/* Which telegrams share one memory of the FCB, and of the answer to it. */
enum fcb_memory {
	FCB_PER_ADDRESS, /* the primary address one, 253 another (EN 13757-7) */
	FCB_PER_METER, /* both the same */
	FCB_PER_DEVICE, /* and all meters of the section the same */
};

/* Which selections a meter acknowledges, and which select it. */
enum selection_rule {
	SELECTION_NO, /* knows none */
	SELECTION_YES, /* those that match */
	SELECTION_ACK, /* acknowledges all; those that match select it */
	SELECTION_ANY, /* all select it */
};

/* What ends a selection. */
enum deselect_rule {
	DESELECT_YES, /* one that does not match, SND_NKE to 253 */
	DESELECT_RESET, /* SND_NKE to 253 only */
	DESELECT_NO, /* only a loss of power */
};

/* Selections with the most significant byte first (CI 56). */
enum mode2_rule {
	MODE2_NO,
	MODE2_YES, /* these as well */
	MODE2_ONLY, /* only these */
};

/* What wakes a sleeping meter. */
enum wake_rule {
	WAKE_ANY, /* any valid telegram, which is not answered */
	WAKE_OWN, /* one addressed to it, which is not answered */
	WAKE_RUN, /* a run of the wake byte; the telegram behind is answered */
};

/* What is wrong with a telegram of a faulty meter. */
enum fault {
	FAULT_NONE,
	FAULT_CHECKSUM, /* off by one */
	FAULT_LENGTH, /* both L fields are one too high */
	FAULT_LENGTHS, /* the second L field is one too high */
	FAULT_START, /* the second start byte is 00 */
	FAULT_STOP, /* the stop byte is 00 */
	FAULT_CUT, /* its second half is missing */
};

/* A section of the scenario, common to the meters of a range. */
struct model {
	struct recording *telegrams;
	size_t nr_telegrams;
	struct recording alarm; /* answer to REQ_UD1; empty: E5 */
	bool patch; /* put the meter's identity into recordings */
	bool access_counts;

	struct span delay; /* end of the request to start of the answer */
	struct span jitter; /* up to this much more */
	struct span late; /* still more before a RSP_UD */
	unsigned int pause_after; /* bytes of a RSP_UD before the pause ... */
	struct span pause; /* ... and its length; 0 bytes: none */
	struct span byte_pause; /* after each byte of a RSP_UD */
	unsigned int acks; /* E5 sent in place of one */
	unsigned int copies; /* RSP_UD sent in place of one */
	struct span copy_pause; /* between them */
	bool ack_first; /* an E5 before each RSP_UD */
	enum fault fault;
	unsigned int fault_every; /* only each Nth RSP_UD has it */

	int baud;
	bool auto_baud; /* receives at any rate, answers at the same */
	bool baud_switch; /* obeys CI B8 ... BF; always acknowledges them */
	int64_t baud_fallback; /* back if nothing valid came at the new rate */

	enum fcb_rule fcb;
	enum fcb_memory fcb_memory;
	enum after_last after_last;
	enum over_limit over_limit;
	unsigned int readouts; /* 0: no limit */
	unsigned int answer_every; /* only each Nth REQ is answered */
	uint8_t prepare; /* CI of the SND_UD without which it has no data */
	struct recording unprepared; /* its answer without it; empty: E5 */
	unsigned int busy; /* this many requests get CI 70, code 8, first */
	bool read_only; /* acknowledges writes and ignores them */
	bool silent; /* acknowledges, answers no REQ */
	bool dead;

	enum selection_rule selection;
	enum deselect_rule deselect;
	bool wildcards;
	enum mode2_rule mode2;

	unsigned int hears_every; /* only each Nth telegram for it is received */
	struct span sleep; /* sleeps after this time without one; 0: never */
	enum wake_rule wakes_on;
	struct span
		wake_time; /* receives nothing this long after waking */
	uint8_t wake_byte; /* a run of this byte wakes it ... */
	unsigned int wake_count; /* ... of at least this many ... */
	struct span wake_run; /* ... lasting at least this long ... */
	struct span wake_pause; /* ... and this long before the telegram */
	bool reset_ack; /* acknowledges SND_NKE */
	struct span deaf_after_reset; /* receives nothing this long after SND_NKE */
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
	struct identity identity;
	uint8_t address;
	int answer_address; /* A in answers; -1: its primary address */
	size_t device; /* index within its section */
	bool has_fabrication;
	uint8_t fabrication[4];
	int baud;
	int old_baud; /* 0: none to fall back to */
	int64_t fall_back; /* when */
	int switch_to; /* once the acknowledgement is out */
	bool selected;
	int64_t no_power_until;
	bool answering; /* receives nothing until its answer is out */
	int64_t awake_until; /* if it sleeps at all */
	int64_t deaf_until;
	unsigned int telegrams, requests, readouts, answers, faults;
	unsigned int sent; /* E5 and telegrams */
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
	bool ack_first; /* an E5 before it */
	unsigned int copies; /* times it is sent */
	int64_t copy_pause; /* between all of these */
	size_t pause_after; /* 0: no pause */
	int64_t pause;
	int64_t byte_pause;
	int baud;
};

/* The rate a meter listens at, or 0 for any. */
int meter_listens(struct meter *m, int64_t now);

/*
 * A valid telegram that ended at @now, at a rate the meter listens at.
 * Returns true with @a filled if the meter answers.
 */
bool meter_hear(struct meter *m, const struct telegram *t, int64_t now,
		struct answer *a);

/* Removes the power until @until; volatile state is lost. */
void meter_power_drop(struct meter *m, int64_t until);

/* The last bit of the answer is out, at @now. */
void meter_answered(struct meter *m, int64_t now);

/* "31892743.HYD.28.04", at least 24 bytes. */
#define METER_NAME_SIZE 24
const char *meter_name(const struct meter *m, char *text);

#endif
