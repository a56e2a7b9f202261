// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Knowledge that a search begins with. All of it is verified, except masks
 * that the same search had tried before it was interrupted.
 */
#include <stdlib.h>

#include "search/known.h"

const char *meterbus_visit_result_name(enum meterbus_visit_result result)
{
	static const char *const names[METERBUS_VISIT_RESULTS] = {
		[METERBUS_VISIT_NOTHING] = "nothing",
		[METERBUS_VISIT_METERS] = "meters",
		[METERBUS_VISIT_ONE] = "one",
		[METERBUS_VISIT_SEVERAL] = "several",
	};

	return (size_t)result < METERBUS_VISIT_RESULTS ? names[result] : "?";
}

/* Fills @here for each of @addresses. */
static int ask_all(struct walk *walk, const struct meterbus_address *addresses,
		   size_t count, bool *here, struct meterbus_error *err)
{
	for (size_t i = 0; i < count; i++) {
		enum ask_result presence;

		if (walk_presence(walk, &addresses[i], METERBUS_REPEATS_BUS,
				  &presence, err) < 0)
			return -1;
		here[i] = presence != ASK_NOBODY;
	}
	return 0;
}

static void report_earlier(struct walk *walk)
{
	const struct meterbus_search *search = walk->search;
	char text[METERBUS_ADDRESS_TEXT];

	for (size_t i = 0; i < search->earlier_count; i++)
		if (walk->earlier_here[i])
			report_finding(walk->master, METERBUS_FINDING_AGAIN,
				       &search->earlier[i], 0,
				       "meter %s answers here, too; it has been read and is not read again",
				       meterbus_address_format(&search->earlier[i],
							       text));
}

int known_begin(struct walk *walk, struct meterbus_error *err)
{
	const struct meterbus_search *search = walk->search;

	for (size_t i = 0; i < search->find_count; i++)
		if (walk_report_again(walk, &search->finds[i], err) < 0)
			return -1;
	for (size_t i = 0; i < search->visit_count; i++)
		if (search->visits[i].result == METERBUS_VISIT_NOTHING &&
		    walk_note_silence(walk, &search->visits[i].address,
				      err) < 0)
			return -1;
	walk->known_here = calloc(search->known_count + 1, sizeof(bool));
	walk->earlier_here = calloc(search->earlier_count + 1, sizeof(bool));
	if (!walk->known_here || !walk->earlier_here)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	if (ask_all(walk, search->known, search->known_count, walk->known_here,
		    err) < 0 ||
	    ask_all(walk, search->earlier, search->earlier_count,
		    walk->earlier_here, err) < 0)
		return -1;
	report_earlier(walk);
	return 0;
}

bool known_is_here(const struct walk *walk,
		   const struct meterbus_address *meter)
{
	const struct meterbus_search *search = walk->search;

	for (size_t i = 0; i < search->known_count; i++)
		if (walk->known_here[i] && walk_same(&search->known[i], meter))
			return true;
	return false;
}

bool known_present(const struct walk *walk,
		   const struct meterbus_address *mask)
{
	const struct meterbus_search *search = walk->search;

	for (size_t i = 0; i < search->known_count; i++)
		if (walk->known_here[i] &&
		    meterbus_address_matches(mask, &search->known[i]) &&
		    !walk_knows(walk, &search->known[i]))
			return true;
	return false;
}

unsigned int known_settled(const struct walk *walk,
			   const struct meterbus_address *mask)
{
	const struct meterbus_search *search = walk->search;
	unsigned int count = 0;

	for (size_t i = 0; i < search->earlier_count; i++)
		count += walk->earlier_here[i] &&
			 meterbus_address_matches(mask, &search->earlier[i]);
	/* A search that stopped between a find and the visit it belongs to. */
	for (size_t i = 0; i < search->find_count; i++)
		count += search->finds[i].state == METERBUS_METER_CONFIRMED &&
			 meterbus_address_matches(mask,
						  &search->finds[i].address);
	return count;
}

/* True if all that @mask admits was asked for by @visit, too. */
static bool covers(const struct meterbus_visit *visit,
		   const struct meterbus_address *mask)
{
	return meterbus_address_matches(&visit->address, mask);
}

/* How many meters that @mask admits an interrupted search had found. */
static unsigned int found_before(const struct meterbus_search *search,
				 const struct meterbus_address *mask)
{
	unsigned int count = 0;

	for (size_t i = 0; i < search->find_count; i++)
		count += meterbus_address_matches(mask,
						  &search->finds[i].address);
	return count;
}

bool known_visit(const struct walk *walk, const struct meterbus_address *mask,
		 uint8_t repeats, struct meterbus_visit *result)
{
	const struct meterbus_search *search = walk->search;

	/* Backwards: the patient visit came last. */
	for (size_t i = search->visit_count; i-- > 0;) {
		const struct meterbus_visit *visit = &search->visits[i];
		bool same = walk_same(&visit->address, mask);

		if (!same && (visit->result == METERBUS_VISIT_ONE ||
			      visit->result == METERBUS_VISIT_SEVERAL ||
			      !covers(visit, mask)))
			continue;
		*result = *visit;
		if (!same && visit->result == METERBUS_VISIT_METERS)
			result->meters = found_before(search, mask);
		if (!result->meters && visit->result == METERBUS_VISIT_METERS)
			result->result = METERBUS_VISIT_NOTHING;
		if (result->result != METERBUS_VISIT_NOTHING || !repeats ||
		    visit->patient)
			return true;
	}
	return false;
}

void known_report_visit(struct walk *walk, const struct meterbus_address *mask,
		      enum meterbus_visit_result result, unsigned int meters,
		      uint8_t repeats)
{
	const struct meterbus_visit visit = {
		.address = *mask,
		.result = result,
		.meters = meters,
		.patient = repeats,
	};

	if (walk->search->visited)
		walk->search->visited(walk->search->context, &visit);
}

void known_report_missing(struct walk *walk)
{
	const struct meterbus_search *search = walk->search;
	char text[METERBUS_ADDRESS_TEXT];

	for (size_t i = 0; i < search->known_count; i++) {
		if (walk->known_here[i] || walk_knows(walk, &search->known[i]))
			continue;
		walk->result->missing++;
		report_finding(walk->master, METERBUS_FINDING_MISSING,
			       &search->known[i], 0,
			       "meter %s is known and does not answer: it is disconnected, without power, at another baud rate, or has another address now",
			       meterbus_address_format(&search->known[i],
						       text));
	}
}
