// SPDX-License-Identifier: GPL-2.0-only
/*
 * The master's frame count bits and its single exchanges: which telegram is
 * sent after which outcome.
 */
#include <meterbus/master.h>

#include "fake_wire.h"
#include "kselftest_harness.h"
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

TEST_HARNESS_MAIN
