/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a configuration: sections, keys, values, and the line of each,
 * so that whoever finds one wrong can point at it. Nothing here knows what
 * they mean.
 */
#ifndef MBUSD_CONFIG_FILE_H
#define MBUSD_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

struct config_item {
	char *key;
	char *value;
	int line;
};

/* "[kind name]"; name is "" in "[kind]". */
struct config_section {
	char *kind;
	char *name;
	int line;
	struct config_item *items;
	size_t count;
};

struct config_file {
	const char *path;
	struct config_section *sections;
	size_t count;

	/* Kept until all are known, to be told in the order of their lines. */
	struct config_fault {
		int line;
		char *text;
	} *faults;
	size_t fault_count;
};

/* A fault, one line: what is wrong and what to do. */
void config_complain(struct config_file *file, int line, const char *format,
		     ...) __attribute__((format(printf, 3, 4)));

/*
 * Reads @file->path. Faults of the text are told: neither section nor key,
 * twice the same, bytes that are no text. Returns false if it could not be
 * read at all.
 */
bool config_file_read(struct config_file *file);
/* Tells all faults; returns how many there were. */
size_t config_report_faults(struct config_file *file, config_fault_fn *fault,
			  void *context);
void config_file_free(struct config_file *file);

/* NULL if the section has no such key. */
const struct config_item *config_find_item(const struct config_section *section,
					   const char *key);

#endif
