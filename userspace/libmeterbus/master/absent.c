// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Before a meter is reported as absent or silent: what takes seconds and is
 * worth them only where a meter is expected.
 */
#include "master/exchange.h"

/* How long another master may keep the bus before a meter is reported as absent. */
#define ABSENT_WINDOW_US 3500000

/* Some meters are deaf for 10 to 40 s after SND_NKE. */
#define DEAF_WINDOW_US	10000000
#define DEAF_NS		42000000000ULL

/*
 * Another master may have had the bus, the meter may answer very late: asks
 * once with a long window and once more after that.
 */
static int ask_absent(struct ask *ask, struct meterbus_error *err)
{
	int ret;

	ask->open_window_us = ABSENT_WINDOW_US;
	ask->open_repeats = 0;
	ret = ask_presence(ask, err);
	ask->open_window_us = 0;
	ask->open_repeats = METERBUS_REPEATS_BUS;
	if (ret < 0)
		return -1;
	if (ask->result == ASK_SILENT)
		raise_window(ask->master,
			     (ask->exchange.first_ns -
			      ask->exchange.sent_end_ns) / 1000,
			     ask->address);
	return ask_plan(ask, err);
}

int ask_deaf(struct ask *ask, uint64_t nke_ns, struct meterbus_error *err)
{
	struct meterbus_exchange *x = &ask->exchange;
	uint64_t deaf_ns = 0;

	for (x->window_us = 0; deaf_ns < DEAF_NS;
	     x->window_us = DEAF_WINDOW_US) {
		x->guard_us = 0;
		x->repeats = 0;
		if (check_cancelled(ask->master, err) < 0 ||
		    ask->master->link->hold(ask->master->link, err) < 0)
			return -1;
		ask->held = true;
		if (meterbus_req_ud2(ask->master, asked_address(ask), x,
				     &ask->telegram, err) < 0)
			return -1;
		ask->requested++;
		deaf_ns = x->sent_ns - nke_ns;
		if (x->outcome == METERBUS_OUTCOME_FRAME && ask->telegram.raw) {
			ask->result = ASK_FRAME;
			report_finding(ask->master, METERBUS_FINDING_DEAF,
				       ask->address, 0,
				       "this meter acknowledges SND_NKE and then hears nothing for up to %u s; with the quirk 'snd-nke = never' it is read at once",
				       (unsigned int)(deaf_ns / 1000000000) + 1);
			return 0;
		}
		ask_release(ask);
	}
	return 0;
}

int ask(struct ask *ask, struct meterbus_error *err)
{
	int ret = ask_plan(ask, err);

	if (ret < 0 || !ask->insist || ask->master->guard_fixed)
		return ret;
	if ((ask->result == ASK_NOBODY || ask->result == ASK_STRAY) &&
	    wants_opening(ask))
		ret = ask_absent(ask, err);
	if (!ret && ask->result == ASK_SILENT && !ask->address->secondary &&
	    wants_opening(ask))
		ret = ask_deaf(ask, ask->exchange.sent_ns, err);
	return ret;
}
