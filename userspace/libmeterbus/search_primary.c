// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Search by primary address. SND_NKE tells who is there and costs the meter
 * nothing; only those that acknowledge are read, once, to learn who they are.
 */
#include "search_walk.h"

static int visit(struct walk *walk, uint8_t primary, struct meterbus_error *err)
{
	struct meterbus_address address = { .primary = primary };
	struct ask a = {
		.master = walk->master,
		.address = &address,
		.brief = walk->exhausted && walk->master->turn_proved,
	};
	struct meterbus_address meter;

	if (walk_step(walk, &address, err) < 0 || ask(&a, err) < 0)
		return -1;
	walk_note(walk, &a);
	if (a.result == ASK_NOBODY)
		return 0;
	if (a.result != ASK_FRAME)
		return walk_report_failure(walk, &a, err);
	ask_release(&a);
	if (!meterbus_telegram_meter(&a.telegram, &meter))
		meter = address;
	return walk_report(walk, METERBUS_METER_CONFIRMED, &meter, &a, err,
			   "%s", "");
}

int meterbus_search_primary(struct meterbus_search *search,
			    struct meterbus_search_result *result,
			    struct meterbus_error *err)
{
	struct walk walk;
	int ret = 0;

	walk_begin(&walk, search, result);
	walk.left = METERBUS_A_PRIMARY_MAX + 1;
	for (unsigned int a = 0; a <= METERBUS_A_PRIMARY_MAX && !ret; a++)
		ret = visit(&walk, a, err);
	if (!ret && !walk.count)
		report_finding(walk.master, METERBUS_FINDING_NOBODY, NULL, 0,
			       "no meter answers to any primary address; check the wiring, the converter's supply and the baud rate (most meters: 2400), or try the secondary search");
	return walk_end(&walk, ret);
}
