// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Compact frames (EN 13757-3, annex G): data whose DIFs and VIFs the meter has
 * sent before, in a full or a format frame, named by their CRC.
 */
#include <string.h>

#include <meterbus/decoder.h>

#include "base/bytes.h"

#define COMPACT_HEAD 4 /* signature, CRC of the full frame */

static struct meterbus_format *find(const struct meterbus_formats *formats,
				    uint16_t signature)
{
	for (unsigned int i = 0; i < formats->count; i++)
		if (formats->slots[i].len &&
		    formats->slots[i].signature == signature)
			return &formats->slots[i];
	return NULL;
}

static bool is_special(const struct meterbus_data_record *record)
{
	return record->head_len && (record->head[0] & 0xF) == 0xF;
}

/*
 * DIFs and VIFs of all records in @app. The manufacturer's own data at the end
 * has none.
 */
static bool collect(struct meterbus_format *format,
		    const struct meterbus_application *app)
{
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	size_t len = 0;

	meterbus_data_records_start(&records, app);
	records.expand = false;
	while (meterbus_data_record_next(&records, &record) &&
	       !is_special(&record)) {
		if (!record.head_len)
			return false;
		memcpy(format->bytes + len, record.head, record.head_len);
		len += record.head_len;
	}
	format->len = len;
	format->signature = ~bytes_crc(BYTES_CRC_START, format->bytes, len);
	return len;
}

bool meterbus_formats_learn(struct meterbus_formats *formats,
			    const struct meterbus_application *app)
{
	struct meterbus_format format;

	if (!formats->count || app->error || app->encrypted_len)
		return false;
	switch (app->contents) {
	case METERBUS_CONTENTS_FORMAT:
		format.signature = app->format_signature;
		format.len = app->format_len;
		memcpy(format.bytes, app->format, app->format_len);
		break;
	case METERBUS_CONTENTS_RECORDS:
		if (app->from_master || !collect(&format, app))
			return false;
		break;
	default:
		return false;
	}
	if (!format.len)
		return false;
	if (find(formats, format.signature))
		return true;
	if (formats->next >= formats->count)
		formats->next = 0;
	formats->slots[formats->next++] = format;
	return true;
}

/* The CRC of the full frame that @app and its format make together. */
static uint16_t full_crc(const struct meterbus_application *app)
{
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	uint16_t crc = BYTES_CRC_START;

	meterbus_data_records_start(&records, app);
	records.expand = false;
	while (meterbus_data_record_next(&records, &record)) {
		crc = bytes_crc(crc, record.head, record.head_len);
		crc = bytes_crc(crc, record.raw, record.raw_len);
	}
	return ~crc;
}

bool meterbus_formats_apply(const struct meterbus_formats *formats,
			    struct meterbus_application *app)
{
	struct meterbus_application full = *app;
	const struct meterbus_format *format;

	if (app->contents != METERBUS_CONTENTS_COMPACT || app->encrypted_len ||
	    app->body_len < COMPACT_HEAD)
		return false;
	format = find(formats, app->format_signature);
	if (!format)
		return false;
	full.error = NULL;
	full.format = format->bytes;
	full.format_len = format->len;
	full.records = app->body + COMPACT_HEAD;
	full.records_len = app->body_len - COMPACT_HEAD;
	if (full_crc(&full) != full.frame_crc) {
		app->error = "its CRC does not confirm the format";
		return false;
	}
	*app = full;
	return true;
}
