/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which meter of a bus is due, and when the next one will be. Pure: callers
 * pass the time.
 *
 * Two clocks: schedules use the time of day, which may be set forwards and
 * backwards; minimum distances and retries use the monotonic one.
 */
#ifndef MBUSD_AGENDA_H
#define MBUSD_AGENDA_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "config/config.h"

struct agenda_time {
	time_t real;		/* seconds since 1970 */
	int64_t monotonic;	/* seconds */
};

/* A meter of the bus. */
struct agenda_item {
	const struct config_meter *meter;
	time_t next;		/* when it is due; 0: never */
	int64_t not_before;	/* monotonic: not to be read earlier */
	int64_t retry;		/* monotonic: when it is tried again; 0: not */
	unsigned int failures;	/* of this turn */
	uint32_t logged;		/* findings that were logged, a bit for each */
};

struct agenda {
	struct agenda_item *items;
	size_t count;
	time_t last;		/* time of day of the last agenda_due() */
};

/*
 * Takes the meters of @bus. A meter with the same name and address as before
 * keeps its state. @last_ns returns when a new one was read last (0: never, then
 * it is due at once). Returns 0, or -1
 * without memory and leaves @agenda as it was.
 */
int agenda_set(struct agenda *agenda, const struct config *config,
	       const struct config_bus *bus, struct agenda_time now,
	       int64_t (*last_ns)(void *context,
				  const struct config_meter *meter),
	       void *context);
void agenda_free(struct agenda *agenda);

/* The meter that has waited longest; NULL if none is due. */
struct agenda_item *agenda_due(struct agenda *agenda, struct agenda_time now);

/* It was read: it is due next by its schedule. */
void agenda_done(struct agenda_item *item, struct agenda_time now);
/* It failed: it is retried some times, behind the others. */
void agenda_failed(struct agenda_item *item, struct agenda_time now);

struct agenda_next {
	time_t real;		/* when a meter is due by schedule; 0: none */
	int64_t monotonic;	/* when one is to be tried again; 0: none */
};

/* After agenda_due() has returned NULL. */
struct agenda_next agenda_next(const struct agenda *agenda);

#endif
