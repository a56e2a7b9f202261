// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telegrams in a row, as DIF 1F announces them: each once and in order, and an
 * end to rows that have none.
 */
#include "readout_wire.h"

TEST_F(readout, telegrams_in_a_row_with_toggled_fcb)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->parts = 3;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	ASSERT_EQ(3, self->readout.count);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(i, self->readout.telegrams[i].bytes[21]);
	EXPECT_STREQ("107BFD7816", self->wire->sent[1]);
	EXPECT_STREQ("105BFD5816", self->wire->sent[2]);
	EXPECT_STREQ("107BFD7816", self->wire->sent[3]);
	EXPECT_EQ(0, self->findings.count);
}

TEST_F(readout, lost_request_in_a_row_skips_no_telegram)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->parts = 5;
	self->wire->lose_every = 4;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	ASSERT_EQ(5, self->readout.count);
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(i, self->readout.telegrams[i].bytes[21]);
}

TEST_F(readout, damaged_telegram_in_a_row_is_asked_for_again)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->parts = 5;
	self->wire->damage_every = 4;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	ASSERT_EQ(5, self->readout.count);
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(i, self->readout.telegrams[i].bytes[21]);
	EXPECT_EQ(5, m->readouts);
}

TEST_F(readout, meter_that_ignores_the_fcb_is_noticed)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->parts = 3;
	m->ignores_fcb = true;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_EQ(1, self->readout.count);
	EXPECT_EQ(METERBUS_FINDING_FCB_IGNORED, self->findings.kind);
	EXPECT_EQ(3, self->wire->transmissions);
}

TEST_F(readout, endless_row_is_ended)
{
	fake_add(self->wire, "31892743")->endless = true;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_EQ(METERBUS_READOUT_MAX, self->readout.count);
	EXPECT_EQ(METERBUS_FINDING_ENDLESS, self->findings.kind);
}

TEST_F(readout, row_that_begins_again_is_ended)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->parts = 3;
	m->circles = true;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	ASSERT_EQ(3, self->readout.count);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(i, self->readout.telegrams[i].bytes[21]);
	EXPECT_EQ(METERBUS_FINDING_ENDLESS, self->findings.kind);
	EXPECT_NE(NULL, strstr(self->findings.text, "telegram 1 again"));
	EXPECT_EQ(1 + 4, self->wire->transmissions);
}

static int read_row_with(FIXTURE_DATA(readout) *self, const uint8_t *second,
			 size_t len)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->parts = 3;
	m->primary = 5;
	self->wire->canned = second;
	self->wire->canned_len = len;
	self->wire->canned_from = 1;
	return read_meter(self, "31892743");
}

TEST_F(readout, row_that_ends_in_an_application_error_is_an_error)
{
	static const uint8_t error[] = { 0x68, 0x04, 0x04, 0x68, 0x08,
					 0x05, 0x70, 0x09, 0x86, 0x16 };

	EXPECT_EQ(-1, read_row_with(self, error, sizeof(error)));
	EXPECT_EQ(METERBUS_E_UNREADABLE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "read too often"));
	/* What came before is kept, the error with it; nothing is repeated. */
	EXPECT_EQ(2, self->readout.count);
	EXPECT_EQ(3, self->wire->transmissions);
}

TEST_F(readout, meter_that_becomes_busy_in_a_row_gets_time)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->parts = 3;
	m->busy_at = 1;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	ASSERT_EQ(3, self->readout.count);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(i, self->readout.telegrams[i].bytes[21]);
	EXPECT_EQ(METERBUS_FINDING_BUSY, self->findings.kind);
}

TEST_F(readout, telegram_of_another_meter_does_not_belong_to_the_row)
{
	static uint8_t answer[METERBUS_TELEGRAM_MAX];
	struct fake_meter other = { .primary = 5,
				    .parts = 1,
				    .address = { 0x99, 0x27, 0x89, 0x31 } };

	EXPECT_EQ(-1, read_row_with(self, answer, fake_answer(&other, answer)));
	EXPECT_EQ(METERBUS_E_UNREADABLE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "after telegram 1"));
	EXPECT_NE(NULL, strstr(self->err.text, "31892799"));
	EXPECT_EQ(1, self->readout.count);
}

TEST_F(readout, answer_of_another_address_does_not_belong_to_the_row)
{
	static uint8_t answer[METERBUS_TELEGRAM_MAX];
	struct fake_meter other = { .primary = 252,
				    .parts = 1,
				    .address = { 0x43, 0x27, 0x89, 0x31 } };

	EXPECT_EQ(-1, read_row_with(self, answer, fake_answer(&other, answer)));
	EXPECT_EQ(METERBUS_E_UNREADABLE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "a telegram from address 252"));
}

TEST_F(readout, row_that_breaks_off_is_begun_again)
{
	fake_add(self->wire, "31892743")->parts = 3;
	/* The third request, and its repeats. */
	self->wire->lose_at = 4;
	self->wire->lose_more = 2;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	ASSERT_EQ(3, self->readout.count);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(i, self->readout.telegrams[i].bytes[21]);
}

TEST_F(readout, row_that_breaks_off_twice_is_an_error)
{
	fake_add(self->wire, "31892743")->parts = 3;
	self->wire->timing.repeats = 0;
	self->wire->lose_every = 3;
	EXPECT_EQ(-1, read_meter(self, "31892743"));
	EXPECT_EQ(METERBUS_E_UNREADABLE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "ended in silence, twice"));
	EXPECT_EQ(1, self->readout.count);
}

TEST_F(readout, meter_that_cannot_take_more_gets_time)
{
	struct fake_meter *m = fake_add(self->wire, "31892743");

	m->parts = 2;
	m->c = METERBUS_C_DFC;
	ASSERT_EQ(0, read_meter(self, "31892743"));
	EXPECT_EQ(2, self->readout.count);
	EXPECT_LT(10000000 + 800000, self->wire->now_us);
}

TEST_HARNESS_MAIN
