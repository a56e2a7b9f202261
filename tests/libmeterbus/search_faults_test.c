// SPDX-License-Identifier: GPL-2.0-only
/*
 * Search by secondary address: answers that overlap, meters and converters that
 * are not as they should be, a line that loses and damages.
 */
#include "search_wire.h"

/*
 * 12345678 and 12345699 overlap to 12345618. The last record of each is
 * chosen so that the checksums overlap to the right one, too.
 */
TEST_F(search, phantom_is_unmasked)
{
	static uint8_t a[4] = { 0x02, 0x13, 0, 0 }, b[4] = { 0x02, 0x13, 0, 0 };
	struct meterbus_telegram telegram;
	uint8_t one[METERBUS_TELEGRAM_MAX], two[METERBUS_TELEGRAM_MAX];
	bool phantom = false;
	size_t len;

	self->wire->break_above = 0;
	fake_add(self->wire, "12345678");
	fake_add(self->wire, "12345699");
	for (int i = 0; i < 2; i++) {
		self->wire->meters[i].access = 4;
		self->wire->meters[i].records = i ? b : a;
		self->wire->meters[i].records_len = 4;
	}
	for (uint32_t i = 1; i < 100000 && !phantom; i++) {
		uint32_t bits = i * 2654435761U;
		struct fake_meter m;

		a[2] = bits;
		a[3] = bits >> 8;
		b[2] = bits >> 16;
		b[3] = bits >> 24;
		m = self->wire->meters[0];
		m.access++;
		len = fake_answer(&m, one);
		m = self->wire->meters[1];
		m.access++;
		fake_answer(&m, two);
		for (size_t j = 0; j < len; j++)
			one[j] &= two[j];
		phantom =
			meterbus_telegram_parse(&telegram, one, len, NULL) == 0;
	}
	ASSERT_TRUE(phantom);
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_LT(0, self->log->findings[METERBUS_FINDING_PHANTOM]);
	EXPECT_NE(NULL, strstr(self->log->text[METERBUS_FINDING_PHANTOM],
			       "1234561824232804"));
}

/* Same data but for the last digit: ..40 AND ..41 is exactly ..40. */
TEST_F(search, sibling_hidden_behind_an_exact_overlap_is_found)
{
	static const uint8_t records[] = { 0x01, 0x13, 0x00 };

	for (unsigned int pad = 0; pad < 16; pad++) {
		static uint8_t data[3];

		self->wire->count = 0;
		self->log->count = 0;
		self->wire->break_above = 0;
		add_batch(self->wire, 31892740, 2);
		memcpy(data, records, sizeof(data));
		data[2] = pad;
		for (int i = 0; i < 2; i++) {
			self->wire->meters[i].records = data;
			self->wire->meters[i].records_len = sizeof(data);
			self->wire->meters[i].access = 0;
		}
		EXPECT_EQ(0, search_all(self));
		EXPECT_EQ(0, wrongs(self))
			TH_LOG("pad %u", pad);
	}
}

TEST_F(search, mute_meter_among_others_is_silent)
{
	add_batch(self->wire, 31892740, 5);
	self->wire->meters[2].mute = true;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(5, self->log->count);
	EXPECT_EQ(1, times_found(self->log, "31892742FFFFFFFF",
				 METERBUS_METER_SILENT));
	EXPECT_EQ(4, self->result.count[METERBUS_METER_CONFIRMED]);
	EXPECT_EQ(0, self->log->findings[METERBUS_FINDING_REQUESTS_LOST]);
	EXPECT_EQ(60000, self->wire->timing.guard_us);
}

TEST_F(search, mute_meter_alone_is_isolated)
{
	fake_add(self->wire, "31892743")->mute = true;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(1, self->log->count);
	EXPECT_EQ(1, times_found(self->log, "31892743FFFFFFFF",
				 METERBUS_METER_SILENT));
	EXPECT_NE(NULL, strstr(self->log->found[0].why, "500 ms"));
	/* Every gap, both FCB, both forms of the selection. */
	EXPECT_STREQ("ack silence ack silence ack silence ack silence "
		     "ack silence ack silence",
		     self->log->found[0].outcomes);
}

TEST_F(search, mute_meter_does_not_cost_every_gap_at_each_digit)
{
	self->wire->break_above = 1;
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "92222292")->mute = true;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(2, self->log->count);
	/* On the way to its digits: two requests each, not five. */
	EXPECT_GT(30, fake_sent_with(self->wire, "107BFD"));
}

TEST_F(search, guard_learnt_once_finds_all)
{
	add_batch(self->wire, 31892740, 15);
	self->wire->timing.guard_us = 1000;
	self->wire->turnaround_us = 50000;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_TURNAROUND]);
	EXPECT_EQ(60000, self->wire->timing.guard_us);
	/* Hardly more than the 43 with a guard that suffices. */
	EXPECT_GE(50, self->result.probes);
}

TEST_F(search, guard_far_too_small_loses_none)
{
	add_batch(self->wire, 31892740, 15);
	self->wire->turnaround_us = 300000;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(500000, self->wire->timing.guard_us);
}

TEST_F(search, guard_fixed_too_small_lists_all_as_silent)
{
	add_batch(self->wire, 31892740, 15);
	self->wire->turnaround_us = 37000;
	self->master.guard_us = 1;
	self->master.guard_fixed = true;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(15, self->log->count);
	EXPECT_EQ(15, self->result.count[METERBUS_METER_SILENT]);
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_REQUESTS_LOST]);
	EXPECT_NE(NULL, strstr(self->log->text[METERBUS_FINDING_REQUESTS_LOST],
			       "37 to 50 ms"));
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_SERIALS]);
	EXPECT_EQ(0, self->log->findings[METERBUS_FINDING_TURNAROUND]);
}

TEST_F(search, lost_telegrams_lose_no_meter)
{
	for (unsigned int every = 9; every < 40; every += 3) {
		self->wire->count = 0;
		self->log->count = 0;
		self->wire->lose_every = every;
		add_batch(self->wire, 31892740, 2);
		EXPECT_EQ(0, search_all(self));
		EXPECT_EQ(0, wrongs(self))
			TH_LOG("every %u", every);
	}
}

TEST_F(search, no_single_lost_telegram_loses_the_only_meter)
{
	for (unsigned int at = 1; at <= 3; at++) {
		self->wire->count = 0;
		self->log->count = 0;
		self->wire->lose_at = self->wire->transmissions + at;
		fake_add(self->wire, "31892743");
		EXPECT_EQ(0, search_all(self));
		EXPECT_EQ(0, wrongs(self))
			TH_LOG("the %u. telegram", at);
		EXPECT_EQ(0, self->log->findings[METERBUS_FINDING_PHANTOM]);
	}
}

TEST_F(search, damaged_answers_invent_no_meter)
{
	for (unsigned int every = 3; every < 60; every++) {
		self->wire->count = 0;
		self->log->count = 0;
		self->wire->damage_every = every;
		add_batch(self->wire, 31892740, 15);
		EXPECT_EQ(0, search_all(self));
		EXPECT_EQ(0, wrongs(self))
			TH_LOG("every %u", every);
	}
}

TEST_F(search, line_that_damages_everything)
{
	self->wire->damage_every = 1;
	fake_add(self->wire, "31892743");
	EXPECT_EQ(0, search_mask(self, "31892743"));
	ASSERT_EQ(1, self->log->count);
	EXPECT_NE(METERBUS_METER_CONFIRMED, self->log->found[0].state);
}

TEST_HARNESS_MAIN
