// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Search by primary address. SND_NKE finds the meters that are there and
 * costs them nothing; those that acknowledge are read, once, to identify them.
 */
#include <string.h>

#include "search/doubt.h"
#include "search/known.h"

/* So many answers without a telegram in a row are more than chance. */
#define MUTE_MAX	4

/* What the meter of a primary address answered, or why it did not. */
static int take_answer(struct walk *walk, struct ask *ask,
		       struct meterbus_error *err)
{
	struct meterbus_address meter;

	if (ask->result != ASK_FRAME)
		return walk_report_failure(walk, ask, err);
	ask_release(ask);
	if (walk_is_refusal(ask))
		return walk_report_refusal(walk, ask, err);
	if (!meterbus_telegram_meter(&ask->telegram, &meter))
		meter = *ask->address;
	return walk_report(walk, METERBUS_METER_CONFIRMED, &meter, ask, err,
			   "%s", "");
}

static int visit(struct walk *walk, uint8_t primary, struct meterbus_error *err)
{
	struct meterbus_address address = { .primary = primary };
	struct ask a = {
		.master = walk->master,
		.address = &address,
		.open_repeats = walk->patient ? METERBUS_REPEATS_BUS : 0,
		.company = true,
		.company_nul = true,
		.any_ack = walk->any_ack,
		.brief = walk->exhausted && walk->master->turn_proved,
	};

	if (walk_step(walk, &address, err) < 0 || ask(&a, err) < 0)
		return -1;
	if (walk_note(walk, &a, err) < 0)
		return -1;
	walk->believed += a.result == ASK_NOBODY && !a.open_repeats;
	if (a.result == ASK_NOBODY || walk->again)
		return 0;
	if (a.result == ASK_FRAME)
		walk->mute = 0;
	else if (++walk->mute == MUTE_MAX && doubt_wire(walk, err) < 0)
		return -1;
	if (walk->again || (walk->any_ack && a.result != ASK_FRAME))
		return 0;
	if (a.result == ASK_STRAY || a.result == ASK_SILENT) {
		walk->silent_primaries[primary / 8] |= 1 << primary % 8;
		walk->nke_ns = a.exchange.sent_ns;
		return 0;
	}
	if (a.collided && a.result == ASK_FRAME &&
	    doubt_collided(walk, &a, err) < 0)
		return -1;
	return walk->again ? 0 : take_answer(walk, &a, err);
}

/*
 * Some meters are deaf for up to 40 s after SND_NKE. All that acknowledged and
 * answered no request are asked without it when that time has passed.
 */
static int visit_silent(struct walk *walk, uint8_t primary,
			struct meterbus_error *err)
{
	struct meterbus_address address = { .primary = primary };
	struct ask a = {
		.master = walk->master,
		.address = &address,
		.acknowledged = 1,
		.result = ASK_SILENT,
	};

	evidence_begin(&walk->evidence);
	if (walk_step(walk, &address, err) < 0 ||
	    ask_deaf(&a, walk->nke_ns, err) < 0)
		return -1;
	return take_answer(walk, &a, err);
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
	if (walk->again)
		return 0;
	if (walk->count > before)
		walk->primaries[primary / 8] |= 1 << primary % 8;
	known_report_visit(walk, &address,
			 walk->count > before ? METERBUS_VISIT_METERS :
						METERBUS_VISIT_NOTHING,
			 walk->count - before, 0);
	return 0;
}

static bool is_found(const struct walk *walk, unsigned int a)
{
	return walk->primaries[a / 8] >> a % 8 & 1;
}

static bool is_wanted(const struct meterbus_search *search, unsigned int a)
{
	return !search->primaries || search->primaries[a / 8] >> a % 8 & 1;
}

/* All once, or until what was silent before may answer. */
static int visit_all(struct walk *walk, struct meterbus_error *err)
{
	int ret = 0;

	walk->left = 0;
	memset(walk->silent_primaries, 0, sizeof(walk->silent_primaries));
	for (unsigned int a = 0; a <= METERBUS_A_PRIMARY_MAX; a++)
		walk->left += is_wanted(walk->search, a);
	for (unsigned int a = 0; a <= METERBUS_A_PRIMARY_MAX && !ret; a++)
		if (is_wanted(walk->search, a) && !is_found(walk, a))
			ret = visit_once(walk, a, err);
	return walk->again ? 0 : ret;
}

static bool found_any(const struct walk *walk)
{
	for (size_t i = 0; i < sizeof(walk->silent_primaries); i++)
		if (walk->silent_primaries[i])
			return true;
	return walk->count;
}

static int visit_pass(struct walk *walk, struct meterbus_error *err)
{
	if (visit_all(walk, err) < 0)
		return -1;
	if (!walk->again && doubt_pass(walk, err) < 0)
		return -1;
	/* Meters that sleep hear the first telegram and answer the second. */
	if (!walk->again && !walk->patient && !found_any(walk)) {
		walk->patient = true;
		walk->again = true;
	}
	return 0;
}

static int visit_all_silent(struct walk *walk, struct meterbus_error *err)
{
	for (unsigned int a = 0; a <= METERBUS_A_PRIMARY_MAX; a++)
		if (walk->silent_primaries[a / 8] >> a % 8 & 1 &&
		    visit_silent(walk, a, err) < 0)
			return -1;
	return 0;
}

int meterbus_search_primary(struct meterbus_search *search,
			    struct meterbus_search_result *result,
			    struct meterbus_error *err)
{
	struct walk walk;
	int ret;

	walk_begin(&walk, search, result);
	ret = known_begin(&walk, err);
	while (!ret && !(ret = visit_pass(&walk, err)) && walk.again)
		walk.again = false;
	if (!ret)
		ret = visit_all_silent(&walk, err);
	if (!ret && !walk.count)
		report_finding(walk.master, METERBUS_FINDING_NOBODY, NULL, 0,
			       "no meter answers to any %sprimary address; check the wiring, the converter's supply and the baud rate (most meters: 2400), or try the secondary search",
			       search->primaries ? "of these " : "");
	if (!ret)
		known_report_missing(&walk);
	return walk_end(&walk, ret);
}
