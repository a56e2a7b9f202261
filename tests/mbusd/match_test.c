// SPDX-License-Identifier: GPL-2.0-only
/* Finding the configured meter of an address or an answer. */
#include "kselftest_harness.h"

#include "../../userspace/mbusd/reader/match.h"
#include "../vectors/hyd.h"

#define MAX 4

FIXTURE(known)
{
	struct config_meter meters[MAX];
	struct agenda_item items[MAX];
	struct agenda agenda;
	uint8_t telegram[sizeof(hyd)];
};

FIXTURE_SETUP(known)
{
	self->agenda.items = self->items;
	memcpy(self->telegram, hyd, sizeof(hyd));
}

FIXTURE_TEARDOWN(known)
{
}

static void configure(FIXTURE_DATA(known) *self, const char *address)
{
	struct config_meter *meter = &self->meters[self->agenda.count];

	meterbus_address_parse(&meter->address, address, NULL);
	self->items[self->agenda.count++].meter = meter;
}

/* Its number in the order of the configuration; -1: none. */
static int by_address(FIXTURE_DATA(known) *self, const char *text)
{
	struct meterbus_address address;
	struct agenda_item *item;

	meterbus_address_parse(&address, text, NULL);
	item = match_address(&self->agenda, &address);
	return item ? (int)(item - self->items) : -1;
}

/* The heat meter 31892747 with @a in its A field. */
static int by_answer(FIXTURE_DATA(known) *self, uint8_t a)
{
	struct agenda_item *item;

	self->telegram[sizeof(hyd) - 2] += a - self->telegram[5];
	self->telegram[5] = a;
	item = match_answer(&self->agenda, self->telegram, sizeof(hyd));
	return item ? (int)(item - self->items) : -1;
}

TEST_F(known, a_configured_address_is_that_of_its_meter)
{
	configure(self, "7");
	configure(self, "31892747");
	configure(self, "31892747.HYD.28.04");
	EXPECT_EQ(0, by_address(self, "7"));
	EXPECT_EQ(-1, by_address(self, "8"));
	EXPECT_EQ(1, by_address(self, "31892747"));
	EXPECT_EQ(2, by_address(self, "3189274724232804"));
}

TEST_F(known, an_address_may_have_more_or_fewer_parts_than_configured)
{
	configure(self, "31892747");
	configure(self, "31892749.HYD.28.04");
	EXPECT_EQ(0, by_address(self, "31892747.HYD.28.04"));
	EXPECT_EQ(1, by_address(self, "31892749"));
	EXPECT_EQ(1, by_address(self, "31892749.HYD"));
	EXPECT_EQ(-1, by_address(self, "31892749.KAM"));
}

TEST_F(known, an_address_of_several_meters_matches_none)
{
	configure(self, "31892747.HYD.28.04");
	configure(self, "31892747.HYD.29.04");
	EXPECT_EQ(-1, by_address(self, "31892747"));
	EXPECT_EQ(0, by_address(self, "31892747.HYD.28"));
}

TEST_F(known, an_id_with_wildcards_matches_none)
{
	configure(self, "31892747.HYD.28.04");
	EXPECT_EQ(-1, by_address(self, "FFFFFFFF"));
	EXPECT_EQ(-1, by_address(self, "3189274F"));
}

TEST_F(known, an_answer_is_of_the_meter_with_its_secondary_address)
{
	configure(self, "31892749");
	configure(self, "31892747.HYD");
	EXPECT_EQ(1, by_answer(self, 0));
}

TEST_F(known, an_answer_is_of_the_meter_with_its_primary_address)
{
	configure(self, "9");
	configure(self, "10");
	EXPECT_EQ(1, by_answer(self, 10));
	EXPECT_EQ(-1, by_answer(self, 11));
}

/* Address 0 is the default of many meters, 253 that of the selected one. */
TEST_F(known, an_answer_from_0_or_253_does_not_match_a_primary_address)
{
	configure(self, "0");
	EXPECT_EQ(-1, by_answer(self, 0));
	EXPECT_EQ(-1, by_answer(self, 253));
}

TEST_F(known, an_answer_that_matches_two_meters_is_of_none)
{
	configure(self, "31892747");
	configure(self, "10");
	EXPECT_EQ(-1, by_answer(self, 10));
}

TEST_F(known, an_answer_that_is_no_telegram_matches_none)
{
	configure(self, "31892747");
	self->telegram[7] ^= 1;
	EXPECT_EQ(NULL, match_answer(&self->agenda, self->telegram,
				     sizeof(hyd)));
}

TEST_HARNESS_MAIN
