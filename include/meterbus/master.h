/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The master of a wire (EN 13757-2): SND_NKE, selection, REQ_UD2 and SND_UD
 * with their frame count bits, and the readout of one meter, whole.
 *
 * Works on any link. A master belongs to one thread; its exchanges allocate
 * nothing.
 */
#ifndef METERBUS_MASTER_H
#define METERBUS_MASTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/address.h>
#include <meterbus/error.h>
#include <meterbus/link.h>
#include <meterbus/quirks.h>
#include <meterbus/telegram.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

/* What was noticed beside the result. */
enum meterbus_finding_kind {
	METERBUS_FINDING_TURNAROUND,	/* the converter needs a longer guard */
	METERBUS_FINDING_REQUESTS_LOST,	/* acknowledged, yet no request arrives */
	METERBUS_FINDING_COLLISION,	/* the converter signals collisions */
	METERBUS_FINDING_SLOW_METER,	/* one meter needs time after its selection */
	METERBUS_FINDING_FCB_ZERO,	/* answers only REQ_UD2 with FCB = 0 */
	METERBUS_FINDING_FCB_IGNORED,	/* sends the same telegram again */
	METERBUS_FINDING_ENDLESS,	/* always announces one more telegram */
	METERBUS_FINDING_PHANTOM,	/* two telegrams overlapped to a valid one */
	METERBUS_FINDING_DOUBTFUL,	/* fewer meters found than seemed to answer */
	METERBUS_FINDING_SERIALS,	/* consecutive serial numbers */
	METERBUS_FINDING_NOBODY,	/* no meter answered at all */
	METERBUS_FINDING_MISSING,	/* a meter known before does not answer */
	METERBUS_FINDING_AGAIN,		/* a meter read before is here as well */
	METERBUS_FINDING_NEEDS_RESET,	/* readable after application reset only */
	METERBUS_FINDING_BUSY,		/* the meter asked for time, and got it */
	METERBUS_FINDING_ALARM,		/* it has an alarm, ACD is set */
	METERBUS_FINDING_QUIRKS,	/* what its quirks ask for was refused */
	METERBUS_FINDING_LATE,		/* it answers after the window of the bus */
	METERBUS_FINDING_STRAY,		/* an answer that no request explains */
	METERBUS_FINDING_BABBLE,	/* something sends all the time */
	METERBUS_FINDING_ACKNOWLEDGES,	/* a meter acknowledges all selections */
	METERBUS_FINDING_COMPANY,	/* bytes come around its answers */
	METERBUS_FINDING_DEAF,		/* it is deaf for some time after SND_NKE */
	METERBUS_FINDING_OTHER_MASTER,	/* another master had the bus for a while */
};

struct meterbus_finding {
	enum meterbus_finding_kind kind;
	/* The meter or mask it is about, NULL if it is about the wire. */
	const struct meterbus_address *address;
	/* One line without a full stop: what, why, and what to do. */
	const char *text;
	/* TURNAROUND, SLOW_METER: the quiet time that is needed; else 0. */
	uint32_t guard_us;
	/* What completes @text, as in struct meterbus_error. */
	enum meterbus_hint hint;
};

/* "turnaround", "requests-lost", "collision", "slow-meter" ... */
const char *meterbus_finding_name(enum meterbus_finding_kind kind);

/*
 * The master of one wire. It keeps the frame count bits and what it has learnt
 * of the wire, so that one is made for many exchanges.
 */
struct meterbus_master;

/*
 * @link is kept and must live as long. NULL with METERBUS_E_SYSTEM without
 * memory, or METERBUS_E_USAGE if @link has no exchange, hold or release.
 */
struct meterbus_master *meterbus_master_new(struct meterbus_link *link,
					    struct meterbus_error *err);
void meterbus_master_free(struct meterbus_master *master);

/*
 * Forgets what is known of the wire: the frame count bits, the guard that was
 * learnt. For a link that was opened again, or was used by another master.
 */
void meterbus_master_reset(struct meterbus_master *master);

/*
 * Called with every finding; and asked between exchanges, where true ends the
 * work. Either may be NULL.
 */
void meterbus_master_set_callbacks(
	struct meterbus_master *master,
	void (*finding)(void *context, const struct meterbus_finding *finding),
	bool (*cancelled)(void *context), void *context);

/*
 * Quiet time before every exchange that does not ask for another, in
 * microseconds; 0, the default: as the bus is set. With @fixed every request
 * is sent exactly then: no growing gaps, no repeats, nothing learnt.
 */
void meterbus_master_set_guard(struct meterbus_master *master,
			       uint32_t guard_us, bool fixed);
/* C field of a selection: 0x73, or 0x53 for meters that want it. */
void meterbus_master_set_select_c(struct meterbus_master *master, uint8_t c);
/*
 * The quirks of the meters read next, kept and not copied. NULL, the default:
 * those known here, if the address has the manufacturer.
 */
void meterbus_master_set_quirks(struct meterbus_master *master,
				const struct meterbus_quirks *quirks);

/* Since it was made: exchanges, and transmissions with their repeats. */
unsigned long meterbus_master_exchanges(const struct meterbus_master *master);
unsigned long
meterbus_master_transmissions(const struct meterbus_master *master);

/*
 * One exchange each. Of @exchange the caller sets guard_us, window_us and
 * repeats (zero repeats nothing); the rest is filled. They return 0 when the
 * exchange took place, whatever its outcome; -1 with @err when it could not.
 */

/*
 * All FCB of @a are 1 afterwards (A = 254, 255: those of all addresses). To
 * A = 253 it deselects.
 */
int meterbus_snd_nke(struct meterbus_master *master, uint8_t a,
		     struct meterbus_exchange *exchange,
		     struct meterbus_error *err);

/*
 * Selection by secondary address (EN 13757-7, CI = 52), wildcards allowed; with
 * a fabrication number the enhanced selection, which not all meters know. Every selection sets both FCB of A = 253 to 1.
 */
int meterbus_select(struct meterbus_master *master,
		    const struct meterbus_address *address,
		    struct meterbus_exchange *exchange,
		    struct meterbus_error *err);

/* No meter is selected afterwards; the usual outcome is silence. */
int meterbus_deselect(struct meterbus_master *master,
		      struct meterbus_exchange *exchange,
		      struct meterbus_error *err);

/*
 * REQ_UD2 with the FCB of @a, which toggles after an error-free RSP_UD only.
 * @telegram is the answer, inside @exchange; its raw is NULL if there was
 * none, or it came from another address or is no RSP_UD (outcome frame).
 */
int meterbus_req_ud2(struct meterbus_master *master, uint8_t a,
		     struct meterbus_exchange *exchange,
		     struct meterbus_telegram *telegram,
		     struct meterbus_error *err);

/* The same with REQ_UD1, for alarms, which has an FCB of its own. */
int meterbus_req_ud1(struct meterbus_master *master, uint8_t a,
		     struct meterbus_exchange *exchange,
		     struct meterbus_telegram *telegram,
		     struct meterbus_error *err);

/*
 * SND_UD with the FCB of @a, which toggles after E5 only; to A = 255, which
 * nobody answers, it goes without (FCV = 0) and once.
 */
int meterbus_send(struct meterbus_master *master, uint8_t a, uint8_t ci,
		  const uint8_t *data, size_t len,
		  struct meterbus_exchange *exchange,
		  struct meterbus_error *err);

/*
 * The secondary address a meter gives in the header of @telegram (CI 72 and
 * 76; 73 and 77 in their old fixed form give the ID only, the rest is FF).
 * Returns false if it gives none.
 */
bool meterbus_telegram_meter(const struct meterbus_telegram *telegram,
			     struct meterbus_address *meter);

/* A meter that still announces more telegrams after these is stopped. */
#define METERBUS_READOUT_MAX 32

struct meterbus_readout {
	/* The sender: A of the telegrams and the address they contain. */
	uint8_t primary;
	bool identified;
	struct meterbus_address meter;
	/* Telegrams in the order they came, each valid (telegram.h). */
	size_t count;
	struct {
		size_t len;
		uint8_t bytes[METERBUS_TELEGRAM_MAX];
	} telegrams[METERBUS_READOUT_MAX];
};

/*
 * Reads one meter to the end of its telegrams, keeping the bus for it.
 * Primary addresses begin with SND_NKE unless this master has sent one and
 * nobody else has used the wire since, so that a repeat of an old answer is
 * never taken for a new one. A meter that is busy gets time; one that answers
 * E5 or in a format of its maker's is asked again after an application reset;
 * a row of telegrams that breaks off is begun once more. A meter that refuses
 * because it was read too often is left alone.
 *
 * Returns 0, or -1 with METERBUS_E_SILENCE (no meter there), _COLLISION
 * (several), _GARBLED, _UNREADABLE (acknowledged, and no readout, an
 * application error or the wrong meter) or an error of the link; @readout
 * then holds the telegrams that came before.
 */
int meterbus_read(struct meterbus_master *master,
		  const struct meterbus_address *address,
		  struct meterbus_readout *readout, struct meterbus_error *err);

METERBUS_END_DECLS

#endif
