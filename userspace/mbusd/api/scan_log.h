/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events of the last search of each bus. The caller locks.
 */
#ifndef MBUSD_API_SCAN_LOG_H
#define MBUSD_API_SCAN_LOG_H

#include <stdbool.h>

#include <json-c/json.h>

#include "base/events.h"

struct scan_logs;

struct scan_logs *scan_logs_new(void);	/* NULL without memory */
void scan_logs_free(struct scan_logs *logs);

/* Replaces the previous search of that bus. */
void scan_logs_begin(struct scan_logs *logs, const char *bus, unsigned int id);

/* Ignores events that are not of a search. @object is the parsed event. */
void scan_logs_add(struct scan_logs *logs, const struct event *item,
		   struct json_object *object);

/* False if that search is not the last one of its bus. */
bool scan_logs_find(const struct scan_logs *logs, const char *bus,
		    unsigned int id, bool *running);

/* See journal_scan_read(). The caller puts the item; NULL if there is none. */
const struct event *scan_logs_next(const struct scan_logs *logs,
				       const char *bus, unsigned int id,
				       unsigned int *after,
				       unsigned int *progress);

#endif
