/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events of the last search of each bus. Without locks: api_journal.c has
 * one.
 */
#ifndef MBUSD_API_SCAN_LOG_H
#define MBUSD_API_SCAN_LOG_H

#include <stdbool.h>

#include <json-c/json.h>

#include "base/news.h"

struct scan_logs;

struct scan_logs *scan_logs_new(void);	/* NULL without memory */
void scan_logs_free(struct scan_logs *logs);

/* Forgets the search of that bus that was before. */
void scan_logs_begin(struct scan_logs *logs, const char *bus, unsigned int id);

/* Does nothing with an event, @object when parsed, that is not of a search. */
void scan_logs_add(struct scan_logs *logs, const struct news_item *item,
		   struct json_object *object);

/* False if that search is not the last one of its bus. */
bool scan_logs_find(const struct scan_logs *logs, const char *bus,
		    unsigned int id, bool *running);

/* See journal_scan_read(). The caller puts the item; NULL if there is none. */
const struct news_item *scan_logs_next(const struct scan_logs *logs,
				       const char *bus, unsigned int id,
				       unsigned int *after,
				       unsigned int *progress);

#endif
