// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "reader/agenda.h"

/* How often a meter that failed is retried before its next scheduled time. */
#define RETRIES 2
#define RETRY_DELAY_S 10

/* Least distance of readouts by cron schedules, whatever the clock does. */
#define CRON_SPACING_S 30

/* Smaller steps back of the clock are not a change of time. */
#define TOLERANCE_S 1

static bool same_meter(const struct config_meter *a,
		       const struct config_meter *b)
{
	return !strcmp(a->name, b->name) &&
	       a->address.secondary == b->address.secondary &&
	       a->address.primary == b->address.primary &&
	       !memcmp(a->address.bytes, b->address.bytes,
		       sizeof(a->address.bytes));
}

static bool same_schedule(const struct schedule *a, const struct schedule *b)
{
	return a->kind == b->kind && a->interval_s == b->interval_s &&
	       a->minutes == b->minutes && a->hours == b->hours &&
	       a->days == b->days && a->months == b->months &&
	       a->weekdays == b->weekdays && a->any_day == b->any_day &&
	       a->any_weekday == b->any_weekday;
}

/* Times missed while the daemon did not run are made up for by one readout. */
static time_t first_turn(const struct config_meter *meter, int64_t last_ns,
			 time_t now)
{
	if (meter->schedule.kind == SCHEDULE_NEVER)
		return 0;
	return last_ns ? schedule_next(&meter->schedule, last_ns / NS_PER_S) :
			 now;
}

static const struct agenda_item *find_old(const struct agenda *agenda,
					  const struct config_meter *meter)
{
	for (size_t i = 0; i < agenda->count; i++)
		if (same_meter(agenda->items[i].meter, meter))
			return &agenda->items[i];
	return NULL;
}

int agenda_set(struct agenda *agenda, const struct config *config,
	       const struct config_bus *bus, struct agenda_time now,
	       int64_t (*last_ns)(void *context,
				  const struct config_meter *meter),
	       void *context)
{
	struct agenda_item *items;
	size_t count = 0;

	items = calloc(config->meter_count + 1, sizeof(*items));
	if (!items)
		return -1;
	for (size_t i = 0; i < config->meter_count; i++) {
		const struct config_meter *meter = config->meters[i];
		struct agenda_item *item = &items[count];
		const struct agenda_item *old;

		if (meter->bus != bus)
			continue;
		count++;
		old = find_old(agenda, meter);
		if (old)
			*item = *old;
		else
			item->next = first_turn(meter, last_ns(context, meter),
						now.real);
		if (old && !same_schedule(&old->meter->schedule,
					  &meter->schedule))
			item->next = schedule_next(&meter->schedule, now.real);
		item->meter = meter;
	}
	free(agenda->items);
	agenda->items = items;
	agenda->count = count;
	agenda->last = now.real;
	return 0;
}

void agenda_free(struct agenda *agenda)
{
	free(agenda->items);
	*agenda = (struct agenda){ 0 };
}

/*
 * The clock was set back: times computed before that may now lie far in the
 * future.
 */
static void set_back(struct agenda *agenda, time_t now)
{
	for (size_t i = 0; i < agenda->count; i++) {
		struct agenda_item *item = &agenda->items[i];
		time_t next = schedule_next(&item->meter->schedule, now);

		if (item->next > next)
			item->next = next;
	}
}

static bool is_due(const struct agenda_item *item, struct agenda_time now)
{
	if (now.monotonic < item->not_before)
		return false;
	if (item->retry)
		return item->retry <= now.monotonic;
	return item->next && item->next <= now.real;
}

struct agenda_item *agenda_due(struct agenda *agenda, struct agenda_time now)
{
	struct agenda_item *due = NULL;

	if (now.real < agenda->last - TOLERANCE_S)
		set_back(agenda, now.real);
	agenda->last = now.real;
	for (size_t i = 0; i < agenda->count; i++) {
		struct agenda_item *item = &agenda->items[i];

		if (!is_due(item, now))
			continue;
		/* Retries come after the others. */
		if (!due || (due->retry && !item->retry) ||
		    (!due->retry == !item->retry && item->next < due->next))
			due = item;
	}
	return due;
}

static int64_t spacing(const struct schedule *schedule)
{
	return schedule->kind == SCHEDULE_INTERVAL ? schedule->interval_s / 2 :
						     CRON_SPACING_S;
}

void agenda_done(struct agenda_item *item, struct agenda_time now)
{
	item->failures = 0;
	item->retry = 0;
	item->not_before = now.monotonic + spacing(&item->meter->schedule);
	item->next = schedule_next(&item->meter->schedule, now.real);
}

void agenda_failed(struct agenda_item *item, struct agenda_time now)
{
	time_t next = schedule_next(&item->meter->schedule, now.real);
	int64_t delay = RETRY_DELAY_S * ++item->failures;

	if (item->failures > RETRIES || now.real + delay >= next) {
		agenda_done(item, now);
		return;
	}
	item->retry = now.monotonic + delay;
	item->next = next;
	item->not_before = 0;
}

struct agenda_next agenda_next(const struct agenda *agenda)
{
	struct agenda_next next = { 0 };

	for (size_t i = 0; i < agenda->count; i++) {
		const struct agenda_item *item = &agenda->items[i];
		int64_t at = item->retry;

		/* Due by the time of day, but read too recently. */
		if (!at && item->next && item->next <= agenda->last)
			at = item->not_before;
		if (at && (!next.monotonic || at < next.monotonic))
			next.monotonic = at;
		if (!item->retry && item->next > agenda->last &&
		    (!next.real || item->next < next.real))
			next.real = item->next;
	}
	return next;
}
