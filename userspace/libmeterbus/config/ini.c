// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "config/ini.h"

/* Returns 0, inih's word for a mistake; only the first is kept. */
static int complain(struct ini_file *file, const char *section,
		    const char *name, const char *value, const char *why)
{
	if (!*file->text)
		snprintf(file->text, sizeof(file->text), "[%.40s] %.40s%s%.40s: %s",
			 section, name, *value ? " = " : "", value, why);
	return 0;
}

static bool begin_section(struct ini_file *file, const char *section,
			  const char **why)
{
	if (file->target && !strcmp(file->current, section))
		return true;
	if (strlen(section) >= sizeof(file->current)) {
		*why = "the name of the section is too long";
		return false;
	}
	file->target = file->section(file, section, why);
	strcpy(file->current, section);
	return file->target;
}

static int on_setting(void *context, const char *section, const char *name,
		      const char *value)
{
	struct ini_file *file = context;
	char known[160] = "unknown; there is";
	const char *why = NULL;
	size_t used = strlen(known);

	if (!begin_section(file, section, &why))
		return complain(file, section, name, value, why);
	for (size_t i = 0; i < file->key_count; i++) {
		if (strcmp(file->keys[i].name, name)) {
			used += snprintf(known + used, sizeof(known) - used,
					 "%s %s", i ? "," : "",
					 file->keys[i].name);
			if (used >= sizeof(known))
				used = sizeof(known) - 1;
			continue;
		}
		why = file->keys[i].take(file->target, value);
		return why ? complain(file, section, name, value, why) : 1;
	}
	if (file->take_any) {
		why = file->take_any(file->target, name, value);
		return why ? complain(file, section, name, value, why) : 1;
	}
	return complain(file, section, name, "", known);
}

int ini_file_read(struct ini_file *file, const char *path,
		  struct meterbus_error *err)
{
	FILE *stream = fopen(path, "re");
	int line;

	if (!stream)
		return meterbus_fail(err, errno == ENOENT ? METERBUS_E_USAGE :
							    METERBUS_E_SYSTEM,
				     "cannot open %s: %s", path,
				     strerror(errno));
	line = ini_parse_file(stream, on_setting, file);
	fclose(stream);
	if (line < 0)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "cannot read %s",
				     path);
	if (line > 0)
		return meterbus_fail(err, METERBUS_E_USAGE, "%s:%d: %s", path,
				     line, *file->text ? file->text :
				     "neither [section] nor key = value");
	return 0;
}

bool ini_number(const char *text, unsigned long max, unsigned long *value)
{
	size_t digits = strspn(text, "0123456789");

	if (!digits || digits > 9 || text[digits])
		return false;
	*value = strtoul(text, NULL, 10);
	return *value <= max;
}
