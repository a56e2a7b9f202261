// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Records of all kinds of contents: split into blocks, which also shows where
 * the next one starts, then interpreted. Only a failed split costs the records
 * behind it.
 */
#include <string.h>

#include <meterbus/decode.h>

#include "decode/fixed.h"
#include "decode/meaning.h"
#include "decode/series.h"
#include "decode/split.h"
#include "decode/value.h"
#include "decode/vif.h"

/* DIFs that are no data of a VIF: the rest of the telegram is theirs. */
static void special(struct meterbus_data_record *record, struct cursor *head,
		    struct cursor *data)
{
	uint8_t dif = *head->next;
	struct meterbus_value *value = &record->value;

	record->unit = "";
	record->head = head->next++;
	record->head_len = 1;
	switch (dif) {
	case DIF_MANUFACTURER:
	case DIF_MORE_FOLLOW:
		record->quantity = "manufacturer specific";
		if (dif == DIF_MORE_FOLLOW) {
			record->more_follow = true;
			record->modifiers[record->modifier_count++] =
				"more records follow";
		}
		value->type = METERBUS_VALUE_BYTES;
		value->bytes.data = data->next;
		value->bytes.len = cursor_left(data);
		break;
	case DIF_READOUT_ALL:
		record->quantity = "readout of everything";
		value->type = METERBUS_VALUE_NONE;
		value->invalid = "selected for readout";
		return;
	default:
		record->head_len = 0;
		record->error = "reserved DIF: the end of this record is unknown";
	}
	head->next = head->end;
	data->next = data->end;
}

/*
 * Whether what stands behind encrypted bytes is records to its end. If the
 * configuration word is not to be taken at its word, it is the middle of
 * something.
 */
static bool rest_makes_records(const struct meterbus_data_records *all)
{
	struct meterbus_data_records records = *all;
	struct meterbus_data_record record;

	records.next += records.encrypted_len;
	records.first = records.next;
	records.encrypted_len = 0;
	while (meterbus_data_record_next(&records, &record))
		if (record.error || !strcmp(record.quantity, "reserved VIF"))
			return false;
	return true;
}

void meterbus_data_records_start(struct meterbus_data_records *records,
				 const struct meterbus_application *app)
{
	/* Without records, or a format, the pointer is NULL. */
	records->next = app->records;
	records->end = app->records_len ? app->records + app->records_len :
					  app->records;
	records->format = app->format;
	records->format_end = app->format_len ?
				      app->format + app->format_len :
				      app->format;
	records->encrypted_len = app->encrypted_len;
	records->contents = app->contents;
	records->from_master = app->from_master;
	records->high_byte_first = app->high_byte_first;
	records->lvar_bcd_bytes = 0;
	records->first = records->next;
	records->first_format = records->format;
	records->expand = true;
	records->series.next = NULL;
	records->series.end = NULL;
	records->rest_undecoded = false;
	records->profile = app->profile;
	records->fixed_count = 0;
	records->fixed_status = app->header.status;
	records->fixed_units[0] = app->header.config;
	records->fixed_units[1] = app->header.config >> 8;
	if (!app->error || app->contents == METERBUS_CONTENTS_RECORDS) {
		if (app->encrypted_len &&
		    app->contents == METERBUS_CONTENTS_RECORDS)
			records->rest_undecoded = !rest_makes_records(records);
		return;
	}
	/* Encrypted bytes that form no record have no known end. */
	records->next = NULL;
	records->end = NULL;
	if (app->encrypted_len) {
		records->next = app->body;
		records->end = app->body + app->encrypted_len;
	}
	records->format = NULL;
	records->format_end = NULL;
}

/* Not with memset(): the record is large and most of it stays unused. */
static void clear(struct meterbus_data_record *record)
{
	record->head_len = 0;
	record->error = NULL;
	record->function = METERBUS_INSTANTANEOUS;
	record->storage = 0;
	record->tariff = 0;
	record->subunit = 0;
	record->quantity = NULL;
	record->unit = NULL;
	record->plain_unit.len = 0;
	record->unit_suffix = NULL;
	record->has_time = false;
	record->month = 0;
	record->modifier_count = 0;
	record->manufacturer_vife_len = 0;
	record->source = NULL;
	record->rule = NULL;
	record->bits = NULL;
	record->bit_count = 0;
	record->note = NULL;
	record->value.type = METERBUS_VALUE_NONE;
	record->value.invalid = NULL;
	record->more_follow = false;
}

static void skip_fillers(struct cursor *cursor)
{
	while (cursor_left(cursor) && *cursor->next == DIF_FILLER)
		cursor->next++;
}

/* The record at @head and @data, which are the same but in compact frames. */
static void take_record(struct meterbus_data_records *records,
			struct meterbus_data_record *record,
			struct cursor *head, struct cursor *data)
{
	const uint8_t *start = head->next;
	struct blocks blocks;
	const char *error;

	if ((*start & 0xF) == DATA_SPECIAL) {
		special(record, head, data);
		return;
	}
	record->head = start;
	if (split_simple(record, &blocks, head, data,
			 records->high_byte_first)) {
		record->head_len = blocks.head_len;
		if (records->profile)
			record->error = meaning_apply(record, &blocks, records);
		else
			record->error = meaning_apply_simple(
				record, &blocks, records->from_master);
		return;
	}
	error = split(record, &blocks, head, data, records->high_byte_first,
		      &records->lvar_bcd_bytes);
	if (error) {
		record->error = error;
		head->next = head->end;
		data->next = data->end;
		return;
	}
	record->head_len = blocks.head_len;
	if (!record->error)
		record->error = meaning_apply(record, &blocks, records);
}

/* If @record was a profile: its first value instead of it. */
static bool first_of_series(struct meterbus_data_records *records,
			    struct meterbus_data_record *record)
{
	struct meterbus_series *series = &records->series;

	if (series->next == series->end)
		return true;
	series->record.raw = record->raw;
	series->record.head_len = record->head_len;
	return series_next(series, record);
}

static bool next_plain(struct meterbus_data_records *records,
		       struct meterbus_data_record *record)
{
	struct cursor cursor = { records->next, records->end };

	skip_fillers(&cursor);
	if (!cursor_left(&cursor))
		return false;
	clear(record);
	record->raw = cursor.next;
	take_record(records, record, &cursor, &cursor);
	record->raw_len = cursor.next - record->raw;
	records->next = cursor.next;
	return first_of_series(records, record);
}

static bool next_compact(struct meterbus_data_records *records,
			 struct meterbus_data_record *record)
{
	struct cursor head = { records->format, records->format_end };
	struct cursor data = { records->next, records->end };

	skip_fillers(&head);
	if (!cursor_left(&head))
		skip_fillers(&data);
	if (!cursor_left(&head) && !cursor_left(&data))
		return false;
	clear(record);
	record->raw = data.next;
	if (cursor_left(&head)) {
		take_record(records, record, &head, &data);
	} else {
		record->error = "more data than the format describes";
		data.next = data.end;
	}
	record->raw_len = data.next - record->raw;
	records->format = head.next;
	records->next = data.next;
	return first_of_series(records, record);
}

/* DIF and VIF of a format frame: all of a record but the data. */
static bool next_format(struct meterbus_data_records *records,
			struct meterbus_data_record *record)
{
	struct cursor head = { records->format, records->format_end };
	struct cursor none = { NULL, NULL };
	struct blocks blocks;
	const char *error;

	skip_fillers(&head);
	if (!cursor_left(&head))
		return false;
	clear(record);
	record->raw = head.next;
	record->head = head.next;
	if ((*head.next & 0xF) == DATA_SPECIAL) {
		special(record, &head, &none);
	} else {
		error = split_head(record, &blocks, &head,
				   records->high_byte_first);
		if (error) {
			record->error = error;
			head.next = head.end;
		} else {
			record->head_len = blocks.head_len;
		}
		blocks.data = (struct data){ .field = DATA_NONE };
		if (!record->error)
			record->error = meaning_apply(record, &blocks, records);
	}
	record->raw_len = head.next - record->raw;
	records->format = head.next;
	return true;
}

static bool next_counter(struct meterbus_data_records *records,
			 struct meterbus_data_record *record)
{
	size_t left = records->end - records->next;

	if (!left)
		return false;
	clear(record);
	record->raw = records->next;
	record->raw_len = left;
	if (records->fixed_count == FIXED_COUNTERS) {
		record->error = "more than the two counters of the structure";
	} else if (left < FIXED_COUNTER_LEN) {
		record->error = split_error_short;
	} else {
		record->raw_len = FIXED_COUNTER_LEN;
		fixed_counter(record, records->fixed_count++,
			      records->fixed_status, records->fixed_units,
			      records->high_byte_first);
	}
	records->next += record->raw_len;
	return true;
}

/* Bits that only the manufacturer knows. */
static bool next_alarm(struct meterbus_data_records *records,
		       struct meterbus_data_record *record)
{
	struct data data = {
		/* whatever the length is */
		.field = DATA_VARIABLE,
		.lvar = LVAR_BINARY,
		.high_byte_first = records->high_byte_first,
		.bytes = records->next,
		.len = records->end - records->next,
	};

	if (!data.len)
		return false;
	clear(record);
	record->raw = data.bytes;
	record->raw_len = data.len;
	record->quantity = "alarm";
	record->unit = "";
	record->error = value_decode(&record->value, &data, VIF_UNSIGNED);
	records->next = records->end;
	return true;
}

static bool next_encrypted(struct meterbus_data_records *records,
			   struct meterbus_data_record *record)
{
	clear(record);
	record->raw = records->next;
	record->raw_len = records->encrypted_len;
	record->error = "encrypted";
	records->next += records->encrypted_len;
	records->first = records->next;
	records->encrypted_len = 0;
	return true;
}

static bool next_rest(struct meterbus_data_records *records,
		      struct meterbus_data_record *record)
{
	if (records->next == records->end)
		return false;
	clear(record);
	record->raw = records->next;
	record->raw_len = records->end - records->next;
	record->error = "behind encrypted data, and not records to its end";
	records->next = records->end;
	return true;
}

bool meterbus_data_record_next(struct meterbus_data_records *records,
			       struct meterbus_data_record *record)
{
	if (records->encrypted_len)
		return next_encrypted(records, record);
	if (records->series.next != records->series.end)
		return series_next(&records->series, record);
	if (records->rest_undecoded)
		return next_rest(records, record);
	switch (records->contents) {
	case METERBUS_CONTENTS_RECORDS:
	case METERBUS_CONTENTS_SELECTION:
		return next_plain(records, record);
	case METERBUS_CONTENTS_COMPACT:
		return next_compact(records, record);
	case METERBUS_CONTENTS_FORMAT:
		return next_format(records, record);
	case METERBUS_CONTENTS_FIXED:
		return next_counter(records, record);
	case METERBUS_CONTENTS_ALARM:
		return next_alarm(records, record);
	default:
		return false;
	}
}

bool meterbus_more_follow(const struct meterbus_telegram *telegram)
{
	struct meterbus_application app;
	struct meterbus_data_records records;
	struct meterbus_data_record record;

	meterbus_application_parse(&app, telegram);
	meterbus_data_records_start(&records, &app);
	while (meterbus_data_record_next(&records, &record))
		if (record.more_follow)
			return true;
	return false;
}

const char *meterbus_function_name(enum meterbus_function function)
{
	static const char *const names[] = { "instantaneous", "maximum",
					     "minimum", "error" };

	return names[function & 3];
}
