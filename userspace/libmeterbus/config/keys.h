/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: INI files with known keys, where the first mistake is
 * reported with its line.
 */
#ifndef METERBUS_KEYS_H
#define METERBUS_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/error.h>

struct key {
	const char *name;
	/* Stores @value in @target; returns NULL, or what to write instead. */
	const char *(*take)(void *target, const char *value);
};

struct key_file {
	const struct key *keys;
	size_t key_count;
	/* For names that are none of the keys', NULL: they are mistakes. */
	const char *(*take_any)(void *target, const char *name,
				const char *value);
	/*
	 * Called at each header: the target of the section's keys, or NULL with
	 * *why filled if there must be no such section.
	 */
	void *(*section)(void *context, const char *name, const char **why);
	void *context;
	bool repeats;		/* sections of one name may follow each other */
};

/*
 * Reads @path. Returns 0, or -1 with METERBUS_E_USAGE (line and mistake) or
 * METERBUS_E_SYSTEM.
 */
int key_file_read(const struct key_file *keys, const char *path,
		  struct meterbus_error *err);

/* A decimal number up to @max, nothing before or behind it. */
bool key_number(const char *text, unsigned long max, unsigned long *value);

#endif
