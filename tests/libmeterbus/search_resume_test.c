// SPDX-License-Identifier: GPL-2.0-only
/*
 * A search that stops early, goes on, or starts from what is known.
 */
#include "search_wire.h"

TEST_F(search, cancelled_search_tells_what_is_known)
{
	add_batch(self->wire, 31892740, 15);
	self->log->cancel_after = 4;
	EXPECT_EQ(0, search_all(self));
	EXPECT_TRUE(self->result.cancelled);
	EXPECT_EQ(4, self->result.count[METERBUS_METER_CONFIRMED]);
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_SERIALS]);
}

/* Stops after @visits, then goes on; returns the wrongs of the whole. */
static unsigned int interrupt(FIXTURE_DATA(search) *self, unsigned int visits)
{
	struct log *first = malloc(sizeof(*first));
	unsigned int wrong;

	memset(self->log, 0, sizeof(*self->log));
	self->log->cancel_after_visits = visits;
	search_all(self);
	*first = *self->log;
	memset(self->log, 0, sizeof(*self->log));
	self->search.finds = first->finds;
	self->search.find_count = first->count;
	self->search.visits = first->visits;
	self->search.visit_count = first->visit_count;
	search_all(self);
	wrong = wrongs(self);
	memset(&self->search.finds, 0, sizeof(self->search.finds));
	self->search.find_count = 0;
	self->search.visits = NULL;
	self->search.visit_count = 0;
	free(first);
	return wrong;
}

TEST_F(search, interrupted_search_goes_on_where_it_stopped)
{
	unsigned long whole;
	uint8_t access[15];

	self->wire->break_above = 1;
	add_batch(self->wire, 31892740, 15);
	for (int i = 0; i < 15; i++)
		access[i] = self->wire->meters[i].access;
	EXPECT_EQ(0, search_all(self));
	whole = self->result.probes;
	for (unsigned int visits = 1; visits < whole; visits++) {
		/* The same telegrams: what could hide depends on them. */
		for (int i = 0; i < 15; i++) {
			self->wire->meters[i].readouts = 0;
			self->wire->meters[i].access = access[i];
		}
		EXPECT_EQ(0, interrupt(self, visits))
			TH_LOG("after %u", visits);
		for (int i = 0; i < 15; i++)
			EXPECT_EQ(1, self->wire->meters[i].readouts);
		/* Nothing was asked twice but masks of a single digit. */
		EXPECT_GE(whole + 10, self->result.probes + visits);
	}
}

TEST_F(search, known_meters_are_asked_first_and_not_verified_again)
{
	struct meterbus_address known[15];

	/* Where the converter signals nothing each find is verified. */
	self->wire->break_above = 0;
	add_batch(self->wire, 31892740, 15);
	for (int i = 0; i < 15; i++) {
		known[i] = (struct meterbus_address){ .secondary = true };
		memcpy(known[i].bytes, self->wire->meters[i].address, 8);
	}
	EXPECT_EQ(0, search_all(self));
	self->log->cancel_after_visits = 0;
	memset(self->log, 0, sizeof(*self->log));
	self->search.known = known;
	self->search.known_count = 15;
	self->wire->sent_count = 0;
	{
		unsigned long before = self->result.probes;

		EXPECT_EQ(0, search_all(self));
		EXPECT_GE(before, self->result.probes);
	}
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(0, self->result.missing);
	EXPECT_EQ(0, strncmp("680B0B6873FD5240278931242328",
			     self->wire->sent[0], 28));
}

TEST_F(search, known_meter_that_does_not_answer_is_missing)
{
	struct meterbus_address known[2];

	ASSERT_EQ(0, meterbus_address_parse(&known[0], "3189274024232804",
					    &self->err));
	ASSERT_EQ(0, meterbus_address_parse(&known[1], "3189274124232804",
					    &self->err));
	add_batch(self->wire, 31892740, 1);
	self->search.known = known;
	self->search.known_count = 2;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->result.missing);
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_MISSING]);
	EXPECT_NE(NULL, strstr(self->log->text[METERBUS_FINDING_MISSING],
			       "3189274124232804"));
}

/* As when the same meters answer at another baud rate, too. */
TEST_F(search, meters_read_earlier_are_not_read_again)
{
	struct meterbus_address earlier[7];

	self->wire->break_above = 1;
	add_batch(self->wire, 31892740, 8);
	for (int i = 0; i < 7; i++) {
		earlier[i] = (struct meterbus_address){ .secondary = true };
		memcpy(earlier[i].bytes, self->wire->meters[i].address, 8);
	}
	/* This one is not here. */
	earlier[6].bytes[0] = 0x99;
	self->search.earlier = earlier;
	self->search.earlier_count = 7;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(2, self->log->count);
	EXPECT_EQ(1, times_found(self->log, "3189274624232804",
				 METERBUS_METER_CONFIRMED));
	EXPECT_EQ(1, times_found(self->log, "3189274724232804",
				 METERBUS_METER_CONFIRMED));
	EXPECT_EQ(6, self->log->findings[METERBUS_FINDING_AGAIN]);
	EXPECT_EQ(0, self->log->findings[METERBUS_FINDING_DOUBTFUL]);
	for (int i = 0; i < 6; i++)
		EXPECT_EQ(0, self->wire->meters[i].readouts);
}

TEST_F(search, unplugged_search_tells_what_is_known)
{
	add_batch(self->wire, 31892740, 15);
	self->wire->fail_after = 30;
	EXPECT_EQ(-1, search_all(self));
	EXPECT_EQ(METERBUS_E_UNPLUGGED, self->err.kind);
	EXPECT_LT(0, self->result.count[METERBUS_METER_CONFIRMED]);
}

TEST_HARNESS_MAIN
