/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a meter is due. Pure: callers pass the time.
 */
#ifndef MBUSD_SCHEDULE_H
#define MBUSD_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <meterbus/error.h>

enum schedule_kind {
	SCHEDULE_NEVER,		/* on request only */
	SCHEDULE_INTERVAL,	/* "15m": at multiples of it since 00:00 UTC */
	SCHEDULE_CRON,		/* "0 6 * * *": minute hour day month weekday */
};

struct schedule {
	enum schedule_kind kind;
	uint32_t interval_s;
	/* A bit for each value that fits; local time. */
	uint64_t minutes;
	uint32_t hours;
	uint32_t days;
	uint16_t months;
	uint8_t weekdays;
	bool any_day;		/* "*" for the day of the month */
	bool any_weekday;
};

/*
 * "never", "30s", "15m", "1h", "1d", or five fields as cron has them, with
 * lists, ranges and steps. Returns 0, or -1 with METERBUS_E_USAGE.
 */
int schedule_parse(struct schedule *schedule, const char *text,
		   struct meterbus_error *err);

/*
 * The first time after @after at which @schedule is due, seconds since 1970;
 * 0 if it never is.
 */
time_t schedule_next(const struct schedule *schedule, time_t after);

/* The longer of the next two times between readouts, in seconds; 0: never. */
time_t schedule_period(const struct schedule *schedule, time_t after);

#endif
