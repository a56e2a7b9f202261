// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/findings.h"
#include "common/clock.h"
#include "store/reading.h"

#define FINDINGS_MAX 256

struct entry {
	struct json_object *object;
	uint64_t count;
	int64_t first_ns, last_ns;
};

struct findings {
	unsigned int count;
	/* By the time of the last one, the newest at the end. */
	struct entry list[FINDINGS_MAX];
};

struct findings *findings_new(void)
{
	return calloc(1, sizeof(struct findings));
}

void findings_free(struct findings *findings)
{
	if (!findings)
		return;
	for (unsigned int i = 0; i < findings->count; i++)
		json_object_put(findings->list[i].object);
	free(findings);
}

static bool same_member(struct json_object *a, struct json_object *b,
			const char *key)
{
	return json_object_equal(json_object_object_get(a, key),
				 json_object_object_get(b, key));
}

/* Texts may contain numbers that differ. */
static bool same(struct json_object *a, struct json_object *b)
{
	return same_member(a, b, "bus") && same_member(a, b, "kind") &&
	       same_member(a, b, "address");
}

void findings_add(struct findings *findings, struct json_object *object)
{
	struct entry entry = { .first_ns = wall_ns() };
	unsigned int at = 0;

	while (at < findings->count &&
	       !same(findings->list[at].object, object))
		at++;
	if (at < findings->count)
		entry = findings->list[at];
	else if (findings->count == FINDINGS_MAX)
		at = 0;
	if (at < findings->count) {
		json_object_put(findings->list[at].object);
		memmove(&findings->list[at], &findings->list[at + 1],
			(--findings->count - at) * sizeof(entry));
	}
	entry.object = json_object_get(object);
	entry.last_ns = wall_ns();
	entry.count++;
	findings->list[findings->count++] = entry;
}

static struct json_object *describe(const struct entry *entry)
{
	struct json_object *copy = NULL;
	char time[READING_TIME_SIZE];

	if (json_object_deep_copy(entry->object, &copy, NULL) < 0)
		return NULL;
	json_object_object_del(copy, "event");
	json_object_object_del(copy, "scan");
	json_object_object_del(copy, "time");
	json_object_object_add(copy, "count",
			       json_object_new_uint64(entry->count));
	json_object_object_add(
		copy, "first",
		json_object_new_string(reading_time(time, entry->first_ns)));
	json_object_object_add(
		copy, "last",
		json_object_new_string(reading_time(time, entry->last_ns)));
	return copy;
}

static bool is_of(const struct entry *entry, const char *bus)
{
	const char *name = json_object_get_string(
		json_object_object_get(entry->object, "bus"));

	return !bus || (name && !strcmp(name, bus));
}

struct json_object *findings_list(const struct findings *findings,
				  const char *bus)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = findings->count; list && i-- > 0;)
		if (is_of(&findings->list[i], bus))
			json_object_array_add(list,
					      describe(&findings->list[i]));
	return list;
}
