// SPDX-License-Identifier: GPL-2.0-only
/*
 * What takes a key or an earlier telegram: security modes 5 and 7 with the
 * examples of OMS volume 2 annex N and CEN/TR 17167 annex F, compact frames
 * with those of EN 13757-3 annex G and of recorded meters.
 */
#include "kselftest_harness.h"

#include <meterbus/decoder.h>

#include "records.h"

static const uint8_t key_0_to_f[METERBUS_KEY_LEN] = {
	0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
	0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F,
};
static const uint8_t key_1_to_11[METERBUS_KEY_LEN] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
	0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x11,
};

#define FORMATS 3

FIXTURE(decoder)
{
	struct meterbus_format slots[FORMATS];
	struct meterbus_formats formats;
	struct meterbus_decoder decoder;
	struct meterbus_application app;
	struct meterbus_error err;
	uint8_t bytes[METERBUS_USER_DATA_MAX];
	char lines[4 * LINE_SIZE], text[METERBUS_ENCRYPTION_TEXT];
};

FIXTURE_SETUP(decoder)
{
	self->formats.slots = self->slots;
	self->formats.count = FORMATS;
	self->decoder.formats = &self->formats;
}

FIXTURE_TEARDOWN(decoder)
{
}

#define DECODE(ci, hex)	decode(self, 0x08, ci, hex)

static const char *decode(struct _test_data_decoder *self, uint8_t c,
			  uint8_t ci, const char *hex)
{
	struct meterbus_telegram telegram =
		telegram_of(c, ci, self->bytes, from_hex(self->bytes, hex));
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	char line[LINE_SIZE];
	size_t len = 0;

	meterbus_decoder_parse(&self->decoder, &self->app, &telegram);
	*self->lines = '\0';
	meterbus_data_records_start(&records, &self->app);
	while (meterbus_data_record_next(&records, &record))
		len += snprintf(self->lines + len, sizeof(self->lines) - len,
				"%s%s", len ? "\n" : "",
				describe(&record, line));
	return self->lines;
}

/* OMS volume 2, N.5.4: one encrypted block, two records in the clear. */
#define PARTLY								\
	"88776655 9344 55 08 00 04 1005"				\
	"00DFE2A782146D1513581CD2F83F3904"				\
	"0CFD1078563412 0C7844332211"
#define PARTLY_CLEAR							\
	"customer location '12345678'\nfabrication number '11223344'"

TEST_F(decoder, without_a_key_the_header_and_what_is_clear_are_decoded)
{
	EXPECT_STREQ("error: encrypted\n" PARTLY_CLEAR, DECODE(0x72, PARTLY));
	EXPECT_EQ(NULL, self->app.error);
	EXPECT_TRUE(self->app.header.has_address);
	EXPECT_EQ(0x04, self->app.header.status);
	EXPECT_STREQ("encrypted, mode 5 (AES-128-CBC), 1 block",
		     meterbus_encryption_format(&self->app, self->text));
}

TEST_F(decoder, mode_5_with_its_key)
{
	self->decoder.key = key_0_to_f;
	EXPECT_STREQ("units for HCA 1234\n"
		     "date 2007-04-30, storage 1\n"
		     "units for HCA 23456, storage 1\n" PARTLY_CLEAR,
		     DECODE(0x72, PARTLY));
	EXPECT_EQ(NULL, self->app.error);
	EXPECT_TRUE(self->app.decrypted);
	EXPECT_EQ(5U, self->app.encryption_mode);
	EXPECT_STREQ("", meterbus_encryption_format(&self->app, self->text));
}

TEST_F(decoder, a_wrong_key_is_reported_and_costs_nothing_else)
{
	self->decoder.key = key_1_to_11;
	EXPECT_STREQ("error: encrypted\n" PARTLY_CLEAR, DECODE(0x72, PARTLY));
	EXPECT_STREQ("encrypted, and not with the key that is known",
		     self->app.error);
	EXPECT_FALSE(self->app.decrypted);
	EXPECT_EQ(-1, meterbus_decrypt(&self->app, NULL, key_1_to_11,
				       self->decoder.plain, &self->err));
	EXPECT_EQ(METERBUS_E_DECODE, self->err.kind);
	EXPECT_STREQ("the key is not the one of this telegram (encryption mode 5)",
		     self->err.text);
}

/* OMS volume 2, N.2.1, whose short header leaves the address to others. */
#define SHORT_HEADER							\
	"2A 00 2025"							\
	"5923C95AAA26D1B2E7493B013EC4A6F6"				\
	"D3529B520EDFF0EA6DEFC99D6D69EBF3"
#define GAS								\
	"volume 28504.27 m³\n"						\
	"date and time 2008-05-31T23:50\n"				\
	"error flags 0"

TEST_F(decoder, a_short_header_takes_the_address_from_the_caller)
{
	struct meterbus_address meter, mask;

	ASSERT_EQ(0, meterbus_address_parse(&meter, "1234567893153303", NULL));
	ASSERT_EQ(0, meterbus_address_parse(&mask, "12345678", NULL));
	self->decoder.key = key_1_to_11;
	EXPECT_STREQ("error: encrypted", DECODE(0x7A, SHORT_HEADER));
	EXPECT_NE(NULL, self->app.error);
	EXPECT_STREQ("encrypted, mode 5 (AES-128-CBC), 2 blocks",
		     meterbus_encryption_format(&self->app, self->text));
	/* a wildcard does not identify it */
	self->decoder.meter = &mask;
	EXPECT_STREQ("error: encrypted", DECODE(0x7A, SHORT_HEADER));
	EXPECT_EQ(-1, meterbus_decrypt(&self->app, &mask, key_1_to_11,
				       self->decoder.plain, &self->err));
	EXPECT_STREQ("the telegram has no meter address, which decryption needs",
		     self->err.text);
	self->decoder.meter = &meter;
	EXPECT_STREQ(GAS, DECODE(0x7A, SHORT_HEADER));
	EXPECT_TRUE(self->app.decrypted);
}

/*
 * CEN/TR 17167, F.3, its message counter moved from the radio's layer to where
 * a wired meter has it.
 */
#define MODE_7(config, extension)					\
	"78563412 9315 33 03 75 00" config extension			\
	"9058475F4BC91DF878B80A1B0F98B629"				\
	"024AAC727942BFC549233C0140829B93"

TEST_F(decoder, mode_7_with_its_key)
{
	EXPECT_STREQ("error: encrypted",
		     DECODE(0x72, MODE_7("2027", "10B30A0000")));
	EXPECT_STREQ("encrypted, mode 7 (AES-128-CBC), 2 blocks",
		     meterbus_encryption_format(&self->app, self->text));
	self->decoder.key = key_0_to_f;
	EXPECT_STREQ(GAS, DECODE(0x72, MODE_7("2027", "10B30A0000")));
	/* with a key version, which is not ours to judge */
	EXPECT_STREQ(GAS, DECODE(0x72, MODE_7("2027", "50B30A000001")));
	/* another counter, another key; the other direction, too */
	DECODE(0x72, MODE_7("2027", "10B40A0000"));
	EXPECT_FALSE(self->app.decrypted);
	decode(self, 0x53, 0x5B, MODE_7("2027", "10B30A0000"));
	EXPECT_EQ(7U, self->app.encryption_mode);
	EXPECT_FALSE(self->app.decrypted);
}

TEST_F(decoder, mode_7_says_what_is_missing)
{
	DECODE(0x72, MODE_7("2007", "10"));
	EXPECT_EQ(32U, self->app.encrypted_len);
	EXPECT_EQ(-1, meterbus_decrypt(&self->app, NULL, key_0_to_f,
				       self->decoder.plain, &self->err));
	EXPECT_STREQ("encryption mode 7 without its message counter cannot be decrypted",
		     self->err.text);
	DECODE(0x72, MODE_7("2027", "20B30A0000"));
	EXPECT_EQ(-1, meterbus_decrypt(&self->app, NULL, key_0_to_f,
				       self->decoder.plain, &self->err));
	EXPECT_STREQ("encryption mode 7 with reserved key derivation 2",
		     self->err.text);
	/* the meter's key as it is: the wrong one here */
	DECODE(0x72, MODE_7("2007", "00"));
	EXPECT_EQ(-1, meterbus_decrypt(&self->app, NULL, key_0_to_f,
				       self->decoder.plain, &self->err));
	EXPECT_STREQ("the key is not the one of this telegram (encryption mode 7)",
		     self->err.text);
}

TEST_F(decoder, other_modes_are_named)
{
	self->decoder.key = key_0_to_f;
	EXPECT_STREQ("error: encrypted\nenergy 5 Wh",
		     DECODE(0x72, "47278931 2423 28 04 ED 00 0802"
				  "0102030405060708 010305"));
	EXPECT_STREQ("encrypted, mode 2 (DES-CBC), 1 block",
		     meterbus_encryption_format(&self->app, self->text));
	EXPECT_STREQ("error: encrypted\nenergy 5 Wh",
		     DECODE(0x7A, "ED 00 1004"
				  "01020304050607080102030405060708 010305"));
	EXPECT_STREQ("encrypted, mode 4 (AES-128-CBC), 1 block",
		     meterbus_encryption_format(&self->app, self->text));
	EXPECT_EQ(-1, meterbus_decrypt(&self->app, NULL, key_0_to_f,
				       self->decoder.plain, &self->err));
	EXPECT_STREQ("encryption mode 4 cannot be decrypted", self->err.text);
}

static const uint8_t *key_of(void *context, const struct meterbus_address *meter)
{
	char text[METERBUS_ADDRESS_TEXT];

	snprintf(context, METERBUS_ADDRESS_TEXT, "%s",
		 meter ? meterbus_address_format(meter, text) : "?");
	return meter && meter->bytes[0] == 0x88 ? key_0_to_f : NULL;
}

TEST_F(decoder, keys_are_asked_for_by_address)
{
	char asked[METERBUS_ADDRESS_TEXT] = "nobody";

	self->decoder.find_key = key_of;
	self->decoder.context = asked;
	DECODE(0x78, "010305");
	EXPECT_STREQ("nobody", asked);
	DECODE(0x72, PARTLY);
	EXPECT_STREQ("5566778893445508", asked);
	EXPECT_TRUE(self->app.decrypted);
	DECODE(0x72, MODE_7("2027", "10B30A0000"));
	EXPECT_STREQ("1234567893153303", asked);
	EXPECT_FALSE(self->app.decrypted);
	EXPECT_EQ(NULL, self->app.error);
	DECODE(0x7A, SHORT_HEADER);
	EXPECT_STREQ("?", asked);
}

TEST_F(decoder, what_is_encrypted_and_no_record_waits_for_the_key)
{
	/* the block is not that of an alarm, but long enough to be one */
	EXPECT_STREQ("error: encrypted", DECODE(0x75, PARTLY));
	EXPECT_STREQ("encrypted", self->app.error);
	self->decoder.key = key_0_to_f;
	EXPECT_STREQ("alarm <0B6E341200426CFE044B6E5634020CFD10785634120C7844332211>",
		     DECODE(0x75, PARTLY));
	EXPECT_EQ(NULL, self->app.error);
	self->decoder.key = NULL;
	EXPECT_STREQ("error: encrypted", DECODE(0x73, PARTLY));
	EXPECT_STREQ("encrypted", self->app.error);
}

/* EN 13757-3, G.5.2. */
#define G5_FULL		"0202D204 02152E16 022A3423"
#define G5_FORMAT	"08 313B 0202 0215 022A"
#define G5_COMPACT	"313B 42A6 D204 2E16 3423"
#define G5_RECORDS	"energy 123.4 Wh\nvolume 567.8 m³\npower 901.2 W"

TEST_F(decoder, a_compact_frame_without_its_format)
{
	EXPECT_STREQ("", DECODE(0x79, G5_COMPACT));
	EXPECT_STREQ("compact frame", self->app.ci_name);
	EXPECT_EQ(0x3B31, self->app.format_signature);
	EXPECT_STREQ("its format is not known, it takes a full or a format frame of the meter first",
		     self->app.error);
	DECODE(0x79, "313B42");
	EXPECT_STREQ("signature and CRC are cut short", self->app.error);
}

TEST_F(decoder, a_format_frame_makes_compact_ones_readable)
{
	EXPECT_STREQ("energy (no data) Wh\n"
		     "volume (no data) m³\n"
		     "power (no data) W", DECODE(0x69, G5_FORMAT));
	EXPECT_EQ(NULL, self->app.error);
	EXPECT_EQ(0x3B31, self->app.format_signature);
	EXPECT_STREQ(G5_RECORDS, DECODE(0x79, G5_COMPACT));
	EXPECT_EQ(NULL, self->app.error);
	/* in frames with headers */
	EXPECT_STREQ(G5_RECORDS, DECODE(0x7B, "ED000000" G5_COMPACT));
	EXPECT_STREQ(G5_RECORDS,
		     DECODE(0x73, "47278931 2423 28 04 ED000000" G5_COMPACT));
	EXPECT_TRUE(self->app.header.has_address);
}

/* Fillers are part of what the signature is over. */
TEST_F(decoder, a_format_frame_is_kept_as_it_came)
{
	DECODE(0x69, "09 D027 0202 2F 0215 022A");
	EXPECT_STREQ(G5_RECORDS, DECODE(0x79, "D027 42A6 D204 2E16 3423"));
}

TEST_F(decoder, a_full_frame_makes_compact_ones_readable)
{
	EXPECT_STREQ(G5_RECORDS, DECODE(0x78, G5_FULL));
	EXPECT_STREQ(G5_RECORDS, DECODE(0x79, G5_COMPACT));
}

/* MULTICAL 302 and Multical 21, as recorded. */
TEST_F(decoder, compact_frames_of_recorded_meters)
{
	DECODE(0x78, "03062C0000 4306000000 0314630000 426C7F2A 022D1300 01FF2100");
	EXPECT_STREQ("energy 44000 Wh\n"
		     "energy 0 Wh, storage 1\n"
		     "volume 0.99 m³\n"
		     "date 2019-10-31, storage 1\n"
		     "power 1900 W\n"
		     "manufacturer specific 0; code 21",
		     DECODE(0x79, "E7F1 D590 2C0000 000000 630000 7F2A 1300 00"));
	DECODE(0x78, "02FF207100 041308190000 441308190000 615B7F 616713");
	EXPECT_STREQ("manufacturer specific 113; code 20\n"
		     "volume 6.408 m³\n"
		     "volume 6.408 m³, storage 1\n"
		     "flow temperature 127 °C, minimum, storage 1\n"
		     "external temperature 19 °C, minimum, storage 1",
		     DECODE(0x79, "EDA8 6AB6 7100 08190000 08190000 7F 13"));
}

/* The CRC is over it, so that the meter has sent it. */
TEST_F(decoder, data_behind_the_format_of_a_compact_frame_is_not_lost)
{
	DECODE(0x69, G5_FORMAT);
	EXPECT_STREQ(G5_RECORDS "\nerror: more data than the format describes",
		     DECODE(0x79, "313B 54F4 D204 2E16 3423 0102"));
	/* Fillers are no data; the CRC leaves them out. */
	EXPECT_STREQ(G5_RECORDS, DECODE(0x79, "313B 42A6 D204 2E16 3423 2F2F"));
}

TEST_F(decoder, a_damaged_compact_frame_gives_no_values)
{
	char hex[64];

	DECODE(0x69, G5_FORMAT);
	for (unsigned int at = 2; at < 10; at++) {
		uint8_t bytes[16];
		size_t len = from_hex(bytes, G5_COMPACT);

		bytes[at] ^= 0x10;
		*hex = '\0';
		for (size_t i = 0; i < len; i++)
			sprintf(hex + 2 * i, "%02X", bytes[i]);
		EXPECT_STREQ("", DECODE(0x79, hex));
		EXPECT_STREQ("its CRC does not confirm the format",
			     self->app.error);
	}
	EXPECT_STREQ("", DECODE(0x79, "313B 42A6 D204 2E16 34"));
	EXPECT_STREQ("", DECODE(0x79, "313B 42A6 D204 2E16 3423 00"));
	EXPECT_STREQ(G5_RECORDS, DECODE(0x79, G5_COMPACT));
}

TEST_F(decoder, a_damaged_format_frame_is_not_remembered)
{
	static const struct {
		const char *hex, *error;
	} frames[] = {
		{ "08 313B 0202 0216 022A", "the format's signature does not fit it" },
		{ "08 313C 0202 0215 022A", "the format's signature does not fit it" },
		{ "09 313B 0202 0215 022A", "the format is cut short" },
		{ "08 31", "the format is cut short" },
		{ "01 313B", "the format is cut short" },
		{ "", "the format is cut short" },
	};

	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		EXPECT_STREQ("", DECODE(0x69, frames[i].hex));
		EXPECT_STREQ(frames[i].error, self->app.error);
		EXPECT_FALSE(meterbus_formats_learn(&self->formats,
						    &self->app));
	}
	DECODE(0x79, G5_COMPACT);
	EXPECT_NE(NULL, self->app.error);
}

/* Its records are split and interpreted as others are. */
TEST_F(decoder, a_format_frame_may_have_anything)
{
	EXPECT_STREQ("error: more than 10 VIFEs\n"
		     "reserved VIF (no data)\n"
		     "customer (no data)\n"
		     "manufacturer specific <>",
		     DECODE(0x69, "17 ADFF"
				  "0183929292929292929292929212"
				  "016F 2F 0DFD11 0F"));
	EXPECT_EQ(NULL, self->app.error);
}

TEST_F(decoder, the_oldest_format_makes_room)
{
	DECODE(0x69, G5_FORMAT);
	DECODE(0x78, "010305");
	DECODE(0x78, "020305 00");
	/* known ones take no room */
	DECODE(0x78, "010306");
	DECODE(0x78, G5_FULL);
	EXPECT_STREQ(G5_RECORDS, DECODE(0x79, G5_COMPACT));
	DECODE(0x78, "04030500 0000");
	EXPECT_STREQ("", DECODE(0x79, G5_COMPACT));
	EXPECT_NE(NULL, self->app.error);
}

TEST_F(decoder, what_cannot_be_split_is_no_format)
{
	/* a master's data and a telegram that is cut */
	decode(self, 0x53, 0x51, G5_FULL);
	DECODE(0x78, G5_FULL "0403");
	DECODE(0x78, "");
	EXPECT_STREQ("", DECODE(0x79, G5_COMPACT));
	/* the manufacturer's data at the end is none of the format */
	DECODE(0x78, G5_FULL "0F0102");
	EXPECT_STREQ(G5_RECORDS, DECODE(0x79, G5_COMPACT));
}

/* A pseudo-random sequence that is the same in every run. */
static uint8_t next_byte(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 24;
}

/* For the sanitizers: every CI field, with keys and formats at hand. */
TEST_F(decoder, any_bytes_of_any_kind_are_survived)
{
	static const uint8_t likely[] = { 0x69, 0x6A, 0x6B, 0x72, 0x73, 0x76,
					  0x77, 0x78, 0x79, 0x7A, 0x7B };
	uint32_t state = 1;

	self->decoder.key = key_0_to_f;
	for (unsigned int round = 0; round < 40000; round++) {
		size_t len = next_byte(&state) % METERBUS_USER_DATA_MAX;
		uint8_t c = next_byte(&state) & 0x80 ? 0x08 : 0x53;
		uint8_t ci = next_byte(&state);
		struct meterbus_data_records records;
		struct meterbus_data_record record;
		struct meterbus_telegram telegram;
		size_t count = 0;
		char line[LINE_SIZE];

		if (round & 1)
			ci = likely[ci % sizeof(likely)];
		for (size_t i = 0; i < len; i++)
			self->bytes[i] = next_byte(&state);
		telegram = telegram_of(c, ci, self->bytes, len);
		meterbus_decoder_parse(&self->decoder, &self->app, &telegram);
		ASSERT_NE(NULL, self->app.ci_name);
		meterbus_data_records_start(&records, &self->app);
		while (meterbus_data_record_next(&records, &record)) {
			describe(&record, line);
			ASSERT_GE(len, ++count);
		}
	}
}

TEST_F(decoder, nothing_is_needed)
{
	struct meterbus_decoder bare = { 0 };
	struct meterbus_formats none = { 0 };

	self->decoder = bare;
	EXPECT_STREQ(G5_RECORDS, DECODE(0x78, G5_FULL));
	EXPECT_STREQ("error: encrypted\n" PARTLY_CLEAR, DECODE(0x72, PARTLY));
	EXPECT_STREQ("", DECODE(0x79, G5_COMPACT));
	self->decoder.formats = &none;
	EXPECT_STREQ(G5_RECORDS, DECODE(0x78, G5_FULL));
	EXPECT_STREQ("", DECODE(0x79, G5_COMPACT));
}

TEST_HARNESS_MAIN
