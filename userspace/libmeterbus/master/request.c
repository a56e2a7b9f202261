// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * REQ_UD2: the telegram of a meter that is open, or what came instead.
 */
#include "master/company.h"
#include "master/damage.h"
#include "master/steps.h"

/* How often a request that gets an E5 not its own is made again. */
#define DOUBTS_MAX	2

/* Valid answers among damaged ones, of which no two are the same. */
#define VALID_MAX	3

/* So many damaged answers of a wire show that it damages them. */
#define SPOILT_MIN	3

/* Window for a meter that was late: Qundis takes up to 1100 ms. */
#define LATE_WINDOW_US	2000000

static uint32_t request_window(const struct ask *ask)
{
	if (quirks_of(ask)->window_us)
		return quirks_of(ask)->window_us;
	return ask->late ? LATE_WINDOW_US : 0;
}

/* Some meters know one value of the FCB only. */
static void fix_fcb(struct ask *ask)
{
	enum meterbus_quirk_fcb fcb = quirks_of(ask)->fcb;
	uint8_t a = asked_address(ask);

	if (fcb == METERBUS_FCB_ZERO)
		ask->master->req_fcb[a / 8] &= ~(1 << a % 8);
	else if (fcb == METERBUS_FCB_ONE)
		ask->master->req_fcb[a / 8] |= 1 << a % 8;
}

/*
 * The answer may belong to another request: to one that the driver knows of, or
 * to the selection or SND_NKE if that was acknowledged late or in company. A
 * telegram gives an address: that of who was asked, or not.
 */
static bool may_be_anothers(const struct ask *ask)
{
	const struct meterbus_exchange *x = &ask->exchange;
	struct meterbus_address meter;

	if (x->outcome == METERBUS_OUTCOME_ACK)
		return ask->doubtful || ask->late || ask->in_company ||
		       x->flags & (METERBUS_FLAG_DOUBTFUL | METERBUS_FLAG_LATE);
	return ask->address->secondary && x->flags & METERBUS_FLAG_DOUBTFUL &&
	       ask->telegram.raw &&
	       !(meterbus_telegram_meter(&ask->telegram, &meter) &&
		 address_admits(ask->address, &meter));
}

/* The same question once more. */
static void keep_fcb(struct ask *ask)
{
	uint8_t a = asked_address(ask);

	if (ask->telegram.raw)
		ask->master->req_fcb[a / 8] ^= 1 << a % 8;
}

/*
 * Where answers are damaged, one may be valid by chance, and nothing but that
 * shows the meter of a primary address: it has to come twice. @valid has those
 * before.
 */
static bool is_unproved(const struct ask *ask, const struct damage *damage,
			struct damage *valid)
{
	struct meterbus_master *master = ask->master;

	if (ask->address->secondary || !ask->telegram.raw ||
	    (!damage->count && master->spoilt < SPOILT_MIN) ||
	    valid->count == VALID_MAX)
		return false;
	note_damage(valid, &ask->exchange);
	return !valid->alike;
}

int request(struct ask *ask, uint32_t gap_us, struct meterbus_error *err)
{
	const struct meterbus_quirks *quirks = quirks_of(ask);
	struct meterbus_exchange *x = &ask->exchange;
	unsigned int max = ask->brief ? DAMAGE_MAX - 1 : DAMAGE_MAX;
	struct damage damage = { 0 };
	struct damage valid = { 0 };
	bool collided = ask->collided;
	unsigned int doubts = 0;

	if (gap_us < quirks->settle_us)
		gap_us = quirks->settle_us;
	for (;;) {
		x->guard_us = gap_us;
		x->window_us = request_window(ask);
		fix_fcb(ask);
		/* Without an acknowledgement there is nothing to learn. */
		x->repeats = ask->acknowledged || ask->doubtful ?
				     0 : METERBUS_REPEATS_BUS;
		if (check_cancelled(ask->master, err) < 0 ||
		    meterbus_req_ud2(ask->master, asked_address(ask), x,
				     &ask->telegram, err) < 0)
			return -1;
		ask->requested++;
		if (x->flags & METERBUS_FLAG_UNASKED)
			ask->heard_more = true;
		switch (x->outcome) {
		case METERBUS_OUTCOME_FRAME:
			ask->result = ask->telegram.raw ? ASK_FRAME :
							  ASK_FOREIGN;
			if (!is_unproved(ask, &damage, &valid) &&
			    (!may_be_anothers(ask) || doubts++))
				return 0;
			keep_fcb(ask);
			continue;
		case METERBUS_OUTCOME_ACK:
			ask->result = ASK_NO_DATA;
			ask->crossed = true;
			if (!may_be_anothers(ask) || doubts++ == DOUBTS_MAX)
				return 0;
			ask->heard_more = true;
			continue;
		case METERBUS_OUTCOME_SILENCE:
		case METERBUS_OUTCOME_ECHO_ONLY:
			if (damage.count)
				ask->result = ASK_GARBLED;
			else
				ask->result = ASK_SILENT;
			return 0;
		}
		note_damage(&damage, x);
		if (is_converter_signal(x)) {
			ask->converter_signal = true;
			ask->result = ASK_SEVERAL;
			return 0;
		}
		if (damage.alike && company_has_telegram(x, &ask->telegram)) {
			ask->in_company = true;
			ask->collided = collided;
			ask->result = ASK_FRAME;
			return 0;
		}
		note_collided(ask);
		/* Others acknowledge the selection, later than this one. */
		if (company_has_ack(x))
			ask->heard_more = true;
		if (ask->master->spoilt < SPOILT_MIN)
			ask->master->spoilt++;
		if (is_fault(&damage, x)) {
			ask->result = ASK_FAULTY;
			return 0;
		}
		if (damage.collided >= 2 || damage.same) {
			ask->result = ASK_SEVERAL;
			return 0;
		}
		if (damage.count >= max + valid.count) {
			ask->result = ASK_GARBLED;
			return 0;
		}
	}
}

int ask_again(struct ask *ask, uint32_t guard_us, struct meterbus_error *err)
{
	struct meterbus_exchange *x = &ask->exchange;

	x->guard_us = guard_us;
	x->window_us = request_window(ask);
	x->repeats = METERBUS_REPEATS_BUS;
	fix_fcb(ask);
	if (check_cancelled(ask->master, err) < 0)
		return -1;
	return meterbus_req_ud2(ask->master, asked_address(ask), x,
				&ask->telegram, err);
}
