// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Types F, G, I and J (EN 13757-3, annex A).
 */
#include <string.h>

#include "base/digits.h"
#include "decode/value.h"

/* Every day, month, year ... in the fields as sent. */
#define SENT_ANY_DAY	0
#define SENT_ANY_MONTH	15
#define SENT_ANY_YEAR	127
#define SENT_ANY_HOUR	31
#define SENT_ANY_MINUTE	63

/* Two-digit years up to here are of this century, if the meter gives none. */
#define CENTURY_TURN	80

static const char *invalid(struct meterbus_value *value, const char *reason)
{
	value->type = METERBUS_VALUE_NONE;
	value->invalid = reason;
	return NULL;
}

static bool all_bytes(const uint8_t *bytes, size_t len, uint8_t byte)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != byte)
			return false;
	return true;
}

static unsigned int days_in(unsigned int month, unsigned int year)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30,
					31, 31, 30, 31, 30, 31 };
	bool leap = year == METERBUS_ANY_YEAR ||
		    (year % 4 == 0 && (year % 100 || year % 400 == 0));

	if (month == METERBUS_ANY)
		return 31;
	return month == 2 && leap ? 29 : days[month - 1];
}

/*
 * Day and year share a byte, month and the rest of the year the next; the
 * same in all types. @century: 0..3, of types that carry one.
 */
static bool take_date(struct meterbus_time *time, const uint8_t *bytes,
		      unsigned int century, unsigned int any_month)
{
	unsigned int day = bytes[0] & 0x1F;
	unsigned int month = bytes[1] & 0x0F;
	unsigned int year = bytes[0] >> 5 | (bytes[1] & 0xF0) >> 1;

	if (year == SENT_ANY_YEAR)
		time->year = METERBUS_ANY_YEAR;
	else if (year > 99)
		return false;
	else if (!century && year <= CENTURY_TURN)
		time->year = 2000 + year;
	else
		time->year = 1900 + 100 * century + year;

	if (month == any_month)
		time->month = METERBUS_ANY;
	else if (month < 1 || month > 12)
		return false;
	else
		time->month = month;

	time->day = day == SENT_ANY_DAY ? METERBUS_ANY : day;
	time->has_date = true;
	return day <= days_in(time->month, time->year);
}

static bool take_clock(struct meterbus_time *time, unsigned int hour,
		       unsigned int minute)
{
	time->hour = hour == SENT_ANY_HOUR ? METERBUS_ANY : hour;
	time->minute = minute == SENT_ANY_MINUTE ? METERBUS_ANY : minute;
	time->has_clock = true;
	return (hour < 24 || hour == SENT_ANY_HOUR) &&
	       (minute < 60 || minute == SENT_ANY_MINUTE);
}

static bool take_second(struct meterbus_time *time, unsigned int second)
{
	time->second = second == SENT_ANY_MINUTE ? METERBUS_ANY : second;
	time->has_second = true;
	return second < 60 || second == SENT_ANY_MINUTE;
}

static bool type_g(struct meterbus_time *time, const uint8_t *b)
{
	return take_date(time, b, 0, SENT_ANY_MONTH);
}

static bool type_f(struct meterbus_time *time, const uint8_t *b)
{
	time->summer_time = b[1] & 0x80;
	return take_clock(time, b[1] & 0x1F, b[0] & 0x3F) &&
	       take_date(time, b + 2, b[1] >> 5 & 3, SENT_ANY_MONTH);
}

static bool type_i(struct meterbus_time *time, const uint8_t *b)
{
	time->summer_time = b[0] & 0x40;
	return take_second(time, b[0] & 0x3F) &&
	       take_clock(time, b[2] & 0x1F, b[1] & 0x3F) &&
	       take_date(time, b + 3, 0, 0);
}

static bool type_j(struct meterbus_time *time, const uint8_t *b)
{
	return take_second(time, b[0] & 0x3F) &&
	       take_clock(time, b[2] & 0x1F, b[1] & 0x3F);
}

const char *time_decode(struct meterbus_value *value, const uint8_t *bytes,
			size_t len, enum vif_type type)
{
	struct meterbus_time time = { 0 };
	bool marked_invalid = false;
	bool possible;

	if (len == 2 ? type == VIF_DATE_TIME : type == VIF_DATE)
		return "a date of a length that has no meaning";

	switch (len) {
	case 2:
		marked_invalid = all_bytes(bytes, len, 0xFF);
		possible = type_g(&time, bytes);
		break;
	case 3:
		possible = type_j(&time, bytes);
		break;
	case 4:
		marked_invalid = bytes[0] & 0x80;
		possible = type_f(&time, bytes);
		break;
	case 6:
		marked_invalid = bytes[1] & 0x80;
		possible = type_i(&time, bytes);
		break;
	default:
		return "a date of a length that has no meaning";
	}
	/* A clock that is not sure of itself still shows what it has. */
	if (marked_invalid && (!possible || time.year == METERBUS_ANY_YEAR ||
			       time.day == METERBUS_ANY))
		return invalid(value, "marked invalid by the meter");
	if (len != 3 && all_bytes(bytes, len, 0))
		return invalid(value, "not set");
	if (!possible)
		return invalid(value, "impossible date or time");
	value->type = METERBUS_VALUE_TIME;
	value->time = time;
	value->time.marked_invalid = marked_invalid;
	return NULL;
}

/* ---------------------------------------------------------- BCD dates */

static unsigned int two_digits(uint8_t byte)
{
	return 10 * (byte >> 4) + (byte & 0xF);
}

const char *time_decode_bcd(struct meterbus_value *value, const uint8_t *bytes,
			    size_t len)
{
	struct meterbus_time time = { .has_date = true };
	const uint8_t *date = len == 6 ? bytes + 3 : bytes;
	bool possible = len == 3 || len == 4 || len == 6;

	if (!len)
		return invalid(value, "no data");
	if (possible && bcd_is_valid(bytes, len) && bytes[len - 1] >> 4 <= 9) {
		time.day = two_digits(date[0]);
		time.month = two_digits(date[1]);
		time.year = two_digits(date[2]);
		if (len == 4)
			time.year += 100 * two_digits(date[3]);
		else
			time.year += time.year <= CENTURY_TURN ? 2000 : 1900;
		if (len == 6) {
			time.second = two_digits(bytes[0]);
			time.minute = two_digits(bytes[1]);
			time.hour = two_digits(bytes[2]);
			time.has_clock = true;
			time.has_second = true;
		}
		if (time.month >= 1 && time.month <= 12 && time.day &&
		    time.day <= days_in(time.month, time.year) &&
		    time.year >= 1900 && time.hour < 24 && time.minute < 60 &&
		    time.second < 60) {
			value->type = METERBUS_VALUE_TIME;
			value->time = time;
			return NULL;
		}
	}
	value_digits(value, bytes, len);
	return NULL;
}

/* --------------------------------------------------- moving in time */

#define DAY 86400

/* Days since 1 March of the year 0 and back, in the Gregorian calendar. */
static int64_t to_days(int64_t year, unsigned int month, unsigned int day)
{
	year -= month < 3;
	return 365 * year + year / 4 - year / 100 + year / 400 +
	       (153 * (month + (month < 3 ? 9 : -3)) + 2) / 5 + day - 1;
}

static void from_days(struct meterbus_time *time, int64_t days)
{
	unsigned int month;
	int64_t year = (400 * days + 146096) / 146097, left;

	/* The estimate is a year too late at most. */
	while ((left = days - (365 * year + year / 4 - year / 100 +
			       year / 400)) < 0)
		year--;
	month = (5 * left + 2) / 153;
	time->day = left - (153 * month + 2) / 5 + 1;
	time->month = month < 10 ? month + 3 : month - 9;
	time->year = year + (time->month < 3);
}

static void add_months(struct meterbus_time *time, int64_t count)
{
	int64_t months = 12 * (int64_t)time->year + time->month - 1 + count;
	bool is_last = time->day == days_in(time->month, time->year);
	unsigned int last;

	time->year = months / 12;
	time->month = months % 12 + 1;
	last = days_in(time->month, time->year);
	/* From one end of a month to another. */
	if (is_last || time->day > last)
		time->day = last;
}

static void add_seconds(struct meterbus_time *time, int64_t count)
{
	int64_t seconds = to_days(time->year, time->month, time->day) * DAY +
			  count;

	if (time->has_clock)
		seconds += 3600 * time->hour + 60 * time->minute;
	if (time->has_second)
		seconds += time->second;
	from_days(time, seconds / DAY);
	seconds %= DAY;
	if (seconds)
		time->has_clock = true;
	time->hour = seconds / 3600;
	time->minute = seconds / 60 % 60;
	time->second = seconds % 60;
	if (time->second)
		time->has_second = true;
}

bool time_add(struct meterbus_time *time, enum time_unit unit, int64_t count)
{
	if (!time->has_date || time->year == METERBUS_ANY_YEAR ||
	    time->month == METERBUS_ANY || time->day == METERBUS_ANY ||
	    (time->has_clock && (time->hour == METERBUS_ANY ||
				 time->minute == METERBUS_ANY)) ||
	    (time->has_second && time->second == METERBUS_ANY))
		return false;
	switch (unit) {
	case TIME_SECOND:
		add_seconds(time, count);
		break;
	case TIME_MONTH:
		add_months(time, count);
		break;
	case TIME_HALF_MONTH:
		/* Halves since the first of the year's first month. */
		count += time->day > 15;
		time->day = 1;
		add_months(time, count >= 0 ? count / 2 : (count - 1) / 2);
		if (count & 1)
			time->day = 16;
		break;
	}
	return true;
}

static size_t put_two(char *out, char before, uint8_t part)
{
	if (before)
		*out++ = before;
	out[0] = part == METERBUS_ANY ? 'X' : '0' + part / 10 % 10;
	out[1] = part == METERBUS_ANY ? 'X' : '0' + part % 10;
	return before ? 3 : 2;
}

char *meterbus_time_format(const struct meterbus_time *time,
			   char out[METERBUS_TIME_TEXT])
{
	size_t len = 0;

	if (time->has_date) {
		if (time->year == METERBUS_ANY_YEAR)
			strcpy(out, "XXXX");
		else
			digits_number(out, time->year % 10000U, 4);
		len = 4;
		len += put_two(out + len, '-', time->month);
		len += put_two(out + len, '-', time->day);
	}
	if (time->has_clock) {
		len += put_two(out + len, time->has_date ? 'T' : '\0',
			       time->hour);
		len += put_two(out + len, ':', time->minute);
	}
	if (time->has_second)
		len += put_two(out + len, ':', time->second);
	out[len] = '\0';
	return out;
}
