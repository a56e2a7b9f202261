// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>

#include "decode/fixed.h"
#include "decode/value.h"

#define STATUS_BINARY	0x01	/* counters are binary and signed, not BCD */
#define STATUS_STORED	0x02	/* counters are of a fixed date */

#define UNIT_MASK	0x3F	/* the two bits above are the medium's */
#define UNIT_TIME	0x00	/* h,m,s */
#define UNIT_DATE	0x01	/* D,M,Y */
#define UNIT_SAME	0x3E	/* as the other one, at an earlier time */

/* From here to the last but one: media of meters in "mode 2". */
#define MEDIUM_MODE_2	0xA
#define MEDIUM_RESERVED	0xF

/* Two decimal digits of @digits, from the 10^@place on. */
static unsigned int two_digits(uint64_t digits, unsigned int place)
{
	while (place--)
		digits /= 10;
	return digits % 100;
}

/*
 * The digits hhmmss or DDMMYY. A duration of a day or more, as counters of
 * hours have it, is text: 111:30:05. What is no time stays a number.
 */
static void take_time(struct meterbus_value *value, uint8_t unit)
{
	struct meterbus_time time = { 0 };
	uint64_t digits = value->number.mantissa;
	unsigned int low = two_digits(digits, 0), mid = two_digits(digits, 2);
	uint64_t high = digits / 10000;

	if (value->number.negative)
		return;
	if (unit == UNIT_DATE) {
		if (high < 1 || high > 31 || mid < 1 || mid > 12)
			return;
		time = (struct meterbus_time){
			.has_date = true, .day = high, .month = mid,
			.year = low <= 80 ? 2000 + low : 1900 + low,
		};
	} else if (low > 59 || mid > 59) {
		return;
	} else if (high > 23) {
		snprintf(value->word, METERBUS_WORD_SIZE, "%llu:%02u:%02u",
			 (unsigned long long)high, mid, low);
		value->type = METERBUS_VALUE_WORD;
		return;
	} else {
		time = (struct meterbus_time){
			.has_clock = true, .has_second = true, .hour = high,
			.minute = mid, .second = low,
		};
	}
	value->type = METERBUS_VALUE_TIME;
	value->time = time;
}

static const struct vif units[UNIT_MASK + 1] = {
	[UNIT_TIME] = { "time", NULL, 0, VIF_NUMBER },
	[UNIT_DATE] = { "date", NULL, 0, VIF_NUMBER },
#define THREE(code, quantity, unit, exponent)				\
	[code] = { quantity, unit, exponent, VIF_NUMBER },		\
	[(code) + 1] = { quantity, unit, (exponent) + 1, VIF_NUMBER },	\
	[(code) + 2] = { quantity, unit, (exponent) + 2, VIF_NUMBER }
	THREE(0x02, "energy", "Wh", 0),
	THREE(0x05, "energy", "Wh", 3),
	THREE(0x08, "energy", "Wh", 6),
	THREE(0x0B, "energy", "J", 3),
	THREE(0x0E, "energy", "J", 6),
	THREE(0x11, "energy", "J", 9),
	THREE(0x14, "power", "W", 0),
	THREE(0x17, "power", "W", 3),
	THREE(0x1A, "power", "W", 6),
	THREE(0x1D, "power", "J/h", 3),
	THREE(0x20, "power", "J/h", 6),
	THREE(0x23, "power", "J/h", 9),
	THREE(0x26, "volume", "m³", -6),
	THREE(0x29, "volume", "m³", -3),
	THREE(0x2C, "volume", "m³", 0),
	THREE(0x2F, "volume flow", "m³/h", -6),
	THREE(0x32, "volume flow", "m³/h", -3),
	THREE(0x35, "volume flow", "m³/h", 0),
#undef THREE
	[0x38] = { "temperature", "°C", -3, VIF_NUMBER },
	[0x39] = { "units for HCA", NULL, 0, VIF_NUMBER },
	[0x3F] = { "dimensionless", NULL, 0, VIF_NUMBER },
};

/* Two bits above each of the units. */
static unsigned int medium_code(const uint8_t *bytes)
{
	return bytes[FIXED_UNITS] >> 6 | bytes[FIXED_UNITS + 1] >> 6 << 2;
}

uint8_t fixed_medium(const uint8_t *bytes)
{
	static const uint8_t media[16] = {
		[0x0] = 0x00, /* other */
		[0x1] = 0x01, /* oil */
		[0x2] = 0x02, /* electricity */
		[0x3] = 0x03, /* gas */
		[0x4] = 0x04, /* heat */
		[0x5] = 0x05, /* steam */
		[0x6] = 0x06, /* hot water */
		[0x7] = 0x07, /* water */
		[0x8] = 0x08, /* heat cost allocator */
		[0x9] = 0xFF,
		[0xA] = 0x03, /* again, mode 2 */
		[0xB] = 0x04,
		[0xC] = 0x06,
		[0xD] = 0x07,
		[0xE] = 0x08,
		[0xF] = 0xFF,
	};

	return media[medium_code(bytes)];
}

bool fixed_counters_high_byte_first(const uint8_t *bytes)
{
	unsigned int medium = medium_code(bytes);

	return medium >= MEDIUM_MODE_2 && medium < MEDIUM_RESERVED;
}

void fixed_counter(struct meterbus_data_record *record, unsigned int index,
		   uint8_t status, const uint8_t sent[FIXED_COUNTERS],
		   bool high_byte_first)
{
	uint8_t unit = sent[index] & UNIT_MASK;
	struct data data = {
		.field = status & STATUS_BINARY ? DATA_INT32 : DATA_BCD8,
		.high_byte_first = high_byte_first,
		.bytes = record->raw,
		.len = FIXED_COUNTER_LEN,
	};
	const struct vif *row;

	if (unit == UNIT_SAME) {
		record->storage = 1;
		unit = sent[!index] & UNIT_MASK;
	}
	row = &units[unit];
	if (!row->quantity) {
		record->error = "reserved unit";
		return;
	}
	record->quantity = row->quantity;
	record->unit = row->unit ? row->unit : "";
	if (status & STATUS_STORED)
		record->modifiers[record->modifier_count++] =
			"stored at a fixed date";
	record->error = value_decode(&record->value, &data, row->type);
	if (record->value.type != METERBUS_VALUE_NUMBER)
		return;
	record->value.number.exponent += row->exponent;
	if (unit == UNIT_TIME || unit == UNIT_DATE)
		take_time(&record->value, unit);
}
