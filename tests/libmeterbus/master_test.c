// SPDX-License-Identifier: GPL-2.0-only
/*
 * The master's frame count bits and its single exchanges: which telegram is
 * sent after which outcome.
 */
#include <meterbus/master.h>

#include "fake_wire.h"
#include "kselftest_harness.h"
#include "master/exchange.h"
#include "master/master.h"

FIXTURE(master) {
	struct fake_wire *wire;
	struct meterbus_master master;
	struct meterbus_exchange x;
	struct meterbus_telegram telegram;
	struct meterbus_address address;
	struct meterbus_error err;
};

FIXTURE_SETUP(master)
{
	self->wire = calloc(1, sizeof(*self->wire));
	ASSERT_NE(NULL, self->wire);
	fake_init(self->wire);
	meterbus_master_init(&self->master, &self->wire->link);
	memset(&self->x, 0, sizeof(self->x));
	ASSERT_EQ(0, meterbus_address_parse(&self->address, "31892743",
					    &self->err));
	self->wire->held = true;
}

FIXTURE_TEARDOWN(master)
{
	free(self->wire);
}

#define LAST_SENT() (self->wire->sent[self->wire->sent_count - 1])

#define REQUEST(a)							\
	ASSERT_EQ(0, meterbus_req_ud2(&self->master, a, &self->x,	\
				      &self->telegram, &self->err))

TEST_F(master, selection_telegram_of_the_site)
{
	ASSERT_EQ(0, meterbus_select(&self->master, &self->address, &self->x,
				     &self->err));
	EXPECT_STREQ("680B0B6873FD5243278931FFFFFFFFE216", LAST_SENT());
	EXPECT_EQ(METERBUS_OUTCOME_SILENCE, self->x.outcome);
}

TEST_F(master, selection_with_the_other_c_field)
{
	self->master.select_c = 0x53;
	ASSERT_EQ(0, meterbus_select(&self->master, &self->address, &self->x,
				     &self->err));
	EXPECT_STREQ("680B0B6853FD5243278931FFFFFFFFC216", LAST_SENT());
}

TEST_F(master, deselects_by_snd_nke_to_253)
{
	fake_add(self->wire, "31892743")->selected = true;
	ASSERT_EQ(0, meterbus_deselect(&self->master, &self->x, &self->err));
	EXPECT_STREQ("1040FD3D16", LAST_SENT());
	EXPECT_FALSE(self->wire->meters[0].selected);
}

TEST_F(master, first_request_after_each_selection_has_fcb_1)
{
	fake_add(self->wire, "31892743");
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, meterbus_select(&self->master, &self->address,
					     &self->x, &self->err));
		REQUEST(253);
		EXPECT_STREQ("107BFD7816", LAST_SENT());
		ASSERT_EQ(METERBUS_OUTCOME_FRAME, self->x.outcome);
	}
}

TEST_F(master, fcb_toggles_after_a_telegram)
{
	fake_add(self->wire, "31892743")->primary = 5;
	REQUEST(5);
	EXPECT_STREQ("107B058016", LAST_SENT());
	REQUEST(5);
	EXPECT_STREQ("105B056016", LAST_SENT());
	REQUEST(5);
	EXPECT_STREQ("107B058016", LAST_SENT());
}

TEST_F(master, fcb_stays_after_silence)
{
	REQUEST(5);
	REQUEST(5);
	EXPECT_STREQ("107B058016", LAST_SENT());
	EXPECT_EQ(NULL, self->telegram.raw);
}

TEST_F(master, fcb_stays_after_a_damaged_answer)
{
	fake_add(self->wire, "31892743")->primary = 5;
	self->wire->damage_every = 1;
	REQUEST(5);
	EXPECT_EQ(METERBUS_OUTCOME_GARBLED, self->x.outcome);
	self->wire->damage_every = 0;
	REQUEST(5);
	EXPECT_STREQ("107B058016", LAST_SENT());
	EXPECT_NE(NULL, self->telegram.raw);
	EXPECT_EQ(1, self->wire->meters[0].readouts);
}

TEST_F(master, fcb_stays_after_an_answer_from_elsewhere)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->primary = 5;
	m->odd_a = 7;
	REQUEST(5);
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, self->x.outcome);
	EXPECT_EQ(NULL, self->telegram.raw);
	REQUEST(5);
	EXPECT_STREQ("107B058016", LAST_SENT());
}

TEST_F(master, fcb_stays_after_e5_to_a_request)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->primary = 5;
	m->no_data = true;
	REQUEST(5);
	REQUEST(5);
	EXPECT_STREQ("107B058016", LAST_SENT());
}

TEST_F(master, each_address_has_its_own_fcb)
{
	fake_add(self->wire, "31892743")->primary = 5;
	fake_add(self->wire, "31892744")->primary = 6;
	REQUEST(5);
	REQUEST(6);
	EXPECT_STREQ("107B068116", LAST_SENT());
	REQUEST(5);
	EXPECT_STREQ("105B056016", LAST_SENT());
}

TEST_F(master, snd_ud_has_an_fcb_of_its_own)
{
	fake_add(self->wire, "31892743")->primary = 5;
	REQUEST(5);
	ASSERT_EQ(0, meterbus_send(&self->master, 5, 0x50, NULL, 0, &self->x,
				   &self->err));
	EXPECT_STREQ("680303687305" "50C816", LAST_SENT());
	ASSERT_EQ(0, meterbus_send(&self->master, 5, 0x50, NULL, 0, &self->x,
				   &self->err));
	EXPECT_STREQ("680303685305" "50A816", LAST_SENT());
	REQUEST(5);
	EXPECT_STREQ("105B056016", LAST_SENT());
}

TEST_F(master, snd_ud_keeps_its_fcb_without_e5)
{
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, meterbus_send(&self->master, 5, 0x50, NULL, 0,
					   &self->x, &self->err));
		EXPECT_STREQ("680303687305" "50C816", LAST_SENT());
	}
}

TEST_F(master, broadcast_goes_without_fcb_and_once)
{
	self->x.repeats = 2;
	ASSERT_EQ(0, meterbus_send(&self->master, 255, 0x50, NULL, 0, &self->x,
				   &self->err));
	EXPECT_STREQ("6803036843FF509216", LAST_SENT());
	EXPECT_EQ(1, self->x.tries);
}

TEST_F(master, too_much_user_data_is_refused)
{
	uint8_t data[METERBUS_USER_DATA_MAX + 1] = { 0 };

	EXPECT_EQ(-1, meterbus_send(&self->master, 5, 0x51, data, sizeof(data),
				    &self->x, &self->err));
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	EXPECT_EQ(0, self->wire->sent_count);
}

TEST_F(master, snd_nke_sets_both_fcb_of_its_address)
{
	fake_add(self->wire, "31892743")->primary = 5;
	fake_add(self->wire, "31892744")->primary = 6;
	REQUEST(5);
	REQUEST(6);
	ASSERT_EQ(0, meterbus_snd_nke(&self->master, 5, &self->x, &self->err));
	EXPECT_STREQ("1040054516", LAST_SENT());
	REQUEST(5);
	EXPECT_STREQ("107B058016", LAST_SENT());
	REQUEST(6);
	EXPECT_STREQ("105B066116", LAST_SENT());
}

TEST_F(master, snd_nke_to_all_sets_every_fcb)
{
	fake_add(self->wire, "31892743")->primary = 5;
	fake_add(self->wire, "31892744")->primary = 6;
	REQUEST(5);
	REQUEST(6);
	ASSERT_EQ(0, meterbus_snd_nke(&self->master, 255, &self->x,
				      &self->err));
	self->wire->meters[0].last_fcb = -1;
	self->wire->meters[1].last_fcb = -1;
	REQUEST(5);
	EXPECT_STREQ("107B058016", LAST_SENT());
	REQUEST(6);
	EXPECT_STREQ("107B068116", LAST_SENT());
}

TEST_F(master, selected_meter_may_answer_with_its_primary_address)
{
	static const struct {
		uint8_t a;
		bool good;
	} answers[] = { { 0, true },   { 1, true },    { 250, true },
			{ 253, true }, { 251, false }, { 255, false } };

	for (size_t i = 0; i < 6; i++) {
		struct fake_meter *m;

		self->wire->count = 0;
		m = fake_add(self->wire, "31892743");
		m->selected = true;
		m->odd_a = answers[i].a;
		REQUEST(253);
		EXPECT_EQ(answers[i].good, self->telegram.raw != NULL)
			TH_LOG("A = %u", answers[i].a);
	}
}

TEST_F(master, address_of_a_meter_from_its_telegram)
{
	struct meterbus_address meter;
	char text[METERBUS_ADDRESS_TEXT];

	fake_add(self->wire, "31892743")->primary = 5;
	REQUEST(5);
	ASSERT_TRUE(meterbus_telegram_meter(&self->telegram, &meter));
	EXPECT_STREQ("3189274324232804", meterbus_address_format(&meter, text));
}

TEST_F(master, address_of_a_meter_in_the_fixed_structure)
{
	/* Example of the fixed structure, ID 12345678. */
	static const uint8_t raw[] = { 0x68, 0x13, 0x13, 0x68, 0x08, 0x05, 0x73,
				       0x78, 0x56, 0x34, 0x12, 0x0A, 0x00, 0xE9,
				       0x7E, 0x01, 0x00, 0x00, 0x00, 0x35, 0x01,
				       0x00, 0x00, 0x3C, 0x16 };
	struct meterbus_telegram telegram;
	struct meterbus_address meter;
	char text[METERBUS_ADDRESS_TEXT];

	ASSERT_EQ(0, meterbus_telegram_parse(&telegram, raw, sizeof(raw),
					     &self->err));
	ASSERT_TRUE(meterbus_telegram_meter(&telegram, &meter));
	EXPECT_STREQ("12345678FFFFFFFF", meterbus_address_format(&meter, text));
}

TEST_F(master, failing_link_is_reported)
{
	self->wire->fail_after = 1;
	REQUEST(5);
	EXPECT_EQ(-1, meterbus_req_ud2(&self->master, 5, &self->x,
				       &self->telegram, &self->err));
	EXPECT_EQ(METERBUS_E_UNPLUGGED, self->err.kind);
}

/* --- by the functions of the public header */

#define TEXT 512

static void found(void *context, const struct meterbus_finding *finding)
{
	snprintf(context, TEXT, "%s", finding->text);
}

static bool stop(void *context)
{
	return *(const char *)context;
}

TEST_F(master, link_that_cannot_do_what_is_needed)
{
	struct meterbus_link link = self->wire->link;

	link.exchange = NULL;
	EXPECT_EQ(NULL, meterbus_master_new(&link, &self->err));
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	link = self->wire->link;
	link.hold = NULL;
	EXPECT_EQ(NULL, meterbus_master_new(&link, &self->err));
	link = self->wire->link;
	link.release = NULL;
	EXPECT_EQ(NULL, meterbus_master_new(&link, &self->err));
}

TEST_F(master, made_by_its_public_functions)
{
	struct meterbus_quirks quirks = { .telegrams = 1 };
	struct meterbus_readout readout;
	struct meterbus_master *master;
	char text[TEXT] = "enough";

	self->wire->held = false;
	fake_add(self->wire, "31892743")->parts = 3;
	master = meterbus_master_new(&self->wire->link, &self->err);
	ASSERT_NE(NULL, master);
	meterbus_master_set_select_c(master, 0x53);
	meterbus_master_set_quirks(master, &quirks);
	ASSERT_EQ(0, meterbus_read(master, &self->address, &readout, &self->err));
	EXPECT_EQ(1, readout.count);
	EXPECT_EQ(1, fake_sent_with(self->wire, "680B0B6853FD52"));
	EXPECT_EQ(self->wire->exchanges, meterbus_master_exchanges(master));
	EXPECT_EQ(self->wire->transmissions,
		  meterbus_master_transmissions(master));
	/* A caller that has enough. */
	meterbus_master_set_callbacks(master, found, stop, text);
	EXPECT_EQ(-1, meterbus_read(master, &self->address, &readout,
				    &self->err));
	meterbus_master_free(master);
}

/* On a bus whose timing can be set, may not be set, and on a link without it. */
TEST_F(master, guard_that_it_learns)
{
	static const char *const done[] = {
		"; the guard of the bus is raised to that",
		"; used for this run, as this program may not set the guard of the bus",
		"; used for this run",
	};
	struct meterbus_readout readout;
	struct meterbus_master *master;
	char text[TEXT];

	for (int i = 0; i < 3; i++) {
		free(self->wire);
		self->wire = calloc(1, sizeof(*self->wire));
		ASSERT_NE(NULL, self->wire);
		fake_init(self->wire);
		fake_add(self->wire, "31892743");
		self->wire->timing.guard_us = 1000;
		self->wire->timing.repeats = 0;
		self->wire->turnaround_us = 37000;
		self->wire->refuse_timing = i == 1;
		if (i == 2)
			self->wire->link.set_timing = NULL;
		master = meterbus_master_new(&self->wire->link, &self->err);
		ASSERT_NE(NULL, master);
		*text = '\0';
		meterbus_master_set_callbacks(master, found, NULL, text);
		meterbus_master_set_guard(master, 0, false);
		ASSERT_EQ(0, meterbus_read(master, &self->address, &readout,
					   &self->err)) TH_LOG("%s", self->err.text);
		ASSERT_NE(NULL, strrchr(text, ';'));
		EXPECT_STREQ(done[i], strrchr(text, ';'));
		EXPECT_EQ(i == 0, self->wire->timing.guard_us >= 37000);
		meterbus_master_free(master);
	}
}

/* Raised by what is missing; what is long enough stays. */
TEST_F(master, window_that_it_learns)
{
	static const struct {
		uint32_t slack_us, delay_us;
		bool raised, own, refuse, none;
		const char *done;
	} rows[] = {
		{ 20000, 300000, 1, 0, false, false,
		  "meters answer up to 300 ms after a request; the window of the bus is raised to that" },
		{ 20000, 300000, 0, 1, true, false,
		  "meters answer up to 300 ms after a request; used for this run, as this program may not set the window of the bus" },
		{ 20000, 300000, 0, 1, false, true,
		  "meters answer up to 300 ms after a request; used for this run" },
		{ 900000, 300000, 0, 0, true, false,
		  "meters answer up to 300 ms after a request; the window of the bus is raised to that" },
	};
	char text[TEXT];

	meterbus_master_set_callbacks(&self->master, found, NULL, text);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		self->master.window_us = 0;
		self->wire->timing.window_us = 187500;
		self->wire->timing.slack_us = rows[i].slack_us;
		self->wire->refuse_timing = rows[i].refuse;
		self->wire->link.get_timing = rows[i].none ? NULL :
							     fake_get_timing;
		*text = '\0';
		raise_window(&self->master, rows[i].delay_us, &self->address);
		EXPECT_STREQ(rows[i].done, text);
		EXPECT_EQ(rows[i].own, self->master.window_us > rows[i].delay_us);
		EXPECT_EQ(rows[i].own, self->master.window_us != 0);
		EXPECT_EQ(rows[i].raised,
			  self->wire->timing.slack_us > rows[i].slack_us);
		if (rows[i].raised)
			EXPECT_LT(rows[i].delay_us,
				  self->wire->timing.window_us +
					  self->wire->timing.slack_us);
	}
}

TEST_F(master, guard_that_stays_as_it_is)
{
	struct meterbus_readout readout;
	struct meterbus_master *master;

	self->wire->held = false;
	fake_add(self->wire, "31892743");
	self->wire->timing.guard_us = 1000;
	self->wire->timing.repeats = 0;
	self->wire->turnaround_us = 37000;
	master = meterbus_master_new(&self->wire->link, &self->err);
	ASSERT_NE(NULL, master);
	meterbus_master_set_guard(master, 40000, false);
	EXPECT_EQ(0, meterbus_read(master, &self->address, &readout, &self->err));
	meterbus_master_set_guard(master, 1000, true);
	EXPECT_EQ(-1, meterbus_read(master, &self->address, &readout,
				    &self->err));
	EXPECT_EQ(1000, self->wire->timing.guard_us);
	meterbus_master_free(master);
}

TEST_HARNESS_MAIN
