// SPDX-License-Identifier: GPL-2.0-only
/*
 * The readout of one meter: growing gaps and what is learnt from them, both
 * FCB, and the reason for every failure.
 */
#include "readout_wire.h"

TEST_F(readout, by_secondary_address_takes_two_telegrams)
{
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "31892744");
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_EQ(1, self->readout.count);
	EXPECT_EQ(0, self->readout.primary);
	EXPECT_TRUE(self->readout.identified);
	EXPECT_EQ(0x43, self->readout.meter.bytes[0]);
	EXPECT_EQ(2, self->wire->transmissions);
	EXPECT_EQ(0, self->findings.count);
}

TEST_F(readout, by_primary_address_begins_with_snd_nke)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->primary = 5;
	/* Another program read it, and ended with FCB = 1. */
	m->last_fcb = 1;
	ASSERT_EQ(0, read_meter(self, "5"));
	EXPECT_EQ(1, m->readouts);
	EXPECT_STREQ("1040054516", self->wire->sent[0]);
}

TEST_F(readout, next_by_primary_address_needs_no_snd_nke)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->primary = 5;
	ASSERT_EQ(0, read_meter(self, "5"));
	ASSERT_EQ(0, read_meter(self, "5"));
	ASSERT_EQ(0, read_meter(self, "5"));
	EXPECT_EQ(3, m->readouts);
	EXPECT_EQ(1, fake_sent_with(self->wire, "1040"));
}

TEST_F(readout, meter_that_knows_no_snd_nke_is_read)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->primary = 5;
	m->no_nke = true;
	EXPECT_EQ(0, read_meter(self, "5"));
	EXPECT_EQ(1, self->readout.count);
}

TEST_F(readout, no_meter_at_a_secondary_address)
{
	fake_add(self->wire, "31892744");
	EXPECT_EQ(-1, read_meter(self, "31892743"));
	EXPECT_EQ(METERBUS_E_SILENCE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "31892743"));
	/* The driver's repeats, twice, a long wait between, and no request. */
	EXPECT_EQ(3 + 1 + 3, self->wire->transmissions);
}

TEST_F(readout, no_meter_at_a_primary_address)
{
	EXPECT_EQ(-1, read_meter(self, "5"));
	EXPECT_EQ(METERBUS_E_SILENCE, self->err.kind);
}

TEST_F(readout, several_at_an_address)
{
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "31892748");
	EXPECT_EQ(-1, read_meter(self, "3189274F"));
	EXPECT_EQ(METERBUS_E_COLLISION, self->err.kind);
	EXPECT_EQ(-1, read_meter(self, "0"));
	EXPECT_EQ(METERBUS_E_COLLISION, self->err.kind);
}

TEST_F(readout, several_are_named_after_the_converters_signal)
{
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "31892748");
	self->wire->break_above = 1;
	EXPECT_EQ(-1, read_meter(self, "3189274F"));
	EXPECT_EQ(METERBUS_E_COLLISION, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "collision signal"));
	EXPECT_EQ(1, self->wire->transmissions);
}

TEST_F(readout, guard_too_small_is_learnt_and_raised)
{
	fake_add(self->wire, "31892743");
	self->wire->timing.guard_us = 1000;
	self->wire->turnaround_us = 37000;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_EQ(1, self->findings.count);
	EXPECT_EQ(METERBUS_FINDING_TURNAROUND, self->findings.kind);
	EXPECT_EQ(60000, self->findings.guard_us);
	EXPECT_NE(NULL,
		  strstr(self->findings.text, "converter needs >= 60 ms"));
	EXPECT_EQ(60000, self->wire->timing.guard_us);
	EXPECT_EQ(0, self->wire->timing.defaults & METERBUS_TIMING_GUARD);
	/* From now on at once. */
	self->wire->transmissions = 0;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_EQ(2, self->wire->transmissions);
	EXPECT_EQ(1, self->findings.count);
}

TEST_F(readout, guard_by_primary_address_is_learnt_too)
{
	fake_add(self->wire, "31892743")->primary = 5;
	self->wire->timing.guard_us = 1000;
	self->wire->turnaround_us = 50000;
	ASSERT_EQ(0, read_meter(self, "5"));
	EXPECT_EQ(60000, self->wire->timing.guard_us);
}

TEST_F(readout, very_slow_converter_gets_the_gap_it_needs)
{
	fake_add(self->wire, "31892743");
	self->wire->turnaround_us = 300000;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_EQ(500000, self->wire->timing.guard_us);
}

TEST_F(readout, a_guard_without_the_right_to_set_it_is_used_and_reported)
{
	fake_add(self->wire, "31892743");
	self->wire->timing.guard_us = 1000;
	self->wire->turnaround_us = 37000;
	self->wire->refuse_timing = true;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_EQ(METERBUS_FINDING_TURNAROUND, self->findings.kind);
	EXPECT_EQ(1000, self->wire->timing.guard_us);
	EXPECT_EQ(60000, self->master.guard_us);
	self->wire->transmissions = 0;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_EQ(2, self->wire->transmissions);
}

TEST_F(readout, fixed_guard_learns_nothing)
{
	fake_add(self->wire, "31892743");
	self->wire->turnaround_us = 37000;
	self->master.guard_us = 1;
	self->master.guard_fixed = true;
	EXPECT_EQ(-1, read_meter(self, "31892743"));
	EXPECT_EQ(METERBUS_E_UNREADABLE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "do not fix the guard"));
	EXPECT_EQ(0, self->findings.count);
	EXPECT_EQ(60000, self->wire->timing.guard_us);
}

TEST_F(readout, one_lost_request_is_no_turnaround)
{
	fake_add(self->wire, "31892743");
	self->wire->lose_at = 2;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_EQ(0, self->findings.count);
	EXPECT_EQ(60000, self->wire->timing.guard_us);
}

TEST_F(readout, slow_meter_does_not_change_a_proved_bus)
{
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "31892744")->settle_us = 400000;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	ASSERT_EQ(0, read_meter(self, "31892744"));
	EXPECT_EQ(METERBUS_FINDING_SLOW_METER, self->findings.kind);
	EXPECT_EQ(60000, self->wire->timing.guard_us);
}

TEST_F(readout, meter_that_wants_fcb_0_is_read)
{
	fake_add(self->wire, "31892743")->wants_fcb_zero = true;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_EQ(1, self->readout.count);
	EXPECT_EQ(METERBUS_FINDING_FCB_ZERO, self->findings.kind);
	EXPECT_EQ(60000, self->wire->timing.guard_us);
}

TEST_F(readout, mute_meter_is_unreadable_after_all_gaps_and_both_fcb)
{
	fake_add(self->wire, "31892743")->mute = true;
	EXPECT_EQ(-1, read_meter(self, "31892743"));
	EXPECT_EQ(METERBUS_E_UNREADABLE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "500 ms"));
	EXPECT_LT(0, fake_sent_with(self->wire, "105BFD"));
	EXPECT_LT(0, fake_sent_with(self->wire, "680B0B6853FD52"));
	EXPECT_EQ(60000, self->wire->timing.guard_us);
}

TEST_F(readout, a_meter_without_data_is_no_silent_one)
{
	fake_add(self->wire, "31892743")->no_data = true;
	EXPECT_EQ(-1, read_meter(self, "31892743"));
	EXPECT_EQ(METERBUS_E_UNREADABLE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "E5"));
}

TEST_F(readout, answer_damaged_now_and_then_is_asked_for_again)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	self->wire->damage_every = 2;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_EQ(1, self->readout.count);
	EXPECT_EQ(1, m->readouts);
}

TEST_F(readout, application_error_is_a_reason)
{
	/* CI 70 is not what a long header carries, so build it by hand. */
	static const uint8_t answer[] = { 0x68, 0x04, 0x04, 0x68, 0x08,
					  0x05, 0x70, 0x09, 0x86, 0x16 };
	struct meterbus_telegram telegram;

	ASSERT_EQ(0, meterbus_telegram_parse(&telegram, answer, sizeof(answer),
					     NULL));
	fake_add(self->wire, "31892743")->primary = 5;
	self->wire->canned = answer;
	self->wire->canned_len = sizeof(answer);
	EXPECT_EQ(-1, read_meter(self, "5"));
	EXPECT_EQ(METERBUS_E_UNREADABLE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "read too often"));
	EXPECT_EQ(1, self->readout.count);
	/* SND_NKE and one request. */
	EXPECT_EQ(2, self->wire->transmissions);
}

TEST_F(readout, every_application_error_is_named_with_what_to_do)
{
	static const char *const texts[] = {
		"unspecified error (code 0)",
		"CI field not implemented (code 1)",
		"telegram too long for the meter's buffer (code 2)",
		"too many records (code 3)",
		"record ends early (code 4)",
		"more than 10 DIFEs (code 5)",
		"more than 10 VIFEs (code 6)",
		"reserved error code (code 7)",
		"meter is busy (code 8); try again later",
		"read too often (application error 9)",
		"reserved error code (code 10)",
	};
	uint8_t answer[] = { 0x68, 0x04, 0x04, 0x68, 0x08,
			     0x05, 0x70, 0,    0,    0x16 };

	fake_add(self->wire, "31892743")->primary = 5;
	self->wire->canned = answer;
	self->wire->canned_len = sizeof(answer);
	for (uint8_t code = 0; code < 11; code++) {
		answer[7] = code;
		answer[8] = 0x08 + 0x05 + 0x70 + code;
		EXPECT_EQ(-1, read_meter(self, "5"));
		EXPECT_EQ(METERBUS_E_UNREADABLE, self->err.kind);
		EXPECT_NE(NULL, strstr(self->err.text, texts[code]))
			TH_LOG("%s", self->err.text);
		EXPECT_EQ(code == 8 || code == 9 ? METERBUS_HINT_NONE :
						   METERBUS_HINT_RESET,
			  self->err.hint);
	}
}

TEST_F(readout, busy_meter_gets_time)
{
	fake_add(self->wire, "31892743")->busy = 2;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_EQ(1, self->readout.count);
	EXPECT_EQ(METERBUS_FINDING_BUSY, self->findings.kind);
	EXPECT_LT(10000000 + 3000000, self->wire->now_us);
	EXPECT_STREQ("105BFD5816", self->wire->sent[2]);
}

TEST_F(readout, meter_that_stays_busy_is_given_up)
{
	fake_add(self->wire, "31892743")->busy = 99;
	EXPECT_EQ(-1, read_meter(self, "31892743"));
	EXPECT_EQ(METERBUS_E_UNREADABLE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "(code 8); try again later"));
	EXPECT_EQ(5, self->wire->transmissions);
}

TEST_F(readout, meter_without_data_gets_an_application_reset)
{
	fake_add(self->wire, "31892743")->wants = 0x50;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_EQ(METERBUS_FINDING_NEEDS_RESET, self->findings.kind);
	EXPECT_STREQ("6803036873FD50C016", self->wire->sent[3]);
	EXPECT_EQ(5, self->wire->transmissions);
}

TEST_F(readout, meter_with_a_format_of_its_makers_gets_an_application_reset)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->primary = 5;
	m->wants = 0x50;
	m->without = 0xB7;
	ASSERT_EQ(0, read_meter(self, "5"));
	EXPECT_EQ(0x72, self->readout.telegrams[0].bytes[6]);
	EXPECT_EQ(METERBUS_FINDING_NEEDS_RESET, self->findings.kind);
}

TEST_F(readout, a_waiting_alarm_is_reported)
{
	fake_add(self->wire, "31892743")->c = METERBUS_C_ACD;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_EQ(METERBUS_FINDING_ALARM, self->findings.kind);
}

TEST_F(readout, after_others_used_the_bus_snd_nke_comes_first_again)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->primary = 5;
	ASSERT_EQ(0, read_meter(self, "5"));
	/* A count for the user's own use. */
	self->master.transmissions = 0;
	ASSERT_EQ(0, read_meter(self, "5"));
	EXPECT_EQ(1, fake_sent_with(self->wire, "1040"));
	/* Somebody read it, and left it with the FCB we would send next. */
	self->wire->others = 2;
	m->last_fcb = 1;
	ASSERT_EQ(0, read_meter(self, "5"));
	EXPECT_EQ(2, fake_sent_with(self->wire, "1040"));
	EXPECT_EQ(3, m->readouts);
}

TEST_F(readout, quirk_application_reset_with_subcode)
{
	static const struct meterbus_quirks quirks = {
		.reset = true,
		.has_subcode = true,
		.subcode = 0x10,
	};
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->primary = 5;
	m->wants = 0x50;
	self->master.quirks = &quirks;
	ASSERT_EQ(0, read_meter(self, "5"));
	EXPECT_STREQ("1040054516", self->wire->sent[0]);
	EXPECT_STREQ("68040468730550"
		     "10D816",
		     self->wire->sent[1]);
	EXPECT_STREQ("107B058016", self->wire->sent[2]);
	EXPECT_EQ(3, self->wire->transmissions);
	EXPECT_EQ(0, self->findings.count);
}

TEST_F(readout, known_quirks_of_an_address_that_tells_its_manufacturer)
{
	struct fake_meter *m = fake_add(self->wire, "10000001");

	m->address[4] = 0xEE;
	m->address[5] = 0x4D;
	m->wants = 0x50;
	ASSERT_EQ(0, read_meter(self, "10000001EE4D2804"));
	EXPECT_EQ(3, self->wire->transmissions);
	EXPECT_EQ(0, self->findings.count);
}

TEST_F(readout, quirk_command_of_the_maker_before)
{
	static const struct meterbus_quirks quirks = {
		.before_len = 1,
		.before = { 0xB1 },
	};
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->wants = 0xB1;
	self->master.quirks = &quirks;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_STREQ("6803036873FDB12116", self->wire->sent[1]);
	EXPECT_EQ(3, self->wire->transmissions);
}

TEST_F(readout, quirk_without_snd_nke_and_always_with)
{
	static const struct meterbus_quirks never = {
		.nke = METERBUS_NKE_NEVER,
	};
	static const struct meterbus_quirks always = {
		.nke = METERBUS_NKE_ALWAYS,
	};
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->primary = 5;
	self->master.quirks = &never;
	ASSERT_EQ(0, read_meter(self, "5"));
	EXPECT_EQ(1, self->wire->transmissions);
	self->master.quirks = &always;
	ASSERT_EQ(0, read_meter(self, "5"));
	ASSERT_EQ(0, read_meter(self, "5"));
	EXPECT_EQ(2, fake_sent_with(self->wire, "1040"));
}

TEST_F(readout, quirk_selection_fcb_and_window)
{
	static const struct meterbus_quirks quirks = {
		.select_c = 0x53,
		.fcb = METERBUS_FCB_ZERO,
		.window_us = 1300000,
		.settle_us = 400000,
		.telegrams = 1,
	};
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->wants_fcb_zero = true;
	m->parts = 3;
	m->settle_us = 300000;
	self->master.quirks = &quirks;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_EQ(0, fake_sent_with(self->wire, "680B0B6873"));
	EXPECT_EQ(1, fake_sent_with(self->wire, "680B0B6853"));
	EXPECT_EQ(1, fake_sent_with(self->wire, "105B"));
	EXPECT_EQ(1300000, self->wire->window_us);
	EXPECT_EQ(1, self->readout.count);
	EXPECT_EQ(0, self->findings.count);
}

TEST_F(readout, wrong_meter_is_not_taken_for_the_right_one)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");
	static uint8_t answer[METERBUS_TELEGRAM_MAX];
	struct fake_meter other = *m;

	other.address[0] = 0x99;
	self->wire->canned_len = fake_answer(&other, answer);
	self->wire->canned = answer;
	EXPECT_EQ(-1, read_meter(self, "31892743"));
	EXPECT_EQ(METERBUS_E_UNREADABLE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "3189279924232804"));
	EXPECT_EQ(0, self->readout.count);
}

TEST_F(readout, answer_from_another_address_is_named)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->primary = 5;
	m->odd_a = 7;
	EXPECT_EQ(-1, read_meter(self, "5"));
	EXPECT_EQ(METERBUS_E_UNREADABLE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "a telegram from address 7"));
}

TEST_F(readout, a_selected_meter_is_read_without_being_deselected)
{
	fake_add(self->wire, "31892743")->selected = true;
	fake_add(self->wire, "31892744");
	ASSERT_EQ(0, read_meter(self, "253"));
	EXPECT_EQ(1, self->readout.count);
	EXPECT_STREQ("107BFD7816", self->wire->sent[0]);
	EXPECT_EQ(1, self->wire->transmissions);
}

TEST_F(readout, no_meter_is_selected)
{
	fake_add(self->wire, "31892743");
	EXPECT_EQ(-1, read_meter(self, "253"));
	EXPECT_EQ(METERBUS_E_SILENCE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "no meter is selected"));
	EXPECT_EQ(0, fake_sent_with(self->wire, "1040"));
}

TEST_F(readout, broadcast_address_is_refused)
{
	fake_add(self->wire, "31892743");
	EXPECT_EQ(-1, read_meter(self, "255"));
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	EXPECT_EQ(0, self->wire->transmissions);
}

TEST_F(readout, unplugged_in_the_middle)
{
	fake_add(self->wire, "31892743");
	self->wire->fail_after = 1;
	EXPECT_EQ(-1, read_meter(self, "31892743"));
	EXPECT_EQ(METERBUS_E_UNPLUGGED, self->err.kind);
}

TEST_F(readout, can_be_cancelled)
{
	fake_add(self->wire, "31892743");
	self->findings.cancel = true;
	EXPECT_EQ(-1, read_meter(self, "31892743"));
	EXPECT_EQ(0, self->wire->transmissions);
}

TEST_HARNESS_MAIN
