// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What both searches share: progress, the list of finds, the words for what is
 * wrong with them, and what only the whole list shows.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <meterbus/decode.h>

#include "search/doubt.h"
#include "search/place.h"
#include "search/walk.h"

#define NS_PER_SECOND	1000000000ULL

/* Fewer neighbours are no batch. */
#define SERIALS_MIN	3

/* So much of a faulty telegram is shown. */
#define FAULTY_BYTES	32

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

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
		progress.seconds = elapsed_ns / NS_PER_SECOND;
		if (progress.probes)
			progress.seconds_left = elapsed_ns / progress.probes *
						progress.left / NS_PER_SECOND;
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

int walk_report(struct walk *walk, enum meterbus_meter_state state,
		const struct meterbus_address *address, const struct ask *ask,
		struct meterbus_error *err, const char *format, ...)
{
	struct meterbus_found found = {
		.state = state,
		.address = *address,
		.primary = -1,
		.baud = walk->search->baud,
	};
	char why[512];
	va_list args;

	if (is_reported(walk, state, address))
		return 0;
	if (remember(walk, state, address, err) < 0)
		return -1;
	if (ask && ask->latest_us > walk->latest_us)
		walk->latest_us = ask->latest_us;
	if (!walk->search->found)
		return 0;
	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	found.why = why;
	found.tries = walk->evidence.tries;
	found.try_count = walk->evidence.count;
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

int walk_report_again(struct walk *walk, const struct meterbus_found *found,
		      struct meterbus_error *err)
{
	if (remember(walk, found->state, &found->address, err) < 0)
		return -1;
	if (walk->search->found)
		walk->search->found(walk->search->context, found);
	return 0;
}

static int report_several(struct walk *walk, const struct ask *ask,
			  struct meterbus_error *err)
{
	const struct meterbus_address *address = ask->address;
	char id[9];

	if (!address->secondary)
		return walk_report(walk, METERBUS_METER_SEVERAL, address, ask,
				   err,
				   "address %u: several meters (their answers collide); use the secondary search, then give each an address of its own",
				   address->primary);
	return walk_report(walk, METERBUS_METER_SEVERAL, address, ask, err,
			   "several meters share ID %s and all that a selection can tell apart; disconnect all but one and read it",
			   meterbus_address_id(address, id));
}

static int report_silent(struct walk *walk, const struct ask *ask,
			 struct meterbus_error *err)
{
	if (walk->master->guard_fixed)
		return walk_report(walk, METERBUS_METER_SILENT, ask->address,
				   ask, err,
				   "acknowledged %u times, answered none of %u requests sent %u ms after that: a converter needs up to 50 ms to turn round; do not fix the guard, or set 60 ms",
				   ask->acknowledged, ask->requested,
				   ask->gap_us / 1000);
	return walk_report(walk, METERBUS_METER_SILENT, ask->address, ask, err,
			   "acknowledged %u times, answered none of %u requests (%sup to %u ms after that); the meter may have used up its readouts, or its battery is low",
			   ask->acknowledged, ask->requested,
			   ask->other_fcb ? "FCB 1 and 0, " : "",
			   ask->gap_us / 1000);
}

static int report_faulty(struct walk *walk, const struct ask *ask,
			 struct meterbus_error *err)
{
	const struct meterbus_exchange *x = &ask->exchange;
	char bytes[3 * FAULTY_BYTES + 1] = "";

	for (size_t i = 0; i < x->answer_len && i < FAULTY_BYTES; i++)
		snprintf(bytes + 3 * i, sizeof(bytes) - 3 * i, " %02X",
			 x->answer[i]);
	return walk_report(walk, METERBUS_METER_SUSPECT, ask->address, ask, err,
			   "one meter whose telegrams are faulty, always the same way (%s):%s%s",
			   meterbus_reason_text(x->reason), bytes,
			   x->answer_len > FAULTY_BYTES ? " ..." : "");
}

int walk_report_failure(struct walk *walk, const struct ask *ask,
			struct meterbus_error *err)
{
	switch (ask->result) {
	case ASK_SEVERAL:
		return report_several(walk, ask, err);
	case ASK_SILENT:
		return report_silent(walk, ask, err);
	case ASK_STRAY:
		return 0;
	case ASK_FAULTY:
		return report_faulty(walk, ask, err);
	case ASK_NO_DATA:
		return walk_report(walk, METERBUS_METER_SILENT, ask->address,
				   ask, err,
				   "answers the request with E5: it is there and has no data now; try to read it later");
	case ASK_GARBLED:
		return walk_report(walk, METERBUS_METER_SUSPECT, ask->address,
				   ask, err,
				   "answered %u requests, each damaged in another way (last: %s); check wiring and baud rate, or look for a second meter with this number",
				   ask->requested,
				   meterbus_reason_name(ask->exchange.reason));
	default:
		return walk_report(walk, METERBUS_METER_SUSPECT, ask->address,
				   ask, err,
				   "a valid answer came, but from another address or of another kind; 'mbusctl monitor' shows what it is");
	}
}

bool walk_is_refusal(const struct ask *ask)
{
	struct meterbus_application app;

	meterbus_application_parse(&app, &ask->telegram);
	return app.application_error;
}

int walk_report_refusal(struct walk *walk, const struct ask *ask,
			struct meterbus_error *err)
{
	struct meterbus_application app;

	meterbus_application_parse(&app, &ask->telegram);
	return walk_report(walk, METERBUS_METER_SILENT, ask->address, ask, err,
			   "answers the request with an application error instead of data: %s (code %u); read it later, or try 'mbusctl reset'",
			   app.application_error, app.application_error_code);
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

static void tell_serials(struct walk *walk, size_t first, size_t count)
{
	char from[9], to[9];

	if (count < SERIALS_MIN)
		return;
	report_finding(walk->master, METERBUS_FINDING_SERIALS,
		       &walk->meters[first].address, 0,
		       "%zu consecutive serials %s-%s: looks like one delivery batch; the number on a meter's face tells which house it is in",
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
		tell_serials(walk, first, i - first);
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
