/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: what both searches share. A walk goes from address to
 * address, reports what it finds once, and sums up.
 */
#ifndef METERBUS_SEARCH_WALK_H
#define METERBUS_SEARCH_WALK_H

#include <meterbus/search.h>

#include "master/evidence.h"
#include "master/exchange.h"

/* Something found, kept for what only the end of the search shows. */
struct walk_meter {
	enum meterbus_meter_state state;
	struct meterbus_address address;
};

/* Addresses, in the order in which they were added. */
struct walk_list {
	struct meterbus_address *items;
	size_t count;
	size_t room;
};

/* Silence of the last two seconds: each of these may be answered late. */
#define WALK_RECENT 12

struct walk_recent {
	struct meterbus_address address;
	uint64_t sent_end_ns;	/* of the last try */
	bool repeated;
};

/* Silent after bytes that were no answer: asked again at the end. */
#define WALK_DUBIOUS 8

struct walk {
	struct meterbus_search *search;
	struct meterbus_master *master;
	struct meterbus_search_result *result;
	uint64_t start_ns;
	const struct meterbus_address *whole;	/* what is searched */
	unsigned long left;
	struct walk_meter *meters;
	size_t count;
	size_t room;
	struct meterbus_evidence evidence;	/* of what is probed */
	bool in_company;	/* bytes came around answers */
	/* Every gap and FCB was in vain once; the next time two tries do. */
	bool exhausted;
	bool unsignalled;	/* answers collided without the converter's signal */
	bool signal_told;	/* METERBUS_FINDING_COLLISION was reported */
	/* Of the search's known and earlier: those that answer here. */
	bool *known_here;
	bool *earlier_here;
	struct walk_list silent;	/* masks that no meter answered to */
	uint32_t silent_learnt_us;	/* the guard learnt by then */
	bool all_digits;	/* A to E are as likely as 0 to 9 */
	bool beyond_id;		/* inside an ID that several meters share */
	uint8_t primaries[METERBUS_PRIMARY_SET];	/* found, by address */
	uint8_t silent_primaries[METERBUS_PRIMARY_SET];	/* acknowledged only */
	uint64_t nke_ns;	/* when the last of those got SND_NKE */
	/* A meter that is there did not answer: repeat before silence counts. */
	bool patient;
	unsigned long believed;	/* silence that was not, in this pass */
	unsigned int lapses;	/* silence of meters that are there, with repeats */
	unsigned int lapses_before;	/* this pass */
	unsigned int lapsed_passes;
	unsigned long unasked;	/* of the master, as far as it was looked into */
	unsigned long junk;	/* the same */
	bool covered;		/* bytes came with a request once more */
	unsigned int traced;	/* how often that made us ask the last again */
	struct meterbus_address dubious[WALK_DUBIOUS];
	unsigned int dubious_count;
	unsigned int listened;	/* how often the whole wire was listened to */
	unsigned int unexplained;	/* frames that this did not explain */
	uint64_t first_ns;	/* when the first selection was out */
	uint64_t last_ns;	/* and the last */
	struct walk_recent recent[WALK_RECENT];
	unsigned int recent_count;
	bool crossed;		/* an E5 came for a request, in this pass */
	uint32_t slack_us;	/* of the bus; late answers raise it */
	uint32_t first_slack_us;	/* before this search */
	uint32_t late_us;	/* window that a late answer asked for */
	uint32_t latest_us;	/* delay of the latest answer of a meter found */
	bool again;		/* begin anew: silence is no longer believed */
	unsigned int begun;	/* how often it was */
	bool wire_checked;	/* see doubt_wire() */
	unsigned int noisy;
	unsigned int mute;	/* primary addresses in a row without a telegram */
	bool any_ack;		/* a meter acknowledges whatever is selected */
	/* A meter answers to bytes behind the ID that are not its own. */
	bool filter_ignored;
};

void walk_begin(struct walk *walk, struct meterbus_search *search,
		struct meterbus_search_result *result);

/*
 * Before each probe: reports progress. Returns -1 when the search is to end.
 */
int walk_step(struct walk *walk, const struct meterbus_address *address,
	      struct meterbus_error *err);

/*
 * Is anybody at @address? The selection or SND_NKE alone, as a probe of its
 * own: ASK_SILENT stands for acknowledged, see ask_presence().
 */
int walk_presence(struct walk *walk, const struct meterbus_address *address,
		  uint8_t repeats, enum ask_result *result,
		  struct meterbus_error *err);

/* The same with the rest of what became of it; @ask has its address. */
int walk_open(struct walk *walk, struct ask *ask, struct meterbus_error *err);

/* After each ask(): learns about the wire. */
int walk_note(struct walk *walk, const struct ask *ask,
	      struct meterbus_error *err);

/*
 * Reports a find. @ask, if not NULL, brings its telegram. Fails with
 * METERBUS_E_SYSTEM without memory.
 */
int walk_report(struct walk *walk, enum meterbus_meter_state state,
		const struct meterbus_address *address, const struct ask *ask,
		struct meterbus_error *err, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* Reports as silent, several or suspect, with the reason, what @ask got. */
int walk_report_failure(struct walk *walk, const struct ask *ask,
			struct meterbus_error *err);

/* True if the answer is an application error (CI 70) instead of data. */
bool walk_is_refusal(const struct ask *ask);

/* Reports that as silent, with the reason. */
int walk_report_refusal(struct walk *walk, const struct ask *ask,
			struct meterbus_error *err);

/* A find of an earlier walk: it counts and is reported again. */
int walk_report_again(struct walk *walk, const struct meterbus_found *found,
		      struct meterbus_error *err);

/*
 * No meter answers to @mask. What was silent while the guard was too small, as
 * shows later, is forgotten. Fails with METERBUS_E_SYSTEM without memory.
 */
int walk_note_silence(struct walk *walk, const struct meterbus_address *mask,
		      struct meterbus_error *err);

/* True if @address has been selected by some mask and did not answer. */
bool walk_was_silent(const struct walk *walk,
		     const struct meterbus_address *address);

/* True if a meter that answers to @mask was found. */
bool walk_is_known(const struct walk *walk,
		   const struct meterbus_address *mask);

bool walk_same(const struct meterbus_address *a,
	       const struct meterbus_address *b);

/* True if @address has been confirmed in this walk. */
bool walk_knows(const struct walk *walk,
		const struct meterbus_address *address);

/*
 * Sums up and frees. @ret is what the walk ended with; returns what the
 * search is to return, zero if it was cancelled.
 */
int walk_end(struct walk *walk, int ret);

#endif
