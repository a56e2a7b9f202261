/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a scenario: which key has which value, and on which line, so
 * that a message about a wrong value can name it.
 */
#ifndef SIM_SETTINGS_H
#define SIM_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct setting {
	char *section;
	char *key;
	char *value;
	unsigned int line; /* 0: from the command line */
};

struct settings {
	const char *file;
	struct setting *items;
	size_t nr;
	unsigned int errors;
};

/* Reads an INI file; false if it reported any fault on stderr. @file outlives @s. */
bool settings_read(struct settings *s, const char *file);

/* The same from a stream; @name stands in messages and outlives @s. */
bool settings_read_stream(struct settings *s, FILE *stream, const char *name);

/*
 * "section.key=value" from the command line: replaces the value, or adds it.
 * A plain "meter.key" speaks of every section whose name begins with "meter ".
 */
bool settings_override(struct settings *s, const char *assignment);

/* One line on stderr: where, what, why; @item NULL: the whole file. */
__attribute__((format(printf, 3, 4))) void
settings_complain(struct settings *s, const struct setting *item,
		  const char *why, ...);

void settings_free(struct settings *s);

#endif
