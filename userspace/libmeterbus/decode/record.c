// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Records of all kinds of contents: split into blocks, which also shows where
 * the next one starts, then interpreted. Only a failed split costs the records
 * behind it.
 */
#include <string.h>

#include <meterbus/decode.h>

#include "base/decimal.h"
#include "decode/fixed.h"
#include "decode/profile.h"
#include "decode/series.h"
#include "decode/split.h"
#include "decode/value.h"
#include "decode/vif.h"

/* What VIF and VIFEs make of the data. */
struct meaning {
	enum vif_type type;
	int exponent;
	bool container;			/* data of variable length is no text */
	bool profile;			/* a compact profile */
	bool inverse_profile;
	uint32_t thousandths;		/* to be added, in the record's unit */
	const char *record_error;	/* the meter's word that there is no value */
};

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
	case VIFE_PER:
		if (record->unit_suffix)
			break;
		record->unit_suffix = vife->unit;
		return;
	case VIFE_TYPE_UNSIGNED:
		meaning->type = VIF_UNSIGNED;
		break;
	case VIFE_CONTAINER:
		meaning->container = true;
		break;
	}
	if (vife->words)
		record->modifiers[record->modifier_count++] = vife->words;
}

static void note_profile(struct meaning *meaning, uint8_t code)
{
	if (code == VIFE_PROFILE_INVERSE)
		meaning->inverse_profile = true;
	if (code == VIFE_PROFILE_INVERSE || code == VIFE_PROFILE_REGISTERS ||
	    code == VIFE_PROFILE)
		meaning->profile = true;
}

/*
 * A reserved VIFE is named beside the value, which it may change in a way that
 * nobody knows.
 */
static void apply_vifes(struct meterbus_data_record *record,
			struct meaning *meaning, const struct blocks *blocks,
			size_t at, bool from_master)
{
	static const struct vife reserved = { .words = "reserved VIFE" };

	while (at < blocks->vife_len) {
		uint8_t code = blocks->vife[at++] & ~EXTENSION_BIT;
		const struct vife *vife = &vife_orthogonal[code];
		struct vife action;

		if (from_master && code < VIFE_ACTIONS) {
			action = (struct vife){ .words = vife_action[code] };
			vife = &action;
		} else if (code == VIFE_TABLE_FC) {
			/* It may announce one that is not there. */
			vife = &reserved;
			if (at < blocks->vife_len) {
				code = blocks->vife[at++] & ~EXTENSION_BIT;
				vife = &vife_fc[code];
			}
		} else if (code == VIFE_MANUFACTURER) {
			record->manufacturer_vife = blocks->vife + at;
			record->manufacturer_vife_len = blocks->vife_len - at;
			at = blocks->vife_len;
		}
		else if (!from_master) {
			note_profile(meaning, code);
		}
		apply_vife(record, meaning,
			   vife_known(vife) ? vife : &reserved);
	}
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

/* ------------------------------------------- what is known of the meter */

static void credit(struct meterbus_data_record *record,
		   const struct meterbus_profile *profile, const char *rule)
{
	record->source = profile->name;
	record->rule = rule;
}

/* The manufacturer's meaning of a code. Returns false if the standard's holds. */
static bool apply_rule(struct meterbus_data_record *record,
		       struct meaning *meaning, const struct blocks *blocks,
		       const struct meterbus_profile *profile)
{
	const struct profile_rule *rule;

	/* The VIF stands in front of the VIFEs. */
	if (blocks->text.len)
		return false;
	rule = profile_rule(profile, blocks->vife - 1, blocks->vife_len + 1);
	if (!rule)
		return false;
	credit(record, profile, rule->place);
	record->bits = (const char *const *)rule->bits;
	record->bit_count = rule->bit_count;
	if (!record->bit_count)
		record->bits = NULL;
	if (!rule->quantity)
		return true;
	record->quantity = rule->quantity;
	record->unit = rule->unit ? rule->unit : "";
	meaning->type = rule->type;
	meaning->exponent = rule->exponent;
	return true;
}

/* Words for the codes behind VIFE FF, if each of them has some. */
static void apply_qualifiers(struct meterbus_data_record *record,
			     const struct meterbus_profile *profile)
{
	const struct profile_qualifier *qualifier = NULL;

	for (size_t i = 0; i < record->manufacturer_vife_len; i++) {
		qualifier = profile_qualifier(
			profile, record->manufacturer_vife[i] & ~EXTENSION_BIT);
		if (!qualifier)
			return;
	}
	if (!qualifier)
		return;
	/* In the place of "manufacturer specific". */
	record->modifier_count--;
	for (size_t i = 0; i < record->manufacturer_vife_len &&
			   record->modifier_count < METERBUS_VIFE_MAX; i++) {
		qualifier = profile_qualifier(
			profile, record->manufacturer_vife[i] & ~EXTENSION_BIT);
		if (!qualifier->words || !*qualifier->words)
			continue;
		record->modifiers[record->modifier_count++] = qualifier->words;
		credit(record, profile, qualifier->place);
	}
	record->manufacturer_vife_len = 0;
}

/* Energy and power of a subunit that counts another kind of them. */
static void apply_kind(struct meterbus_data_record *record,
		       const struct meterbus_profile *profile)
{
	static const struct {
		const char *standard, *quantity, *unit;
		enum profile_kind kind;
	} kinds[] = {
		{ "energy", "reactive energy", "varh", PROFILE_REACTIVE },
		{ "energy", "apparent energy", "VAh", PROFILE_APPARENT },
		{ "power", "reactive power", "var", PROFILE_REACTIVE },
		{ "power", "apparent power", "VA", PROFILE_APPARENT },
	};

	if (record->subunit >= PROFILE_SUBUNITS)
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (profile->kinds[record->subunit] != kinds[i].kind ||
		    strcmp(record->quantity, kinds[i].standard) ||
		    *record->unit != 'W' ||
		    (profile->power_only[record->subunit] &&
		     strcmp(record->quantity, "power")))
			continue;
		record->quantity = kinds[i].quantity;
		record->unit = kinds[i].unit;
		credit(record, profile, profile->kind_place);
		return;
	}
}

/* Types that are passed on are named by their letter. */
static void name_type(struct meterbus_data_record *record,
		      const struct meaning *meaning, const struct data *data)
{
	const char *name = NULL;

	switch (meaning->type) {
	case VIF_TYPE_K:
		name = "type K";
		break;
	case VIF_TYPE_L:
		name = "type L";
		break;
	case VIF_DATE_TIME:
	case VIF_DATE_BY_LENGTH:
		if (data->field == DATA_VARIABLE)
			name = "type M";
		break;
	default:
		break;
	}
	if (name && record->modifier_count < METERBUS_VIFE_MAX)
		record->modifiers[record->modifier_count++] = name;
}

static bool is_bcd(const struct data *data)
{
	return data->field >= DATA_BCD2 && data->field <= DATA_BCD12 &&
	       data->field != DATA_VARIABLE;
}

/*
 * Returns NULL, or why the record has no value. The user group's paper, which
 * meters from before 2001 follow, has no minus sign in BCD.
 */
static const char *interpret_data(struct meterbus_data_record *record,
				  const struct meaning *meaning,
				  const struct data *data)
{
	const char *error;

	if (meaning->type > VIF_UNSIGNED)
		name_type(record, meaning, data);
	error = value_decode(&record->value, data, meaning->type);
	if (error)
		return error;
	if (record->value.type == METERBUS_VALUE_NUMBER &&
	    record->value.number.negative && is_bcd(data))
		record->note = "F in front of BCD is minus; papers before EN 13757 make it ten's complement";
	return scale(&record->value, meaning);
}

static const char *interpret(struct meterbus_data_record *record,
			     const struct blocks *blocks,
			     struct meterbus_data_records *records)
{
	struct meaning meaning = { 0 };
	bool known;
	size_t used;
	static const struct vif reserved = { .quantity = "reserved VIF" };
	const struct vif *row = split_find_vif(blocks, &used);

	if (!row)
		row = &reserved;
	record->quantity = row->quantity;
	record->unit = row->unit ? row->unit : "";
	if (blocks->text.len)
		record->plain_unit = blocks->text;
	meaning.type = row->type;
	meaning.exponent = row->exponent;
	known = records->profile && apply_rule(record, &meaning, blocks,
					       records->profile);
	if ((blocks->vif & ~EXTENSION_BIT) != VIF_MANUFACTURER) {
		apply_vifes(record, &meaning, blocks, used,
			    records->from_master);
		if (records->profile) {
			apply_qualifiers(record, records->profile);
			apply_kind(record, records->profile);
		}
	} else if (!known) {
		record->manufacturer_vife = blocks->vife;
		record->manufacturer_vife_len = blocks->vife_len;
	}

	if (meaning.record_error) {
		record->value.type = METERBUS_VALUE_NONE;
		record->value.invalid = meaning.record_error;
		return NULL;
	}
	if (meaning.profile && records->expand &&
	    blocks->data.field == DATA_VARIABLE &&
	    series_start(records, record,
			 &(struct series_meaning){ meaning.type,
						   meaning.exponent,
						   meaning.thousandths },
			 &blocks->data, meaning.inverse_profile))
		return NULL;
	if (meaning.container && blocks->data.field == DATA_VARIABLE)
		meaning.type = VIF_BYTES;
	if (meaning.type == VIF_IDENTIFIER && records->from_master)
		meaning.type = VIF_IDENTIFIER_MASK;
	return interpret_data(record, &meaning, &blocks->data);
}

/* interpret() for what split_simple() has split: most records. */
static const char *interpret_simple(struct meterbus_data_record *record,
				    const struct blocks *blocks,
				    bool from_master)
{
	const struct vif *row = &vif_primary[blocks->vif];
	struct meaning meaning = { .type = row->type,
				   .exponent = row->exponent };

	if (meaning.type == VIF_IDENTIFIER && from_master)
		meaning.type = VIF_IDENTIFIER_MASK;
	record->quantity = row->quantity ? row->quantity : "reserved VIF";
	record->unit = row->unit ? row->unit : "";
	return interpret_data(record, &meaning, &blocks->data);
}

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
		record->error = records->profile ?
					interpret(record, &blocks, records) :
					interpret_simple(record, &blocks,
							 records->from_master);
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
		record->error = interpret(record, &blocks, records);
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
			record->error = interpret(record, &blocks, records);
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
