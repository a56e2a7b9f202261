// SPDX-License-Identifier: GPL-2.0-or-later
#include "settings.h"
#include "../../common/ini_file.h"
#include "../base/units.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void settings_complain(struct settings *s, const struct setting *item,
		       const char *why, ...)
{
	va_list args;

	s->errors++;
	if (!item)
		fprintf(stderr, "mbus-sim: %s: ", s->file);
	else if (item->line)
		fprintf(stderr, "mbus-sim: %s:%u: [%s] %s%s%.40s%s ", s->file,
			item->line, item->section, item->key,
			*item->value ? " = " : ":", item->value,
			strlen(item->value) > 40 ? "..." : "");
	else
		fprintf(stderr, "mbus-sim: --set %s.%s=%.40s: ", item->section,
			item->key, item->value);
	va_start(args, why);
	vfprintf(stderr, why, args);
	va_end(args);
	fputc('\n', stderr);
}

static struct setting *find(struct settings *s, const char *section,
			    const char *key)
{
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (!strcmp(s->items[i].section, section) &&
		    !strcmp(s->items[i].key, key))
			return &s->items[i];
	return NULL;
}

static void add(struct settings *s, const char *section, const char *key,
		const char *value, unsigned int line)
{
	s->items = grow(s->items, s->nr, sizeof(*s->items));
	s->items[s->nr++] = (struct setting){copy_text(section), copy_text(key),
					     copy_text(value), line};
}

__attribute__((format(printf, 3, 4))) static void
complain_line(struct settings *s, int line, const char *why, ...)
{
	va_list args;

	s->errors++;
	fprintf(stderr, "mbus-sim: %s:%d: ", s->file, line);
	va_start(args, why);
	vfprintf(stderr, why, args);
	va_end(args);
	fputc('\n', stderr);
}

static void take_section(struct settings *s, const struct ini_section *section)
{
	size_t i;

	for (i = 0; i < section->count; i++) {
		const struct ini_item *item = &section->items[i];

		add(s, section->name, item->key, item->value, item->line);
	}
	/* Not for want of a key that is refused. */
	if (!i && !s->errors)
		complain_line(s, section->line,
			      "section [%s] is empty; give it a key or remove "
			      "it",
			      section->name);
}

static bool take_file(struct settings *s, struct ini_file *ini, int failed)
{
	size_t i;

	if (failed)
		settings_complain(s, NULL, "%s", strerror(errno));
	for (i = 0; i < ini->fault_count; i++)
		complain_line(s, ini->faults[i].line, "%s",
			      ini->faults[i].text);
	for (i = 0; i < ini->count; i++)
		take_section(s, &ini->sections[i]);
	ini_file_free(ini);
	return !s->errors;
}

bool settings_read_stream(struct settings *s, FILE *stream, const char *name)
{
	struct ini_file ini = {0};

	s->file = name;
	return take_file(s, &ini, ini_file_read_stream(&ini, name, stream));
}

bool settings_read(struct settings *s, const char *file)
{
	struct ini_file ini = {0};

	s->file = file;
	return take_file(s, &ini, ini_file_read(&ini, file));
}

static bool is_meter(const char *section)
{
	return !strncmp(section, "meter ", 6);
}

/* "meter.KEY": sets KEY in every section that describes meters. */
static void override_all_meters(struct settings *s, const char *key,
				const char *value)
{
	size_t i, given = s->nr;

	for (i = 0; i < given; i++) {
		struct setting *old;
		size_t j;

		if (!is_meter(s->items[i].section))
			continue;
		for (j = 0; j < i; j++)
			if (!strcmp(s->items[j].section, s->items[i].section))
				break;
		if (j < i)
			continue;
		old = find(s, s->items[i].section, key);
		if (old) {
			free(old->value);
			old->value = copy_text(value);
			old->line = 0;
		} else {
			add(s, s->items[i].section, key, value, 0);
		}
	}
}

bool settings_override(struct settings *s, const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	char *section, *key;
	struct setting *old;

	section = copy_text(assignment);
	if (equals)
		section[equals - assignment] = '\0';
	key = strrchr(section, '.');
	if (!equals || !key || key == section || !key[1]) {
		fprintf(stderr,
			"mbus-sim: --set %s: is not SECTION.KEY=VALUE, for "
			"example converter.turnaround=50ms\n",
			assignment);
		s->errors++;
		free(section);
		return false;
	}
	*key++ = '\0';
	old = find(s, section, key);
	if (!strcmp(section, "meter")) {
		override_all_meters(s, key, equals + 1);
	} else if (old) {
		free(old->value);
		old->value = copy_text(equals + 1);
		old->line = 0;
	} else {
		add(s, section, key, equals + 1, 0);
	}
	free(section);
	return true;
}

void settings_free(struct settings *s)
{
	size_t i;

	for (i = 0; i < s->nr; i++) {
		free(s->items[i].section);
		free(s->items[i].key);
		free(s->items[i].value);
	}
	free(s->items);
	s->items = NULL;
	s->nr = 0;
}
