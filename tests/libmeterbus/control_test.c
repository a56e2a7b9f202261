// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands to meters: which telegrams are sent, when it is given up, and what
 * is checked afterwards.
 */
#include <meterbus/control.h>

#include "fake_wire.h"
#include "kselftest_harness.h"
#include "master/master.h"

FIXTURE(control) {
	struct fake_wire *wire;
	struct meterbus_master master;
	struct meterbus_address address;
	struct meterbus_readout readout;
	struct meterbus_error err;
};

FIXTURE_SETUP(control)
{
	self->wire = calloc(1, sizeof(*self->wire));
	ASSERT_NE(NULL, self->wire);
	fake_init(self->wire);
	meterbus_master_init(&self->master, &self->wire->link);
	memset(&self->err, 0, sizeof(self->err));
}

FIXTURE_TEARDOWN(control)
{
	EXPECT_FALSE(self->wire->held);
	EXPECT_FALSE(self->wire->hold_error);
	free(self->wire);
}

static int command(FIXTURE_DATA(control) *self, const char *address)
{
	static const uint8_t data[] = { 0x01, 0x7A, 0x08 };

	if (meterbus_address_parse(&self->address, address, &self->err) < 0)
		return -2;
	return meterbus_command(&self->master, &self->address, 0x51, data,
				sizeof(data), &self->err);
}

TEST_F(control, command_by_primary_address)
{
	fake_add(self->wire, "31892743")->primary = 5;
	ASSERT_EQ(0, command(self, "5"));
	EXPECT_STREQ("1040054516", self->wire->sent[0]);
	EXPECT_STREQ("68060668730551017A084C16", self->wire->sent[1]);
	EXPECT_EQ(2, self->wire->transmissions);
}

TEST_F(control, command_by_secondary_address)
{
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "31892744");
	ASSERT_EQ(0, command(self, "31892744"));
	EXPECT_EQ(1, fake_sent_with(self->wire, "680B0B6873FD52"));
	EXPECT_STREQ("6806066873FD51017A084416", self->wire->sent[1]);
}

TEST_F(control, command_that_the_converter_swallows_is_sent_again)
{
	fake_add(self->wire, "31892743");
	self->wire->timing.guard_us = 1000;
	self->wire->timing.repeats = 0;
	self->wire->turnaround_us = 37000;
	ASSERT_EQ(0, command(self, "31892743"));
	EXPECT_EQ(2, fake_sent_with(self->wire, "68060668"));
}

TEST_F(control, command_without_a_meter)
{
	EXPECT_EQ(-1, command(self, "31892743"));
	EXPECT_EQ(METERBUS_E_SILENCE, self->err.kind);
	EXPECT_EQ(-1, command(self, "5"));
	EXPECT_EQ(METERBUS_E_SILENCE, self->err.kind);
	EXPECT_EQ(1, fake_sent_with(self->wire, "68060668"));
}

TEST_F(control, command_to_several)
{
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "31892748");
	self->wire->break_above = 1;
	EXPECT_EQ(-1, command(self, "3189274F"));
	EXPECT_EQ(METERBUS_E_COLLISION, self->err.kind);
	EXPECT_EQ(0, fake_sent_with(self->wire, "68060668"));
}

TEST_F(control, command_to_a_meter_that_knows_no_snd_nke)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->primary = 5;
	m->no_nke = true;
	EXPECT_EQ(0, command(self, "5"));
}

TEST_F(control, broadcast_is_sent_once_without_a_wait)
{
	fake_add(self->wire, "31892743");
	ASSERT_EQ(0, command(self, "255"));
	EXPECT_EQ(1, self->wire->transmissions);
	EXPECT_STREQ("680606" "6843FF51017A081616", self->wire->sent[0]);
}

TEST_F(control, a_selected_meter_is_not_deselected_by_the_command)
{
	fake_add(self->wire, "31892743")->selected = true;
	ASSERT_EQ(0, command(self, "253"));
	EXPECT_EQ(1, self->wire->transmissions);
}

static int set_primary(FIXTURE_DATA(control) *self, const char *address,
		       uint8_t primary)
{
	if (meterbus_address_parse(&self->address, address, &self->err) < 0)
		return -2;
	return meterbus_set_primary(&self->master, &self->address, primary,
				    false, &self->readout, &self->err);
}

TEST_F(control, no_meter_is_selected)
{
	fake_add(self->wire, "31892743");
	EXPECT_EQ(-1, command(self, "253"));
	EXPECT_EQ(METERBUS_E_SILENCE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "no meter is selected"));
}

TEST_F(control, primary_address_that_is_taken)
{
	fake_add(self->wire, "31892743")->primary = 5;
	fake_add(self->wire, "31892744")->primary = 8;
	EXPECT_EQ(-1, set_primary(self, "5", 8));
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text,
			       "8 is taken by meter 3189274424232804"));
	EXPECT_EQ(0, fake_sent_with(self->wire, "680606"));
	/* To identify both meters: one readout each. */
	EXPECT_EQ(1, self->wire->meters[0].readouts);
	EXPECT_EQ(1, self->wire->meters[1].readouts);
}

TEST_F(control, primary_address_that_several_have_already)
{
	fake_add(self->wire, "31892743")->primary = 5;
	fake_add(self->wire, "31892744")->primary = 8;
	fake_add(self->wire, "31892745")->primary = 8;
	EXPECT_EQ(-1, set_primary(self, "5", 8));
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "8 is taken"));
	EXPECT_EQ(0, fake_sent_with(self->wire, "680606"));
}

TEST_F(control, primary_address_that_it_has_already)
{
	static const char *const names[] = { "5", "31892743",
					     "3189274324232804" };

	fake_add(self->wire, "31892743")->primary = 5;
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, set_primary(self, names[i], 5))
			TH_LOG("%s: %s", names[i], self->err.text);
		EXPECT_TRUE(self->readout.identified);
	}
	EXPECT_EQ(0, fake_sent_with(self->wire, "680606"));
}

TEST_F(control, primary_address_is_set_and_read)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");
	static const struct meterbus_quirks quirks = { .telegrams = 3 };

	m->obeys = true;
	m->parts = 3;
	self->master.quirks = &quirks;
	ASSERT_EQ(0, set_primary(self, "3189274324232804", 9));
	EXPECT_EQ(9, m->primary);
	EXPECT_EQ(9, self->readout.primary);
	/* One telegram is enough for that; later readouts are as before. */
	EXPECT_EQ(1, m->readouts);
	EXPECT_EQ(&quirks, self->master.quirks);
}

TEST_F(control, meter_that_keeps_its_primary_address)
{
	fake_add(self->wire, "31892743")->primary = 5;
	EXPECT_EQ(-1, set_primary(self, "5", 9));
	EXPECT_EQ(METERBUS_E_UNREADABLE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "it answers to the old one"));
}

TEST_F(control, meter_that_is_gone_after_it)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->primary = 5;
	m->lost_by_writing = true;
	EXPECT_EQ(-1, set_primary(self, "5", 9));
	EXPECT_EQ(METERBUS_E_SILENCE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "answers to neither now"));
	EXPECT_EQ(METERBUS_HINT_SCAN, self->err.hint);
}

TEST_F(control, primary_address_for_several_at_once)
{
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "31892744");
	ASSERT_EQ(0, meterbus_address_parse(&self->address, "0", NULL));
	EXPECT_EQ(-1, meterbus_set_primary(&self->master, &self->address, 8,
					   false, &self->readout, &self->err));
	EXPECT_EQ(METERBUS_E_COLLISION, self->err.kind);
	EXPECT_EQ(0, fake_sent_with(self->wire, "680606"));
	ASSERT_EQ(0, meterbus_address_parse(&self->address, "254", NULL));
	EXPECT_EQ(-1, meterbus_set_primary(&self->master, &self->address, 8,
					   false, &self->readout, &self->err));
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
}

TEST_F(control, whole_address_needs_no_readout_before)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	/* This wire's meters acknowledge, and keep their address. */
	ASSERT_EQ(0, meterbus_address_parse(&self->address, "3189274324232804",
					    NULL));
	EXPECT_EQ(-1, meterbus_set_primary(&self->master, &self->address, 8,
					   false, &self->readout, &self->err));
	EXPECT_EQ(METERBUS_E_UNREADABLE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "did not take it"));
	EXPECT_EQ(0, m->readouts);
}

TEST_F(control, rate_that_is_none_and_bus_without_rates)
{
	ASSERT_EQ(0, meterbus_address_parse(&self->address, "5", NULL));
	EXPECT_EQ(-1, meterbus_set_rate(&self->master, &self->address, 1234,
					false, &self->err));
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	EXPECT_EQ(-1, meterbus_set_rate(&self->master, &self->address, 9600,
					false, &self->err));
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	EXPECT_EQ(0, self->wire->transmissions);
}

static int set_rate(FIXTURE_DATA(control) *self, uint32_t rate)
{
	if (meterbus_address_parse(&self->address, "5", &self->err) < 0)
		return -2;
	return meterbus_set_rate(&self->master, &self->address, rate, false,
				 &self->err);
}

TEST_F(control, rate_that_both_can_do)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	fake_has_rates(self->wire, 38400);
	m->primary = 5;
	m->obeys = true;
	m->baud = 2400;
	ASSERT_EQ(0, set_rate(self, 9600));
	EXPECT_EQ(9600, m->baud);
	EXPECT_EQ(2400, self->wire->baud);
}

TEST_F(control, rate_that_the_adapter_lacks_is_not_set_in_the_meter)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	fake_has_rates(self->wire, 4800);
	m->primary = 5;
	m->obeys = true;
	m->baud = 2400;
	EXPECT_EQ(-1, set_rate(self, 9600));
	EXPECT_STREQ("refused", self->err.text);
	EXPECT_EQ(0, self->wire->transmissions);
	EXPECT_EQ(2400, self->wire->baud);
}

TEST_F(control, meter_that_stays_at_its_rate)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	fake_has_rates(self->wire, 38400);
	m->primary = 5;
	m->baud = 2400;
	EXPECT_EQ(-1, set_rate(self, 9600));
	EXPECT_EQ(METERBUS_E_UNREADABLE, self->err.kind);
	EXPECT_EQ(2400, self->wire->baud);
}

TEST_F(control, wire_without_power_once_the_rate_is_sent)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	fake_has_rates(self->wire, 38400);
	m->primary = 5;
	m->obeys = true;
	m->baud = 2400;
	self->wire->lose_at = 3;
	self->wire->lose_more = 1000;
	EXPECT_EQ(-1, set_rate(self, 9600));
	EXPECT_EQ(METERBUS_E_SILENCE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "answers neither at it nor"));
	EXPECT_EQ(2400, self->wire->baud);
}

TEST_F(control, link_that_fails_at_the_new_rate_leaves_the_bus_at_the_old)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	fake_has_rates(self->wire, 38400);
	m->primary = 5;
	m->obeys = true;
	m->baud = 2400;
	self->wire->fail_after = 2;
	EXPECT_EQ(-1, set_rate(self, 9600));
	EXPECT_EQ(METERBUS_E_UNPLUGGED, self->err.kind);
	EXPECT_EQ(2400, self->wire->baud);
}

/* As by ^C. */
static bool when_told(void *context)
{
	return ((struct fake_wire *)context)->transmissions >= 2;
}

TEST_F(control, a_change_of_rate_is_finished_once_it_is_sent)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	fake_has_rates(self->wire, 38400);
	m->primary = 5;
	m->obeys = true;
	m->baud = 2400;
	self->master.cancelled = when_told;
	self->master.context = self->wire;
	EXPECT_EQ(0, set_rate(self, 9600));
	EXPECT_EQ(9600, m->baud);
	EXPECT_EQ(2400, self->wire->baud);
	EXPECT_TRUE(self->master.cancelled == when_told);
}

TEST_F(control, alarm_of_all_is_refused)
{
	struct meterbus_exchange x;
	struct meterbus_telegram telegram;

	ASSERT_EQ(0, meterbus_address_parse(&self->address, "255", NULL));
	EXPECT_EQ(-1, meterbus_alarm(&self->master, &self->address, &x,
				     &telegram, &self->err));
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	EXPECT_EQ(0, self->wire->transmissions);
}

static int alarm_of(FIXTURE_DATA(control) *self, const char *address,
		    struct meterbus_exchange *x,
		    struct meterbus_telegram *telegram)
{
	if (meterbus_address_parse(&self->address, address, &self->err) < 0)
		return -2;
	memset(telegram, 0, sizeof(*telegram));
	return meterbus_alarm(&self->master, &self->address, x, telegram,
			      &self->err);
}

TEST_F(control, alarm_that_is_none)
{
	struct meterbus_telegram telegram;
	struct meterbus_exchange x;
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->primary = 5;
	m->alarm = 0xE5;
	/* What the caller left in it is not sent. */
	memset(&x, 0x55, sizeof(x));
	ASSERT_EQ(0, alarm_of(self, "5", &x, &telegram));
	EXPECT_EQ(METERBUS_OUTCOME_ACK, x.outcome);
	EXPECT_EQ(0, self->wire->window_us);
	EXPECT_STREQ("1040054516", self->wire->sent[0]);
	EXPECT_STREQ("107A057F16", self->wire->sent[1]);
	EXPECT_EQ(2, self->wire->transmissions);
}

TEST_F(control, alarm_in_a_telegram_of_a_selected_meter)
{
	struct meterbus_telegram telegram;
	struct meterbus_exchange x;

	fake_add(self->wire, "31892743")->alarm = 0xE5;
	fake_add(self->wire, "31892744")->alarm = 0x71;
	ASSERT_EQ(0, alarm_of(self, "31892744", &x, &telegram));
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, x.outcome);
	EXPECT_EQ(0x71, telegram.ci);
	EXPECT_STREQ("107AFD7716", self->wire->sent[1]);
}

TEST_F(control, alarm_of_a_meter_that_does_not_answer)
{
	struct meterbus_telegram telegram;
	struct meterbus_exchange x;

	fake_add(self->wire, "31892743")->primary = 5;
	self->wire->timing.repeats = 1;
	EXPECT_EQ(-1, alarm_of(self, "5", &x, &telegram));
	/* It answers SND_NKE. */
	EXPECT_EQ(METERBUS_E_UNREADABLE, self->err.kind);
	/* As often as the bus repeats. */
	EXPECT_EQ(3, self->wire->transmissions);
	EXPECT_EQ(-1, alarm_of(self, "31892749", &x, &telegram));
	EXPECT_EQ(METERBUS_E_SILENCE, self->err.kind);
	EXPECT_EQ(0, fake_sent_with(self->wire, "107AFD"));
}

static int busy(struct meterbus_link *link, struct meterbus_error *err)
{
	(void)link;
	return meterbus_fail(err, METERBUS_E_BUSY, "in use");
}

TEST_F(control, bus_in_use)
{
	struct meterbus_telegram telegram;
	struct meterbus_exchange x;

	self->wire->link.hold = busy;
	EXPECT_EQ(-1, alarm_of(self, "5", &x, &telegram));
	EXPECT_EQ(METERBUS_E_BUSY, self->err.kind);
	EXPECT_EQ(-1, command(self, "5"));
	EXPECT_EQ(METERBUS_E_BUSY, self->err.kind);
	EXPECT_EQ(0, self->wire->transmissions);
}

TEST_F(control, alarm_request_has_an_fcb_of_its_own)
{
	struct meterbus_exchange x = { .repeats = 0 };
	struct meterbus_telegram telegram;

	self->wire->held = true;
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, meterbus_req_ud1(&self->master, 5, &x, &telegram,
					      &self->err));
	EXPECT_STREQ("107A057F16", self->wire->sent[1]);
	self->wire->held = false;
}

TEST(clock_records)
{
	struct tm tm = { .tm_year = 126, .tm_mon = 10, .tm_mday = 22,
			 .tm_hour = 17, .tm_min = 5, .tm_sec = 30,
			 .tm_wday = 0 };
	static const uint8_t f[] = { 0x04, 0x6D, 0x05, 0x11, 0x56, 0x3B };
	static const uint8_t i[] = { 0x06, 0x6D, 0x1E, 0x05, 0xF1, 0x56, 0x3B,
				     0x00 };
	uint8_t out[METERBUS_CLOCK_MAX];

	ASSERT_EQ(sizeof(f), meterbus_clock_record(out, METERBUS_CLOCK_F, &tm));
	EXPECT_EQ(0, memcmp(out, f, sizeof(f)));
	ASSERT_EQ(sizeof(i), meterbus_clock_record(out, METERBUS_CLOCK_I, &tm));
	EXPECT_EQ(0, memcmp(out, i, sizeof(i)));
	/* Summer time, a leap year, a year past 80 with its hundreds. */
	tm.tm_isdst = 1;
	tm.tm_year = 184;
	meterbus_clock_record(out, METERBUS_CLOCK_F, &tm);
	EXPECT_EQ(0xB1, out[3]);
	meterbus_clock_record(out, METERBUS_CLOCK_I, &tm);
	EXPECT_EQ(0xDE, out[2]);
}

TEST_HARNESS_MAIN
