// SPDX-License-Identifier: GPL-2.0-only
/*
 * Search by primary address.
 */
#include "search_wire.h"

TEST_F(search, primary_finds_each_and_reads_it_once)
{
	static const uint8_t addresses[] = { 0, 1, 5, 6, 7, 250 };

	add_batch(self->wire, 31892740, 6);
	for (int i = 0; i < 6; i++)
		self->wire->meters[i].primary = addresses[i];
	EXPECT_EQ(0, meterbus_search_primary(&self->search, &self->result,
					     &self->err));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(251, self->result.probes);
	for (int i = 0; i < 6; i++) {
		EXPECT_EQ(addresses[i], self->log->found[i].primary);
		EXPECT_EQ(1, self->wire->meters[i].readouts);
	}
	/* One SND_NKE each, and a request to those that are there. */
	EXPECT_EQ(251 + 6, self->wire->transmissions);
}

TEST_F(search, primary_does_not_miss_the_address_after_a_found_one)
{
	static const uint8_t addresses[] = { 10, 11, 12, 15, 16, 17 };

	add_batch(self->wire, 31892740, 6);
	for (int i = 0; i < 6; i++)
		self->wire->meters[i].primary = addresses[i];
	self->wire->timing.guard_us = 1000;
	self->wire->turnaround_us = 37000;
	EXPECT_EQ(0, meterbus_search_primary(&self->search, &self->result,
					     &self->err));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_TURNAROUND]);
}

TEST_F(search, primary_tells_of_several_on_one_address)
{
	add_batch(self->wire, 31892740, 15);
	EXPECT_EQ(0, meterbus_search_primary(&self->search, &self->result,
					     &self->err));
	ASSERT_EQ(1, self->log->count);
	EXPECT_EQ(METERBUS_METER_SEVERAL, self->log->found[0].state);
	EXPECT_STREQ("0", self->log->found[0].address);
	EXPECT_NE(NULL,
		  strstr(self->log->found[0].why, "read them by secondary address"));
}

TEST_F(search, primary_addresses_that_were_asked_for)
{
	uint8_t primaries[METERBUS_PRIMARY_SET] = { [0] = 1 << 5 | 1 << 6 };

	add_batch(self->wire, 31892740, 3);
	for (int i = 0; i < 3; i++)
		self->wire->meters[i].primary = 5 + 2 * i;
	primaries[9 / 8] |= 1 << 9 % 8;
	self->search.primaries = primaries;
	EXPECT_EQ(0, meterbus_search_primary(&self->search, &self->result,
					     &self->err));
	EXPECT_EQ(2, self->log->count);
	EXPECT_EQ(3, self->result.probes);
}

TEST_F(search, primary_search_goes_on_where_it_stopped)
{
	add_batch(self->wire, 31892740, 3);
	for (int i = 0; i < 3; i++)
		self->wire->meters[i].primary = 5 + 2 * i;
	self->log->cancel_after_visits = 7;
	EXPECT_EQ(0, meterbus_search_primary(&self->search, &self->result,
					     &self->err));
	EXPECT_EQ(7, self->log->visit_count);
	EXPECT_EQ(1, self->log->count);
	self->log->cancel_after_visits = 0;
	self->log->count = 0;
	self->search.finds = self->log->finds;
	self->search.find_count = 1;
	self->search.visits = self->log->visits;
	self->search.visit_count = 7;
	EXPECT_EQ(0, meterbus_search_primary(&self->search, &self->result,
					     &self->err));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(251 - 7, self->result.probes);
}

TEST_F(search, primary_on_an_empty_wire)
{
	EXPECT_EQ(0, meterbus_search_primary(&self->search, &self->result,
					     &self->err));
	EXPECT_EQ(0, self->log->count);
	EXPECT_EQ(4 * 251, self->wire->transmissions);
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_NOBODY]);
}

TEST_HARNESS_MAIN
