// SPDX-License-Identifier: GPL-2.0-only
/*
 * Search by secondary address: meters that share an ID are distinguished.
 */
#include "search_wire.h"

/* Bytes of a selection behind the ID, by their place in it. */
enum { MANUFACTURER_LOW = 4, MANUFACTURER_HIGH, VERSION, MEDIUM };

/* Same ID, different in one byte; @break_above as set before. */
static void check_equal_ids(struct __test_metadata *_metadata,
			    FIXTURE_DATA(search) *self, unsigned int byte,
			    uint8_t value)
{
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "31892743")->address[byte] = value;
	fake_add(self->wire, "31892750");
	self->wire->meters[1].access = 77;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	/* Where the converter signals, nobody is asked in vain. */
	for (int i = 0; i < 3 && self->wire->break_above == 1; i++)
		EXPECT_EQ(1, self->wire->meters[i].readouts);
}

TEST_F(search, equal_ids_of_two_manufacturers)
{
	/* KAM */
	check_equal_ids(_metadata, self, MANUFACTURER_HIGH, 0x2C);
	/* All that stand for a letter, not all bytes. */
	EXPECT_GT(90 + 110, self->result.probes);
}

TEST_F(search, equal_ids_whose_manufacturers_share_a_byte)
{
	check_equal_ids(_metadata, self, MANUFACTURER_LOW, 0x2D);
}

TEST_F(search, equal_ids_of_two_versions)
{
	check_equal_ids(_metadata, self, VERSION, 0x2F);
}

TEST_F(search, equal_ids_of_two_media)
{
	check_equal_ids(_metadata, self, MEDIUM, 0x0D);
}

TEST_F(search, equal_ids_of_an_unknown_medium_and_an_impossible_manufacturer)
{
	fake_add(self->wire, "31892743")->address[MEDIUM] = 0xE7;
	fake_add(self->wire, "31892743")->address[MANUFACTURER_HIGH] = 0xF1;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
}

TEST_F(search, equal_ids_without_collision_signal)
{
	self->wire->break_above = 0;
	check_equal_ids(_metadata, self, VERSION, 0x2F);
}

TEST_F(search, equal_ids_above_the_current_limit)
{
	self->wire->break_above = 1;
	check_equal_ids(_metadata, self, MEDIUM, 0x06);
}

TEST_F(search, six_of_one_id)
{
	for (int i = 0; i < 6; i++)
		fake_add(self->wire, "31892743")
			->address[i < 3 ? VERSION : MEDIUM] = 0x10 + i;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
}

/* The bytes are whole: no wildcard digit ever stands in one. */
TEST_F(search, equal_ids_are_distinguished_by_whole_bytes)
{
	check_equal_ids(_metadata, self, VERSION, 0x2F);
	for (size_t i = 0; i < self->wire->sent_count; i++) {
		const char *sent = self->wire->sent[i];

		if (strncmp(sent, "680B0B6873FD52", 14))
			continue;
		for (int j = 0; j < 4; j++) {
			const char *byte = sent + 2 * (11 + j);

			EXPECT_TRUE(!strncmp(byte, "FF", 2) ||
				    (byte[0] != 'F' && byte[1] != 'F') ||
				    sent[14] != 'F');
		}
	}
}

static void add_fabrication(struct fake_wire *wire, uint32_t bcd)
{
	struct fake_meter *m = fake_add(wire, "31892743");

	m->has_fabrication = true;
	for (int i = 0; i < 4; i++)
		m->fabrication[i] = bcd >> 8 * i;
}

TEST_F(search, equal_addresses_are_distinguished_by_fabrication_number)
{
	self->wire->break_above = 1;
	add_fabrication(self->wire, 0x00001234);
	add_fabrication(self->wire, 0x00001239);
	add_fabrication(self->wire, 0x70001234);
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(3, self->log->count);
	EXPECT_EQ(1, times_found(self->log, "3189274324232804.00001234",
				 METERBUS_METER_CONFIRMED));
	EXPECT_EQ(1, times_found(self->log, "3189274324232804.00001239",
				 METERBUS_METER_CONFIRMED));
	/* As far as it had to be found out. */
	EXPECT_EQ(1, times_found(self->log, "3189274324232804.7FFFFFFF",
				 METERBUS_METER_CONFIRMED));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(1, self->wire->meters[i].readouts);
}

TEST_F(search, equal_addresses_without_fabrication_number_are_several)
{
	self->wire->break_above = 1;
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "31892743");
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(1, self->log->count);
	EXPECT_EQ(1, times_found(self->log, "3189274324232804",
				 METERBUS_METER_SEVERAL));
	EXPECT_NE(NULL, strstr(self->log->found[0].why, "disconnect all but"));
}

TEST_F(search, meters_that_ignore_all_but_the_id_are_several)
{
	self->wire->break_above = 1;
	fake_add(self->wire, "31892743")->ignores_rest = true;
	fake_add(self->wire, "31892743")->address[VERSION] = 0x2F;
	self->wire->meters[1].ignores_rest = true;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(1, self->log->count);
	EXPECT_EQ(1, self->result.count[METERBUS_METER_SEVERAL]);
}

TEST_F(search, one_of_two_equal_ids_ignores_all_but_the_id)
{
	self->wire->break_above = 1;
	fake_add(self->wire, "31892743")->ignores_rest = true;
	fake_add(self->wire, "31892743")->address[VERSION] = 0x2F;
	EXPECT_EQ(0, search_all(self));
	/* None invented, and it is said that something is left. */
	EXPECT_EQ(0, self->result.count[METERBUS_METER_SUSPECT]);
	EXPECT_LT(0, self->log->findings[METERBUS_FINDING_DOUBTFUL] +
			     self->result.count[METERBUS_METER_SEVERAL]);
}

TEST_HARNESS_MAIN
