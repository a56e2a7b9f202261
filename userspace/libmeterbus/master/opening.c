// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Selection and SND_NKE: whether a meter acknowledges, alone.
 */
#include <string.h>

#include "master/company.h"
#include "master/damage.h"
#include "master/steps.h"

/*
 * E5 and 00 are two meters whose collision the converter signals, or one and a
 * byte that the converter adds: so often the latter is tried.
 */
#define SIGNAL_TRIES	3

/* Something may yet come, or just came, of what was sent before. */
#define LATE_FLAGS (METERBUS_FLAG_DOUBTFUL | METERBUS_FLAG_LATE | \
		    METERBUS_FLAG_UNASKED)

#define ACK	0xE5

static int open_once(struct ask *ask, struct meterbus_error *err)
{
	struct meterbus_exchange *x = &ask->exchange;

	x->guard_us = 0;
	if (!ask->master->turn_proved && !ask->master->guard_fixed &&
	    current_guard(ask->master) < UNPROVED_GUARD_US)
		x->guard_us = UNPROVED_GUARD_US;
	x->window_us = ask->open_window_us;
	if (ask->address->secondary)
		return meterbus_select(ask->master, ask->address, x, err);
	return meterbus_snd_nke(ask->master, ask->address->primary, x, err);
}

/* Whether an E5 among the bytes that came counts: 00 may be a signal. */
static bool is_believed(const struct ask *ask)
{
	const struct meterbus_exchange *x = &ask->exchange;

	if (!ask->company || !ask->master->signals || ask->company_nul)
		return ask->company;
	return !memchr(x->answer, 0, x->answer_len) ||
	       ask->master->signal_tries++ < SIGNAL_TRIES;
}

static unsigned int count_acks(const struct meterbus_exchange *x)
{
	unsigned int acks = 0;

	for (size_t i = 0; i < x->answer_len; i++)
		acks += x->answer[i] == ACK;
	return acks;
}

void note_delay(struct ask *ask)
{
	const struct meterbus_exchange *x = &ask->exchange;
	uint32_t delay_us = 0;

	if (x->first_ns > x->sent_end_ns)
		delay_us = (x->first_ns - x->sent_end_ns) / 1000;
	if (delay_us > ask->latest_us)
		ask->latest_us = delay_us;
}

/*
 * An E5 that came while the answer to another request was still due proves
 * nothing until the same question has got it twice.
 */
static void note_acknowledgement(struct ask *ask)
{
	const struct meterbus_exchange *x = &ask->exchange;

	ask->result = ASK_SILENT;
	ask->opening_acks = count_acks(x);
	note_delay(ask);
	if (!(x->flags & METERBUS_FLAG_DOUBTFUL)) {
		ask->acknowledged++;
		return;
	}
	ask->stray_ns = x->first_ns;
	if (ask->doubtful++)
		ask->acknowledged++;
}

int open_meter(struct ask *ask, uint8_t repeats, struct meterbus_error *err)
{
	struct meterbus_exchange *x = &ask->exchange;
	struct onsets onsets = { 0 };
	struct damage damage = { 0 };
	bool collided = ask->collided;
	unsigned int silent = 0;

	ask->opened_in_company = false;
	for (;;) {
		x->repeats = repeats;
		if (check_cancelled(ask->master, err) < 0 ||
		    open_once(ask, err) < 0)
			return -1;
		if (x->flags & METERBUS_FLAG_UNASKED)
			ask->heard_before = true;
		if (x->outcome != METERBUS_OUTCOME_SILENCE &&
		    x->outcome != METERBUS_OUTCOME_ECHO_ONLY) {
			ask->missed += x->tries - 1;
			/* A meter hears nothing while its answer is due. */
			if (x->tries > ask->open_tries && !ask->requested &&
			    !(x->flags & LATE_FLAGS))
				ask->open_tries = x->tries;
		}
		switch (x->outcome) {
		case METERBUS_OUTCOME_ACK:
			ask->master->disturbed = false;
			note_acknowledgement(ask);
			return 0;
		case METERBUS_OUTCOME_SILENCE:
		case METERBUS_OUTCOME_ECHO_ONLY:
			if (ask->master->disturbed) {
				ask->master->disturbed = false;
				break;
			}
			if (!onsets.count || ++silent == 2) {
				ask->result = ASK_NOBODY;
				return 0;
			}
			break;
		case METERBUS_OUTCOME_FRAME:
			/* It answers the request we have given up. */
			if (ask->requested && !ask->late) {
				ask->late = true;
				break;
			}
			/* fall through */
		default:
			if (is_converter_signal(x)) {
				ask->master->signals = true;
				ask->converter_signal = true;
				ask->result = ASK_SEVERAL;
				return 0;
			}
			note_damage(&damage, x);
			if (damage.same && is_believed(ask) &&
			    company_has_ack(x)) {
				ask->in_company = true;
				ask->opened_in_company = true;
				ask->collided = collided;
				note_acknowledgement(ask);
				return 0;
			}
			ask->collided = true;
			if (add_onset(&onsets, x) == DAMAGE_MAX) {
				ask->result = ASK_SEVERAL;
				return 0;
			}
			if (onsets.count == ONSETS_MAX) {
				ask->result = ask->insist ? ASK_SEVERAL :
							    ASK_NOBODY;
				return 0;
			}
		}
	}
}

int ask_open(struct ask *ask, struct meterbus_error *err)
{
	return open_meter(ask, ask->open_repeats, err);
}

int ask_presence(struct ask *ask, struct meterbus_error *err)
{
	struct meterbus_link *link = ask->master->link;
	int ret;

	if (link->hold(link, err) < 0)
		return -1;
	ask->held = true;
	ret = open_meter(ask, ask->open_repeats, err);
	ask_release(ask);
	return ret;
}
