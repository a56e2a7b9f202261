// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Data records (EN 13757-3, 6.3 to 6.5): first split into blocks, which also
 * tells where the next one starts, then interpreted. Only a failed split
 * costs the records behind it.
 */
#include <meterbus/decode.h>

#include "decimal.h"
#include "value.h"
#include "vif.h"

/* Special functions: whole DIF bytes. */
#define DIF_MANUFACTURER	0x0F
#define DIF_MORE_FOLLOW		0x1F
#define DIF_FILLER		0x2F
#define DIF_READOUT_ALL		0x7F

#define DIF_STORAGE_BIT		0x40

#define ERROR_SHORT "the telegram ends inside this record"

/* What is left to read of a telegram. */
struct cursor {
	const uint8_t *next;
	const uint8_t *end;
};

/* A record taken apart. */
struct blocks {
	uint8_t vif;
	const uint8_t *vife;
	size_t vife_len;
	struct meterbus_text text;	/* of a plain-text VIF */
	struct data data;
};

static size_t left(const struct cursor *cursor)
{
	return cursor->end - cursor->next;
}

/* DIF and DIFEs. Returns NULL, or why the rest cannot be split. */
static const char *split_dib(struct meterbus_data_record *record,
			     struct blocks *blocks, struct cursor *cursor)
{
	uint8_t byte = *cursor->next++;

	blocks->data.field = byte & 0xF;
	record->function = byte >> 4 & 3;
	record->storage = byte & DIF_STORAGE_BIT ? 1 : 0;
	for (unsigned int i = 0; byte & EXTENSION_BIT; i++) {
		if (!left(cursor))
			return ERROR_SHORT;
		byte = *cursor->next++;
		if (i == METERBUS_DIFE_MAX) {
			record->error = "more than 10 DIFEs";
			continue;
		}
		if (record->error)
			continue;
		record->storage |= (uint64_t)(byte & 0xF) << (1 + 4 * i);
		record->tariff |= (byte >> 4 & 3U) << (2 * i);
		record->subunit |= (byte >> 6 & 1U) << i;
	}
	return NULL;
}

static const char *split_vifes(struct meterbus_data_record *record,
			       struct blocks *blocks, struct cursor *cursor)
{
	uint8_t byte = blocks->vif;

	blocks->vife = cursor->next;
	while (byte & EXTENSION_BIT) {
		if (!left(cursor))
			return ERROR_SHORT;
		byte = *cursor->next++;
	}
	blocks->vife_len = cursor->next - blocks->vife;
	if (blocks->vife_len > METERBUS_VIFE_MAX)
		record->error = "more than 10 VIFEs";
	return NULL;
}

/* True if a length byte and as many printable characters come next. */
static bool text_follows(const struct cursor *cursor)
{
	size_t len;

	if (!left(cursor))
		return false;
	len = *cursor->next;
	if (!len || len >= left(cursor))
		return false;
	for (size_t i = 1; i <= len; i++) {
		uint8_t character = cursor->next[i];

		if ((character & 0x7F) < 0x20 || character == 0x7F)
			return false;
	}
	return true;
}

static const char *split_text(struct blocks *blocks, struct cursor *cursor)
{
	size_t len;

	if (!left(cursor))
		return ERROR_SHORT;
	len = *cursor->next++;
	if (len > left(cursor))
		return ERROR_SHORT;
	blocks->text.bytes = cursor->next;
	blocks->text.len = len;
	cursor->next += len;
	return NULL;
}

static const char *split_vib(struct meterbus_data_record *record,
			     struct blocks *blocks, struct cursor *cursor)
{
	bool plain, text_first;
	const char *error;

	if (!left(cursor))
		return ERROR_SHORT;
	blocks->vif = *cursor->next++;

	/*
	 * The text of a plain-text VIF stands behind the VIFEs since 2018 and
	 * before them until then. A VIFE is no length that fits, as a rule.
	 */
	plain = (blocks->vif & ~EXTENSION_BIT) == VIF_PLAIN_TEXT;
	text_first = plain && text_follows(cursor);
	if (text_first) {
		error = split_text(blocks, cursor);
		if (error)
			return error;
	}
	error = split_vifes(record, blocks, cursor);
	if (!error && plain && !text_first)
		error = split_text(blocks, cursor);
	return error;
}

static const char *split_data(struct data *data, struct cursor *cursor)
{
	static const uint8_t lengths[] = {
		[DATA_NONE] = 0,  [DATA_INT8] = 1,   [DATA_INT16] = 2,
		[DATA_INT24] = 3, [DATA_INT32] = 4,  [DATA_REAL32] = 4,
		[DATA_INT48] = 6, [DATA_INT64] = 8,  [DATA_SELECTION] = 0,
		[DATA_BCD2] = 1,  [DATA_BCD4] = 2,   [DATA_BCD6] = 3,
		[DATA_BCD8] = 4,  [DATA_BCD12] = 6,
	};
	int len;

	if (data->field == DATA_VARIABLE) {
		if (!left(cursor))
			return ERROR_SHORT;
		data->lvar = *cursor->next++;
		len = lvar_length(data->lvar);
		if (len < 0)
			return "reserved length byte (LVAR): nobody can tell where this record ends";
	} else {
		len = lengths[data->field];
	}
	if ((size_t)len > left(cursor))
		return ERROR_SHORT;
	data->bytes = cursor->next;
	data->len = len;
	cursor->next += len;
	return NULL;
}

static const char *split(struct meterbus_data_record *record,
			 struct blocks *blocks, struct cursor *cursor)
{
	const char *error = split_dib(record, blocks, cursor);

	if (!error)
		error = split_vib(record, blocks, cursor);
	if (!error)
		error = split_data(&blocks->data, cursor);
	return error;
}

/* What VIF and VIFEs make of the data. */
struct meaning {
	enum vif_type type;
	int exponent;
	uint32_t thousandths;		/* to be added, in the record's unit */
	const char *record_error;	/* the meter's word that there is no value */
};

/*
 * Finds the VIF's row and returns how many VIFEs were part of its code, or
 * -1 if it has no meaning.
 */
static int find_vif(const struct blocks *blocks, const struct vif **row)
{
	const uint8_t *vife = blocks->vife;
	uint8_t code = blocks->vif & ~EXTENSION_BIT;
	int used = 0;

	*row = &vif_primary[code];
	if (blocks->vif == (VIF_TABLE_FB | EXTENSION_BIT)) {
		*row = &vif_fb[vife[0] & ~EXTENSION_BIT];
		used = 1;
	} else if (blocks->vif == (VIF_TABLE_FD | EXTENSION_BIT)) {
		*row = &vif_fd[vife[0] & ~EXTENSION_BIT];
		used = 1;
		if (vife[0] == (VIF_FD_TABLE_FD | EXTENSION_BIT)) {
			*row = &vif_fd_fd[vife[1] & ~EXTENSION_BIT];
			used = 2;
		}
	}
	return (*row)->quantity ? used : -1;
}

static void apply_vife(struct meterbus_data_record *record,
		       struct meaning *meaning, const struct vife *vife)
{
	switch (vife->effect) {
	case VIFE_RECORD_ERROR:
		meaning->record_error = vife->words;
		return;
	case VIFE_FACTOR:
		meaning->exponent += vife->exponent;
		return;
	case VIFE_OFFSET:
		meaning->thousandths += vife->exponent == -3 ? 1 :
					vife->exponent == -2 ? 10 :
					vife->exponent == -1 ? 100 :
							       1000;
		return;
	case VIFE_DATE_OF:
		meaning->type = VIF_DATE_BY_LENGTH;
		record->unit = "";
		break;
	case VIFE_DURATION_OF:
	case VIFE_COUNT_OF:
		meaning->type = VIF_NUMBER;
		meaning->exponent = 0;
		record->unit = vife->unit ? vife->unit : "";
		record->plain_unit.len = 0;
		break;
	case VIFE_OTHER_UNIT:
		record->unit = "";
		break;
	case VIFE_TYPE_UNSIGNED:
		meaning->type = VIF_UNSIGNED;
		break;
	}
	if (vife->words)
		record->modifiers[record->modifier_count++] = vife->words;
}

/* Returns NULL or why the VIFEs from @at on have no meaning. */
static const char *apply_vifes(struct meterbus_data_record *record,
			       struct meaning *meaning,
			       const struct blocks *blocks, size_t at,
			       bool from_master)
{
	while (at < blocks->vife_len) {
		uint8_t code = blocks->vife[at++] & ~EXTENSION_BIT;
		const struct vife *vife = &vife_orthogonal[code];
		struct vife action;

		if (from_master && code < VIFE_ACTIONS) {
			action = (struct vife){ .words = vife_action[code] };
			vife = &action;
		} else if (code == VIFE_TABLE_FC) {
			if (at == blocks->vife_len)
				return "VIFE 7C without the one it announces";
			code = blocks->vife[at++] & ~EXTENSION_BIT;
			vife = &vife_fc[code];
		} else if (code == VIFE_MANUFACTURER) {
			record->manufacturer_vife = blocks->vife + at;
			record->manufacturer_vife_len = blocks->vife_len - at;
			at = blocks->vife_len;
		}
		if (!vife_known(vife))
			return "reserved VIFE";
		apply_vife(record, meaning, vife);
	}
	return NULL;
}

/* Power of ten, factors, then offsets. Returns NULL or what is in the way. */
static const char *scale(struct meterbus_value *value,
			 const struct meaning *meaning)
{
	static const char too_long[] =
		"more digits than can be kept after correction";

	if (value->type != METERBUS_VALUE_NUMBER)
		return NULL;
	if (meaning->type == VIF_FRACTION &&
	    !decimal_divide_4096(&value->number))
		return too_long;
	value->number.exponent += meaning->exponent;
	if (meaning->thousandths &&
	    !decimal_add_thousandths(&value->number, meaning->thousandths))
		return too_long;
	return NULL;
}

static const char *interpret(struct meterbus_data_record *record,
			     const struct blocks *blocks, bool from_master)
{
	struct meaning meaning = { 0 };
	const struct vif *row;
	const char *error;
	int used = find_vif(blocks, &row);

	if (used < 0)
		return "reserved VIF";
	record->quantity = row->quantity;
	record->unit = row->unit ? row->unit : "";
	record->plain_unit = blocks->text;
	meaning.type = row->type;
	meaning.exponent = row->exponent;

	if ((blocks->vif & ~EXTENSION_BIT) == VIF_MANUFACTURER) {
		record->manufacturer_vife = blocks->vife;
		record->manufacturer_vife_len = blocks->vife_len;
	} else {
		error = apply_vifes(record, &meaning, blocks, used,
				    from_master);
		if (error)
			return error;
	}

	if (meaning.record_error) {
		record->value.type = METERBUS_VALUE_NONE;
		record->value.invalid = meaning.record_error;
		return NULL;
	}
	error = value_decode(&record->value, &blocks->data, meaning.type);
	return error ? error : scale(&record->value, &meaning);
}

/* DIFs that are no data of a VIF: the rest of the telegram is theirs. */
static void special(struct meterbus_data_record *record,
		    struct cursor *cursor)
{
	uint8_t dif = *cursor->next++;
	struct meterbus_value *value = &record->value;

	record->unit = "";
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
		value->bytes.data = cursor->next;
		value->bytes.len = left(cursor);
		break;
	case DIF_READOUT_ALL:
		record->quantity = "readout of everything";
		value->type = METERBUS_VALUE_NONE;
		value->invalid = "selected for readout";
		return;
	default:
		record->error = "reserved DIF: nobody can tell where this record ends";
	}
	cursor->next = cursor->end;
}

void meterbus_data_records_start(struct meterbus_data_records *records,
				 const struct meterbus_application *app)
{
	records->next = app->records;
	records->end = app->records + app->records_len;
	records->encrypted_len = app->encrypted_len;
	records->from_master = app->from_master;
}

/* Not with memset(): the record is large and most of it stays unused. */
static void clear(struct meterbus_data_record *record)
{
	record->error = NULL;
	record->function = METERBUS_INSTANTANEOUS;
	record->storage = 0;
	record->tariff = 0;
	record->subunit = 0;
	record->quantity = NULL;
	record->unit = NULL;
	record->plain_unit.len = 0;
	record->modifier_count = 0;
	record->manufacturer_vife_len = 0;
	record->value.type = METERBUS_VALUE_NONE;
	record->value.invalid = NULL;
	record->more_follow = false;
}

bool meterbus_data_record_next(struct meterbus_data_records *records,
			       struct meterbus_data_record *record)
{
	struct cursor cursor = { records->next, records->end };
	struct blocks blocks = { 0 };

	if (!records->encrypted_len)
		while (left(&cursor) && *cursor.next == DIF_FILLER)
			cursor.next++;
	if (!left(&cursor))
		return false;
	clear(record);
	record->raw = cursor.next;

	if (records->encrypted_len) {
		record->error = "encrypted";
		cursor.next += records->encrypted_len;
		records->encrypted_len = 0;
	} else if ((*cursor.next & 0xF) == DATA_SPECIAL) {
		special(record, &cursor);
	} else {
		const char *error = split(record, &blocks, &cursor);

		if (error) {
			record->error = error;
			cursor.next = cursor.end;
		} else if (!record->error) {
			record->error = interpret(record, &blocks,
						  records->from_master);
		}
	}
	record->raw_len = cursor.next - record->raw;
	records->next = cursor.next;
	return true;
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
