// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a meter is due, also after clock steps.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kselftest_harness.h"

#include "../../userspace/mbusd/reader/agenda.h"

/* Europe/Berlin without its file: last Sundays of March and October. */
#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"

static void zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

/* "2026-03-29 02:30" in the zone in force; what it is in UTC with "Z" behind. */
static time_t at(const char *text)
{
	struct tm tm = { .tm_isdst = -1 };
	char end = 0;

	sscanf(text, "%d-%d-%d %d:%d:%d%c", &tm.tm_year, &tm.tm_mon,
	       &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end);
	tm.tm_year -= 1900;
	tm.tm_mon--;
	return end == 'Z' ? timegm(&tm) : mktime(&tm);
}

#define EXPECT_NEXT(schedule_text, after, expected)                            \
	do {                                                                   \
		struct schedule s_;                                            \
		struct meterbus_error err_;                                    \
		ASSERT_EQ(0, schedule_parse(&s_, schedule_text, &err_))        \
		{                                                              \
			TH_LOG("%s: %s", schedule_text, err_.text);            \
		}                                                              \
		EXPECT_EQ(at(expected), schedule_next(&s_, at(after)))         \
		{                                                              \
			TH_LOG("%s after %s", schedule_text, after);           \
		}                                                              \
	} while (0)

TEST(intervals_are_multiples_since_midnight_utc)
{
	zone(BERLIN);
	EXPECT_NEXT("15m", "2026-01-31 06:00:00Z", "2026-01-31 06:15:00Z");
	EXPECT_NEXT("15m", "2026-01-31 06:14:59Z", "2026-01-31 06:15:00Z");
	EXPECT_NEXT("1d", "2026-01-31 06:14:59Z", "2026-02-01 00:00:00Z");
	EXPECT_NEXT("1s", "2026-01-31 06:14:59Z", "2026-01-31 06:15:00Z");
	/* An interval that does not divide a day restarts with the day. */
	EXPECT_NEXT("7h", "2026-01-31 21:00:00Z", "2026-02-01 00:00:00Z");
}

TEST(cron_fields_have_lists_ranges_and_steps)
{
	zone("UTC");
	EXPECT_NEXT("0 6 * * *", "2026-01-31 06:00:00", "2026-02-01 06:00:00");
	EXPECT_NEXT("*/20 * * * *", "2026-01-31 06:40:30",
		    "2026-01-31 07:00:00");
	EXPECT_NEXT("5,35 8-10 * * *", "2026-01-31 08:05:00",
		    "2026-01-31 08:35:00");
	EXPECT_NEXT("0 0 1-10/3 2 *", "2026-01-31 08:05:00",
		    "2026-02-01 00:00:00");
	EXPECT_NEXT("0 0 29 2 *", "2026-03-01 00:00:00",
		    "2028-02-29 00:00:00");
	EXPECT_NEXT("59 23 31 12 *", "2026-12-31 23:59:00",
		    "2027-12-31 23:59:00");
}

TEST(cron_days_and_weekdays_add_up)
{
	zone("UTC");
	/* 2026-01-31 is a Saturday. */
	EXPECT_NEXT("0 6 * * 1", "2026-01-31 06:00:00", "2026-02-02 06:00:00");
	EXPECT_NEXT("0 6 * * 7", "2026-01-31 06:00:00", "2026-02-01 06:00:00");
	EXPECT_NEXT("0 6 15 * 1", "2026-02-10 06:00:00", "2026-02-15 06:00:00");
	EXPECT_NEXT("0 6 15 * 1", "2026-02-15 06:00:00", "2026-02-16 06:00:00");
}

/* 02:30 does not exist on that day; the readout must not be left out. */
TEST(a_skipped_time_occurs_on_that_day)
{
	struct schedule schedule;
	time_t next;

	zone(BERLIN);
	ASSERT_EQ(0, schedule_parse(&schedule, "30 2 * * *", NULL));
	next = schedule_next(&schedule, at("2026-03-28 02:30:00"));
	EXPECT_LE(at("2026-03-29 01:30:00"), next);
	EXPECT_GE(at("2026-03-29 03:30:00"), next);
	EXPECT_EQ(at("2026-03-30 02:30:00"), schedule_next(&schedule, next));
}

TEST(a_repeated_time_occurs_once)
{
	struct schedule schedule;
	time_t next;

	zone(BERLIN);
	ASSERT_EQ(0, schedule_parse(&schedule, "30 2 * * *", NULL));
	next = schedule_next(&schedule, at("2026-10-24 02:30:00"));
	EXPECT_LT(at("2026-10-25 00:00:00"), next);
	EXPECT_EQ(at("2026-10-26 02:30:00"), schedule_next(&schedule, next));
}

TEST(an_invalid_schedule_is_refused_with_a_reason)
{
	static const char *const texts[] = {
		"", "15", "m", "0s", "2d", "15x", "15m ", "-5m", "1.5h",
		"0 6 * *", "0 6 * * * *", "60 6 * * *", "0 24 * * *",
		"0 6 0 * *", "0 6 * 13 *", "0 6 * * 8", "5-1 * * * *",
		"*/0 * * * *", "0 0 31 2 *", "a b c d e", "1,,2 * * * *",
		"99999999999999999999m", "0 6 * * mon",
	};
	struct schedule schedule;
	struct meterbus_error err;

	zone("UTC");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		err.text[0] = '\0';
		EXPECT_EQ(-1, schedule_parse(&schedule, texts[i], &err))
		{
			TH_LOG("accepted: '%s'", texts[i]);
		}
		EXPECT_EQ(METERBUS_E_USAGE, err.kind);
		EXPECT_NE('\0', err.text[0]);
	}
	EXPECT_EQ(0, schedule_parse(&schedule, "never", &err));
	EXPECT_EQ(0, schedule_next(&schedule, 0));
}

/* ------------------------------------------------------------- the agenda */

FIXTURE(agenda)
{
	struct config config;
	struct config_bus bus;
	struct config_meter meters[3];
	struct config_meter *pointers[3];
	struct agenda agenda;
	struct agenda_time now;
};

static int64_t last_ns;	/* of every meter */

static int64_t get_last(void *context, const struct config_meter *meter)
{
	(void)context;
	(void)meter;
	return last_ns;
}

FIXTURE_SETUP(agenda)
{
	static char names[][2] = { "a", "b", "c" };

	zone("UTC");
	memset(self, 0, sizeof(*self));
	for (int i = 0; i < 3; i++) {
		self->meters[i].name = names[i];
		self->meters[i].bus = &self->bus;
		self->meters[i].address.primary = i + 1;
		schedule_parse(&self->meters[i].schedule, "15m", NULL);
		self->pointers[i] = &self->meters[i];
	}
	self->config.meters = self->pointers;
	self->config.meter_count = 3;
	self->now.real = at("2026-01-31 06:00:00Z");
	self->now.monotonic = 1000;
	last_ns = (self->now.real - 60) * 1000000000LL;
	ASSERT_EQ(0, agenda_set(&self->agenda, &self->config, &self->bus,
				self->now, get_last, NULL));
}

FIXTURE_TEARDOWN(agenda)
{
	agenda_free(&self->agenda);
}

#define self_pass(seconds)                          \
	do {                                        \
		self->now.real += (seconds);        \
		self->now.monotonic += (seconds);   \
	} while (0)

/* Reads all that is due; returns how many that were. */
static int read_all(struct agenda *agenda, struct agenda_time now)
{
	struct agenda_item *item;
	int count = 0;

	while ((item = agenda_due(agenda, now)) && count < 1000) {
		agenda_done(item, now);
		count++;
	}
	return count;
}

TEST_F(agenda, each_meter_is_due_once_in_its_interval)
{
	EXPECT_EQ(3, read_all(&self->agenda, self->now));
	for (int minute = 1; minute < 15; minute++) {
		self_pass(60);
		EXPECT_EQ(0, read_all(&self->agenda, self->now));
	}
	EXPECT_EQ(self->now.real + 60, agenda_next(&self->agenda).real);
	self_pass(60);
	EXPECT_EQ(3, read_all(&self->agenda, self->now));
}

TEST_F(agenda, missed_readouts_are_replaced_by_one)
{
	self_pass(86400 + 7);
	EXPECT_EQ(3, read_all(&self->agenda, self->now));
}

TEST_F(agenda, a_restart_repeats_nothing_and_misses_nothing)
{
	struct agenda fresh = { 0 };

	/* Read just now. */
	last_ns = self->now.real * 1000000000LL;
	ASSERT_EQ(0, agenda_set(&fresh, &self->config, &self->bus, self->now,
				get_last, NULL));
	EXPECT_EQ(0, read_all(&fresh, self->now));
	agenda_free(&fresh);

	/* Not running when the meter was due. */
	last_ns -= 3600 * 1000000000LL;
	ASSERT_EQ(0, agenda_set(&fresh, &self->config, &self->bus, self->now,
				get_last, NULL));
	EXPECT_EQ(3, read_all(&fresh, self->now));
	agenda_free(&fresh);

	/* New, and never read. */
	last_ns = 0;
	ASSERT_EQ(0, agenda_set(&fresh, &self->config, &self->bus, self->now,
				get_last, NULL));
	EXPECT_EQ(3, read_all(&fresh, self->now));
	agenda_free(&fresh);
}

TEST_F(agenda, a_clock_set_forward_causes_one_readout_at_most)
{
	EXPECT_EQ(3, read_all(&self->agenda, self->now));
	self_pass(450);
	self->now.real += 10 * 365 * 86400;
	EXPECT_EQ(3, read_all(&self->agenda, self->now));
	EXPECT_EQ(0, read_all(&self->agenda, self->now));
}

TEST_F(agenda, a_clock_set_back_delays_no_meter)
{
	EXPECT_EQ(3, read_all(&self->agenda, self->now));
	self->now.real -= 10 * 365 * 86400;
	EXPECT_EQ(0, read_all(&self->agenda, self->now));
	self_pass(900);
	EXPECT_EQ(3, read_all(&self->agenda, self->now));
}

/* As if two hosts set the clock of a third one. */
TEST_F(agenda, a_clock_set_repeatedly_causes_no_extra_readouts)
{
	int count = 0;

	for (int i = 0; i < 900; i++) {
		self_pass(1);
		self->now.real += i % 2 ? 7200 : -7200;
		count += read_all(&self->agenda, self->now);
	}
	EXPECT_LE(3, count);
	EXPECT_GE(9, count);
}

TEST_F(agenda, a_failed_meter_is_tried_again_after_the_others)
{
	struct agenda_item *item = agenda_due(&self->agenda, self->now);
	const struct config_meter *failing = item->meter;

	agenda_failed(item, self->now);
	EXPECT_EQ(2, read_all(&self->agenda, self->now));
	EXPECT_LT(0, agenda_next(&self->agenda).monotonic);
	self->now.monotonic = agenda_next(&self->agenda).monotonic;
	item = agenda_due(&self->agenda, self->now);
	ASSERT_NE(NULL, item);
	EXPECT_EQ(failing, item->meter);
	agenda_failed(item, self->now);
	self_pass(60);
	item = agenda_due(&self->agenda, self->now);
	ASSERT_NE(NULL, item);
	agenda_failed(item, self->now);
	/* No further attempt before it is due again. */
	self_pass(60);
	EXPECT_EQ(NULL, agenda_due(&self->agenda, self->now));
	self->now.real = at("2026-01-31 06:15:00Z");
	self->now.monotonic += 900;
	EXPECT_EQ(3, read_all(&self->agenda, self->now));
}

/* After a wait in which all meters became due, also where it is the first. */
TEST_F(agenda, a_retry_waits_for_all_that_are_due)
{
	struct agenda_item *failed = agenda_due(&self->agenda, self->now);
	struct agenda_item *item;

	agenda_failed(failed, self->now);
	EXPECT_EQ(2, read_all(&self->agenda, self->now));
	self_pass(900);
	for (int i = 0; i < 2; i++) {
		item = agenda_due(&self->agenda, self->now);
		ASSERT_NE(NULL, item);
		EXPECT_NE(failed, item);
		agenda_done(item, self->now);
	}
	EXPECT_EQ(failed, agenda_due(&self->agenda, self->now));
}

/* It may be due again before the others. */
TEST_F(agenda, a_retry_waits_also_where_its_schedule_is_shorter)
{
	struct agenda_item *item;

	schedule_parse(&self->meters[2].schedule, "5m", NULL);
	EXPECT_EQ(3, read_all(&self->agenda, self->now));
	self_pass(300);
	item = agenda_due(&self->agenda, self->now);
	ASSERT_NE(NULL, item);
	EXPECT_EQ(&self->meters[2], item->meter);
	agenda_failed(item, self->now);
	self_pass(600);
	item = agenda_due(&self->agenda, self->now);
	ASSERT_NE(NULL, item);
	EXPECT_EQ(&self->meters[0], item->meter);
}

TEST_F(agenda, a_meter_that_is_read_is_not_due_again_soon)
{
	struct agenda_item *item = agenda_due(&self->agenda, self->now);

	agenda_done(item, self->now);
	EXPECT_EQ(2, read_all(&self->agenda, self->now));
	/* A clock set forward alone does not make the meter due. */
	self->now.real += 900;
	self->now.monotonic += 449;
	EXPECT_EQ(0, read_all(&self->agenda, self->now));
	EXPECT_EQ(self->now.monotonic + 1, agenda_next(&self->agenda).monotonic);
	self->now.monotonic++;
	EXPECT_EQ(3, read_all(&self->agenda, self->now));
}

TEST_F(agenda, retries_come_after_10_and_20_seconds_more)
{
	struct agenda_item *item = agenda_due(&self->agenda, self->now);

	EXPECT_EQ(0, agenda_next(&self->agenda).monotonic);
	agenda_failed(item, self->now);
	EXPECT_EQ(2, read_all(&self->agenda, self->now));
	self_pass(9);
	EXPECT_EQ(NULL, agenda_due(&self->agenda, self->now));
	EXPECT_EQ(self->now.monotonic + 1, agenda_next(&self->agenda).monotonic);
	self_pass(1);
	ASSERT_EQ(item, agenda_due(&self->agenda, self->now));
	agenda_failed(item, self->now);
	self_pass(19);
	EXPECT_EQ(NULL, agenda_due(&self->agenda, self->now));
	self_pass(1);
	ASSERT_EQ(item, agenda_due(&self->agenda, self->now));
	agenda_done(item, self->now);
	/* The count starts again. */
	self_pass(900);
	EXPECT_EQ(item, agenda_due(&self->agenda, self->now));
	agenda_failed(item, self->now);
	EXPECT_EQ(2, read_all(&self->agenda, self->now));
	EXPECT_EQ(self->now.monotonic + 10, agenda_next(&self->agenda).monotonic);
}

TEST_F(agenda, no_retry_after_the_next_due_time)
{
	struct agenda_item *item = agenda_due(&self->agenda, self->now);

	self->now.real = at("2026-01-31 06:14:50Z");
	agenda_failed(item, self->now);
	EXPECT_EQ(2, read_all(&self->agenda, self->now));
	EXPECT_EQ(0, agenda_next(&self->agenda).monotonic);
	EXPECT_EQ(at("2026-01-31 06:15:00Z"), agenda_next(&self->agenda).real);
}

TEST_F(agenda, a_new_schedule_counts_from_now)
{
	struct config_meter changed = self->meters[1];
	struct config_meter *all[3] = { &self->meters[0], &changed,
					&self->meters[2] };
	struct config config = { .meters = all, .meter_count = 3 };
	static const char *const schedules[] = {
		"5m", "3 * * * *", "* 6 * * *", "* * 31 * *", "* * * 1 *",
		"* * * * 6", "* * 31 * 6",
	};

	EXPECT_EQ(3, read_all(&self->agenda, self->now));
	for (size_t i = 0; i < sizeof(schedules) / sizeof(*schedules); i++) {
		self->meters[1] = changed;
		schedule_parse(&changed.schedule, schedules[i], NULL);
		ASSERT_EQ(0, agenda_set(&self->agenda, &config, &self->bus,
					self->now, get_last, NULL));
		EXPECT_EQ(schedule_next(&changed.schedule, self->now.real),
			  self->agenda.items[1].next)
		{
			TH_LOG("%s", schedules[i]);
		}
		/* agenda_set() compares with the meter of before. */
		self->agenda.items[1].meter = &self->meters[1];
		self->meters[1].schedule = changed.schedule;
	}
}

/* Another name or another address is another meter. */
TEST_F(agenda, a_meter_is_identified_by_name_and_address)
{
	struct config_meter changed = self->meters[1];
	struct config_meter *all[3] = { &self->meters[0], &changed,
					&self->meters[2] };
	struct config config = { .meters = all, .meter_count = 3 };
	static char other[] = "other";

	EXPECT_EQ(3, read_all(&self->agenda, self->now));
	last_ns = 0;
	for (int i = 0; i < 4; i++) {
		changed = self->meters[1];
		if (i == 0)
			changed.name = other;
		else if (i == 1)
			changed.address.primary++;
		else if (i == 2)
			changed.address.secondary = true;
		else
			changed.address.bytes[7] = 1;
		self->agenda.items[1].meter = &self->meters[1];
		ASSERT_EQ(0, agenda_set(&self->agenda, &config, &self->bus,
					self->now, get_last, NULL));
		EXPECT_EQ(1, read_all(&self->agenda, self->now))
		{
			TH_LOG("%d", i);
		}
	}
}

TEST_F(agenda, a_reload_keeps_the_state_of_a_meter)
{
	struct config_meter *others[2] = { &self->meters[2], &self->meters[0] };
	struct config config = { .meters = others, .meter_count = 2 };

	EXPECT_EQ(3, read_all(&self->agenda, self->now));
	last_ns = 0;
	ASSERT_EQ(0, agenda_set(&self->agenda, &config, &self->bus, self->now,
				get_last, NULL));
	EXPECT_EQ(0, read_all(&self->agenda, self->now));
	/* An added meter is new. */
	ASSERT_EQ(0, agenda_set(&self->agenda, &self->config, &self->bus,
				self->now, get_last, NULL));
	EXPECT_EQ(1, read_all(&self->agenda, self->now));
}

TEST(the_period_is_the_longer_one_of_the_next_two)
{
	struct schedule schedule;

	setenv("TZ", "UTC", 1);
	tzset();
	ASSERT_EQ(0, schedule_parse(&schedule, "15m", NULL));
	EXPECT_EQ(900, schedule_period(&schedule, 1767225600));
	ASSERT_EQ(0, schedule_parse(&schedule, "0 6,8 * * *", NULL));
	EXPECT_EQ(22 * 3600, schedule_period(&schedule, 1767225600));
	EXPECT_EQ(22 * 3600, schedule_period(&schedule,
					     1767225600 + 7 * 3600));
	ASSERT_EQ(0, schedule_parse(&schedule, "never", NULL));
	EXPECT_EQ(0, schedule_period(&schedule, 1767225600));
}

TEST_HARNESS_MAIN
