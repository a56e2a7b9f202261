// SPDX-License-Identifier: GPL-2.0-only
/*
 * Search by secondary address: the tree of masks. None found twice, none lost,
 * none invented, at how many probes.
 */
#include "search_wire.h"

TEST_F(search, empty_wire)
{
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, self->log->count);
	EXPECT_EQ(3, self->result.probes);
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_NOBODY]);
}

TEST_F(search, one_meter_in_one_step)
{
	fake_add(self->wire, "31892747");
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->log->last.left);
	EXPECT_EQ(self->result.probes, self->log->last.probes + 1);
	EXPECT_TRUE(self->log->found[0].has_telegram);
	EXPECT_EQ(0, self->log->found[0].primary);
	EXPECT_STREQ("ack frame ack", self->log->found[0].outcomes);
	/* Full wildcard, the meter by its address, 57, 67 and 77 behind it. */
	EXPECT_EQ(5, self->result.probes);
	EXPECT_EQ(1, self->wire->meters[0].readouts);
}

TEST_F(search, two_meters_whose_e5_overlap)
{
	self->wire->break_above = 0;
	fake_add(self->wire, "11111111");
	fake_add(self->wire, "92222222");
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->log->last.left);
	EXPECT_EQ(self->result.probes, self->log->last.probes + 1);
}

TEST_F(search, two_neighbours)
{
	add_batch(self->wire, 31892747, 2);
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->log->last.left);
	EXPECT_EQ(self->result.probes, self->log->last.probes + 1);
}

TEST_F(search, batch_of_fifteen)
{
	add_batch(self->wire, 31892740, 15);
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->log->last.left);
	EXPECT_EQ(self->result.probes, self->log->last.probes + 1);
	EXPECT_EQ(15, self->result.count[METERBUS_METER_CONFIRMED]);
	/*
	 * The full wildcard, tens, 6 to 9 in two of them at once, the other
	 * twelve, and one that could hide behind another. The converter
	 * signals collisions, so that meters which answer alone are not asked
	 * again by their own addresses.
	 */
	EXPECT_EQ(1 + 10 + 4 + 12 + 1, self->result.probes);
	for (int i = 0; i < 15; i++)
		EXPECT_EQ(1, self->wire->meters[i].readouts);
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_SERIALS]);
	EXPECT_NE(NULL, strstr(self->log->text[METERBUS_FINDING_SERIALS],
			       "15 consecutive serials 31892740-31892754"));
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_COLLISION]);
	EXPECT_EQ(self->result.probes, self->log->progress);
}

TEST_F(search, sixty_anywhere)
{
	add_random(self->wire, 60);
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->log->last.left);
	EXPECT_EQ(self->result.probes, self->log->last.probes + 1);
	EXPECT_EQ(0, self->log->findings[METERBUS_FINDING_SERIALS]);
	EXPECT_GT(600, self->result.probes);
}

TEST_F(search, converter_that_never_signals_a_collision)
{
	self->wire->break_above = 0;
	add_batch(self->wire, 31892740, 15);
	add_random(self->wire, 20);
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->log->last.left);
	EXPECT_EQ(self->result.probes, self->log->last.probes + 1);
}

TEST_F(search, mask_restricts_the_search)
{
	add_batch(self->wire, 31892740, 15);
	EXPECT_EQ(0, search_mask(self, "3189275F"));
	EXPECT_EQ(5, self->log->count);
	EXPECT_EQ(1, times_found(self->log, "3189275424232804",
				 METERBUS_METER_CONFIRMED));
	EXPECT_EQ(0, fake_sent_with(self->wire, "680B0B6873FD52FF"));
}

TEST_F(search, mask_with_a_wildcard_inside)
{
	add_batch(self->wire, 31892740, 15);
	EXPECT_EQ(0, search_mask(self, "318927F2"));
	EXPECT_EQ(2, self->log->count);
}

TEST_F(search, ids_with_hex_digits)
{
	fake_add(self->wire, "3189274A");
	fake_add(self->wire, "3189274B");
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->log->last.left);
	EXPECT_EQ(self->result.probes, self->log->last.probes + 1);
}

TEST_F(search, all_digits_finds_a_hex_id_behind_decimal_ones)
{
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "41892743");
	fake_add(self->wire, "A1892743");
	self->search.all_digits = true;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->log->last.left);
	EXPECT_EQ(self->result.probes, self->log->last.probes + 1);
}

TEST_F(search, all_digits_cost_forty_probes)
{
	unsigned long usual;

	add_batch(self->wire, 31892740, 15);
	EXPECT_EQ(0, search_all(self));
	usual = self->result.probes;
	memset(self->log, 0, sizeof(*self->log));
	self->search.all_digits = true;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->log->last.left);
	EXPECT_EQ(self->result.probes, self->log->last.probes + 1);
	EXPECT_EQ(usual + 40, self->result.probes);
}

TEST_F(search, a_second_hex_id_is_looked_for)
{
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "3189274C");
	fake_add(self->wire, "D1894321");
	fake_add(self->wire, "31894321");
	fake_add(self->wire, "41894321");
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->log->last.left);
	EXPECT_EQ(self->result.probes, self->log->last.probes + 1);
}

TEST_F(search, hex_digit_beside_a_decimal_one)
{
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "3189274C");
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->log->last.left);
	EXPECT_EQ(self->result.probes, self->log->last.probes + 1);
}

TEST_HARNESS_MAIN
