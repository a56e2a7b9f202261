// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Search by primary address. SND_NKE tells who is there and costs the meter
 * nothing; only those that acknowledge are read, once, to learn who they are.
 */
#include "search/known.h"

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
	if (walk_is_refusal(&a))
		return walk_report_refusal(walk, &a, err);
	if (!meterbus_telegram_meter(&a.telegram, &meter))
		meter = address;
	return walk_report(walk, METERBUS_METER_CONFIRMED, &meter, &a, err,
			   "%s", "");
}

static int visit_once(struct walk *walk, uint8_t primary,
		      struct meterbus_error *err)
{
	struct meterbus_address address = { .primary = primary };
	struct meterbus_visit visited;
	size_t before = walk->count;

	if (known_visit(walk, &address, 0, &visited) || known_settled(walk, &address)) {
		walk->left--;
		return 0;
	}
	evidence_begin(&walk->evidence);
	if (visit(walk, primary, err) < 0)
		return -1;
	known_tell_visit(walk, &address,
			 walk->count > before ? METERBUS_VISIT_METERS :
						METERBUS_VISIT_NOTHING,
			 walk->count - before, 0);
	return 0;
}

static bool is_wanted(const struct meterbus_search *search, unsigned int a)
{
	return !search->primaries || search->primaries[a / 8] >> a % 8 & 1;
}

int meterbus_search_primary(struct meterbus_search *search,
			    struct meterbus_search_result *result,
			    struct meterbus_error *err)
{
	struct walk walk;
	int ret;

	walk_begin(&walk, search, result);
	for (unsigned int a = 0; a <= METERBUS_A_PRIMARY_MAX; a++)
		walk.left += is_wanted(search, a);
	ret = known_begin(&walk, err);
	for (unsigned int a = 0; a <= METERBUS_A_PRIMARY_MAX && !ret; a++)
		if (is_wanted(search, a))
			ret = visit_once(&walk, a, err);
	if (!ret && !walk.count)
		report_finding(walk.master, METERBUS_FINDING_NOBODY, NULL, 0,
			       "no meter answers to any %sprimary address; check the wiring, the converter's supply and the baud rate (most meters: 2400), or try the secondary search",
			       search->primaries ? "of these " : "");
	if (!ret)
		known_tell_missing(&walk);
	return walk_end(&walk, ret);
}
