// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Doubts of a search. Three rules: nothing is invented, nothing is lost in
 * silence, everything ends.
 */
#include <stdio.h>
#include <string.h>

#include "search/doubt.h"

#define NS_PER_US	1000

/* No meter is asked for longer than this. */
#define WINDOW_MAX_US	2000000

/* The latest that answer take so long (Qundis 1100 ms). */
#define LATEST_US	1600000

/* Added to the delay that would explain an answer. */
#define MARGIN_US	150000

/* Quiet that must be possible on a wire that nobody uses. */
#define LISTEN_US	1500000

/* How often the whole search begins anew. */
#define AGAIN_MAX	6

/* Tries of a selection or SND_NKE that a meter may need to answer. */
#define LAPSE_TRIES	2

/* How often damaged bytes alone are traced to a request. */
#define TRACED_MAX	4

/* Quiet before what was dubious is asked again: another master may be at work. */
#define DUBIOUS_GUARD_US 1000000

/* How often the whole wire is listened to, and passes with lapses are made. */
#define LISTENED_MAX	3
#define LAPSED_PASSES_MAX 3

/* What is no meter, beside one for each that is. */
#define SUSPECTS_MAX	20

/* More meters than any bus has: 250 on one, some hundreds with repeaters. */
#define METERS_MAX	1000

/* Telegrams of a search, and how many more for each meter that it finds. */
#define SENT_MIN	1600
#define SENT_EACH	110

/* Makers have letters from 1 on, and 252 is reserved: nobody has these. */
static const struct meterbus_address nobody = {
	.secondary = true,
	.bytes = { 0xAA, 0xAA, 0xAA, 0xAA, 0x00, 0x00, 0x00, 0x00 },
};

#define NOBODY_PRIMARY	252

static uint32_t slack_of(struct walk *walk)
{
	struct meterbus_link *link = walk->master->link;
	struct meterbus_timing timing;

	if (!link->get_timing || link->get_timing(link, &timing, NULL) < 0)
		return 0;
	return timing.slack_us;
}

static uint32_t window_of(struct walk *walk)
{
	struct meterbus_link *link = walk->master->link;
	struct meterbus_timing timing;

	if (!link->get_timing || link->get_timing(link, &timing, NULL) < 0)
		return 0;
	return timing.window_us + timing.slack_us;
}

void doubt_begin(struct walk *walk)
{
	walk->unasked = walk->master->unasked;
	walk->junk = walk->master->junk;
	walk->slack_us = slack_of(walk);
	walk->first_slack_us = walk->slack_us;
}

/* What was silent before may answer now: the search begins anew. */
static int begin_again(struct walk *walk)
{
	if (slack_of(walk) > walk->first_slack_us)
		walk->late_us = window_of(walk);
	walk->crossed = false;
	walk->dubious_count = 0;
	if (walk->begun++ < AGAIN_MAX)
		walk->again = true;
	else
		walk->unexplained++;
	return 0;
}

static int open_for(struct walk *walk, const struct meterbus_address *address,
		    uint32_t window_us, uint32_t *delay_us,
		    struct meterbus_error *err)
{
	struct ask a = {
		.master = walk->master,
		.address = address,
		.open_window_us = window_us,
	};
	const struct meterbus_exchange *x = &a.exchange;

	if (walk_step(walk, address, err) < 0 || ask_presence(&a, err) < 0)
		return -1;
	walk->covered |= x->flags & METERBUS_FLAG_JUNK &&
			 a.result == ASK_NOBODY;
	*delay_us = 0;
	if (a.result != ASK_NOBODY && x->first_ns > x->sent_end_ns)
		*delay_us = (x->first_ns - x->sent_end_ns) / NS_PER_US;
	return 0;
}

/* It answers after @delay_us, and was missed: too late, or disturbed. */
static int explained(struct walk *walk, const struct meterbus_address *address,
		     uint32_t delay_us)
{
	if (delay_us > window_of(walk)) {
		raise_window(walk->master, delay_us, address);
		walk->slack_us = slack_of(walk);
	} else {
		walk->patient = true;
	}
	return begin_again(walk);
}

/*
 * An answer began at @stray_ns that is not of the meter asked last. Asks those
 * before it again, each for as long as would explain it.
 */
static int trace(struct walk *walk, uint64_t stray_ns,
		 struct meterbus_error *err)
{
	unsigned int count = walk->recent_count;

	walk->recent_count = 0;
	while (count-- > 0) {
		struct walk_recent recent = walk->recent[count];
		uint64_t window_us = WINDOW_MAX_US;
		uint32_t delay_us;

		if (!recent.repeated) {
			if (stray_ns < recent.sent_end_ns)
				continue;
			window_us = (stray_ns - recent.sent_end_ns) / NS_PER_US;
		}
		if (window_us > WINDOW_MAX_US)
			break;
		if (open_for(walk, &recent.address, window_us + MARGIN_US,
			     &delay_us, err) < 0)
			return -1;
		if (delay_us)
			return explained(walk, &recent.address, delay_us);
	}
	return 0;
}

int doubt_collided(struct walk *walk, const struct ask *ask,
		   struct meterbus_error *err)
{
	if (walk->traced++ >= TRACED_MAX)
		return 0;
	return trace(walk, ask->collided_ns, err);
}

/*
 * Something came while a request was sent: an answer that is late; or, if that
 * happens again, one to this very request, which a late echo covers.
 */
static int trace_junk(struct walk *walk, struct meterbus_error *err)
{
	walk->junk = walk->master->junk;
	if (walk->traced++ >= TRACED_MAX) {
		walk->unexplained += walk->covered;
		return 0;
	}
	walk->covered = false;
	if (trace(walk, walk->master->junk_ns, err) < 0)
		return -1;
	if (walk->again || !walk->covered)
		return 0;
	walk->result->strays++;
	report_finding(walk->master, METERBUS_FINDING_STRAY, NULL, 0,
		       "bytes come with requests that nothing seems to answer, each time again: the converter's echo is late and covers answers, or it adds bytes; meters may be missing");
	return 0;
}

/* A primary address is tried again without SND_NKE, see primary.c. */
static void report_stray(struct walk *walk, const struct ask *ask)
{
	char text[METERBUS_ADDRESS_TEXT];

	if (!ask->address->secondary)
		return;
	walk->result->strays++;
	report_finding(walk->master, METERBUS_FINDING_STRAY, ask->address, 0,
		       "an acknowledgement came after the selection of %s that did not come again: noise, or a meter that answers very late and not always; search again",
		       meterbus_address_format(ask->address, text));
}

static void remember_silence(struct walk *walk, const struct ask *ask)
{
	struct walk_recent *recent;

	if (walk->recent_count == WALK_RECENT) {
		memmove(walk->recent, walk->recent + 1,
			sizeof(walk->recent) - sizeof(walk->recent[0]));
		walk->recent_count--;
	}
	recent = &walk->recent[walk->recent_count++];
	recent->address = *ask->address;
	recent->sent_end_ns = ask->exchange.sent_end_ns;
	recent->repeated = ask->exchange.tries > 1;
}

/* Noise, or a meter that was disturbed and did not hear us again. */
static void remember_dubious(struct walk *walk, const struct ask *ask)
{
	if (walk->dubious_count < WALK_DUBIOUS)
		walk->dubious[walk->dubious_count++] = *ask->address;
}

static int ask_dubious(struct walk *walk, struct meterbus_error *err)
{
	while (walk->dubious_count) {
		struct ask a = {
			.address = &walk->dubious[--walk->dubious_count],
			.open_guard_us = DUBIOUS_GUARD_US,
		};

		if (walk_open(walk, &a, err) < 0)
			return -1;
		if (a.result != ASK_NOBODY) {
			walk->patient = true;
			return begin_again(walk);
		}
	}
	return 0;
}

/*
 * Selects all, or sends SND_NKE, and waits for the latest of those who answer:
 * the next exchange is sent so long after the last byte that came. @several:
 * answers came at the same time.
 */
static int listen_to(struct walk *walk, const struct meterbus_address *address,
		     uint32_t window_us, uint32_t *delay_us, bool *several,
		     struct meterbus_error *err)
{
	struct meterbus_exchange x = { .window_us = window_us };
	struct meterbus_exchange after = { .guard_us = window_us };
	struct meterbus_link *link = walk->master->link;
	uint64_t last_ns, sent_end_ns;
	int ret;

	*delay_us = 0;
	*several = false;
	if (walk_step(walk, address, err) < 0 || link->hold(link, err) < 0)
		return -1;
	ret = meterbus_select(walk->master, address, &x, err);
	sent_end_ns = x.sent_end_ns;
	if (!ret)
		ret = meterbus_deselect(walk->master, &after, err);
	link->release(link);
	if (ret < 0 || !after.tries)
		return ret;
	*several = x.outcome == METERBUS_OUTCOME_COLLISION;
	last_ns = after.sent_ns - (uint64_t)window_us * NS_PER_US;
	if (last_ns > sent_end_ns && x.outcome != METERBUS_OUTCOME_SILENCE &&
	    x.outcome != METERBUS_OUTCOME_ECHO_ONLY)
		*delay_us = (last_ns - sent_end_ns) / NS_PER_US;
	return 0;
}

/* A meter that answers as late as was heard has been found. */
static bool late_is_found(const struct walk *walk)
{
	return walk->latest_us + MARGIN_US >= walk->late_us;
}

int doubt_later(struct walk *walk, const struct meterbus_address *mask,
		uint32_t delay_us, bool *late, struct meterbus_error *err)
{
	uint32_t last_us = 0;
	bool several = false;

	*late = false;
	if (late_is_found(walk))
		return 0;
	if (listen_to(walk, mask, walk->late_us + MARGIN_US, &last_us, &several,
		      err) < 0)
		return -1;
	*late = several || last_us > delay_us + MARGIN_US;
	return 0;
}

/*
 * An unrequested frame has come: of a meter that is late, and whose
 * answer fell into another's. Listens to all of them.
 */
static int look_into_unasked(struct walk *walk, const struct ask *ask,
			     struct meterbus_error *err)
{
	uint32_t delay_us = 0;
	bool several;

	walk->unasked = walk->master->unasked;
	if (!walk->whole)
		return trace(walk, ask->exchange.sent_ns, err);
	if (walk->listened++ < LISTENED_MAX &&
	    listen_to(walk, walk->whole, WINDOW_MAX_US, &delay_us, &several,
		      err) < 0)
		return -1;
	walk->unasked = walk->master->unasked;
	if (delay_us > window_of(walk)) {
		raise_window(walk->master, delay_us, walk->whole);
		walk->slack_us = slack_of(walk);
		return begin_again(walk);
	}
	walk->unexplained++;
	return 0;
}

void doubt_missed(struct walk *walk, const struct ask *ask)
{
	if (ask->missed)
		walk->patient = true;
	/* One that was asleep answers the second try. */
	if (ask->open_tries > LAPSE_TRIES)
		walk->lapses++;
	if (ask->result != ASK_NOBODY || !ask->address->secondary ||
	    !walk_is_known(walk, ask->address))
		return;
	if (walk->patient)
		walk->lapses++;
	walk->patient = true;
}

/*
 * A search that is over sooner than the latest meter answers waits for that
 * one.
 */
static int wait_for_late(struct walk *walk, struct meterbus_error *err)
{
	struct meterbus_exchange x = { .repeats = 0 };
	uint64_t most_ns = (uint64_t)LATEST_US * NS_PER_US;
	uint64_t took_ns = walk->last_ns - walk->first_ns;
	struct ask ask = { .exchange = { .sent_ns = 0 } };

	/* Nothing comes late if nothing was asked. */
	if (!walk->first_ns || took_ns >= most_ns)
		return 0;
	x.guard_us = (most_ns - took_ns) / NS_PER_US;
	if (meterbus_deselect(walk->master, &x, err) < 0)
		return -1;
	if (slack_of(walk) > walk->slack_us)
		return begin_again(walk);
	if (walk->unasked == walk->master->unasked)
		return 0;
	ask.exchange = x;
	return look_into_unasked(walk, &ask, err);
}

int doubt_pass(struct walk *walk, struct meterbus_error *err)
{
	unsigned int lapses = walk->lapses - walk->lapses_before;

	if (wait_for_late(walk, err) < 0)
		return -1;
	if (walk->again)
		return 0;

	if (ask_dubious(walk, err) < 0)
		return -1;
	if (walk->again)
		return 0;
	walk->lapses_before = walk->lapses;
	if ((walk->patient && walk->believed) ||
	    (lapses && walk->lapsed_passes++ < LAPSED_PASSES_MAX)) {
		walk->believed = 0;
		return begin_again(walk);
	}
	walk->believed = 0;
	if (walk->lapses) {
		walk->result->strays++;
		report_finding(walk->master, METERBUS_FINDING_DOUBTFUL, NULL, 0,
			       "meters that are there did not answer %u times, each time to several requests: they answer some only, or another master or a disturbance keeps them from it, and others may be missing; search again",
			       walk->lapses);
	}
	/* Of a meter later than that one, whose own answers came to nothing. */
	if (walk->crossed && walk->slack_us > walk->first_slack_us)
		walk->unexplained++;
	if (walk->unexplained || !late_is_found(walk)) {
		walk->result->strays++;
		report_finding(walk->master, METERBUS_FINDING_STRAY, NULL, 0,
			       "an answer came that no meter found explains: noise, or a meter that answers very late and not always; search again");
	}
	return 0;
}

/* The bus was away, and may have been so before that was seen. */
static int ask_before(struct walk *walk, struct meterbus_error *err)
{
	struct meterbus_address address;
	uint32_t delay_us;

	if (!walk->recent_count)
		return 0;
	address = walk->recent[--walk->recent_count].address;
	if (open_for(walk, &address, 0, &delay_us, err) < 0)
		return -1;
	return delay_us ? explained(walk, &address, delay_us) : 0;
}

int doubt_note(struct walk *walk, const struct ask *ask,
	       struct meterbus_error *err)
{
	uint32_t slack_us = slack_of(walk);
	bool grown = slack_us > walk->slack_us;

	walk->slack_us = slack_us;
	walk->last_ns = ask->exchange.sent_end_ns;
	if (!walk->first_ns)
		walk->first_ns = walk->last_ns;
	doubt_missed(walk, ask);
	walk->crossed |= ask->crossed;
	if (walk->unasked != walk->master->unasked && !grown &&
	    ask->result != ASK_STRAY)
		return look_into_unasked(walk, ask, err);
	if (ask->result == ASK_STRAY) {
		if (trace(walk, ask->stray_ns, err) < 0)
			return -1;
		if (!walk->again)
			report_stray(walk, ask);
		return 0;
	}
	if (ask->away && ask_before(walk, err) < 0)
		return -1;
	if (walk->again)
		return 0;
	if (ask->result == ASK_NOBODY) {
		remember_silence(walk, ask);
		if (ask->collided || ask->disturbed)
			remember_dubious(walk, ask);
	}
	if (walk->junk != walk->master->junk) {
		if (trace_junk(walk, err) < 0)
			return -1;
		if (walk->again)
			return 0;
	}
	/* The driver has seen a late answer, and guessed to whom. */
	if (grown && ask->result == ASK_NOBODY)
		return trace(walk, ask->exchange.sent_end_ns, err);
	return grown ? begin_again(walk) : 0;
}

int doubt_nobody(struct walk *walk, const struct meterbus_address *address,
		 struct meterbus_error *err)
{
	uint32_t delay_us = 0;

	/* The first may come while they answer what was asked before. */
	for (unsigned int i = 0; i < 2 && !delay_us; i++)
		if (open_for(walk, address, WINDOW_MAX_US, &delay_us, err) < 0)
			return -1;
	if (!delay_us)
		return 0;
	raise_window(walk->master, delay_us, address);
	walk->slack_us = slack_of(walk);
	return begin_again(walk);
}

/* The driver names the byte that is sent all the time, if it can. */
static int fail_babble(struct walk *walk, struct meterbus_error *err)
{
	struct meterbus_link *link = walk->master->link;
	uint32_t rate = 0;
	uint8_t byte = 0;
	char text[200];

	if (!link->babble || link->babble(link, &rate, &byte, NULL) < 0 ||
	    !rate)
		snprintf(text, sizeof(text),
			 "something sends all the time, also when nobody asked: disconnect branches to find it");
	else
		snprintf(text, sizeof(text),
			 "something sends %02X all the time, %u bytes/s, also when nobody asked: disconnect branches to find it",
			 byte, rate);
	report_finding(walk->master, METERBUS_FINDING_BABBLE, NULL, 0, "%s",
		       text);
	return meterbus_fail(err, METERBUS_E_GARBLED, "%s", text);
}

/* Found since the search began, so that a resumed one is bounded as well. */
static int check_sent(struct walk *walk, struct meterbus_error *err)
{
	unsigned int found = walk->result->count[METERBUS_METER_CONFIRMED];
	unsigned long sent = walk->master->transmissions -
			     walk->result->transmissions;

	if (sent <= SENT_MIN + (unsigned long)SENT_EACH * found)
		return 0;
	return meterbus_fail(err, METERBUS_E_COLLISION,
			     "%lu telegrams are more than %u meters need: selections that exclude each other are answered, and so were any others; the search stops and meters may be missing; disconnect branches to find the one that disturbs it",
			     sent, found);
}

int doubt_bounds(struct walk *walk, struct meterbus_error *err)
{
	const unsigned int *count = walk->result->count;
	unsigned int found = count[METERBUS_METER_CONFIRMED];
	unsigned int odd = count[METERBUS_METER_SUSPECT] +
			   count[METERBUS_METER_SEVERAL];

	/* Without one that answers, requests of all of them may be lost. */
	if (found)
		odd += count[METERBUS_METER_SILENT];
	if (walk->master->babble)
		return fail_babble(walk, err);
	if (check_sent(walk, err) < 0)
		return -1;
	if (found > METERS_MAX)
		return meterbus_fail(err, METERBUS_E_COLLISION,
				     "more than %u meters answer, which no bus can carry: something answers to whatever is asked; disconnect branches to find it",
				     METERS_MAX);
	if (odd < SUSPECTS_MAX + found)
		return 0;
	return meterbus_fail(err, METERBUS_E_COLLISION,
			     "%u addresses seem to hold meters of which no valid telegram comes: noise, a wrong baud rate, a meter that acknowledges whatever is selected, or a converter that spoils what it passes on",
			     odd);
}

static int open_nobody(struct walk *walk, struct meterbus_exchange *x,
		       struct meterbus_error *err)
{
	const struct meterbus_address primary = { .primary = NOBODY_PRIMARY };
	struct meterbus_master *master = walk->master;

	if (walk_step(walk, walk->whole ? &nobody : &primary, err) < 0)
		return -1;
	if (walk->whole)
		return meterbus_select(master, &nobody, x, err);
	return meterbus_snd_nke(master, NOBODY_PRIMARY, x, err);
}

int doubt_wire(struct walk *walk, struct meterbus_error *err)
{
	struct meterbus_master *master = walk->master;
	unsigned int heard = 0;

	if (walk->wire_checked)
		return 0;
	walk->wire_checked = true;
	for (unsigned int i = 0; i < 2; i++) {
		struct meterbus_exchange x = { .guard_us = LISTEN_US };

		if (open_nobody(walk, &x, err) < 0)
			return -1;
		if (master->babble)
			return fail_babble(walk, err);
		if (x.outcome == METERBUS_OUTCOME_ACK)
			heard++;
		else if (x.outcome != METERBUS_OUTCOME_SILENCE &&
			 x.outcome != METERBUS_OUTCOME_ECHO_ONLY)
			walk->noisy++;
	}
	if (walk->noisy == 2)
		return meterbus_fail(err, METERBUS_E_COLLISION,
				     "an address that no meter can have is answered with bytes that are no answer: noise, an echo, or another master; a search would find nothing but that");
	if (heard < 2 || walk->any_ack)
		return 0;
	walk->any_ack = true;
	/* Its E5 hides those of meters whose telegrams do not come. */
	walk->result->strays++;
	report_finding(master, METERBUS_FINDING_ACKNOWLEDGES, NULL, 0,
		       "%s, also those of others: only telegrams count from here on; disconnect it, if it is known, and search again",
		       walk->whole ? "a meter acknowledges every selection" :
				     "something acknowledges every address");
	return begin_again(walk);
}
