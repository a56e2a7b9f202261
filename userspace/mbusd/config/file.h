/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a configuration, several INI files, and all faults found in it.
 * Nothing here knows what sections and keys mean.
 */
#ifndef MBUSD_CONFIG_FILE_H
#define MBUSD_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/ini_file.h"
#include "config/config.h"

/* "[kind name]"; name is "" in "[kind]". */
struct config_section {
	char *kind;
	const char *name;
	int line;
	const struct ini_item *items;
	size_t count;
};

/* The file itself and those of conf.d beside it, which it reads. */
struct config_file {
	const char *path;
	struct ini_file ini;
	struct config_section *sections;
	size_t count;

	/* Kept until all are known, to be reported in the order of their lines. */
	struct config_fault {
		int line;
		bool warning;
		char *text;
	} *faults;
	size_t fault_count;
};

/* A fault, one line: what is wrong and what to do. */
void config_complain(struct config_file *file, int line, const char *format,
		     ...) __attribute__((format(printf, 3, 4)));
/* The same of what works, and probably not as it is meant. */
void config_warn(struct config_file *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Another place for a message at @line: "line 3", or "line 3 of FILE" if that
 * is another file. Returns @out.
 */
#define CONFIG_PLACE_SIZE 128
char *config_place(const struct config_file *file, int line, int other,
		   char out[CONFIG_PLACE_SIZE]);
/* The file in which @line is. */
const char *config_path_of(const struct config_file *file, int line);

/*
 * Reads @file->path and then conf.d/ *.conf in the same folder, by name. Faults
 * of the text are added. Returns false if one could not be read at all.
 */
bool config_file_read(struct config_file *file);
/* Reports all faults and warnings; returns how many faults there were. */
size_t config_report_faults(struct config_file *file, config_fault_fn *fault,
			  void *context);
void config_file_free(struct config_file *file);

/* NULL if the section has no such key. */
const struct ini_item *config_find_item(const struct config_section *section,
					const char *key);

#endif
