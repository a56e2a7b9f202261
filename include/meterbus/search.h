/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the meters of a wire, by primary address or by secondary address
 * (wildcard search, EN 13757-7), with a degree of certainty for each.
 * Documentation/searching.md describes how.
 */
#ifndef METERBUS_SEARCH_H
#define METERBUS_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/address.h>
#include <meterbus/error.h>
#include <meterbus/evidence.h>
#include <meterbus/master.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

enum meterbus_meter_state {
	/*
	 * It answered with a telegram and to its own full address; the latter
	 * is not asked where the converter signals collisions and it answered
	 * alone, which the tries show.
	 */
	METERBUS_METER_CONFIRMED,
	/* Several meters answer to what should be one. */
	METERBUS_METER_SEVERAL,
	/* It acknowledges and never answers a request. */
	METERBUS_METER_SILENT,
	/* Something answers, but never a telegram that fits. */
	METERBUS_METER_SUSPECT,
};

#define METERBUS_METER_STATES 4

/* "confirmed", "several", "silent", "suspect". */
const char *meterbus_meter_state_name(enum meterbus_meter_state state);

/* One find, as it happens; the pointers are valid during the call. */
struct meterbus_found {
	enum meterbus_meter_state state;
	/* As far as it is known; wildcards stand for what is not. */
	struct meterbus_address address;
	/* Primary address the meter answers with; -1: not known. */
	int primary;
	uint32_t baud;		/* as in struct meterbus_search */
	/* Its first telegram; NULL without one. */
	const uint8_t *telegram;
	size_t telegram_len;
	/* What is wrong and what to do; "" for a confirmed one. */
	const char *why;
	/* What was sent to its address or mask and came back, in order. */
	const struct meterbus_try *tries;
	size_t try_count;
	/* What completes @why, as in struct meterbus_error. */
	enum meterbus_hint hint;
};

struct meterbus_progress {
	unsigned long probes;	/* addresses and masks tried so far */
	unsigned long left;	/* known to be left; grows with collisions */
	unsigned int found;	/* meters so far, of any state */
	unsigned int seconds;	/* since the beginning */
	unsigned int seconds_left; /* estimated */
	/* What is tried next. */
	const struct meterbus_address *address;
};

enum meterbus_visit_result {
	METERBUS_VISIT_NOTHING,	/* no meter answers there */
	METERBUS_VISIT_METERS,	/* finds, and no more than those */
	METERBUS_VISIT_ONE,	/* a mask with at least one meter, to be split */
	METERBUS_VISIT_SEVERAL,	/* a mask with at least two */
};

#define METERBUS_VISIT_RESULTS 4

/* "nothing", "meters", "one", "several". */
const char *meterbus_visit_result_name(enum meterbus_visit_result result);

/* An address or mask that has been tried, for a search to be resumed. */
struct meterbus_visit {
	struct meterbus_address address;
	enum meterbus_visit_result result;
	unsigned int meters;	/* METERS: how many */
	bool patient;		/* NOTHING: silence was not believed at once */
};

/* Primary addresses as a set: bit a % 8 of byte a / 8. */
#define METERBUS_PRIMARY_SET 32

struct meterbus_search {
	/*
	 * sizeof(struct meterbus_search): members that it does not cover are
	 * taken as zero. 0 stands for the members of version 0.2.
	 */
	size_t size;
	struct meterbus_master *master;
	/* Primary: those to try; NULL: all from 0 to 250. */
	const uint8_t *primaries;
	/*
	 * Meters that should be there: asked first by a selection or SND_NKE.
	 * Those that neither answer nor are found are METERBUS_FINDING_MISSING.
	 */
	const struct meterbus_address *known;
	size_t known_count;
	/*
	 * Meters that were read before, at another baud rate for instance: if
	 * they are here as well (METERBUS_FINDING_AGAIN) they are neither read
	 * nor reported.
	 */
	const struct meterbus_address *earlier;
	size_t earlier_count;
	/*
	 * What an interrupted search reported by found() and visited(): is
	 * taken over, the finds are reported again. Same mask, same options.
	 */
	const struct meterbus_found *finds;
	size_t find_count;
	const struct meterbus_visit *visits;
	size_t visit_count;
	/* Of the bus; only passed on to found(). 0: not known. */
	uint32_t baud;
	/*
	 * Secondary: looks for digits A to E in every place of the ID, not only
	 * where 0 to 9 give fewer meters than seemed to answer, or one meter
	 * has such a digit. Forty probes more.
	 */
	bool all_digits;
	/*
	 * Findings come through the master's finding(), and its cancelled()
	 * ends the search. All of these may be NULL.
	 */
	void (*found)(void *context, const struct meterbus_found *found);
	void (*progress)(void *context,
			 const struct meterbus_progress *progress);
	/* After the finds of that address or mask. */
	void (*visited)(void *context, const struct meterbus_visit *visit);
	void *context;
};

struct meterbus_search_result {
	unsigned int count[METERBUS_METER_STATES]; /* by state */
	unsigned int missing;	/* of those known before */
	unsigned int strays;	/* answers that no request explains */
	unsigned long probes;
	unsigned long transmissions;
	uint64_t elapsed_ns;
	bool cancelled;		/* by the master's cancelled() */
};

/*
 * Finds meters by primary address: SND_NKE, and one request to each
 * that acknowledges. Returns 0, also when it was cancelled or found nothing;
 * -1 with @err from the link or METERBUS_E_SYSTEM without memory. @result is
 * filled in any case with what was known then.
 */
int meterbus_search_primary(struct meterbus_search *search,
			    struct meterbus_search_result *result,
			    struct meterbus_error *err);

/*
 * Finds all meters that @mask admits, whose ID may have wildcard digits at any
 * place. Returns as above.
 */
int meterbus_search_secondary(struct meterbus_search *search,
			      const struct meterbus_address *mask,
			      struct meterbus_search_result *result,
			      struct meterbus_error *err);

METERBUS_END_DECLS

#endif
