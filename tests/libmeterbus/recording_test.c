// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recordings: what is written is read again, all of it; what is none is
 * refused with the line and the reason.
 */
#include "kselftest_harness.h"

#include <json-c/json.h>
#include <meterbus/recording.h>

static struct meterbus_recording *read_text(const char *text, FILE **in,
					    struct meterbus_error *err)
{
	*in = fmemopen((void *)text, strlen(text), "r");
	return meterbus_recording_open(*in, "test", err);
}

static char *line(struct json_object *object, char *out, size_t size)
{
	snprintf(out, size, "%s\n", json_object_to_json_string_ext(
					    object, JSON_C_TO_STRING_PLAIN));
	json_object_put(object);
	return out;
}

static const struct meterbus_record records[] = {
	{ .head = { .first_ns = 123456789012345, .last_ns = 123456789999999,
		    .seq = 4294967295, .lost = 3, .flags = METERBUS_FLAG_OWN,
		    .len = 5, .kind = METERBUS_KIND_FRAME,
		    .direction = METERBUS_DIRECTION_SENT, .tries = 2 },
	  .data = { 0x10, 0x5B, 0xFD, 0x58, 0x16 } },
	{ .head = { .first_ns = 1, .last_ns = 2, .flags = 0x1FF,
		    .len = METERBUS_DATA_MAX, .kind = METERBUS_KIND_FINDING,
		    .direction = METERBUS_DIRECTION_RECEIVED,
		    .reason = METERBUS_REASON_PARITY },
	  .data = { 0xE5, 0xFF } },
	{ .head = { .first_ns = 5, .last_ns = 9, .len = 0,
		    .kind = METERBUS_KIND_OUTCOME,
		    .outcome = METERBUS_OUTCOME_ECHO_ONLY,
		    .reason = METERBUS_REASON_NUL, .tries = 11 } },
};

TEST(what_is_written_is_read_again)
{
	struct meterbus_status status = {
		.info = { .bus = 7, .tty = "pts/3", .baud = 38400 },
		.timing = { .guard_us = 60000, .slack_us = 20000,
			    .gap_us = 100000, .window_us = 187500,
			    .repeats = 2 },
	};
	const size_t count = sizeof(records) / sizeof(records[0]);
	const struct meterbus_recording_head *read_head;
	struct meterbus_recording_head head;
	struct meterbus_recording *recording;
	struct meterbus_record record;
	struct meterbus_error err;
	char text[8192] = "";
	char one[4096];
	size_t i;
	FILE *in;

	meterbus_recording_head(&head, &status);
	strcat(text, line(meterbus_recording_head_json(&head), one,
			  sizeof(one)));
	for (i = 0; i < count; i++)
		strcat(text, line(meterbus_record_json(&records[i], "mbus7",
						       1700000000000000000),
				  one, sizeof(one)));
	recording = read_text(text, &in, &err);
	ASSERT_NE(NULL, recording);
	read_head = meterbus_recording_head_of(recording);
	EXPECT_EQ(0, memcmp(&head, read_head, sizeof(head)));
	EXPECT_STREQ("mbus7", read_head->bus);
	for (i = 0; i < count; i++) {
		ASSERT_EQ(1, meterbus_recording_next(recording, &record, &err))
			TH_LOG("%s", err.text);
		EXPECT_EQ(0, memcmp(&record, &records[i], sizeof(record)))
			TH_LOG("record %zu", i);
	}
	EXPECT_EQ(0, meterbus_recording_next(recording, &record, &err));
	EXPECT_FALSE(meterbus_recording_cut(recording));
	meterbus_recording_close(recording);
	fclose(in);
}

#define HEAD "{\"recording\":1,\"bus\":\"mbus0\",\"baud\":2400}\n"
#define RECORD "{\"kind\":\"frame\",\"direction\":\"received\",\"raw\":\"E5\"}\n"

TEST(a_last_line_without_its_end_is_what_a_crash_leaves)
{
	struct meterbus_recording *recording;
	struct meterbus_record record;
	struct meterbus_error err;
	FILE *in;

	recording = read_text(HEAD RECORD "{\"kind\":\"fra", &in, &err);
	ASSERT_NE(NULL, recording);
	EXPECT_EQ(1, meterbus_recording_next(recording, &record, &err));
	EXPECT_EQ(1, record.head.len);
	EXPECT_EQ(0, meterbus_recording_next(recording, &record, &err));
	EXPECT_TRUE(meterbus_recording_cut(recording));
	meterbus_recording_close(recording);
	fclose(in);
}

TEST(another_head_counts_from_where_it_stands)
{
	struct meterbus_recording *recording;
	struct meterbus_record record;
	struct meterbus_error err;
	FILE *in;

	recording = read_text(HEAD RECORD
			      "{\"recording\":1,\"bus\":\"mbus0\",\"baud\":300}\n"
			      RECORD, &in, &err);
	ASSERT_NE(NULL, recording);
	ASSERT_EQ(1, meterbus_recording_next(recording, &record, &err));
	EXPECT_EQ(2400, meterbus_recording_head_of(recording)->baud);
	ASSERT_EQ(1, meterbus_recording_next(recording, &record, &err));
	EXPECT_EQ(300, meterbus_recording_head_of(recording)->baud);
	meterbus_recording_close(recording);
	fclose(in);
}

TEST(what_is_none_is_refused)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "\n", "line 1: no JSON object" },
		{ "[1]\n", "line 1: no JSON object" },
		{ RECORD, "line 1: no recording: that begins with" },
		{ "{\"recording\":2,\"bus\":\"mbus0\"}\n", "line 1: a recording of a version" },
		{ "{\"recording\":1,\"bus\":\"mbus0\",\"baud\":-1}\n", "line 1: a number is out of range" },
		{ "{\"recording\":1,\"bus\":\"mbus0\",\"baud\":\"x\"}\n", "line 1: a number is out of range" },
		{ HEAD "{}\n", "line 2: \"kind\" is not" },
		{ HEAD "{\"kind\":\"unknown\"}\n", "line 2: \"kind\" is not" },
		{ HEAD "{\"kind\":1}\n", "line 2: \"kind\" is not" },
		{ HEAD "{\"kind\":\"frame\"}\n", "line 2: \"raw\" is not hexadecimal" },
		{ HEAD "{\"kind\":\"frame\",\"raw\":\"E\"}\n", "line 2: \"raw\" is not hexadecimal" },
		{ HEAD "{\"kind\":\"frame\",\"raw\":\"EX\"}\n", "line 2: \"raw\" is not hexadecimal" },
		{ HEAD "{\"kind\":\"frame\",\"raw\":\"E5\",\"direction\":\"up\"}\n", "line 2: \"direction\" is not" },
		{ HEAD "{\"kind\":\"outcome\",\"raw\":\"\",\"outcome\":\"bad\"}\n", "line 2: there is no such outcome" },
		{ HEAD "{\"kind\":\"finding\",\"raw\":\"\",\"reason\":\"bad\"}\n", "line 2: there is no such reason" },
		{ HEAD "{\"kind\":\"frame\",\"raw\":\"\",\"flags\":[\"bad\"]}\n", "line 2: there is no such flag" },
		{ HEAD "{\"kind\":\"frame\",\"raw\":\"\",\"flags\":[null]}\n", "line 2: there is no such flag" },
		{ HEAD "{\"kind\":\"frame\",\"raw\":\"\",\"seq\":4294967296}\n", "line 2: a number is out of range" },
		{ HEAD "{\"kind\":\"frame\",\"raw\":\"\",\"tries\":256}\n", "line 2: a number is out of range" },
	};
	struct meterbus_recording *recording;
	struct meterbus_record record;
	struct meterbus_error err;
	size_t i;
	FILE *in;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err.kind = METERBUS_OK;
		err.text[0] = '\0';
		recording = read_text(bad[i].text, &in, &err);
		if (recording)
			EXPECT_EQ(-1, meterbus_recording_next(recording,
							      &record, &err));
		EXPECT_EQ(METERBUS_E_DECODE, err.kind) TH_LOG("%zu", i);
		EXPECT_NE(NULL, strstr(err.text, bad[i].why))
			TH_LOG("%s: %s", bad[i].why, err.text);
		meterbus_recording_close(recording);
		fclose(in);
	}
	in = fopen("/dev/null", "re");
	EXPECT_EQ(NULL, meterbus_recording_open(in, "test", &err));
	EXPECT_STREQ("test: no recording, it is empty", err.text);
	fclose(in);
}

TEST(more_bytes_than_a_record_has_are_refused)
{
	struct meterbus_recording *recording;
	struct meterbus_record record;
	struct meterbus_error err;
	char text[2048] = HEAD "{\"kind\":\"frame\",\"raw\":\"";
	FILE *in;

	memset(text + strlen(text), '0', 2 * METERBUS_DATA_MAX + 2);
	strcat(text, "\"}\n");
	recording = read_text(text, &in, &err);
	ASSERT_NE(NULL, recording);
	EXPECT_EQ(-1, meterbus_recording_next(recording, &record, &err));
	meterbus_recording_close(recording);
	fclose(in);
}

TEST_HARNESS_MAIN
