// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "api/scan_log.h"
#include "config/config.h"

/* More than the meters and findings of a bus. */
#define EVENTS_MAX 4096

struct scan_log {
	struct scan_log *next;
	char bus[CONFIG_NAME_MAX + 1];
	unsigned int id;
	bool running;
	const struct event **events;
	unsigned int count, room;
	/* The newest one; progress_count numbers it. */
	const struct event *progress;
	unsigned int progress_count;
};

struct scan_logs {
	struct scan_log *list;
};

struct scan_logs *scan_logs_new(void)
{
	return calloc(1, sizeof(struct scan_logs));
}

static void forget(struct scan_log *log)
{
	for (unsigned int i = 0; i < log->count; i++)
		event_put(log->events[i]);
	free(log->events);
	if (log->progress)
		event_put(log->progress);
	log->events = NULL;
	log->progress = NULL;
	log->count = log->room = log->progress_count = 0;
}

void scan_logs_free(struct scan_logs *logs)
{
	struct scan_log *log, *next;

	if (!logs)
		return;
	for (log = logs->list; log; log = next) {
		next = log->next;
		forget(log);
		free(log);
	}
	free(logs);
}

static struct scan_log *of_bus(const struct scan_logs *logs, const char *bus)
{
	struct scan_log *log = logs->list;

	while (log && strcmp(log->bus, bus))
		log = log->next;
	return log;
}

static struct scan_log *of_scan(const struct scan_logs *logs, const char *bus,
				unsigned int id)
{
	struct scan_log *log = of_bus(logs, bus);

	return log && log->id == id ? log : NULL;
}

void scan_logs_begin(struct scan_logs *logs, const char *bus, unsigned int id)
{
	struct scan_log *log = of_bus(logs, bus);

	/* Created by its first event. */
	if (log && log->id == id)
		return;
	if (!log) {
		log = calloc(1, sizeof(*log));
		if (!log)
			return;
		strncpy(log->bus, bus, CONFIG_NAME_MAX);
		log->next = logs->list;
		logs->list = log;
	}
	forget(log);
	log->id = id;
	log->running = true;
}

static void append(struct scan_log *log, const struct event *item)
{
	const struct event **larger;
	unsigned int room;

	if (log->count == log->room) {
		room = log->room ? 2 * log->room : 64;
		larger = room > EVENTS_MAX ?
				 NULL :
				 realloc(log->events, room * sizeof(*larger));
		if (!larger)
			return;
		log->events = larger;
		log->room = room;
	}
	log->events[log->count++] = event_get(item);
}

void scan_logs_add(struct scan_logs *logs, const struct event *item,
		   struct json_object *object)
{
	struct json_object *scan, *bus;
	struct scan_log *log;
	unsigned int id;

	if (!json_object_object_get_ex(object, "scan", &scan) ||
	    !json_object_object_get_ex(object, "bus", &bus))
		return;
	id = (unsigned int)json_object_get_int64(scan);
	log = of_scan(logs, json_object_get_string(bus), id);
	if (!log) {
		scan_logs_begin(logs, json_object_get_string(bus), id);
		log = of_scan(logs, json_object_get_string(bus), id);
	}
	if (!log || !log->running)
		return;
	if (!strcmp(item->event, "progress")) {
		if (log->progress)
			event_put(log->progress);
		log->progress = event_get(item);
		log->progress_count++;
		return;
	}
	append(log, item);
	if (!strcmp(item->event, "summary"))
		log->running = false;
}

bool scan_logs_find(const struct scan_logs *logs, const char *bus,
		    unsigned int id, bool *running)
{
	struct scan_log *log = of_scan(logs, bus, id);

	if (log)
		*running = log->running;
	return log;
}

const struct event *scan_logs_next(const struct scan_logs *logs,
				       const char *bus, unsigned int id,
				       unsigned int *after,
				       unsigned int *progress)
{
	struct scan_log *log = of_scan(logs, bus, id);

	if (!log)
		return NULL;
	if (*after < log->count)
		return event_get(log->events[(*after)++]);
	/* Progress is omitted after the end. */
	if (!log->running || *progress == log->progress_count)
		return NULL;
	*progress = log->progress_count;
	return event_get(log->progress);
}
