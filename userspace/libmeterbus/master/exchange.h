/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: from an address to the first telegram of its meter, or
 * to the reason why there is none. Readout and search both begin with it.
 */
#ifndef METERBUS_MASTER_ASK_H
#define METERBUS_MASTER_ASK_H

#include <meterbus/master.h>

#include "master/master.h"

/*
 * Before a selection or SND_NKE as long as the guard is not known to suffice: a
 * collision break (50 to 100 ms) may just have begun when its 00 arrives, and
 * the converter turns round after it. Costs nothing after silence.
 */
#define UNPROVED_GUARD_US 150000

enum ask_result {
	ASK_FRAME,	/* a telegram */
	ASK_NO_DATA,	/* E5 to the request */
	ASK_NOBODY,	/* neither selection nor SND_NKE nor request answered */
	ASK_SEVERAL,	/* the answers of several meters collided */
	ASK_GARBLED,	/* damaged, each time in another way */
	ASK_SILENT,	/* acknowledged, but no request answered */
	ASK_FOREIGN,	/* valid answers from another address or of another kind */
	ASK_FAULTY,	/* damaged, each time in the same way, by one meter */
	ASK_STRAY,	/* one acknowledgement that no other confirmed */
};

struct ask {
	struct meterbus_master *master;
	const struct meterbus_address *address;
	/* Repeats of the first selection or SND_NKE after silence. */
	uint8_t open_repeats;
	/* Window of selections and SND_NKE; 0: as the bus is set. */
	uint32_t open_window_us;
	/* Quiet before these; 0: as the bus is set. */
	uint32_t open_guard_us;
	/* A meter acknowledges whatever is selected: only telegrams count. */
	bool any_ack;
	/* Nothing new is learnt from silence: spend two requests on it, not all. */
	bool brief;
	/*
	 * The meter is expected: skip SND_NKE if it has had one, and
	 * request even if it does not answer that. Some know no SND_NKE.
	 */
	bool insist;
	/* An E5 in company, the same each time, is taken for one. */
	bool company;
	/* Also with a 00, by which a converter may signal a collision. */
	bool company_nul;
	/* Those of the meter; NULL: none. */
	const struct meterbus_quirks *quirks;

	/* Filled by ask(). */
	enum ask_result result;
	struct meterbus_telegram telegram;	/* ASK_FRAME, inside exchange */
	struct meterbus_exchange exchange;	/* the last one */
	unsigned int acknowledged;	/* selections or SND_NKE, by E5 */
	unsigned int requested;		/* REQ_UD2 */
	uint32_t gap_us;		/* longest before a request */
	bool other_fcb;			/* FCB = 0 was tried, too */
	bool converter_signal;		/* a break or 00 was among the answers */
	bool reset;			/* an application reset was tried */
	bool late;			/* it answered after the window */
	unsigned int doubtful;		/* acknowledgements that may be another's */
	uint64_t stray_ns;		/* when the last of these began */
	bool in_company;		/* bytes around its answers were left out */
	bool opened_in_company;		/* around the last E5 that opened it */
	unsigned int opening_acks;	/* E5 in answer to selection or SND_NKE */
	uint32_t latest_us;		/* delay of the latest of its answers */
	bool heard_before;		/* a frame came that explains nothing before */
	bool heard_more;		/* another came behind the acknowledgement */
	bool crossed;			/* an E5 came for a request */
	bool collided;			/* an answer was damaged, each time anew */
	uint64_t collided_ns;		/* when the first of these began */
	bool disturbed;			/* nobody: others may have answered still */
	bool away;			/* requests did not reach the bus */
	unsigned int missed;		/* unanswered tries to a meter that is there */
	unsigned int open_tries;	/* of selection or SND_NKE until an answer */
	bool no_opening;		/* only without SND_NKE it answered */
	bool held;			/* the bus is still held, see below */
};

/*
 * Selects the meter, or sends SND_NKE to its primary address, and requests
 * its data, at growing gaps and with both FCB if need be. Returns 0 with a
 * result, -1 with @err. The bus stays held after ASK_FRAME, for the requests
 * that may follow: end with ask_release().
 */
int ask(struct ask *ask, struct meterbus_error *err);

/* The same without the seconds that absent.c spends on one that is insisted on. */
int ask_plan(struct ask *ask, struct meterbus_error *err);
bool wants_opening(const struct ask *ask);
uint8_t asked_address(const struct ask *ask);

/*
 * The selection or SND_NKE alone: ASK_SILENT stands for acknowledged,
 * ASK_NOBODY or ASK_SEVERAL. Nothing stays held.
 */
int ask_presence(struct ask *ask, struct meterbus_error *err);
/* The same on a bus the caller holds. */
int ask_open(struct ask *ask, struct meterbus_error *err);
void ask_release(struct ask *ask);

/*
 * The next request after ASK_FRAME, after @guard_us of quiet (0: as the bus is
 * set) and with the repeats of the bus.
 */
int ask_again(struct ask *ask, uint32_t guard_us, struct meterbus_error *err);

/* Fails with METERBUS_E_SYSTEM if the caller of the master wants an end. */
int check_cancelled(struct meterbus_master *master, struct meterbus_error *err);

/*
 * True if a meter that calls itself @meter may answer to @mask. What it leaves
 * open (FF in all but the ID) may be anything.
 */
bool address_admits(const struct meterbus_address *mask,
		    const struct meterbus_address *meter);

/*
 * Requests alone, until the meter cannot be deaf any more from a SND_NKE it got
 * at @nke_ns: ASK_FRAME, or the result as it was. As ask() with the bus.
 */
int ask_deaf(struct ask *ask, uint64_t nke_ns, struct meterbus_error *err);

/* Raises the guard of the bus to @gap_us, or at least that of this master. */
void raise_guard(struct meterbus_master *master, uint32_t gap_us,
		 uint32_t lost_us);

/*
 * An answer came @delay_us after its request, in time only for a window that
 * was longer than that of the bus: raises it, or at least that of this master.
 */
void raise_window(struct meterbus_master *master, uint32_t delay_us,
		  const struct meterbus_address *address);

/* The guard in force, microseconds. */
uint32_t current_guard(struct meterbus_master *master);

void report_finding(struct meterbus_master *master,
		    enum meterbus_finding_kind kind,
		    const struct meterbus_address *address, uint32_t guard_us,
		    const char *format, ...)
	__attribute__((format(printf, 5, 6)));

#endif
