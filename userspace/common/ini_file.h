/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * INI files that people write: sections, keys and values with their lines, and
 * every fault of the text. What sections and keys mean is the caller's matter.
 *
 *	; a comment, as is a line that begins with #
 *	[section]
 *	key = value		; a comment behind a value, or one with # and a space
 *	other =
 *		a longer value, continued on
 *		lines that are indented deeper than their key
 *
 * Sections and keys may be indented. A deeper line that looks like a key is
 * refused, as it may be meant as one. So is what people write by accident and
 * would otherwise change a value or vanish: see the faults in ini_file.c.
 */
#ifndef INI_FILE_H
#define INI_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct ini_item {
	char *key;
	char *value;		/* "" if nothing is behind the = */
	int line;
};

struct ini_section {
	char *name;		/* single spaces between its words */
	int line;
	struct ini_item *items;
	size_t count;
};

struct ini_file {
	/* Set by the caller: sections of one name may follow each other. */
	bool repeats;

	struct ini_section *sections;
	size_t count;
	/* In the order of their lines: one line of text, without the place. */
	struct ini_fault {
		int line;
		char *text;
	} *faults;
	size_t fault_count;

	/* Private: the files read, and the lines of those before each. */
	struct ini_part {
		char *path;
		int before;
	} *parts;
	size_t part_count;
	int lines;
	void *names;		/* search tree of the sections' names */
};

/*
 * Reads @path and adds what is in it. The lines of several files are numbered
 * through, so that a number stands for a place in one of them. Returns 0, also
 * with faults, or -1 with errno if it cannot be read or no memory is left.
 */
int ini_file_read(struct ini_file *file, const char *path);
/* The same of a stream; @name stands for its path. */
int ini_file_read_stream(struct ini_file *file, const char *name, FILE *stream);
/* Zeroes @file, too. */
void ini_file_free(struct ini_file *file);

/* The file in which @line is, and its number there, in *@number. */
const char *ini_file_place(const struct ini_file *file, int line, int *number);

/* NULL if none of the @count items has @key. */
const struct ini_item *ini_find(const struct ini_item *items, size_t count,
				const char *key);

#endif
