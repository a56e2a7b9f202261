// SPDX-License-Identifier: GPL-2.0-only
/*
 * Damage to recorded and made telegrams: each is cut after every byte and has
 * every byte changed, and the records before the damage must be what they
 * were. Telegrams of a folder of one's own: MBUS_VECTORS=folder; a line with a
 * telegram in hex in front is one, whatever stands behind it.
 */
#include "kselftest_harness.h"

#include <glob.h>

#include <meterbus/decoder.h>

#include "records.h"

#ifndef MBUS_TOP
#define MBUS_TOP "."
#endif
#define OWN	MBUS_TOP "/tests/vectors/*.txt"
#define MAKES	MBUS_TOP "/tests/vectors/*.hex"

#define RECORDS_MAX 128

/* Records by what is said of them; where each ends, from CI on. */
struct decoded {
	char lines[RECORDS_MAX][LINE_SIZE];
	size_t ends[RECORDS_MAX];
	size_t count;
	size_t start;		/* of the first record */
};

static struct decoded whole, damaged;

static const uint8_t some_key[METERBUS_KEY_LEN];

/* @limit: records that end behind it are counted, but not put in words. */
static void decode(struct decoded *out, uint8_t c, uint8_t ci,
		   const uint8_t *bytes, size_t len, size_t limit)
{
	struct meterbus_telegram telegram = telegram_of(c, ci, bytes, len);
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	struct meterbus_application app;

	meterbus_application_parse(&app, &telegram);
	meterbus_data_records_start(&records, &app);
	out->start = len;
	if (records.next)
		out->start = records.next - telegram.data;
	out->count = 0;
	while (meterbus_data_record_next(&records, &record)) {
		size_t end = record.raw + record.raw_len - telegram.data;

		if (out->count == RECORDS_MAX)
			abort();
		out->ends[out->count] = end;
		if (end <= limit)
			describe(&record, out->lines[out->count]);
		out->count++;
	}
}

/* Everything that has a state besides, for the sanitizers to see. */
static void decode_with_state(uint8_t c, uint8_t ci, const uint8_t *bytes,
			      size_t len)
{
	static struct meterbus_format slots[2];
	static struct meterbus_formats formats = { slots, 2, 0 };
	static struct meterbus_decoder decoder = { .key = some_key,
						   .formats = &formats };
	struct meterbus_telegram telegram = telegram_of(c, ci, bytes, len);
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	struct meterbus_application app;

	meterbus_decoder_parse(&decoder, &app, &telegram);
	meterbus_data_records_start(&records, &app);
	while (meterbus_data_record_next(&records, &record))
		;
}

/*
 * Returns NULL, or a record that ends at or before @limit and has changed.
 * Damage before the first record changes what the records are.
 */
static const char *changed(size_t limit)
{
	for (size_t i = 0; i < whole.count && whole.ends[i] <= limit; i++)
		if (i >= damaged.count ||
		    damaged.ends[i] != whole.ends[i] ||
		    strcmp(whole.lines[i], damaged.lines[i]))
			return whole.lines[i];
	return NULL;
}

/* Every bit, all of them, and the bytes that mean most as DIF, VIF or LVAR. */
static const uint8_t flips[] = { 0x01, 0x02, 0x04, 0x08, 0x10,
				 0x20, 0x40, 0x80, 0xFF };
static const uint8_t bytes_of_note[] = { 0x00, 0x0D, 0x0F, 0x1F, 0x2F,
					 0x7C, 0x7F, 0xC1, 0xFC, 0xFD };

static const char *damage(uint8_t c, uint8_t ci, uint8_t *bytes, size_t len,
			  size_t at, uint8_t value)
{
	uint8_t kept = bytes[at];
	const char *record;

	bytes[at] = value;
	decode(&damaged, c, ci, bytes, len, at);
	decode_with_state(c, ci, bytes, len);
	bytes[at] = kept;
	record = at >= whole.start ? changed(at) : NULL;
	if (record)
		fprintf(stderr, "# byte %zu of CI %02X made %02X\n", at, ci,
			value);
	return record;
}

/* Returns NULL or the record that suffered from damage behind it. */
static const char *mutate(uint8_t c, uint8_t ci, uint8_t *bytes, size_t len)
{
	const char *record = NULL;

	decode(&whole, c, ci, bytes, len, len);
	/* What stands in the clear behind encrypted bytes counts as a whole. */
	if (whole.count && !strcmp(whole.lines[0], "error: encrypted"))
		whole.count = 1;
	for (size_t cut = whole.start; cut < len && !record; cut++) {
		decode(&damaged, c, ci, bytes, cut, cut);
		decode_with_state(c, ci, bytes, cut);
		record = changed(cut);
		if (record)
			fprintf(stderr, "# cut to %zu of CI %02X\n", cut, ci);
	}
	for (size_t at = 0; at < len && !record; at++) {
		for (size_t i = 0; i < sizeof(flips) && !record; i++)
			record = damage(c, ci, bytes, len, at,
					bytes[at] ^ flips[i]);
		for (size_t i = 0; i < sizeof(bytes_of_note) && !record; i++)
			record = damage(c, ci, bytes, len, at,
					bytes_of_note[i]);
	}
	return record;
}

struct run {
	unsigned int telegrams, records;
	const char *suffered;
};

static void mutate_line(struct run *run, const char *line)
{
	uint8_t bytes[METERBUS_TELEGRAM_MAX + 1];
	struct meterbus_telegram telegram;
	size_t len = 0;
	unsigned int byte;
	int used;

	while (len < sizeof(bytes) &&
	       sscanf(line, " %2x%n", &byte, &used) == 1) {
		bytes[len++] = byte;
		line += used;
	}
	if (meterbus_telegram_parse(&telegram, bytes, len, NULL) ||
	    telegram.type != METERBUS_TELEGRAM_LONG)
		return;
	run->suffered = mutate(telegram.c, telegram.ci,
			       (uint8_t *)telegram.data, telegram.data_len);
	run->telegrams++;
	run->records += whole.count;
}

static struct run mutate_files(const char *pattern)
{
	struct run run = { 0 };
	static char line[65536];
	glob_t files;

	if (glob(pattern, 0, NULL, &files))
		return run;
	for (size_t i = 0; i < files.gl_pathc; i++) {
		FILE *file = fopen(files.gl_pathv[i], "r");

		while (file && !run.suffered &&
		       fgets(line, sizeof(line), file))
			if (isxdigit(*line))
				mutate_line(&run, line);
		if (file)
			fclose(file);
		if (run.suffered) {
			fprintf(stderr, "# in %s\n", files.gl_pathv[i]);
			break;
		}
	}
	globfree(&files);
	return run;
}

FIXTURE(mutation)
{
	struct run run;
};

FIXTURE_SETUP(mutation)
{
}

FIXTURE_TEARDOWN(mutation)
{
}

TEST_F_TIMEOUT(mutation, records_before_damage_are_what_they_were, 300)
{
	self->run = mutate_files(OWN);
	EXPECT_EQ(NULL, self->run.suffered)
	{
		TH_LOG("%s", self->run.suffered);
	}
	EXPECT_LT(40U, self->run.telegrams);
	EXPECT_LT(250U, self->run.records);
}

TEST_F_TIMEOUT(mutation, so_in_telegrams_of_many_makes, 300)
{
	const char *folder = getenv("MBUS_VECTORS");
	char pattern[4096] = MAKES;

	if (folder)
		snprintf(pattern, sizeof(pattern), "%s/*.txt", folder);
	self->run = mutate_files(pattern);
	EXPECT_EQ(NULL, self->run.suffered)
	{
		TH_LOG("%s", self->run.suffered);
	}
	EXPECT_LT(80U, self->run.telegrams);
}

TEST_HARNESS_MAIN
