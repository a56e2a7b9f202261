// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What both searches share: progress, the list of finds, and what only the whole
 * list shows.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "master/failure.h"
#include "search/doubt.h"
#include "search/place.h"
#include "search/walk.h"

/* Fewer neighbours are no batch. */
#define SERIALS_MIN	3

const char *meterbus_meter_state_name(enum meterbus_meter_state state)
{
	static const char *const names[METERBUS_METER_STATES] = {
		[METERBUS_METER_CONFIRMED] = "confirmed",
		[METERBUS_METER_SEVERAL] = "several",
		[METERBUS_METER_SILENT] = "silent",
		[METERBUS_METER_SUSPECT] = "suspect",
	};

	return (size_t)state < METERBUS_METER_STATES ? names[state] : "?";
}

void walk_begin(struct walk *walk, struct meterbus_search *search,
		struct meterbus_search_result *result)
{
	memset(walk, 0, sizeof(*walk));
	memset(result, 0, sizeof(*result));
	walk->search = search;
	walk->master = search->master;
	walk->result = result;
	walk->start_ns = now_ns();
	walk->master->evidence = &walk->evidence;
	doubt_begin(walk);
	result->transmissions = search->master->transmissions;
}

int walk_step(struct walk *walk, const struct meterbus_address *address,
	      struct meterbus_error *err)
{
	struct meterbus_search *search = walk->search;
	struct meterbus_progress progress = {
		.probes = walk->result->probes,
		.left = walk->left,
		.found = walk->count,
		.address = address,
	};
	uint64_t elapsed_ns = now_ns() - walk->start_ns;

	if (check_cancelled(walk->master, err) < 0 ||
	    doubt_bounds(walk, err) < 0)
		return -1;
	if (walk->again)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "begins anew");
	if (search->progress) {
		progress.seconds = elapsed_ns / NS_PER_S;
		if (progress.probes)
			progress.seconds_left = elapsed_ns / progress.probes *
						progress.left / NS_PER_S;
		search->progress(search->context, &progress);
	}
	walk->result->probes++;
	if (walk->left)
		walk->left--;
	return 0;
}

int walk_open(struct walk *walk, struct ask *ask, struct meterbus_error *err)
{
	ask->master = walk->master;
	ask->company = true;
	ask->company_nul = !place_id_open(ask->address);
	if (walk->patient)
		ask->open_repeats = METERBUS_REPEATS_BUS;
	walk->left++;
	if (walk_step(walk, ask->address, err) < 0 ||
	    ask_presence(ask, err) < 0)
		return -1;
	/* What may be another's is asked for once more. */
	if (ask->doubtful && !ask->acknowledged && ask_presence(ask, err) < 0)
		return -1;
	doubt_missed(walk, ask);
	return 0;
}

int walk_presence(struct walk *walk, const struct meterbus_address *address,
		  uint8_t repeats, enum ask_result *result,
		  struct meterbus_error *err)
{
	struct ask ask = { .address = address, .open_repeats = repeats };

	if (walk_open(walk, &ask, err) < 0)
		return -1;
	*result = ask.result;
	return 0;
}

static void note_signal(struct walk *walk, const struct ask *ask)
{
	if (ask->result == ASK_SILENT && !ask->brief)
		walk->exhausted = true;
	if (ask->collided || ask->in_company || ask->opening_acks > 1 ||
	    (ask->result == ASK_SEVERAL && !ask->converter_signal))
		walk->unsignalled = true;
	if (!ask->converter_signal || walk->signal_told)
		return;
	walk->signal_told = true;
	report_finding(walk->master, METERBUS_FINDING_COLLISION, ask->address,
		       0,
		       "a single 00 or break came back: that is how the converter signals a collision, several meters answer at once; the search tells them apart");
}

int walk_note(struct walk *walk, const struct ask *ask,
	      struct meterbus_error *err)
{
	note_signal(walk, ask);
	return doubt_note(walk, ask, err);
}

int walk_note_silence(struct walk *walk, const struct meterbus_address *mask,
		      struct meterbus_error *err)
{
	struct walk_list *silent = &walk->silent;

	if (walk->silent_learnt_us != walk->master->learnt_us)
		silent->count = 0;
	walk->silent_learnt_us = walk->master->learnt_us;
	if (silent->count == silent->room) {
		size_t room = silent->room ? 2 * silent->room : 64;
		struct meterbus_address *items;

		items = realloc(silent->items, room * sizeof(*items));
		if (!items)
			return meterbus_fail(err, METERBUS_E_SYSTEM,
					     "out of memory");
		silent->items = items;
		silent->room = room;
	}
	silent->items[silent->count++] = *mask;
	return 0;
}

bool walk_was_silent(const struct walk *walk,
		     const struct meterbus_address *address)
{
	const struct walk_list *silent = &walk->silent;

	if (walk->silent_learnt_us != walk->master->learnt_us)
		return false;
	for (size_t i = 0; i < silent->count; i++)
		if (meterbus_address_matches(&silent->items[i], address))
			return true;
	return false;
}

bool walk_same(const struct meterbus_address *a,
	       const struct meterbus_address *b)
{
	return a->secondary == b->secondary && a->primary == b->primary &&
	       !memcmp(a->bytes, b->bytes, sizeof(a->bytes)) &&
	       a->has_fabrication == b->has_fabrication &&
	       (!a->has_fabrication ||
		!memcmp(a->fabrication, b->fabrication,
			sizeof(a->fabrication)));
}

bool walk_is_known(const struct walk *walk, const struct meterbus_address *mask)
{
	for (size_t i = 0; i < walk->count; i++)
		if (walk->meters[i].address.secondary &&
		    meterbus_address_matches(mask, &walk->meters[i].address))
			return true;
	return false;
}

bool walk_knows(const struct walk *walk, const struct meterbus_address *address)
{
	for (size_t i = 0; i < walk->count; i++)
		if (walk->meters[i].state == METERBUS_METER_CONFIRMED &&
		    walk_same(&walk->meters[i].address, address))
			return true;
	return false;
}

static int remember(struct walk *walk, enum meterbus_meter_state state,
		    const struct meterbus_address *address,
		    struct meterbus_error *err)
{
	if (walk->count == walk->room) {
		size_t room = walk->room ? 2 * walk->room : 32;
		struct walk_meter *meters;

		meters = realloc(walk->meters, room * sizeof(*meters));
		if (!meters)
			return meterbus_fail(err, METERBUS_E_SYSTEM,
					     "out of memory");
		walk->meters = meters;
		walk->room = room;
	}
	walk->meters[walk->count].state = state;
	walk->meters[walk->count].address = *address;
	walk->count++;
	walk->result->count[state]++;
	return 0;
}

/* By a pass before this one. */
static bool is_reported(const struct walk *walk, enum meterbus_meter_state state,
			const struct meterbus_address *address)
{
	for (size_t i = 0; i < walk->count && walk->begun; i++) {
		const struct walk_meter *meter = &walk->meters[i];

		if (meter->state == state &&
		    walk_same(&meter->address, address))
			return true;
	}
	return false;
}

static int report(struct walk *walk, enum meterbus_meter_state state,
		  const struct meterbus_address *address, const struct ask *ask,
		  const char *why, enum meterbus_hint hint,
		  struct meterbus_error *err)
{
	struct meterbus_found found = {
		.state = state,
		.address = *address,
		.primary = -1,
		.baud = walk->search->baud,
		.why = why,
		.hint = hint,
		.tries = walk->evidence.tries,
		.try_count = walk->evidence.count,
	};

	if (is_reported(walk, state, address))
		return 0;
	if (remember(walk, state, address, err) < 0)
		return -1;
	if (ask && ask->latest_us > walk->latest_us)
		walk->latest_us = ask->latest_us;
	if (!walk->search->found)
		return 0;
	if (ask && !ask->address->secondary)
		found.primary = ask->address->primary;
	if (ask && ask->result == ASK_FRAME) {
		found.telegram = ask->telegram.raw;
		found.telegram_len = ask->telegram.raw_len;
		if (ask->telegram.a <= METERBUS_A_PRIMARY_MAX)
			found.primary = ask->telegram.a;
	}
	walk->search->found(walk->search->context, &found);
	return 0;
}

int walk_report(struct walk *walk, enum meterbus_meter_state state,
		const struct meterbus_address *address, const struct ask *ask,
		struct meterbus_error *err, const char *format, ...)
{
	char why[512];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return report(walk, state, address, ask, why, METERBUS_HINT_NONE, err);
}

int walk_report_again(struct walk *walk, const struct meterbus_found *found,
		      struct meterbus_error *err)
{
	if (remember(walk, found->state, &found->address, err) < 0)
		return -1;
	if (walk->search->found)
		walk->search->found(walk->search->context, found);
	return 0;
}

/* With the failure's words beside the address, so that they need not name it. */
static int report_why(struct walk *walk, enum meterbus_meter_state state,
		      const struct ask *ask, const struct meterbus_error *why,
		      struct meterbus_error *err)
{
	return report(walk, state, ask->address, ask, why->text, why->hint,
		      err);
}

int walk_report_failure(struct walk *walk, const struct ask *ask,
			struct meterbus_error *err)
{
	enum meterbus_meter_state state = METERBUS_METER_SUSPECT;
	struct meterbus_error why;

	switch (ask->result) {
	case ASK_STRAY:
		return 0;
	case ASK_SEVERAL:
		state = METERBUS_METER_SEVERAL;
		break;
	case ASK_SILENT:
	case ASK_NO_DATA:
		state = METERBUS_METER_SILENT;
		break;
	default:
		break;
	}
	fail_ask(ask, "it", &why);
	return report_why(walk, state, ask, &why, err);
}

bool walk_is_refusal(const struct ask *ask)
{
	return application_error(&ask->telegram) >= 0;
}

int walk_report_refusal(struct walk *walk, const struct ask *ask,
			struct meterbus_error *err)
{
	struct meterbus_error why;

	fail_application(ask, "it", &why);
	return report_why(walk, METERBUS_METER_SILENT, ask, &why, err);
}

static int compare_serials(const void *a, const void *b)
{
	const struct meterbus_address *x = &((const struct walk_meter *)a)->address;
	const struct meterbus_address *y = &((const struct walk_meter *)b)->address;
	int order = memcmp(x->bytes + 4, y->bytes + 4, 4);

	for (int i = 3; i >= 0 && !order; i--)
		order = x->bytes[i] - y->bytes[i];
	return order;
}

/* Returns false if the ID has a digit A..F. */
static bool serial_number(const struct meterbus_address *address,
			  unsigned long *number)
{
	*number = 0;
	if (!address->secondary)
		return false;
	for (unsigned int i = 0; i < 8; i++) {
		unsigned int digit = meterbus_address_digit(address, i);

		if (digit > 9)
			return false;
		*number = *number * 10 + digit;
	}
	return true;
}

static void report_serials(struct walk *walk, size_t first, size_t count)
{
	char from[9], to[9];

	if (count < SERIALS_MIN)
		return;
	report_finding(walk->master, METERBUS_FINDING_SERIALS,
		       &walk->meters[first].address, 0,
		       "%zu consecutive serials %s-%s: looks like one delivery batch; the number on a meter's face identifies its house",
		       count,
		       meterbus_address_id(&walk->meters[first].address, from),
		       meterbus_address_id(
			       &walk->meters[first + count - 1].address, to));
}

static void find_serials(struct walk *walk)
{
	size_t first = 0;
	size_t i;

	if (!walk->count)
		return;
	qsort(walk->meters, walk->count, sizeof(*walk->meters),
	      compare_serials);
	for (i = 1; i <= walk->count; i++) {
		unsigned long last, next;

		if (i < walk->count &&
		    serial_number(&walk->meters[i - 1].address, &last) &&
		    serial_number(&walk->meters[i].address, &next) &&
		    next == last + 1 &&
		    !memcmp(walk->meters[i - 1].address.bytes + 4,
			    walk->meters[i].address.bytes + 4, 4))
			continue;
		report_serials(walk, first, i - first);
		first = i;
	}
}

/* Many that acknowledge and do not answer have one cause, not many. */
static void tell_lost(struct walk *walk)
{
	const struct meterbus_search_result *result = walk->result;
	unsigned int silent = result->count[METERBUS_METER_SILENT];

	if (!silent || result->count[METERBUS_METER_CONFIRMED])
		return;
	if (walk->master->guard_fixed)
		report_finding(walk->master, METERBUS_FINDING_REQUESTS_LOST,
			       NULL, 0,
			       "%u acknowledge and no request that follows is answered: the request is lost. Cause: the converter needs time to turn the line round (RS-485 converters: 37 to 50 ms) and the guard is fixed at %u ms. Remedy: let the guard be learnt, or set it to at least 60 ms",
			       silent, walk->master->guard_us / 1000);
	else
		report_finding(walk->master, METERBUS_FINDING_REQUESTS_LOST,
			       NULL, 0,
			       "%u acknowledge and no request that follows is answered, not even after 500 ms of quiet: the converter loses it, or the meters refuse. Check how the converter switches direction, and wait a day if the meters limit readouts",
			       silent);
}

int walk_end(struct walk *walk, int ret)
{
	struct meterbus_master *master = walk->master;

	walk->result->cancelled = master->cancelled &&
				  master->cancelled(master->context);
	find_serials(walk);
	if (!ret)
		tell_lost(walk);
	master->evidence = NULL;
	free(walk->meters);
	free(walk->silent.items);
	free(walk->known_here);
	free(walk->earlier_here);
	walk->result->elapsed_ns = now_ns() - walk->start_ns;
	walk->result->transmissions = master->transmissions -
				      walk->result->transmissions;
	return walk->result->cancelled ? 0 : ret;
}
