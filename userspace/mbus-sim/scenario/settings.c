// SPDX-License-Identifier: GPL-2.0-or-later
#include "settings.h"
#include "../base/units.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * libinih passes its handler neither the line nor whether it continues one;
 * reading the lines on its behalf does.
 */
struct reading {
	struct settings *settings;
	FILE *stream;
	unsigned int line;
	bool indented;
	char section[64]; /* the header last seen, as written */
	unsigned int section_line;
	bool section_used;
};

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

__attribute__((format(printf, 2, 3))) static void
complain_line(struct reading *r, const char *why, ...)
{
	va_list args;

	r->settings->errors++;
	fprintf(stderr, "mbus-sim: %s:%u: ", r->settings->file, r->line);
	va_start(args, why);
	vfprintf(stderr, why, args);
	va_end(args);
	fputc('\n', stderr);
}

static void header_ends(struct reading *r)
{
	if (r->section_line && !r->section_used) {
		r->settings->errors++;
		fprintf(stderr,
			"mbus-sim: %s:%u: section [%s] is empty; give it a key "
			"or remove it\n",
			r->settings->file, r->section_line, r->section);
	}
}

static void header_begins(struct reading *r, const char *text)
{
	size_t len = strcspn(text, "]\n");
	size_t i;

	header_ends(r);
	snprintf(r->section, sizeof(r->section), "%.*s", (int)len, text);
	r->section_line = r->line;
	r->section_used = false;
	/* inih cuts a section's name at 49 characters without a word. */
	if (len > 49)
		complain_line(r, "section name is longer than 49 characters");
	for (i = 0; i < r->settings->nr; i++) {
		if (strcmp(r->settings->items[i].section, r->section))
			continue;
		complain_line(r,
			      "section [%s] is there twice (line %u); give "
			      "each its own name",
			      r->section, r->settings->items[i].line);
		break;
	}
}

/* Called by libinih for each line, in place of fgets(). */
static char *read_line(char *text, int size, void *data)
{
	struct reading *r = data;
	size_t len;

	if (!fgets(text, size, r->stream))
		return NULL;
	r->line++;
	len = strlen(text);
	if (len == (size_t)size - 1 && text[len - 1] != '\n') {
		int c;

		complain_line(r,
			      "line is longer than %d characters; continue it "
			      "on the next line, indented",
			      size - 2);
		while ((c = fgetc(r->stream)) != EOF && c != '\n')
			;
	}
	r->indented = text[0] == ' ' || text[0] == '\t';
	if (text[0] == '[')
		header_begins(r, text + 1);
	return text;
}

static void append(struct setting *item, const char *more)
{
	char *joined;

	if (asprintf(&joined, "%s %s", item->value, more) < 0) {
		fputs("mbus-sim: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	free(item->value);
	item->value = joined;
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

/* Called by libinih for each "key = value" and for each continuation line. */
static int take(void *data, const char *section, const char *key,
		const char *value)
{
	struct reading *r = data;
	struct settings *s = r->settings;
	struct setting *old = find(s, section, key);

	r->section_used = true;
	if (!*section) {
		complain_line(r, "%s stands before the first [section]", key);
	} else if (r->indented && old) {
		append(old, value);
	} else if (old) {
		complain_line(r, "[%s] %s is there twice (line %u)", section,
			      key, old->line);
	} else {
		add(s, section, key, value, r->line);
	}
	return 1;
}

bool settings_read_stream(struct settings *s, FILE *stream, const char *name)
{
	struct reading r = {.settings = s, .stream = stream};
	int bad;

	s->file = name;
	bad = ini_parse_stream(read_line, &r, take, &r);
	header_ends(&r);
	if (ferror(stream))
		settings_complain(s, NULL, "cannot read: %s", strerror(errno));
	if (bad > 0) {
		r.line = bad;
		complain_line(&r, "is neither [section] nor key = value");
	}
	return !s->errors;
}

bool settings_read(struct settings *s, const char *file)
{
	FILE *stream = fopen(file, "re");
	bool good;

	s->file = file;
	if (!stream) {
		settings_complain(s, NULL, "%s", strerror(errno));
		return false;
	}
	good = settings_read_stream(s, stream, file);
	fclose(stream);
	return good;
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
