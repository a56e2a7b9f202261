/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened lately: a thread collects the news (news.h) once for all event
 * streams, so that however many there are and however slowly they are read, no
 * more than this is kept. Old events make room for new ones, but for those of
 * the last search of each bus, which are kept whole, and for findings, of which
 * equal ones count as one.
 */
#ifndef MBUSD_API_JOURNAL_H
#define MBUSD_API_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/news.h"

struct journal;

/* NULL without memory or threads. */
struct journal *journal_start(struct news *news);
/* From now on nobody waits: journal_read() returns JOURNAL_END. */
void journal_stop(struct journal *journal);
/* After journal_stop() and the last journal_read(). */
void journal_free(struct journal *journal);

enum journal_result {
	JOURNAL_EVENT,	/* *@item, for news_put() */
	JOURNAL_LOST,	/* events that one came too late for: *@number of them */
	JOURNAL_QUIET,	/* nothing happened for as long as that */
	JOURNAL_END,	/* there is nothing more to come */
};

/*
 * The number of the newest event, 0 before the first: @after for
 * journal_read() to begin with what happens from now on.
 */
uint64_t journal_newest(struct journal *journal);

/*
 * Waits up to @seconds for the event that follows number *@after, and moves
 * *@after on to it. An *@after that has not been yet begins with the oldest
 * event there is.
 */
enum journal_result journal_read(struct journal *journal, uint64_t *after,
				 unsigned int seconds,
				 const struct news_item **item,
				 uint64_t *number);

/* A search that was just started has a log even before its first event. */
void journal_scan_begin(struct journal *journal, const char *bus,
			unsigned int id);
/* False if that search is not the last one of its bus. */
bool journal_scan_known(struct journal *journal, const char *bus,
			unsigned int id, bool *running);
/*
 * As journal_read() for a search, all of it and then JOURNAL_END. *@after,
 * at first 0, counts its events; *@progress, at first 0, tells which progress,
 * of which only the last one is kept, was seen.
 */
enum journal_result journal_scan_read(struct journal *journal, const char *bus,
				      unsigned int id, unsigned int *after,
				      unsigned int *progress,
				      unsigned int seconds,
				      const struct news_item **item);

/*
 * An array of the findings of @bus, NULL for all: their objects with "count",
 * "first" and "last" (times). NULL without memory.
 */
struct json_object *journal_findings(struct journal *journal, const char *bus);

#endif
