// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What one mask holds. Nothing is believed at once: two E5 may overlap to one,
 * so each is followed by a request; two telegrams may overlap to a valid one,
 * so a meter that answers is selected by its full address.
 */
#include <string.h>

#include <meterbus/decode.h>

#include "master/company.h"
#include "search/doubt.h"
#include "search/known.h"
#include "search/place.h"
#include "search/probe.h"

#define DECIMAL_DIGITS	10

/* How often an address is selected again to see its answers collide. */
#define COLLISION_TRIES	2

/*
 * Answers of two meters overlap to the AND of their bits. If the one read has
 * a sibling with nearly the same telegram, ID 40 and 41 of one batch, the
 * overlap can be exactly the telegram of the one, checksum included: nothing
 * shows the other but its own selection. Looks for siblings that could hide
 * like this in @place.
 */
static int find_sibling(struct walk *walk, const struct ask *found,
			const struct meterbus_address *meter,
			unsigned int place, bool *hidden,
			struct meterbus_error *err)
{
	const struct meterbus_telegram *telegram = &found->telegram;
	unsigned int digit = place_digit(meter, place);
	uint8_t sum = telegram->raw[telegram->raw_len - 2];

	for (unsigned int other = digit + 1; other < DECIMAL_DIGITS; other++) {
		struct meterbus_address sibling = place_with(meter, place,
							     other);
		uint8_t other_sum = sum + ((other - digit) *
					   place_weight(place));
		enum ask_result result;

		if ((other & digit) != digit || (other_sum & sum) != sum)
			continue;
		if (walk_was_silent(walk, &sibling))
			continue;
		if (walk_presence(walk, &sibling, 0, &result, err) < 0)
			return -1;
		if (result != ASK_NOBODY) {
			*hidden = true;
			return 0;
		}
	}
	return 0;
}

/*
 * Serials of one delivery differ in the tens and the last digit; where a mask
 * leaves a place open but not those behind it, meters are known to differ.
 */
static int find_hidden(struct walk *walk, const struct ask *found,
		       const struct meterbus_address *meter, bool *hidden,
		       struct meterbus_error *err)
{
	bool differ = false;

	*hidden = false;
	for (unsigned int place = PLACE_AFTER_ID; place-- > 0 && !*hidden;) {
		if (!place_is_open(found->address, place))
			differ = true;
		else if ((differ || place <= PLACE_LAST_DIGIT) &&
			 find_sibling(walk, found, meter, place, hidden,
				      err) < 0)
			return -1;
	}
	return 0;
}

/* How many of some selections of @address were answered by more than one. */
static int count_collisions(struct walk *walk,
			    const struct meterbus_address *address,
			    unsigned int *count, struct meterbus_error *err)
{
	*count = 0;
	for (unsigned int i = 0; i < COLLISION_TRIES; i++) {
		/* One that is late answers the selection before. */
		struct ask again = {
			.address = address,
			.open_guard_us = walk->late_us,
		};

		if (walk_open(walk, &again, err) < 0)
			return -1;
		*count += again.collided || again.result == ASK_SEVERAL;
	}
	return 0;
}

/*
 * An answer to @found was spoilt before one was not: by a meter that answers
 * to its mask, if that happens again, and not as often to the meter alone.
 */
static int find_collision(struct walk *walk, const struct ask *found,
			  const struct meterbus_address *meter, bool *hidden,
			  struct meterbus_error *err)
{
	unsigned int all, alone;

	if (count_collisions(walk, found->address, &all, err) < 0)
		return -1;
	if (!all)
		return doubt_collided(walk, found, err);
	if (count_collisions(walk, meter, &alone, err) < 0)
		return -1;
	*hidden = all > alone;
	return 0;
}

/*
 * The acknowledgement that @found began with was more than this meter's own:
 * one more E5, bytes beside it, or another one behind it. Somebody else
 * acknowledges, whose telegram did not come.
 */
static int find_company(struct walk *walk, const struct ask *found,
			const struct meterbus_address *meter, bool *hidden,
			struct meterbus_error *err)
{
	struct ask mask = { .address = found->address };
	struct ask own = { .address = meter };
	struct ask again = { .address = meter };

	if (walk->any_ack || place_first_open(found->address) == PLACES)
		return 0;
	if (found->collided) {
		if (find_collision(walk, found, meter, hidden, err) < 0)
			return -1;
		if (*hidden || walk->again)
			return 0;
	}
	if (found->opening_acks <= 1 && !found->heard_more &&
	    !found->opened_in_company)
		return doubt_later(walk, found->address, found->latest_us,
				   hidden, err);
	if (walk_open(walk, &own, err) < 0)
		return -1;
	if (own.result != ASK_SILENT)
		return 0;
	*hidden = found->opening_acks > own.opening_acks;
	if (*hidden)
		return 0;
	/* Unless the driver has learnt meanwhile what the converter adds. */
	if (found->opened_in_company && !own.opened_in_company) {
		if (walk_open(walk, &mask, err) < 0)
			return -1;
		*hidden = mask.opened_in_company || mask.collided ||
			  mask.result == ASK_SEVERAL;
	}
	if (*hidden || !found->heard_more)
		return 0;
	if (walk_open(walk, &again, err) < 0)
		return -1;
	*hidden = !again.heard_before;
	return 0;
}

/*
 * Two telegrams overlap to a valid one only where the converter does not signal
 * that. One that does, and never failed to, leaves no doubt about a meter that
 * answered alone and in time.
 */
static bool answered_alone(const struct walk *walk, const struct ask *found)
{
	const uint32_t flags = METERBUS_FLAG_DOUBTFUL | METERBUS_FLAG_LATE |
			       METERBUS_FLAG_UNASKED | METERBUS_FLAG_JUNK;

	return walk->master->signals && !walk->unsignalled && !walk->patient &&
	       !walk->begun && found->opening_acks == 1 &&
	       found->requested == 1 && !found->collided &&
	       !found->in_company && !found->heard_more &&
	       !(found->exchange.flags & flags);
}

/* Is the meter of this telegram real? Its own full address shows it. */
static int verify(struct walk *walk, struct ask *found,
		  const struct meterbus_address *meter, enum cell *cell,
		  struct meterbus_error *err)
{
	const struct meterbus_address *mask = found->address;
	struct ask own = {
		.address = meter,
		.open_repeats = METERBUS_REPEATS_BUS,
		.result = ASK_SILENT,
	};
	char text[METERBUS_ADDRESS_TEXT];

	*cell = CELL_DONE;
	if (!walk->any_ack && !known_is_here(walk, meter) &&
	    !answered_alone(walk, found) &&
	    walk_open(walk, &own, err) < 0)
		return -1;
	/* By an answer to the mask that is later than this one. */
	if (own.collided && !found->collided) {
		found->collided = true;
		found->collided_ns = own.collided_ns;
	}
	if (own.result == ASK_SILENT)
		return walk_report(walk, METERBUS_METER_CONFIRMED, meter, found,
				   err, "%s", "");
	if (own.result == ASK_NOBODY)
		report_finding(walk->master, METERBUS_FINDING_PHANTOM, mask, 0,
			       "the answer names meter %s, which does not answer to its own address: the telegrams of several meters overlapped to a valid one; they are told apart",
			       meterbus_address_format(meter, text));
	if (place_first_open(mask) < PLACES) {
		*cell = CELL_SEVERAL;
		return 0;
	}
	return walk_report(walk, METERBUS_METER_SEVERAL, mask, NULL, err,
			   "several meters share every part of the address: their answers overlap; disconnect all but one");
}

/*
 * The fabrication number by which the meter was selected; whole if it sends
 * that, too (EN 13757-3, VIF 78).
 */
static void add_fabrication(const struct meterbus_telegram *telegram,
			    const struct meterbus_address *mask,
			    struct meterbus_address *meter)
{
	static const uint8_t head[] = { 0x0C, 0x78 };
	struct meterbus_data_records records;
	struct meterbus_address whole = *mask;
	struct meterbus_data_record record;
	struct meterbus_application app;

	meter->has_fabrication = mask->has_fabrication;
	memcpy(meter->fabrication, mask->fabrication,
	       sizeof(meter->fabrication));
	if (!mask->has_fabrication)
		return;
	meterbus_application_parse(&app, telegram);
	meterbus_data_records_start(&records, &app);
	while (meterbus_data_record_next(&records, &record)) {
		if (record.raw_len != sizeof(head) + sizeof(whole.fabrication) ||
		    memcmp(record.raw, head, sizeof(head)))
			continue;
		memcpy(whole.fabrication, record.raw + sizeof(head),
		       sizeof(whole.fabrication));
		if (meterbus_address_matches(mask, &whole))
			memcpy(meter->fabrication, whole.fabrication,
			       sizeof(whole.fabrication));
		return;
	}
}

/* It answers to every selection, so its telegram shows nothing of others. */
static int judge_anyone(struct walk *walk, const struct ask *found,
			const struct meterbus_address *meter, enum cell *cell,
			struct meterbus_error *err)
{
	*cell = CELL_EMPTY;
	for (size_t i = 0; i < walk->count; i++)
		if (walk_same(&walk->meters[i].address, meter))
			return 0;
	return walk_report(walk, METERBUS_METER_SUSPECT, meter, found, err,
			   "answers to every selection, also those of others: it hides them, disconnect it and search again");
}

/* It calls itself something else than what it was selected by. */
static int judge_stranger(struct walk *walk, const struct ask *found,
			  const struct meterbus_address *meter, enum cell *cell,
			  struct meterbus_error *err)
{
	const struct meterbus_address *mask = found->address;
	char text[METERBUS_ADDRESS_TEXT];

	if (walk->any_ack)
		return judge_anyone(walk, found, meter, cell, err);
	*cell = CELL_ONE;
	if (place_id_open(mask))
		return 0;
	if (walk->beyond_id) {
		/* It would answer to all other bytes as well. */
		walk->filter_ignored = true;
		*cell = CELL_EMPTY;
		return 0;
	}
	*cell = CELL_DONE;
	return walk_report(walk, METERBUS_METER_SUSPECT, mask, found, err,
			   "acknowledges this ID, but calls itself %s in its telegram; read it by the address that works and report it to its maker",
			   meterbus_address_format(meter, text));
}

/* The mask gave a telegram; is its meter real, and alone? */
static int judge_telegram(struct walk *walk, struct ask *found,
			  enum cell *cell, struct meterbus_error *err)
{
	const struct meterbus_address *mask = found->address;
	struct meterbus_address meter;
	bool hidden;

	*cell = CELL_DONE;
	if (!meterbus_telegram_meter(&found->telegram, &meter)) {
		/* One that was read by a pass before may refuse the next. */
		if (!place_id_open(mask) && walk_is_refusal(found))
			return walk_is_known(walk, mask) ?
				       0 :
				       walk_report_refusal(walk, found, err);
		if (!place_id_open(mask))
			return walk_report(walk, METERBUS_METER_CONFIRMED, mask,
					   found, err, "%s", "");
		*cell = CELL_ONE;
		return 0;
	}
	if (!address_admits(mask, &meter))
		return judge_stranger(walk, found, &meter, cell, err);
	add_fabrication(&found->telegram, mask, &meter);
	if (!walk_knows(walk, &meter)) {
		if (verify(walk, found, &meter, cell, err) < 0)
			return -1;
		if (*cell != CELL_DONE ||
		    walk->meters[walk->count - 1].state !=
			    METERBUS_METER_CONFIRMED)
			return 0;
	}
	if (find_hidden(walk, found, &meter, &hidden, err) < 0)
		return -1;
	if (!hidden && find_company(walk, found, &meter, &hidden, err) < 0)
		return -1;
	if (hidden)
		*cell = CELL_SEVERAL;
	return 0;
}

/* One meter with a fault, whose address is in its telegram. */
static int judge_faulty(struct walk *walk, const struct ask *found,
			enum cell *cell, struct meterbus_error *err)
{
	struct meterbus_address meter;
	struct ask alone = *found;

	*cell = CELL_ONE;
	if (!company_address(found->exchange.answer,
			     found->exchange.answer_len, &meter) ||
	    !address_admits(found->address, &meter))
		return 0;
	*cell = CELL_DONE;
	alone.address = &meter;
	return walk_report_failure(walk, &alone, err);
}

/* Masks not tried yet. */
static int ask_mask(struct walk *walk, const struct meterbus_address *mask,
		    uint8_t repeats, enum cell *cell,
		    struct meterbus_error *err)
{
	bool isolated = !place_id_open(mask);
	struct ask a = {
		.master = walk->master,
		.address = mask,
		.open_repeats = repeats,
		.company = true,
		.company_nul = isolated,
		.any_ack = walk->any_ack,
		.brief = !isolated && walk->exhausted &&
			 (walk->master->turn_proved ||
			  walk->master->guard_fixed),
	};

	if (walk_step(walk, mask, err) < 0 || ask(&a, err) < 0)
		return -1;
	if (walk_note(walk, &a, err) < 0)
		return -1;
	if (a.result == ASK_NOBODY || a.result == ASK_STRAY ||
	    (walk->any_ack && (a.result == ASK_SILENT ||
			       a.result == ASK_NO_DATA))) {
		ask_release(&a);
		*cell = CELL_EMPTY;
		return 0;
	}
	if (a.result == ASK_FRAME) {
		ask_release(&a);
		return judge_telegram(walk, &a, cell, err);
	}
	if (a.result == ASK_FAULTY && !isolated)
		return judge_faulty(walk, &a, cell, err);
	if (isolated &&
	    (a.result != ASK_SEVERAL || place_first_open(mask) == PLACES)) {
		*cell = CELL_DONE;
		return walk_report_failure(walk, &a, err);
	}
	*cell = a.result == ASK_SILENT || a.result == ASK_NO_DATA ?
			CELL_ONE :
			CELL_SEVERAL;
	return 0;
}

/*
 * A mask with meters that need not be read again: two of them are several
 * without asking, one is distinguished from more by its acknowledgement.
 */
static int ask_settled(struct walk *walk, const struct meterbus_address *mask,
		       unsigned int inside, enum cell *cell,
		       struct meterbus_error *err)
{
	enum ask_result presence;

	*cell = CELL_SEVERAL;
	if (inside > 1 && place_first_open(mask) < PLACES)
		return 0;
	if (walk_presence(walk, mask, METERBUS_REPEATS_BUS, &presence, err) < 0)
		return -1;
	/* The caller has counted it as one more to do. */
	if (walk->left)
		walk->left--;
	if (presence != ASK_SEVERAL)
		*cell = CELL_DONE;
	return 0;
}

/* How many meters the reports since @before stand for, at least. */
static unsigned int reported(const struct walk *walk,
			     const struct meterbus_search_result *before)
{
	const struct meterbus_search_result *now = walk->result;

	if (now->count[METERBUS_METER_SEVERAL] >
		    before->count[METERBUS_METER_SEVERAL] ||
	    now->count[METERBUS_METER_SUSPECT] >
		    before->count[METERBUS_METER_SUSPECT])
		return 2;
	return 1;
}

int probe(struct walk *walk, const struct meterbus_address *mask,
	  uint8_t repeats, enum cell *cell, unsigned int *count,
	  struct meterbus_error *err)
{
	static const enum meterbus_visit_result results[] = {
		[CELL_EMPTY] = METERBUS_VISIT_NOTHING,
		[CELL_DONE] = METERBUS_VISIT_METERS,
		[CELL_ONE] = METERBUS_VISIT_ONE,
		[CELL_SEVERAL] = METERBUS_VISIT_SEVERAL,
	};
	static const enum cell cells[METERBUS_VISIT_RESULTS] = {
		[METERBUS_VISIT_NOTHING] = CELL_EMPTY,
		[METERBUS_VISIT_METERS] = CELL_DONE,
		[METERBUS_VISIT_ONE] = CELL_ONE,
		[METERBUS_VISIT_SEVERAL] = CELL_SEVERAL,
	};
	const struct meterbus_search_result before = *walk->result;
	unsigned int settled = known_settled(walk, mask);
	struct meterbus_visit visit;
	int ret;

	if (walk->patient)
		repeats = METERBUS_REPEATS_BUS;
	if (known_visit(walk, mask, repeats, &visit)) {
		*cell = cells[visit.result];
		*count = visit.meters;
		if (walk->left)
			walk->left--;
		return 0;
	}
	if ((!repeats || walk->patient) && !settled &&
	    walk_was_silent(walk, mask)) {
		*cell = CELL_EMPTY;
		*count = 0;
		if (walk->left)
			walk->left--;
		return 0;
	}
	evidence_begin(&walk->evidence);
	if (settled)
		ret = ask_settled(walk, mask, settled, cell, err);
	else
		ret = ask_mask(walk, mask, repeats, cell, err);
	if (ret < 0)
		return -1;
	walk->believed += *cell == CELL_EMPTY && !repeats;
	if (*cell == CELL_EMPTY && walk_note_silence(walk, mask, err) < 0)
		return -1;
	*count = *cell == CELL_DONE ? reported(walk, &before) : 0;
	known_report_visit(walk, mask, results[*cell], *count, repeats);
	return 0;
}
