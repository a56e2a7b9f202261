/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: INI files of a person, where the first mistake is named
 * with its line.
 */
#ifndef METERBUS_INI_FILE_H
#define METERBUS_INI_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/error.h>

struct ini_key {
	const char *name;
	/* Stores @value in @target; returns NULL, or what to write instead. */
	const char *(*take)(void *target, const char *value);
};

struct ini_file {
	const struct ini_key *keys;
	size_t key_count;
	/* For names that are none of the keys', NULL: they are mistakes. */
	const char *(*take_any)(void *target, const char *name,
				const char *value);
	/*
	 * The target of the keys that follow, for a section that begins: NULL
	 * if it must not, with *why filled.
	 */
	void *(*section)(struct ini_file *file, const char *name,
			 const char **why);

	/* Private. */
	char current[64];
	void *target;
	char text[200];		/* the first mistake */
};

/*
 * Reads @path. Returns 0, or -1 with METERBUS_E_USAGE (line and mistake) or
 * METERBUS_E_SYSTEM.
 */
int ini_file_read(struct ini_file *file, const char *path,
		  struct meterbus_error *err);

/* A decimal number up to @max, nothing before or behind it. */
bool ini_number(const char *text, unsigned long max, unsigned long *value);

#endif
