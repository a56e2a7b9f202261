// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ini_file.h"
#include "config/keys.h"

static int fail(const char *path, int line, const char *text,
		struct meterbus_error *err)
{
	return meterbus_fail(err, METERBUS_E_USAGE, "%s:%d: %s", path, line,
			     text);
}

/* "there is baud, guard" */
static const char *unknown(const struct key_file *keys, char *out, size_t size)
{
	size_t used = snprintf(out, size, "unknown; there is");

	for (size_t i = 0; i < keys->key_count && used < size; i++)
		used += snprintf(out + used, size - used, "%s %s",
				 i ? "," : "", keys->keys[i].name);
	return out;
}

static int take_item(const struct key_file *keys, void *target,
		     const char *path, const struct ini_section *section,
		     const struct ini_item *item, struct meterbus_error *err)
{
	const struct key *key = keys->keys;
	const char *value = item->value;
	char known[160], text[320];
	const char *why;
	size_t i;

	for (i = 0; i < keys->key_count; i++, key++)
		if (!strcmp(key->name, item->key))
			break;
	if (i < keys->key_count) {
		why = key->take(target, value);
	} else if (keys->take_any) {
		why = keys->take_any(target, item->key, value);
	} else {
		why = unknown(keys, known, sizeof(known));
		value = "";
	}
	if (!why)
		return 0;
	snprintf(text, sizeof(text), "[%.40s] %.40s%s%.40s: %s", section->name,
		 item->key, *value ? " = " : "", value, why);
	return fail(path, item->line, text, err);
}

static int take_section(const struct key_file *keys, const char *path,
			const struct ini_section *section,
			struct meterbus_error *err)
{
	const char *why = NULL;
	void *target = keys->section(keys->context, section->name, &why);
	char text[200];

	if (!target) {
		snprintf(text, sizeof(text), "[%.40s]: %s", section->name, why);
		return fail(path, section->line, text, err);
	}
	for (size_t i = 0; i < section->count; i++)
		if (take_item(keys, target, path, section, &section->items[i],
			      err))
			return -1;
	return 0;
}

int key_file_read(const struct key_file *keys, const char *path,
		  struct meterbus_error *err)
{
	struct ini_file file = { .repeats = keys->repeats };
	int failed = 0;

	if (ini_file_read(&file, path)) {
		failed = meterbus_fail(err, errno == ENOENT ? METERBUS_E_USAGE :
							      METERBUS_E_SYSTEM,
				       "cannot read %s: %s", path,
				       strerror(errno));
	} else if (file.fault_count) {
		failed = fail(path, file.faults[0].line, file.faults[0].text,
			      err);
	}
	for (size_t i = 0; i < file.count && !failed; i++)
		failed = take_section(keys, path, &file.sections[i], err);
	ini_file_free(&file);
	return failed;
}

bool key_number(const char *text, unsigned long max, unsigned long *value)
{
	size_t digits = strspn(text, "0123456789");

	if (!digits || digits > 9 || text[digits])
		return false;
	*value = strtoul(text, NULL, 10);
	return *value <= max;
}
