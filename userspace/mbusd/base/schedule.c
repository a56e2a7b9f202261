// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "base/schedule.h"

#define DAY 86400

/* The longest time between two 29th of February, in days. */
#define HORIZON (8 * 366)

/* A clock that is set back for the winter repeats this many hours at most. */
#define FOLD_HOURS 2

/* One of the five fields of cron. */
struct range {
	const char *name;
	unsigned int min, max;
};

enum { MINUTE, HOUR, DAY_OF_MONTH, MONTH, WEEKDAY, FIELDS };

static const struct range ranges[FIELDS] = {
	[MINUTE] = { "minute", 0, 59 },
	[HOUR] = { "hour", 0, 23 },
	[DAY_OF_MONTH] = { "day of the month", 1, 31 },
	[MONTH] = { "month", 1, 12 },
	[WEEKDAY] = { "weekday", 0, 7 },
};

static int wrong(const char *text, struct meterbus_error *err)
{
	return meterbus_fail(err, METERBUS_E_USAGE,
			     "'%.60s' is not a schedule; write never, an interval (30s, 15m, 1h, 1d), or five fields as in cron: minute hour day month weekday (0 6 * * *)",
			     text);
}

static int parse_number(const char **text, unsigned int *number)
{
	unsigned int digits = 0;

	*number = 0;
	for (; **text >= '0' && **text <= '9' && digits < 6; digits++)
		*number = *number * 10 + *(*text)++ - '0';
	return digits ? 0 : -1;
}

/* "*", "5", "5-10", each with "/2" behind it. */
static int parse_part(const char **text, const struct range *range,
		      uint64_t *bits)
{
	unsigned int from = range->min, to = range->max, step = 1;
	bool all = **text == '*';

	if (all) {
		(*text)++;
	} else {
		if (parse_number(text, &from) < 0)
			return -1;
		to = from;
		if (**text == '-') {
			(*text)++;
			if (parse_number(text, &to) < 0)
				return -1;
		}
	}
	if (**text == '/') {
		(*text)++;
		if ((to == from && !all) || parse_number(text, &step) < 0)
			return -1;
	}
	if (from < range->min || to > range->max || from > to || !step)
		return -1;
	for (; from <= to; from += step)
		*bits |= 1ULL << from;
	return 0;
}

static int parse_field(const char **text, const struct range *range,
		       uint64_t *bits)
{
	for (;;) {
		if (parse_part(text, range, bits) < 0)
			return -1;
		if (**text != ',')
			break;
		(*text)++;
	}
	return **text == ' ' || **text == '\t' || !**text ? 0 : -1;
}

static int parse_cron(struct schedule *schedule, const char *text,
		      struct meterbus_error *err)
{
	uint64_t bits[FIELDS] = { 0 };
	const char *at = text;

	for (int i = 0; i < FIELDS; i++) {
		at += strspn(at, " \t");
		if (i == DAY_OF_MONTH)
			schedule->any_day = *at == '*';
		if (i == WEEKDAY)
			schedule->any_weekday = *at == '*';
		if (!*at)
			return wrong(text, err);
		if (parse_field(&at, &ranges[i], &bits[i]) < 0)
			return meterbus_fail(err, METERBUS_E_USAGE,
					     "'%.60s': the %s must be *, or numbers from %u to %u with , - and /",
					     text, ranges[i].name,
					     ranges[i].min, ranges[i].max);
	}
	if (at[strspn(at, " \t")])
		return wrong(text, err);
	schedule->kind = SCHEDULE_CRON;
	schedule->minutes = bits[MINUTE];
	schedule->hours = bits[HOUR];
	schedule->days = bits[DAY_OF_MONTH];
	schedule->months = bits[MONTH];
	/* 7 is Sunday, too. */
	schedule->weekdays = (bits[WEEKDAY] | bits[WEEKDAY] >> 7) & 0x7f;
	if (!schedule_next(schedule, 0))
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "'%.60s' never occurs; change its day or month",
				     text);
	return 0;
}

/* "15m"; it has digits and one letter. */
static int parse_interval(struct schedule *schedule, const char *text,
			  struct meterbus_error *err)
{
	static const struct {
		char letter;
		unsigned int seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', DAY } };
	const char *at = text;
	unsigned int number;

	if (parse_number(&at, &number) < 0 || !at[0] || at[1])
		return wrong(text, err);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].letter != at[0])
			continue;
		if (!number || number > DAY / units[i].seconds)
			return meterbus_fail(err, METERBUS_E_USAGE,
					     "'%.60s' is not an interval from 1s to 1d; for longer ones write five fields as in cron: minute hour day month weekday (0 6 1 * *)",
					     text);
		schedule->kind = SCHEDULE_INTERVAL;
		schedule->interval_s = number * units[i].seconds;
		return 0;
	}
	return wrong(text, err);
}

int schedule_parse(struct schedule *schedule, const char *text,
		   struct meterbus_error *err)
{
	*schedule = (struct schedule){ .kind = SCHEDULE_NEVER };
	if (!strcmp(text, "never"))
		return 0;
	if (strpbrk(text, " \t"))
		return parse_cron(schedule, text, err);
	return parse_interval(schedule, text, err);
}

static time_t next_interval(uint32_t interval, time_t after)
{
	time_t midnight = after - after % DAY;
	time_t next = after - midnight;

	next += interval - next % interval;
	/* One that does not divide the day begins again with it. */
	return midnight + (next < DAY ? next : DAY);
}

/* As cron has it: days and weekdays, if both are given, add up. */
static bool day_fits(const struct schedule *schedule, const struct tm *day)
{
	bool by_day = schedule->days >> day->tm_mday & 1;
	bool by_weekday = schedule->weekdays >> day->tm_wday & 1;

	if (!(schedule->months >> (day->tm_mon + 1) & 1))
		return false;
	if (schedule->any_day || schedule->any_weekday)
		return by_day && by_weekday;
	return by_day || by_weekday;
}

/*
 * The first time on @day, not before @hour, that is after @after. Times that do
 * not exist in spring are moved by mktime(); those that exist twice in autumn
 * come once.
 */
static time_t next_on_day(const struct schedule *schedule,
			  const struct tm *day, int hour, time_t after)
{
	for (; hour < 24; hour++) {
		if (!(schedule->hours >> hour & 1))
			continue;
		for (int minute = 0; minute < 60; minute++) {
			struct tm tm = {
				.tm_year = day->tm_year,
				.tm_mon = day->tm_mon,
				.tm_mday = day->tm_mday,
				.tm_hour = hour,
				.tm_min = minute,
				.tm_isdst = -1,
			};
			time_t time;

			if (!(schedule->minutes >> minute & 1))
				continue;
			time = mktime(&tm);
			if (time > after)
				return time;
		}
	}
	return 0;
}

static time_t next_cron(const struct schedule *schedule, time_t after)
{
	struct tm now, day;
	time_t time;
	int hour;

	if (!localtime_r(&after, &now))
		return 0;
	day = now;
	hour = now.tm_hour > FOLD_HOURS ? now.tm_hour - FOLD_HOURS : 0;
	for (int i = 0; i < HORIZON; i++, hour = 0) {
		if (day_fits(schedule, &day)) {
			time = next_on_day(schedule, &day, hour, after);
			if (time)
				return time;
		}
		/* Noon is on every day, whatever the clock does at night. */
		day.tm_mday++;
		day.tm_hour = 12;
		day.tm_min = 0;
		day.tm_sec = 0;
		day.tm_isdst = -1;
		if (mktime(&day) == (time_t)-1)
			return 0;
	}
	return 0;
}

time_t schedule_next(const struct schedule *schedule, time_t after)
{
	switch (schedule->kind) {
	case SCHEDULE_INTERVAL:
		return next_interval(schedule->interval_s, after);
	case SCHEDULE_CRON:
		return next_cron(schedule, after);
	default:
		return 0;
	}
}

time_t schedule_period(const struct schedule *schedule, time_t after)
{
	time_t first = schedule_next(schedule, after);
	time_t second = first ? schedule_next(schedule, first) : 0;
	time_t third = second ? schedule_next(schedule, second) : 0;

	if (!third)
		return 0;
	return second - first > third - second ? second - first :
						 third - second;
}
