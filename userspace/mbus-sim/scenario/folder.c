// SPDX-License-Identifier: GPL-2.0-or-later
#include "folder.h"
#include "settings.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef MBUS_SIM_SCENARIOS
#define MBUS_SIM_SCENARIOS "/usr/share/mbus-sim/scenarios"
#endif

#define BESIDE_BUILD "/../userspace/mbus-sim/scenarios"

static const char *own_folder(char *path, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	if (len < 0)
		return NULL;
	path[len] = '\0';
	slash = strrchr(path, '/');
	if (!slash || (size_t)(slash - path) + sizeof(BESIDE_BUILD) > size)
		return NULL;
	strcpy(slash, BESIDE_BUILD);
	return path;
}

/* The folder of the scenarios: that of the tree, else the installed one. */
static const char *folder(char *path, size_t size)
{
	if (own_folder(path, size) && !access(path, X_OK))
		return path;
	return MBUS_SIM_SCENARIOS;
}

char *scenario_find(const char *name)
{
	char own[PATH_MAX];
	char *path;

	if (strchr(name, '/') || !access(name, F_OK))
		return strdup(name);
	if (asprintf(&path, "%s/%s.ini", folder(own, sizeof(own)), name) < 0)
		return NULL;
	if (!access(path, F_OK))
		return path;
	free(path);
	return NULL;
}

static int is_scenario(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".ini");
}

static void print_one(const char *where, const char *file)
{
	struct settings s = {0};
	const char *description = "";
	char *path;
	size_t i;

	if (asprintf(&path, "%s/%s", where, file) < 0)
		return;
	settings_read(&s, path);
	for (i = 0; i < s.nr; i++)
		if (!strcmp(s.items[i].section, "scenario") &&
		    !strcmp(s.items[i].key, "description"))
			description = s.items[i].value;
	printf("%-20.*s %s\n", (int)(strlen(file) - 4), file, description);
	settings_free(&s);
	free(path);
}

unsigned int scenario_list(void)
{
	struct dirent **entries;
	char own[PATH_MAX];
	const char *where = folder(own, sizeof(own));
	int i, nr = scandir(where, &entries, is_scenario, alphasort);

	if (nr < 0)
		return 0;
	for (i = 0; i < nr; i++) {
		print_one(where, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return nr;
}
