// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl replay: prints a recording transaction by transaction, with its
 * answers decoded.
 */
#include <getopt.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include <meterbus/decoder.h>
#include <meterbus/recording.h>

#include "ui/command.h"
#include "ui/describe.h"

static int run_replay(int argc, char **argv);

COMMAND(replay_command,
	.name = "replay",
	.arguments = "[--json] FILE",
	.summary = "decode a recording, transaction by transaction",
	.help = "Prints a line for each transaction of a recording of 'monitor --write': request,\n"
		"outcome, response delay, number of records; then totals. Exit status 9 if an\n"
		"answer cannot be decoded. 'mbus-sim --replay FILE' simulates the meters of the\n"
		"recording.\n",
	.run = run_replay);

struct replay {
	struct meterbus_decoder decoder;
	struct meterbus_record sent;	/* last request; len 0: none */
	struct meterbus_record answer;	/* frame after it; len 0: none */
	unsigned long outcomes[METERBUS_OUTCOME_COUNT];
	unsigned long telegrams;
	unsigned long records;
	unsigned long not_understood;
};

/* Decodes an answer; *why is the reason if that fails, else NULL. */
static unsigned int count_records(struct replay *replay,
				  const struct meterbus_record *answer,
				  const char **why)
{
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	struct meterbus_application app;
	struct meterbus_telegram telegram;
	unsigned int count = 0;

	*why = NULL;
	if (meterbus_telegram_parse(&telegram, answer->data, answer->head.len,
				    NULL) < 0 ||
	    telegram.type != METERBUS_TELEGRAM_LONG)
		return 0;
	meterbus_decoder_parse(&replay->decoder, &app, &telegram);
	*why = app.error;
	meterbus_data_records_start(&records, &app);
	while (meterbus_data_record_next(&records, &record)) {
		count++;
		if (record.error && !*why)
			*why = record.error;
	}
	replay->telegrams++;
	replay->records += count;
	if (*why)
		replay->not_understood++;
	return count;
}

static int64_t delay_us(const struct replay *replay)
{
	return ((int64_t)replay->answer.head.first_ns -
		(int64_t)replay->sent.head.last_ns) / 1000;
}

static void print_transaction(struct replay *replay,
			      const struct meterbus_record *outcome)
{
	char text[DESCRIPTION_SIZE];
	unsigned int count = 0;
	const char *why = NULL;
	bool answered = replay->answer.head.len && replay->sent.head.len;

	describe_telegram(text, outcome->data, outcome->head.len);
	printf("%s: %s", text, meterbus_outcome_name(outcome->head.outcome));
	if (outcome->head.reason)
		printf(" (%s)", meterbus_reason_text(outcome->head.reason));
	if (outcome->head.tries != 1)
		printf(" after %u tries", outcome->head.tries);
	if (answered)
		printf(", after %" PRId64 ".%03d ms", delay_us(replay) / 1000,
		       (int)(delay_us(replay) % 1000));
	if (outcome->head.outcome == METERBUS_OUTCOME_FRAME && answered) {
		count = count_records(replay, &replay->answer, &why);
		describe_telegram(text, replay->answer.data,
				  replay->answer.head.len);
		printf(", %s: %u records", text, count);
		if (why)
			printf(", not decoded: %s", why);
	}
	putchar('\n');
}

static void print_object(struct replay *replay,
			 const struct meterbus_record *outcome)
{
	struct json_object *object = json_object_new_object();
	char hex[HEX_TEXT_SIZE(METERBUS_DATA_MAX)];
	const char *why = NULL;
	unsigned int count;

	json_object_object_add(object, "request", json_object_new_string(
		hex_text(hex, outcome->data, outcome->head.len, 0)));
	json_object_object_add(object, "outcome", json_object_new_string(
		meterbus_outcome_name(outcome->head.outcome)));
	if (outcome->head.reason)
		json_object_object_add(object, "reason", json_object_new_string(
			meterbus_reason_name(outcome->head.reason)));
	json_object_object_add(object, "tries", json_object_new_int(
		outcome->head.tries));
	if (replay->answer.head.len && replay->sent.head.len)
		json_object_object_add(object, "delay_us",
				       json_object_new_int64(delay_us(replay)));
	json_object_object_add(object, "answer", json_object_new_string(
		hex_text(hex, replay->answer.data, replay->answer.head.len,
			 0)));
	if (outcome->head.outcome == METERBUS_OUTCOME_FRAME) {
		count = count_records(replay, &replay->answer, &why);
		json_object_object_add(object, "records",
				       json_object_new_int(count));
		json_object_object_add(object, "error", why ?
				       json_object_new_string(why) : NULL);
	}
	print_json(object);
	json_object_put(object);
}

static void take_record(struct replay *replay,
			const struct meterbus_record *record)
{
	if (record->head.kind != METERBUS_KIND_OUTCOME) {
		if (record->head.direction == METERBUS_DIRECTION_SENT) {
			replay->sent = *record;
			replay->answer.head.len = 0;
		} else {
			replay->answer = *record;
		}
		return;
	}
	replay->outcomes[record->head.outcome]++;
	if (globals.json)
		print_object(replay, record);
	else
		print_transaction(replay, record);
	replay->sent.head.len = 0;
	replay->answer.head.len = 0;
}

static void print_sums(const struct replay *replay)
{
	unsigned long all = 0;
	unsigned int i;

	for (i = 0; i < METERBUS_OUTCOME_COUNT; i++)
		all += replay->outcomes[i];
	printf("%lu transactions", all);
	for (i = 1; i < METERBUS_OUTCOME_COUNT; i++)
		if (replay->outcomes[i])
			printf(", %s %lu", meterbus_outcome_name(i),
			       replay->outcomes[i]);
	printf("; %lu telegrams with %lu records, %lu not decoded\n",
	       replay->telegrams, replay->records, replay->not_understood);
}

static int replay_file(const char *name)
{
	struct meterbus_format slots[8] = { 0 };
	struct meterbus_formats formats = { .slots = slots, .count = 8 };
	struct replay replay = { .decoder.formats = &formats };
	struct meterbus_recording *recording;
	struct meterbus_record record;
	struct meterbus_error err;
	int got = -1;
	FILE *in;

	in = open_input(name);
	if (!in)
		return STATUS_SYSTEM;
	recording = meterbus_recording_open(in, name, &err);
	while (recording && (got = meterbus_recording_next(recording, &record,
							   &err)) > 0)
		take_record(&replay, &record);
	meterbus_recording_close(recording);
	if (in != stdin)
		fclose(in);
	if (got < 0)
		return fail_error(&err);
	if (!globals.json)
		print_sums(&replay);
	if (replay.not_understood)
		return fail(STATUS_DECODE, "%s: %lu answers not decoded",
			    name, replay.not_understood);
	return STATUS_OK;
}

static int run_replay(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };
	int letter;
	int status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = common_option(&replay_command, letter);
		if (status >= 0)
			return status;
	}
	if (argc - optind != 1)
		return fail_usage(&replay_command, "give one recording");
	return replay_file(argv[optind]);
}
