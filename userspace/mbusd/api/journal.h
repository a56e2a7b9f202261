/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recent events (base/events.h): a thread collects them once for all event streams,
 * which bounds memory however slowly those are read. Old events are dropped,
 * except for those of the last search of each bus, and findings, of which equal
 * ones are counted.
 */
#ifndef MBUSD_API_JOURNAL_H
#define MBUSD_API_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/events.h"

struct journal;

/* NULL without memory or threads. */
struct journal *journal_start(struct events *events);
/* From now on journal_read() returns JOURNAL_END. */
void journal_stop(struct journal *journal);
/* After journal_stop() and the last journal_read(). */
void journal_free(struct journal *journal);

enum journal_result {
	JOURNAL_EVENT,	/* *@item, for event_put() */
	JOURNAL_LOST,	/* *@number events were dropped before they were read */
	JOURNAL_QUIET,	/* no event within @seconds */
	JOURNAL_END,	/* the last one has been read */
};

/*
 * The number of the newest event, 0 before the first: @after for
 * journal_read() to begin with what happens from now on.
 */
uint64_t journal_newest(struct journal *journal);

/*
 * Waits up to @seconds for the event that follows number *@after, and moves
 * *@after on to it. An *@after in the future begins with the oldest event kept.
 */
enum journal_result journal_read(struct journal *journal, uint64_t *after,
				 unsigned int seconds,
				 const struct event **item,
				 uint64_t *number);

/* Creates the log of a search, before its first event. */
void journal_scan_begin(struct journal *journal, const char *bus,
			unsigned int id);
/* False if that search is not the last one of its bus. */
bool journal_scan_known(struct journal *journal, const char *bus,
			unsigned int id, bool *running);
/*
 * As journal_read() for a search, all of it and then JOURNAL_END. *@after,
 * at first 0, counts its events; *@progress, at first 0, is the last progress
 * event read, of which only the newest is kept.
 */
enum journal_result journal_scan_read(struct journal *journal, const char *bus,
				      unsigned int id, unsigned int *after,
				      unsigned int *progress,
				      unsigned int seconds,
				      const struct event **item);

/*
 * An array of the findings of @bus, NULL for all: their objects with "count",
 * "first" and "last" (times). NULL without memory.
 */
struct json_object *journal_findings(struct journal *journal, const char *bus);

#endif
