/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A search of the fake wire, and all that it reports.
 */
#ifndef TESTS_SEARCH_WIRE_H
#define TESTS_SEARCH_WIRE_H

#include <meterbus/search.h>

#include "fake_wire.h"
#include "kselftest_harness.h"
#include "master/master.h"

#define FOUND_MAX 300
#define VISIT_MAX 4000

struct log {
	struct {
		enum meterbus_meter_state state;
		char address[METERBUS_ADDRESS_TEXT];
		int primary;
		bool has_telegram;
		char why[512];
		char outcomes[512];	/* of its evidence */
	} found[FOUND_MAX];
	unsigned int count;
	unsigned int findings[24];
	char text[24][512]; /* of the last finding of each kind */
	unsigned int progress;
	struct meterbus_progress last;
	unsigned int cancel_after; /* finds; 0: never */
	unsigned int cancel_after_visits;
	/* What was reported, for a search that resumes. */
	struct meterbus_found finds[FOUND_MAX];
	struct meterbus_visit visits[VISIT_MAX];
	size_t visit_count;
};

static inline void list_outcomes(char *text, const struct meterbus_found *found)
{
	for (size_t i = 0; i < found->try_count; i++)
		text += sprintf(text, "%s%s", i ? " " : "",
				meterbus_outcome_name(found->tries[i].outcome));
}

static inline void on_found(void *context, const struct meterbus_found *found)
{
	struct log *log = context;

	if (log->count == FOUND_MAX)
		return;
	list_outcomes(log->found[log->count].outcomes, found);
	log->found[log->count].state = found->state;
	log->found[log->count].primary = found->primary;
	log->found[log->count].has_telegram = found->telegram;
	meterbus_address_format(&found->address,
				log->found[log->count].address);
	snprintf(log->found[log->count].why, sizeof(log->found[0].why), "%s",
		 found->why);
	log->finds[log->count] = *found;
	log->finds[log->count].telegram = NULL;
	log->finds[log->count].try_count = 0;
	log->finds[log->count].why = log->found[log->count].why;
	log->count++;
}

static inline void on_visited(void *context, const struct meterbus_visit *visit)
{
	struct log *log = context;

	if (log->visit_count < VISIT_MAX)
		log->visits[log->visit_count++] = *visit;
}

static inline void on_finding(void *context,
			      const struct meterbus_finding *finding)
{
	struct log *log = context;

	log->findings[finding->kind]++;
	snprintf(log->text[finding->kind], sizeof(log->text[0]), "%s",
		 finding->text);
}

static inline void on_progress(void *context,
			       const struct meterbus_progress *progress)
{
	((struct log *)context)->progress++;
	((struct log *)context)->last = *progress;
}

static inline bool is_cancelled(void *context)
{
	struct log *log = context;

	return (log->cancel_after && log->count >= log->cancel_after) ||
	       (log->cancel_after_visits &&
		log->visit_count >= log->cancel_after_visits);
}

FIXTURE(search) {
	struct fake_wire *wire;
	struct meterbus_master master;
	struct meterbus_search search;
	struct meterbus_search_result result;
	struct meterbus_error err;
	struct log *log;
};

FIXTURE_SETUP(search)
{
	self->wire = calloc(1, sizeof(*self->wire));
	self->log = calloc(1, sizeof(*self->log));
	ASSERT_NE(NULL, self->wire);
	ASSERT_NE(NULL, self->log);
	fake_init(self->wire);
	/* As with the usual converter: 11 mA each, break above 30 mA. */
	self->wire->break_above = 2;
	meterbus_master_init(&self->master, &self->wire->link);
	self->master.finding = on_finding;
	self->master.cancelled = is_cancelled;
	self->master.context = self->log;
	memset(&self->search, 0, sizeof(self->search));
	self->search.master = &self->master;
	self->search.found = on_found;
	self->search.progress = on_progress;
	self->search.visited = on_visited;
	self->search.context = self->log;
}

FIXTURE_TEARDOWN(search)
{
	EXPECT_FALSE(self->wire->held);
	EXPECT_FALSE(self->wire->hold_error);
	free(self->wire);
	free(self->log);
}

static inline int search_mask(FIXTURE_DATA(search) *self, const char *text)
{
	struct meterbus_address mask;

	if (meterbus_address_parse(&mask, text, &self->err) < 0)
		return -2;
	return meterbus_search_secondary(&self->search, &mask, &self->result,
					 &self->err);
}

static inline int search_all(FIXTURE_DATA(search) *self)
{
	return search_mask(self, "FFFFFFFFFFFFFFFF");
}

static inline unsigned int times_found(const struct log *log,
				       const char *address,
				       enum meterbus_meter_state state)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < log->count; i++)
		count += !strcmp(log->found[i].address, address) &&
			 log->found[i].state == state;
	return count;
}

/* Every meter of the wire once, by its full address, and nothing else. */
static inline unsigned int wrongs(const FIXTURE_DATA(search) *self)
{
	unsigned int wrong = self->log->count != self->wire->count;

	for (size_t i = 0; i < self->wire->count; i++) {
		struct meterbus_address address = { .secondary = true };
		char text[METERBUS_ADDRESS_TEXT];

		memcpy(address.bytes, self->wire->meters[i].address, 8);
		meterbus_address_format(&address, text);
		wrong += times_found(self->log, text,
				     METERBUS_METER_CONFIRMED) != 1;
	}
	return wrong;
}

static inline void add_batch(struct fake_wire *wire, unsigned int first,
			     unsigned int count)
{
	char id[16];

	for (unsigned int i = 0; i < count; i++) {
		snprintf(id, sizeof(id), "%08u", first + i);
		fake_add(wire, id);
	}
}

/* A fixed series, the same for each run. */
static inline void add_random(struct fake_wire *wire, unsigned int count)
{
	uint32_t state = 12345;
	char id[16];

	for (unsigned int i = 0; i < count; i++) {
		state = state * 1664525 + 1013904223;
		snprintf(id, sizeof(id), "%08u", (state >> 4) % 100000000);
		fake_add(wire, id);
	}
}

#endif
