// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "base/decimal.h"
#include "decode/series.h"
#include "decode/split.h"

/* First byte: how values follow from each other, unit of the distance, size. */
#define CONTROL_MODE(byte)	((byte) >> 6)
#define CONTROL_UNIT(byte)	((byte) >> 4 & 3)
#define CONTROL_FIELD(byte)	((byte) & 0xF)

enum mode { MODE_ABSOLUTE, MODE_INCREMENTS, MODE_DECREMENTS, MODE_DIFFERENCES };
enum unit { UNIT_SECOND, UNIT_MINUTE, UNIT_HOUR, UNIT_DAY };

/* Second byte: how many of the unit; 0 is no distance in time. */
#define SPACING_MAX		250
#define SPACING_HALF_MONTH	253
#define SPACING_MONTHS		254	/* one, or by unit three or six */

/* The distance from one value to the next. Returns false if there is none. */
static bool distance(uint8_t control, uint8_t spacing, enum time_unit *unit,
		     int64_t *count)
{
	static const int64_t seconds[] = { 1, 60, 3600, 86400 };
	static const int64_t months[] = { 0, 6, 3, 1 };

	*unit = TIME_SECOND;
	*count = spacing * seconds[CONTROL_UNIT(control)];
	if (spacing && spacing <= SPACING_MAX)
		return true;
	if (spacing == SPACING_HALF_MONTH) {
		*unit = TIME_HALF_MONTH;
		*count = 1;
		return CONTROL_UNIT(control) == UNIT_DAY;
	}
	*unit = TIME_MONTH;
	*count = months[CONTROL_UNIT(control)];
	return spacing == SPACING_MONTHS && *count;
}

static bool same_register(const struct meterbus_data_record *a,
			  const struct meterbus_data_record *b)
{
	return a->storage == b->storage && a->tariff == b->tariff &&
	       a->subunit == b->subunit && a->function == b->function &&
	       a->quantity && b->quantity &&
	       !strcmp(a->quantity, b->quantity) && !strcmp(a->unit, b->unit);
}

static bool is_date(const struct meterbus_data_record *record)
{
	return record->value.type == METERBUS_VALUE_TIME &&
	       record->value.time.has_date && !record->modifier_count;
}

/*
 * Looks through the records in front of the profile for its time, of the same
 * tariff and subunit if there is such a one, and its first value.
 */
static void find_base(const struct meterbus_data_records *all,
		      struct meterbus_series *series)
{
	const struct meterbus_data_record *own = &series->record;
	struct meterbus_data_records records = *all;
	struct meterbus_data_record record;
	bool exact = false;

	records.next = all->first;
	records.format = all->first_format;
	records.expand = false;
	while (meterbus_data_record_next(&records, &record) &&
	       (record.head != own->head)) {
		bool same_part = record.tariff == own->tariff &&
				 record.subunit == own->subunit;

		if (record.error || record.storage != own->storage)
			continue;
		if (is_date(&record) && !exact) {
			series->record.time = record.value.time;
			series->record.has_time = true;
			exact = same_part;
		}
		if (record.value.type == METERBUS_VALUE_NUMBER &&
		    same_register(&record, own)) {
			series->base = record.value.number;
			series->has_base = true;
		}
	}
}

bool series_start(struct meterbus_data_records *records,
		  const struct meterbus_data_record *record,
		  const struct series_meaning *meaning,
		  const struct data *data, bool inverse)
{
	struct meterbus_series *series = &records->series;
	enum time_unit unit;
	size_t step, len;
	int64_t count;
	uint8_t field;

	if (data->len < 2)
		return false;
	field = CONTROL_FIELD(data->bytes[0]);
	step = field == DATA_VARIABLE ? 0 : split_data_length[field];
	len = data->len - 2;
	if (!step || !len || len % step ||
	    !distance(data->bytes[0], data->bytes[1], &unit, &count))
		return false;
	series->record = *record;
	series->has_base = false;
	find_base(records, series);
	/* Increments of something unknown are no values. */
	if (CONTROL_MODE(data->bytes[0]) != MODE_ABSOLUTE && !series->has_base)
		return false;
	series->next = data->bytes + 2;
	series->end = data->bytes + data->len;
	series->control = data->bytes[0];
	series->spacing = data->bytes[1];
	series->inverse = inverse;
	series->type = meaning->type;
	series->exponent = meaning->exponent;
	series->thousandths = meaning->thousandths;
	return true;
}

/* All ones, or F in each digit, stand for a value that is not there. */
static bool is_missing(const uint8_t *bytes, size_t len)
{
	while (len--)
		if (*bytes++ != 0xFF)
			return false;
	return true;
}

/* Where the next value goes on from the last, or stands by itself. */
static const char *combine(struct meterbus_series *series,
			   struct meterbus_decimal *number)
{
	enum mode mode = CONTROL_MODE(series->control);
	bool falls = (mode == MODE_DECREMENTS) != series->inverse;

	number->exponent += series->exponent;
	if (mode == MODE_ABSOLUTE) {
		if (series->thousandths &&
		    !decimal_add_thousandths(number, series->thousandths))
			return "more digits than can be kept after correction";
		return NULL;
	}
	if (falls)
		number->negative = !number->negative;
	if (!decimal_add(&series->base, number))
		return "more digits than can be kept after correction";
	*number = series->base;
	return NULL;
}

static const char *take_value(struct meterbus_series *series,
			      struct meterbus_value *value, size_t len)
{
	enum mode mode = CONTROL_MODE(series->control);
	bool one_way = mode == MODE_INCREMENTS || mode == MODE_DECREMENTS;
	enum vif_type type = one_way && series->type == VIF_NUMBER ?
				     VIF_UNSIGNED : series->type;
	const struct data data = {
		.field = CONTROL_FIELD(series->control),
		.bytes = series->next,
		.len = len,
	};
	const char *error;

	if (is_missing(series->next, len) &&
	    (mode != MODE_DIFFERENCES || data.field > DATA_INT64)) {
		value->type = METERBUS_VALUE_NONE;
		value->invalid = "no data available";
	} else {
		error = value_decode(value, &data, type);
		if (error)
			return error;
		if (value->type == METERBUS_VALUE_NUMBER)
			return combine(series, &value->number);
	}
	/* What comes behind a missing increment has nothing to begin with. */
	if (mode != MODE_ABSOLUTE)
		series->has_base = false;
	return NULL;
}

bool series_next(struct meterbus_series *series,
		 struct meterbus_data_record *record)
{
	size_t len = split_data_length[CONTROL_FIELD(series->control)];
	struct meterbus_data_record *shared = &series->record;
	enum time_unit unit;
	int64_t count;

	if (series->next == series->end)
		return false;
	distance(series->control, series->spacing, &unit, &count);
	shared->storage++;
	if (unit == TIME_MONTH && count == 1)
		shared->month++;
	if (shared->has_time &&
	    !time_add(&shared->time, unit, series->inverse ? -count : count))
		shared->has_time = false;
	*record = *shared;
	if (CONTROL_MODE(series->control) != MODE_ABSOLUTE &&
	    !series->has_base) {
		record->value.type = METERBUS_VALUE_NONE;
		record->value.invalid = "no data available";
	} else {
		record->error = take_value(series, &record->value, len);
	}
	/* The first one has the profile's head among its bytes. */
	record->raw_len = series->next + len - record->raw;
	series->next += len;
	shared->raw = series->next;
	return true;
}
