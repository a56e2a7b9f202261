// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the writers are asked for by programs only; tests/mbusctl/formats.t and
 * xml.t look at what they write.
 */
#include <stdlib.h>
#include <string.h>

#include <meterbus/format.h>

#include "kselftest_harness.h"

#include "records.h"

/* A meter's volumes: as many records as there are bytes in @values. */
struct meter {
	uint8_t raw[METERBUS_TELEGRAM_MAX];
	struct meterbus_telegram telegram;
	struct meterbus_application app;
	struct meterbus_reading reading;
};

static void make(struct meter *meter, uint8_t c, const char *values)
{
	uint8_t data[METERBUS_USER_DATA_MAX] = { 0x78, 0x56, 0x34, 0x12, 0x24,
						 0x23, 0x01, 0x04, 0xAA };
	size_t len = 12;

	for (; *values; values++) {
		data[len++] = 0x01;
		data[len++] = 0x16;
		data[len++] = *values - '0';
	}
	len = meterbus_telegram_long(meter->raw, c, 1, METERBUS_CI_RSP_LONG,
				     data, len);
	meterbus_telegram_parse(&meter->telegram, meter->raw, len, NULL);
	meterbus_application_parse(&meter->app, &meter->telegram);
	meter->reading = (struct meterbus_reading){ &meter->telegram,
						    &meter->app, NULL, 0 };
}

FIXTURE(format) {
	struct meter first, second;
	struct meterbus_error err;
	char *text;
	size_t size;
	FILE *out;
};

FIXTURE_SETUP(format)
{
	make(&self->first, METERBUS_C_RSP_UD, "12");
	make(&self->second, METERBUS_C_RSP_UD, "345");
	self->out = open_memstream(&self->text, &self->size);
	ASSERT_NE(NULL, self->out);
}

FIXTURE_TEARDOWN(format)
{
	if (self->out)
		fclose(self->out);
	free(self->text);
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int found = 0;

	for (; (text = strstr(text, what)); text++)
		found++;
	return found;
}

TEST_F(format, a_readout_of_several_telegrams_is_one_document)
{
	struct meterbus_reading readings[] = { self->first.reading,
					       self->second.reading };

	ASSERT_EQ(0, meterbus_xml_write(self->out, readings, 2,
					METERBUS_XML_PLAIN, &self->err));
	fflush(self->out);
	EXPECT_EQ(1, count(self->text, "<?xml"));
	EXPECT_EQ(1, count(self->text, "<SlaveInformation>"));
	EXPECT_EQ(5, count(self->text, "<DataRecord"));
	EXPECT_NE(NULL, strstr(self->text, "<DataRecord id=\"4\">"));
	EXPECT_EQ(NULL, strstr(self->text, "<DataRecord id=\"5\">"));
}

TEST_F(format, what_a_master_sends_has_no_xml)
{
	struct meterbus_reading readings[2];

	make(&self->first, METERBUS_C_SND_UD, "1");
	readings[0] = self->first.reading;
	readings[1] = self->second.reading;
	ASSERT_EQ(0, meterbus_xml_write(self->out, readings, 1,
					METERBUS_XML_PLAIN, &self->err));
	fflush(self->out);
	EXPECT_EQ(0, self->size);
	ASSERT_EQ(0, meterbus_xml_write(self->out, readings, 2,
					METERBUS_XML_PLAIN, &self->err));
	fflush(self->out);
	EXPECT_EQ(3, count(self->text, "<DataRecord"));
}

TEST_F(format, no_telegram_no_document)
{
	ASSERT_EQ(0, meterbus_xml_write(self->out, NULL, 0,
					METERBUS_XML_NORMALIZED, &self->err));
	fflush(self->out);
	EXPECT_EQ(0, self->size);
}

TEST_F(format, a_stream_that_refuses_is_an_error)
{
	FILE *full = fopen("/dev/full", "w");

	ASSERT_NE(NULL, full);
	setvbuf(full, NULL, _IONBF, 0);
	EXPECT_EQ(-1, meterbus_xml_write(full, &self->first.reading, 1,
					 METERBUS_XML_PLAIN, &self->err));
	EXPECT_EQ(METERBUS_E_SYSTEM, self->err.kind);
	meterbus_csv_write(full, &self->first.reading);
	EXPECT_NE(0, ferror(full));
	fclose(full);
}

TEST_F(format, times_are_utc_and_nanoseconds)
{
	self->first.reading.bus = "mbus0";
	self->first.reading.time_ns = 1725999185123456789;
	meterbus_csv_write(self->out, &self->first.reading);
	fflush(self->out);
	EXPECT_EQ(0, strncmp(self->text, "2024-09-10T20:13:05.123456Z,mbus0,8,1,",
			     38));
	rewind(self->out);
	meterbus_influx_write(self->out, &self->first.reading);
	fflush(self->out);
	EXPECT_NE(NULL, strstr(self->text, " value=1 1725999185123456789\n"));
}

TEST(what_is_quoted_in_an_error_is_one_line)
{
	struct meterbus_error err;

	meterbus_fail(&err, METERBUS_E_USAGE, "\"%s\": %s", "a\nb\033[2J\x7F",
		      "no");
	EXPECT_STREQ("\"a?b?[2J?\": no", err.text);
	EXPECT_EQ(-1, meterbus_fail(NULL, METERBUS_E_USAGE, "nobody asks"));
}

/* C field of a telegram as annotated hex has it. */
TEST_F(format, c_fields_in_words)
{
	static const struct {
		uint8_t c;
		const char *words;
	} rows[] = {
		{ 0x40, "SND_NKE" },
		{ 0x53, "SND_UD, FCB=0" },
		{ 0x73, "SND_UD, FCB=1" },
		{ 0x5B, "REQ_UD2, FCB=0" },
		{ 0x7B, "REQ_UD2, FCB=1" },
		{ 0x08, "RSP_UD" },
		{ 0x18, "RSP_UD, DFC" },
		{ 0x28, "RSP_UD, ACD" },
		{ 0x38, "RSP_UD, ACD, DFC" },
		{ 0x4F, "reserved" },
	};
	char line[64];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		make(&self->first, rows[i].c, "1");
		rewind(self->out);
		meterbus_annotate(self->out, &self->first.reading);
		fflush(self->out);
		snprintf(line, sizeof(line), "C: %s\n", rows[i].words);
		EXPECT_NE(NULL, strstr(self->text, line))
			TH_LOG("%02X: %.*s", rows[i].c, 200, self->text);
	}
}

/* @record: annotated hex from its line on; NULL if it is not like @wanted. */
static const char *annotated(struct meter *meter, FILE *out, char **text,
			     const char *record, const char *wanted)
{
	uint8_t data[METERBUS_USER_DATA_MAX] = { 0x78, 0x56, 0x34, 0x12, 0x24,
						 0x23, 0x01, 0x04, 0xAA };
	size_t len = 12 + from_hex(data + 12, record);

	len = meterbus_telegram_long(meter->raw, METERBUS_C_RSP_UD, 1,
				     METERBUS_CI_RSP_LONG, data, len);
	meterbus_telegram_parse(&meter->telegram, meter->raw, len, NULL);
	meterbus_application_parse(&meter->app, &meter->telegram);
	rewind(out);
	meterbus_annotate(out, &meter->reading);
	fputc('\0', out);
	fflush(out);
	return strstr(*text, wanted);
}

TEST_F(format, codes_of_each_table_in_words)
{
	static const struct {
		const char *record, *lines;
	} rows[] = {
		{ "0493 3C 2A000000",
		  "   20  93                       VIF: volume, 10^-3 m³\n"
		  "   21  3C                       VIFE: negative contributions only\n" },
		{ "04FB00 2A000000",
		  "   20  FB                       VIF: table FB\n"
		  "   21  00                       VIF: energy, 10^5 Wh\n" },
		{ "04FD2C 2A000000",
		  "   20  FD                       VIF: table FD\n"
		  "   21  2C                       VIF: duration since last readout, s\n" },
		{ "04FDFD01 2A000000",
		  "   20  FD                       VIF: table FD\n"
		  "   21  FD                       VIF: table FD FD\n"
		  "   22  01                       VIF: reserved\n" },
		{ "0493 7D 2A000000",
		  "   21  7D                       VIFE: times 10^3\n" },
		{ "0493 21 2A000000",
		  "   21  21                       VIFE: per minute\n" },
		{ "0493 FF22 2A000000",
		  "   21  FF                       VIFE: manufacturer specific\n"
		  "   22  22                       VIFE: manufacturer's code 22\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *at = annotated(&self->first, self->out, &self->text,
					   rows[i].record, rows[i].lines);

		EXPECT_NE(NULL, at) TH_LOG("%s", self->text);
	}
}

TEST_HARNESS_MAIN
