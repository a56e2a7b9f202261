// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a record means: its VIF and VIFEs, and what the description of the meter
 * adds to them.
 */
#include <string.h>

#include "base/decimal.h"
#include "decode/meaning.h"
#include "decode/profile.h"
#include "decode/series.h"
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
	const struct profile_rule *rule;	/* of the meter's description */
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
	meaning->rule = rule;
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

/* Whether the description of the meter says that the data is none. */
static bool is_none(const struct meaning *meaning, const struct data *data)
{
	return meaning->rule && meaning->rule->none_len &&
	       meaning->rule->none_len == data->len &&
	       !memcmp(meaning->rule->none, data->bytes, data->len);
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

	if (is_none(meaning, data)) {
		record->value.type = METERBUS_VALUE_NONE;
		record->value.invalid = "the meter has no value";
		return NULL;
	}
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

const char *meaning_apply(struct meterbus_data_record *record,
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

const char *meaning_apply_simple(struct meterbus_data_record *record,
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
