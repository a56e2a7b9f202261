// SPDX-License-Identifier: GPL-2.0-only
/* The JSON of readouts, byte for byte. */
#include "kselftest_harness.h"

#include <json-c/json.h>
#include <meterbus/decoder.h>
#include <meterbus/json.h>
#include <meterbus/meters.h>

#include "records.h"

static struct meterbus_error err;

/* Takes the names out of @text: those that they are have a test of their own. */
static void drop_names(char *text)
{
	static const char key[] = ",\"name\":\"";
	char *end;

	while ((text = strstr(text, key))) {
		end = strchr(text + strlen(key), '"') + 1;
		memmove(text, end, strlen(end) + 1);
	}
}

/* Of @made, which is freed, without the names. */
static char *kept(char *made)
{
	static char text[16384];

	snprintf(text, sizeof(text), "%s", made);
	free(made);
	drop_names(text);
	return text;
}

static char *text_of(struct meterbus_json *readout)
{
	return kept(meterbus_json_finish(readout));
}

static char *text_of_object(struct json_object *object)
{
	return kept(meterbus_json_text(object));
}

static int add(struct meterbus_json *readout, const char *hex)
{
	uint8_t bytes[METERBUS_TELEGRAM_MAX];
	size_t len = from_hex(bytes, hex);

	return meterbus_json_add(readout, at_the_edge(bytes, len), len, &err);
}

/* The records of one telegram, as far as the closing brackets. */
static char *records_of(const char *hex)
{
	uint8_t data[METERBUS_USER_DATA_MAX], raw[METERBUS_TELEGRAM_MAX];
	struct meterbus_json *readout = meterbus_json_readout(NULL, NULL);
	size_t len = from_hex(data, hex);
	char *text;

	len = meterbus_telegram_long(raw, 0x08, 1, 0x78, data, len);
	if (meterbus_json_add(readout, raw, len, &err))
		abort();
	text = strstr(text_of(readout), "\"records\":[") + 11;
	text[strlen(text) - 4] = '\0';
	return text;
}

#define USUAL "{\"function\":\"instantaneous\",\"storage\":0,\"tariff\":0,\"subunit\":0,"

TEST(a_whole_readout)
{
	struct meterbus_json *readout =
		meterbus_json_readout("mbus0", "2024-09-10T20:33:05Z");

	ASSERT_EQ(0, add(readout, "681515680800724727893124232804ED500000"
				  "0C0531847401 8D16"));
	EXPECT_STREQ("{\"schema\":1,\"bus\":\"mbus0\",\"time\":\"2024-09-10T20:33:05Z\",\"telegrams\":["
		     "{\"c\":8,\"a\":0,\"ci\":114,"
		     "\"meter\":{\"id\":\"31892747\",\"manufacturer\":\"HYD\",\"version\":40,\"medium\":\"heat\",\"medium_code\":4,\"address\":\"3189274724232804\"},"
		     "\"access_number\":237,"
		     "\"status\":{\"raw\":80,\"flags\":[\"temporary error\",\"manufacturer specific 2\"]},"
		     "\"config\":0,"
		     "\"raw\":\"681515680800724727893124232804ED5000000C05318474018D16\","
		     "\"records\":[" USUAL
		     "\"quantity\":\"energy\",\"unit\":\"Wh\",\"value\":174843100,\"modifiers\":[],\"raw\":\"0C0531847401\"}]}]}",
		     text_of(readout));
}

static const char *name_of(struct json_object *readout, size_t telegram,
			   size_t record)
{
	struct json_object *object;

	object = json_object_object_get(readout, "telegrams");
	object = json_object_array_get_idx(object, telegram);
	object = json_object_object_get(object, "records");
	object = json_object_array_get_idx(object, record);
	return json_object_get_string(json_object_object_get(object, "name"));
}

TEST(a_name_is_unique_in_all_telegrams_of_a_readout)
{
	struct meterbus_json *readout = meterbus_json_readout(NULL, NULL);
	static const char telegram[] = "68090968080178010305 410307 DE16";
	uint8_t bytes[METERBUS_TELEGRAM_MAX];
	size_t len = from_hex(bytes, telegram);
	struct json_object *object;
	char *text;

	for (size_t i = 4; i < len - 2; i++)
		bytes[len - 2] = (i == 4 ? 0 : bytes[len - 2]) + bytes[i];
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, meterbus_json_add(readout, bytes, len, &err));
	text = meterbus_json_finish(readout);
	object = json_tokener_parse(text);
	EXPECT_STREQ("energy", name_of(object, 0, 0));
	EXPECT_STREQ("energy_due_1", name_of(object, 0, 1));
	EXPECT_STREQ("energy_2", name_of(object, 1, 0));
	EXPECT_STREQ("energy_due_1_2", name_of(object, 1, 1));
	json_object_put(object);
	free(text);
}

TEST(telegrams_keep_their_order)
{
	struct meterbus_json *readout = meterbus_json_readout(NULL, NULL);

	ASSERT_EQ(0, add(readout, "105BFD5816"));
	ASSERT_EQ(0, add(readout, "E5"));
	EXPECT_STREQ("{\"schema\":1,\"telegrams\":[{\"c\":91,\"a\":253,\"raw\":\"105BFD5816\"},{\"raw\":\"E5\"}]}",
		     text_of(readout));
}

TEST(members_before_the_first_telegram)
{
	struct meterbus_json *readout = meterbus_json_readout("m\"0", NULL);

	meterbus_fail(&err, METERBUS_E_SILENCE, "no \"answer\"");
	meterbus_json_member(readout, "labels", "{\"house\":7}");
	meterbus_json_outcome(readout, "5", &err);
	ASSERT_EQ(0, add(readout, "E5"));
	EXPECT_STREQ("{\"schema\":1,\"bus\":\"m\\\"0\",\"labels\":{\"house\":7},\"address\":\"5\",\"outcome\":\"silence\",\"why\":\"no \\\"answer\\\"\",\"telegrams\":[{\"raw\":\"E5\"}]}",
		     text_of(readout));
}

TEST(what_is_no_telegram_is_not_added)
{
	struct meterbus_json *readout = meterbus_json_readout(NULL, NULL);

	EXPECT_EQ(-1, add(readout, "105BFD5916"));
	EXPECT_EQ(METERBUS_E_DECODE, err.kind);
	EXPECT_STREQ("{\"schema\":1,\"telegrams\":[]}", text_of(readout));
}

TEST(errors_stand_in_the_telegram)
{
	struct meterbus_json *readout = meterbus_json_readout(NULL, NULL);

	ASSERT_EQ(0, add(readout, "68040468080170088116"));
	EXPECT_STREQ("{\"schema\":1,\"telegrams\":[{\"c\":8,\"a\":1,\"ci\":112,\"error\":\"application error 8: meter is busy\",\"raw\":\"68040468080170088116\",\"records\":[]}]}",
		     text_of(readout));
	readout = meterbus_json_readout(NULL, NULL);
	ASSERT_EQ(0, add(readout, "68040468080171047E16"));
	EXPECT_STREQ("{\"schema\":1,\"telegrams\":[{\"c\":8,\"a\":1,\"ci\":113,\"raw\":\"68040468080171047E16\",\"records\":[" USUAL "\"quantity\":\"alarm\",\"unit\":\"\",\"value\":4,\"modifiers\":[],\"raw\":\"04\"}]}]}",
		     text_of(readout));
}

TEST(numbers_are_plain_decimals)
{
	EXPECT_STREQ(USUAL "\"quantity\":\"energy\",\"unit\":\"Wh\",\"value\":9007199254740993,\"modifiers\":[],\"raw\":\"07030100000000002000\"}",
		     records_of("07030100000000002000"));
	EXPECT_STREQ(USUAL "\"quantity\":\"voltage\",\"unit\":\"V\",\"value\":0.000000001,\"modifiers\":[],\"raw\":\"01FD4001\"}",
		     records_of("01FD4001"));
	EXPECT_STREQ(USUAL "\"quantity\":\"flow temperature\",\"unit\":\"°C\",\"value\":-32.1,\"modifiers\":[],\"note\":\"F in front of BCD is minus; papers before EN 13757 make it ten's complement\",\"raw\":\"0A5A21F3\"}",
		     records_of("0A5A21F3"));
}

TEST(no_value_is_null_with_the_reason)
{
	EXPECT_STREQ(USUAL "\"quantity\":\"flow temperature\",\"unit\":\"°C\",\"value\":null,\"invalid\":\"not decimal digits\",\"modifiers\":[],\"raw\":\"0A5AEEEE\"}",
		     records_of("0A5AEEEE"));
}

TEST(dates_text_and_bytes_are_strings)
{
	EXPECT_STREQ(USUAL "\"quantity\":\"date\",\"unit\":\"\",\"value\":\"2024-09-10\",\"modifiers\":[],\"raw\":\"026C0A39\"}",
		     records_of("026C0A39"));
	EXPECT_STREQ(USUAL "\"quantity\":\"date and time\",\"unit\":\"\",\"value\":\"2024-09-10T22:33\",\"summer_time\":true,\"modifiers\":[],\"raw\":\"046D21960A39\"}",
		     records_of("046D21960A39"));
	EXPECT_STREQ(USUAL "\"quantity\":\"customer\",\"unit\":\"\",\"value\":\"\\u001f\\\\\\t\\u0000\",\"modifiers\":[],\"raw\":\"0DFD110400095C1F\"}",
		     records_of("0DFD11040009 5C1F"));
	EXPECT_STREQ(USUAL "\"quantity\":\"customer\",\"unit\":\"\",\"value\":\"Mü\\\"/\\n\",\"modifiers\":[],\"raw\":\"0DFD11050A2F22FC4D\"}",
		     records_of("0DFD11050A2F22FC4D"));
	EXPECT_STREQ(USUAL "\"quantity\":\"manufacturer specific\",\"unit\":\"\",\"value\":\"0102\",\"modifiers\":[\"more records follow\"],\"raw\":\"1F0102\"}",
		     records_of("1F0102"));
}

TEST(modifiers_and_units_in_words)
{
	EXPECT_STREQ("{\"function\":\"maximum\",\"storage\":1,\"tariff\":0,\"subunit\":0,\"quantity\":\"power\",\"unit\":\"W\",\"value\":5,\"modifiers\":[\"average\",\"phase L1\"],\"raw\":\"51AB92FC0105\"}",
		     records_of("51AB92FC0105"));
	EXPECT_STREQ(USUAL "\"quantity\":\"manufacturer specific\",\"unit\":\"\",\"value\":23,\"modifiers\":[\"manufacturer code 07\"],\"raw\":\"04FF0717000000\"}",
		     records_of("04FF0717000000"));
	EXPECT_STREQ(USUAL "\"quantity\":\"plain text\",\"unit\":\"%RH\",\"value\":45.64,\"modifiers\":[],\"raw\":\"02FC0348522574D411\"}",
		     records_of("02FC0348522574D411"));
}

/* MULTICAL 303: bit 1 has a name, bit 10 none. */
TEST(bits_by_name_or_by_number)
{
	static const char *const folders[] = { MBUS_TOP
					       "/userspace/meters.d" };
	uint8_t data[METERBUS_USER_DATA_MAX], raw[METERBUS_TELEGRAM_MAX];
	struct meterbus_json *readout = meterbus_json_readout(NULL, NULL);
	struct meterbus_decoder decoder = { 0 };
	size_t len = from_hex(data, "47278931 2D2C400D ED000000 04FF2202040000");
	struct meterbus_meters *meters = meterbus_meters_load(folders, 1, &err);
	const char *text;

	ASSERT_NE(NULL, meters);
	decoder.meters = meters;
	len = meterbus_telegram_long(raw, 0x08, 1, 0x72, data, len);
	ASSERT_EQ(0, meterbus_json_add_with(readout, &decoder, raw, len, &err));
	text = text_of(readout);
	EXPECT_NE(NULL, strstr(text, "[\"low battery\",\"bit 10\"]"))
		TH_LOG("%s", text);
	meterbus_meters_free(meters);
}

TEST(a_record_that_cannot_be_decoded_keeps_its_place)
{
	EXPECT_STREQ(USUAL "\"quantity\":\"reserved VIF\",\"unit\":\"\",\"value\":1,\"modifiers\":[],\"raw\":\"016F01\"}," USUAL
		     "\"quantity\":\"energy\",\"unit\":\"Wh\",\"value\":5,\"modifiers\":[],\"raw\":\"010305\"},"
		     "{\"error\":\"the telegram ends inside this record\",\"raw\":\"0403\"}",
		     records_of("016F010103050403"));
}

TEST(what_a_search_finds)
{
	uint8_t e5 = 0xE5;
	struct meterbus_found found = {
		.state = METERBUS_METER_SILENT, .primary = -1,
		.why = "acknowledged", .telegram = &e5, .telegram_len = 1,
	};
	struct meterbus_finding finding = {
		.kind = METERBUS_FINDING_TURNAROUND, .text = "\"slow\"",
		.address = &found.address, .guard_us = 60000,
	};

	ASSERT_EQ(0, meterbus_address_parse(&found.address, "31892741", &err));
	EXPECT_STREQ("{\"event\":\"meter\",\"state\":\"silent\",\"address\":\"31892741FFFFFFFF\",\"id\":\"31892741\",\"manufacturer\":null,\"version\":null,\"medium\":null,\"medium_code\":null,\"primary\":null,\"why\":\"acknowledged\",\"raw\":\"E5\"}",
		     text_of_object(meterbus_json_found(&found)));
	EXPECT_STREQ("{\"event\":\"finding\",\"kind\":\"turnaround\",\"text\":\"\\\"slow\\\"\",\"address\":\"31892741FFFFFFFF\",\"guard_ms\":60}",
		     text_of_object(meterbus_json_finding(&finding)));
}

TEST(the_evidence_of_a_find)
{
	static const struct meterbus_try tries[] = {
		{ .at_us = 1202, .delay_us = 25812, .tries = 1,
		  .outcome = METERBUS_OUTCOME_COLLISION,
		  .reason = METERBUS_REASON_COMPANY,
		  .request = { 0x10, 0x40, 0x05 }, .request_len = 3,
		  .answer = { 0xE5, 0x00 }, .answer_len = 2 },
		{ .at_us = 301202, .tries = 3,
		  .outcome = METERBUS_OUTCOME_SILENCE,
		  .request = { 0x10, 0x5B }, .request_len = 2 },
	};
	const struct meterbus_found found = {
		.state = METERBUS_METER_SEVERAL, .primary = 5,
		.address = { .primary = 5 }, .why = "",
		.tries = tries, .try_count = 2,
	};
	static const char text[] =
		"{\"event\":\"meter\",\"state\":\"several\",\"address\":\"5\",\"id\":null,\"primary\":5,\"evidence\":["
		"{\"at_us\":1202,\"request\":\"104005\",\"tries\":1,\"outcome\":\"collision\",\"reason\":\"company\",\"delay_us\":25812,\"answer\":\"E500\"},"
		"{\"at_us\":301202,\"request\":\"105B\",\"tries\":3,\"outcome\":\"silence\"}]}";
	struct meterbus_try back[METERBUS_TRIES_MAX];
	struct json_object *object;

	EXPECT_STREQ(text, text_of_object(meterbus_json_found(&found)));
	object = json_tokener_parse(text);
	EXPECT_EQ(2, meterbus_json_evidence(object, back));
	EXPECT_EQ(0, memcmp(tries, back, sizeof(tries)));
	json_object_put(object);
}

static int evidence_count(const char *text)
{
	struct meterbus_try tries[METERBUS_TRIES_MAX];
	struct json_object *object = json_tokener_parse(text);
	int count = meterbus_json_evidence(object, tries);

	json_object_put(object);
	return count;
}

TEST(evidence_that_is_something_else)
{
	char many[8 * METERBUS_TRIES_MAX + 32] = "{\"evidence\":[{}";

	EXPECT_EQ(0, evidence_count("{}"));
	EXPECT_EQ(1, evidence_count("{\"evidence\":[{}]}"));
	EXPECT_EQ(-1, evidence_count("{\"evidence\":{}}"));
	EXPECT_EQ(-1, evidence_count("{\"evidence\":[7]}"));
	EXPECT_EQ(-1, evidence_count("{\"evidence\":[{\"at_us\":-1}]}"));
	EXPECT_EQ(-1, evidence_count("{\"evidence\":[{\"tries\":256}]}"));
	EXPECT_EQ(-1, evidence_count("{\"evidence\":[{\"outcome\":\"\"}]}"));
	EXPECT_EQ(-1, evidence_count("{\"evidence\":[{\"answer\":\"E\"}]}"));
	EXPECT_EQ(-1, evidence_count("{\"evidence\":[{\"answer\":\"GG\"}]}"));
	for (int i = 0; i < METERBUS_TRIES_MAX; i++)
		strcat(many, ",{}");
	strcat(many, "]}");
	EXPECT_EQ(-1, evidence_count(many));
}

TEST(how_a_search_goes_and_ends)
{
	struct meterbus_address address = { .primary = 7 };
	struct meterbus_progress progress = {
		.probes = 8, .left = 243, .found = 1, .seconds = 2,
		.seconds_left = 60, .address = &address,
	};
	struct meterbus_search_result result = {
		.count = { 3, 2, 1, 0 }, .probes = 92, .transmissions = 110,
		.elapsed_ns = 35412345678, .cancelled = true,
	};

	EXPECT_STREQ("{\"event\":\"progress\",\"address\":\"7\",\"probes\":8,\"left\":243,\"found\":1,\"seconds\":2,\"seconds_left\":60}",
		     text_of_object(meterbus_json_progress(&progress)));
	meterbus_fail(&err, METERBUS_E_UNPLUGGED, "mbus0 is gone");
	EXPECT_STREQ("{\"event\":\"summary\",\"confirmed\":3,\"several\":2,\"silent\":1,\"suspect\":0,\"probes\":92,\"telegrams\":110,\"seconds\":35.412,\"stopped\":true,\"error\":{\"kind\":\"unplugged\",\"text\":\"mbus0 is gone\"}}",
		     text_of_object(meterbus_json_summary(&result, &err)));
}

/* The text is that of the object, and errors are those of its making. */
TEST(text_of_a_telegram)
{
	static const uint8_t ack[] = { 0xE5 };
	struct meterbus_error err;
	char *text;

	text = meterbus_json_decode(ack, sizeof(ack), &err);
	ASSERT_NE(NULL, text);
	EXPECT_STREQ("{\"schema\":1,\"telegrams\":[{\"raw\":\"E5\"}]}", text);
	free(text);
	EXPECT_EQ(NULL, meterbus_json_decode(ack, 0, &err));
	EXPECT_EQ(METERBUS_E_DECODE, err.kind);
	EXPECT_EQ(NULL, meterbus_json_finish(NULL));
	EXPECT_EQ(NULL, meterbus_json_text(NULL));
}

TEST_HARNESS_MAIN
