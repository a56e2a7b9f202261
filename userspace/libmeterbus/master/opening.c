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

/*
 * Another master may keep the bus for some seconds; converters with two inputs
 * then return no echo. So often, and so far apart, the request is sent again.
 */
#define AWAY_TRIES	10
#define AWAY_WINDOW_US	450000

/* The longest answer to a request: its converter may signal that throughout. */
#define ANSWER_CHARS	261

#define ACK	0xE5

static int open_for(struct ask *ask, uint32_t guard_us, uint32_t window_us,
		    struct meterbus_error *err)
{
	struct meterbus_exchange *x = &ask->exchange;

	x->guard_us = guard_us;
	x->window_us = window_us;
	if (ask->address->secondary)
		return meterbus_select(ask->master, ask->address, x, err);
	return meterbus_snd_nke(ask->master, ask->address->primary, x, err);
}

static int open_once(struct ask *ask, struct meterbus_error *err)
{
	uint32_t guard_us = ask->open_guard_us;

	if (!ask->master->turn_proved && !ask->master->guard_fixed &&
	    guard_us < UNPROVED_GUARD_US &&
	    current_guard(ask->master) < UNPROVED_GUARD_US)
		guard_us = UNPROVED_GUARD_US;
	return open_for(ask, guard_us, ask->open_window_us, err);
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

static bool lacks_echo(const struct ask *ask)
{
	return ask->master->echoes == ECHOES_MIN &&
	       ask->exchange.outcome == METERBUS_OUTCOME_SILENCE;
}

/* The same again until its echo comes back, if each request has one. */
static int wait_for_echo(struct ask *ask, struct meterbus_error *err)
{
	struct meterbus_exchange *x = &ask->exchange;
	bool away = lacks_echo(ask);

	for (unsigned int i = 0; i < AWAY_TRIES && lacks_echo(ask); i++) {
		x->repeats = 0;
		if (check_cancelled(ask->master, err) < 0 ||
		    open_for(ask, 0, AWAY_WINDOW_US, err) < 0)
			return -1;
	}
	if (!away)
		return 0;
	ask->away = true;
	if (lacks_echo(ask))
		ask->master->echoes = 0;
	report_finding(ask->master, METERBUS_FINDING_OTHER_MASTER, ask->address,
		       0,
		       "requests came back without their echo for a while: another master had the bus, or the converter was away; what was asked then is asked again");
	return 0;
}

/* The answers to a request that collided may not be over. */
static bool is_disturbed(const struct ask *ask)
{
	const struct meterbus_master *master = ask->master;

	return master->signalled_ns &&
	       ask->exchange.sent_ns <
	       master->signalled_ns + ANSWER_CHARS * master->char_ns;
}

void note_collided(struct ask *ask)
{
	if (!ask->collided)
		ask->collided_ns = ask->exchange.first_ns;
	ask->collided = true;
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
		    open_once(ask, err) < 0 || wait_for_echo(ask, err) < 0)
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
			if (++silent > onsets.count) {
				ask->result = ASK_NOBODY;
				ask->disturbed = is_disturbed(ask);
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
			note_collided(ask);
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
