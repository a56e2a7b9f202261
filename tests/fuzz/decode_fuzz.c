// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decoder and all writers against any user data: nothing is read or
 * written beyond its end, iteration ends, records lie in order within the
 * telegram, JSON and XML are well-formed.
 *
 * Input: a control byte, C, CI, user data; the link layer is put around them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <libxml/parser.h>

#include <meterbus/decoder.h>
#include <meterbus/format.h>
#include <meterbus/json.h>

#include "must.h"

#define USE_KEY		0x01
#define LEARN		0x02	/* format frames */
#define SPLIT		0x04	/* the second half is a telegram of its own */

static const uint8_t key[METERBUS_KEY_LEN] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
					       10, 11, 12, 13, 14, 15 };

/* In order, and none beyond the end. */
static unsigned int check_records(const struct meterbus_application *app)
{
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	const uint8_t *at = app->records;
	char text[METERBUS_DECIMAL_TEXT], time[METERBUS_TIME_TEXT];
	unsigned int count = 0;

	meterbus_data_records_start(&records, app);
	while (meterbus_data_record_next(&records, &record)) {
		MUST(count++ < 2 * METERBUS_USER_DATA_MAX);
		MUST(record.error || (record.quantity && record.unit));
		MUST(record.modifier_count <= METERBUS_VIFE_MAX);
		if (app->records && !app->format) {
			MUST(record.raw >= at);
			MUST(record.raw + record.raw_len <=
			     app->records + app->records_len);
			at = record.raw + record.raw_len;
		}
		if (record.error)
			continue;
		if (record.value.type == METERBUS_VALUE_NUMBER)
			MUST(meterbus_decimal_format(&record.value.number,
						     text));
		else if (record.value.type == METERBUS_VALUE_TIME)
			meterbus_time_format(&record.value.time, time);
		else if (record.value.type == METERBUS_VALUE_NONE)
			MUST(record.value.invalid);
	}
	return count;
}

static void check_json(const struct meterbus_telegram *telegram,
		       const struct meterbus_application *app)
{
	struct meterbus_json *readout = meterbus_json_readout("mbus0", NULL);
	struct json_object *again;
	char *text;

	MUST(!meterbus_json_add_decoded(readout, telegram, app, NULL));
	text = meterbus_json_finish(readout);
	MUST(text);
	again = json_tokener_parse(text);
	MUST(again);
	json_object_put(again);
	free(text);
}

static void check_xml(FILE *out, const struct meterbus_reading *reading,
		      char **memory, size_t *size)
{
	for (int flavour = 0; flavour < 2; flavour++) {
		xmlDocPtr document;

		rewind(out);
		MUST(!meterbus_xml_write(out, reading, 1, flavour, NULL));
		fflush(out);
		if (!*size)
			continue;
		document = xmlReadMemory(*memory, *size, NULL, NULL,
					 XML_PARSE_NONET);
		MUST(document);
		xmlFreeDoc(document);
	}
}

static void check_formats(const struct meterbus_telegram *telegram,
			  const struct meterbus_application *app)
{
	struct meterbus_reading reading = { telegram, app, "mbus0", 1 };
	char *memory = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&memory, &size);

	MUST(out);
	check_xml(out, &reading, &memory, &size);
	meterbus_csv_write(out, &reading);
	meterbus_influx_write(out, &reading);
	meterbus_annotate(out, &reading);
	fclose(out);
	free(memory);
}

static void one(struct meterbus_decoder *decoder, uint8_t c, uint8_t ci,
		const uint8_t *data, size_t len)
{
	struct meterbus_telegram telegram;
	struct meterbus_application app;
	/* Exactly as long as it is, so that ASan sees each byte too far. */
	uint8_t raw[METERBUS_TELEGRAM_MAX], *exact;
	size_t raw_len;

	raw_len = meterbus_telegram_long(raw, c, 1, ci, data, len);
	MUST(raw_len);
	exact = malloc(raw_len);
	memcpy(exact, raw, raw_len);
	MUST(!meterbus_telegram_parse(&telegram, exact, raw_len, NULL));
	meterbus_decoder_parse(decoder, &app, &telegram);
	check_records(&app);
	meterbus_more_follow(&telegram);
	check_json(&telegram, &app);
	check_formats(&telegram, &app);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct meterbus_format slots[2] = { 0 };
	struct meterbus_formats formats = { .slots = slots, .count = 2 };
	struct meterbus_decoder decoder = { 0 };
	uint8_t control, c, ci;

	if (size < 3 || size - 3 > METERBUS_USER_DATA_MAX)
		return -1;
	control = data[0];
	c = data[1];
	ci = data[2];
	data += 3;
	size -= 3;
	if (control & USE_KEY)
		decoder.key = key;
	if (control & LEARN)
		decoder.formats = &formats;
	if (control & SPLIT) {
		one(&decoder, c, ci, data, size / 2);
		data += size / 2;
		size -= size / 2;
		if (size) {
			ci = *data++;
			size--;
		}
	}
	one(&decoder, c, ci, data, size);
	return 0;
}
