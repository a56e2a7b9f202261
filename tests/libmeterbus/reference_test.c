// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recorded telegrams of the meters of a heating network, each value worked
 * out by hand from the bytes beside it.
 */
#include "kselftest_harness.h"

#include <meterbus/decoder.h>
#include <meterbus/meters.h>

#include "records.h"

/* HYD (SHARKY), version 28h */
static const char hyd[] =
	"685E5E68080072"
	"47278931 2423 28 04 ED 00 0000"
	"0C0531847401"		/* 01748431 * 10^2 Wh */
	"0C1291726402"		/* 02647291 * 10^-4 m³ */
	"0C2A00000000"
	"0B3A000000"
	"0A5A2205"		/* 0522 * 10^-1 °C */
	"0A5E2304"		/* 0423 */
	"0A629900"		/* 0099 */
	"046D21160A39"		/* minute 21h, hour 16h, day 0Ah, month 9, year 24 */
	"4C0530781100"		/* 00117830 * 10^2 Wh */
	"446D00001E14"		/* day 1Eh, month 4, year 8 */
	"44ED7E00003F1C"	/* day 1Fh, month 12, year 1 + 8 */
	"8C010520306901"	/* 01693020 * 10^2 Wh */
	"84016D0000FF2C"	/* day 1Fh, month 12, year 7 + 16 */
	"0B26020316"		/* 160302 */
	"F516";

static const char *const hyd_records[] = {
	"energy 174843100 Wh",
	"volume 264.7291 m³",
	"power 0 W",
	"volume flow 0 m³/h",
	"flow temperature 52.2 °C",
	"return temperature 42.3 °C",
	"temperature difference 9.9 K",
	"date and time 2024-09-10T22:33",
	"energy 11783000 Wh, storage 1",
	"date and time 2008-04-30T00:00, storage 1",
	"due date 2009-12-31T00:00, storage 1; future value",
	"energy 169302000 Wh, storage 2",
	"date and time 2023-12-31T00:00, storage 2",
	"operating time 160302 h",
};

/* KAM (MULTICAL 303), version 40h */
static const char kam[] =
	"68888868081072"
	"16909682 2D2C 40 0D 18 00 0000"
	"040600000000"
	"04863C00000000"
	"041406000000"		/* 6 * 10^-2 m³ */
	"04FF0702000000"
	"04FF0802000000"
	"0322390F00"		/* 0F39h */
	"3322000000"
	"02595A0E"		/* 0E5Ah * 10^-2 °C */
	"025D860B"		/* 0B86h */
	"0261D402"		/* 02D4h */
	"022D0000"
	"122DFCFF"		/* -4 * 10^2 W */
	"023B0000"
	"123B1700"		/* 17h * 10^-3 m³/h */
	"02FF220000"
	"440600000000"
	"44863C00000000"
	"441400000000"
	"44FF0700000000"
	"44FF0800000000"
	"522D0000"
	"523B0000"
	"426C0137"		/* day 1, month 7, year 24 */
	"1716";

static const char *const kam_records[] = {
	"energy 0 Wh",
	"energy 0 Wh; negative contributions only",
	"volume 0.06 m³",
	"volume × flow temperature 2 m³·°C",
	"volume × return temperature 2 m³·°C",
	"on time 3897 h",
	"on time 0 h, error",
	"flow temperature 36.74 °C",
	"return temperature 29.5 °C",
	"temperature difference 7.24 K",
	"power 0 W",
	"power -400 W, maximum",
	"volume flow 0 m³/h",
	"volume flow 0.023 m³/h, maximum",
	"information code 0",
	"energy 0 Wh, storage 1",
	"energy 0 Wh, storage 1; negative contributions only",
	"volume 0 m³, storage 1",
	"volume × flow temperature 0 m³·°C, storage 1",
	"volume × return temperature 0 m³·°C, storage 1",
	"power 0 W, maximum, storage 1",
	"volume flow 0 m³/h, maximum, storage 1",
	"date 2024-07-01, storage 1",
};

FIXTURE(reference)
{
	uint8_t bytes[METERBUS_TELEGRAM_MAX];
	struct meterbus_telegram telegram;
	struct meterbus_application app;
	struct meterbus_meters *meters;
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	char text[METERBUS_ADDRESS_TEXT], line[LINE_SIZE];
};

FIXTURE_VARIANT(reference)
{
	const char *hex;
	const char *const *records;
	size_t count;
	const char *address;
	uint8_t a, version, medium, access_number;
	const char *manufacturer, *medium_name;
};

FIXTURE_VARIANT_ADD(reference, hyd)
{
	.hex = hyd, .records = hyd_records,
	.count = sizeof(hyd_records) / sizeof(hyd_records[0]),
	.address = "3189274724232804", .a = 0, .version = 0x28, .medium = 4,
	.access_number = 0xED, .manufacturer = "HYD", .medium_name = "heat",
};

FIXTURE_VARIANT_ADD(reference, kam)
{
	.hex = kam, .records = kam_records,
	.count = sizeof(kam_records) / sizeof(kam_records[0]),
	.address = "829690162D2C400D", .a = 16, .version = 0x40, .medium = 13,
	.access_number = 0x18, .manufacturer = "KAM",
	.medium_name = "heat/cooling",
};

FIXTURE_SETUP(reference)
{
	struct meterbus_decoder decoder = { 0 };
	size_t len = from_hex(self->bytes, variant->hex);

	ASSERT_EQ(0, meterbus_telegram_parse(&self->telegram, self->bytes, len,
					     NULL));
	self->meters = meterbus_meters_load(
		(const char *const[]){ MBUS_TOP "/userspace/meters.d" }, 1,
		NULL);
	ASSERT_NE(NULL, self->meters);
	decoder.meters = self->meters;
	meterbus_decoder_parse(&decoder, &self->app, &self->telegram);
}

FIXTURE_TEARDOWN(reference)
{
	meterbus_meters_free(self->meters);
}

TEST_F(reference, the_header)
{
	const struct meterbus_header *header = &self->app.header;

	EXPECT_EQ(0x08, self->telegram.c);
	EXPECT_EQ(variant->a, self->telegram.a);
	EXPECT_EQ(0x72, self->app.ci);
	EXPECT_EQ(NULL, self->app.error);
	EXPECT_FALSE(self->app.from_master);
	ASSERT_TRUE(self->app.has_header);
	ASSERT_TRUE(header->has_address);
	EXPECT_STREQ(variant->address,
		     meterbus_address_format(&header->address, self->text));
	EXPECT_STREQ(variant->manufacturer,
		     meterbus_manufacturer_name(header->manufacturer,
						self->text));
	EXPECT_EQ(variant->version, header->version);
	EXPECT_EQ(variant->medium, header->medium);
	EXPECT_STREQ(variant->medium_name,
		     meterbus_medium_name(header->medium));
	EXPECT_EQ(variant->access_number, header->access_number);
	EXPECT_EQ(0, header->status);
	EXPECT_EQ(0, header->config);
	EXPECT_FALSE(meterbus_more_follow(&self->telegram));
}

TEST_F(reference, every_record)
{
	meterbus_data_records_start(&self->records, &self->app);
	for (size_t i = 0; i < variant->count; i++) {
		ASSERT_TRUE(meterbus_data_record_next(&self->records,
						      &self->record));
		EXPECT_STREQ(variant->records[i],
			     describe(&self->record, self->line));
	}
	EXPECT_FALSE(meterbus_data_record_next(&self->records, &self->record));
}

/* The telegram's records cut off after every byte, as a bad meter might. */
TEST_F(reference, truncation_keeps_the_records_before_it)
{
	size_t end = self->app.records_len;

	for (size_t len = 0; len < end; len++) {
		size_t complete = 0;
		const uint8_t *edge = at_the_edge(self->app.records, len);
		struct meterbus_application cut = self->app;

		cut.records = edge;
		cut.records_len = len;
		meterbus_data_records_start(&self->records, &cut);
		while (meterbus_data_record_next(&self->records,
						 &self->record) &&
		       !self->record.error) {
			ASSERT_LT(complete, variant->count);
			ASSERT_STREQ(variant->records[complete++],
				     describe(&self->record, self->line));
		}
		if (self->record.error)
			ASSERT_FALSE(meterbus_data_record_next(&self->records,
							       &self->record));
	}
}

TEST_HARNESS_MAIN
