// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/folder.h"
#include "base/log.h"

void folder_make(const char *path, mode_t mode)
{
	char *folder = strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;

	if (slash && slash != folder) {
		*slash = '\0';
		if (mkdir(folder, mode) == 0)
			log_notice("made the folder %s", folder);
	}
	free(folder);
}
