// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/folder.h"
#include "store/lock.h"

int store_lock(const char *path, struct meterbus_error *err)
{
	char *name;
	int fd;

	if (asprintf(&name, "%s.lock", path) < 0)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	folder_make(name, 0750);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0) {
		meterbus_fail(err,
			      errno == EACCES ? METERBUS_E_PERMISSION :
						METERBUS_E_SYSTEM,
			      "cannot create %s: %s; does the folder exist, and may mbusd write to it?",
			      name, strerror(errno));
	} else if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		fd = meterbus_fail(err, METERBUS_E_BUSY,
				   "another mbusd uses %s; stop it or configure another store",
				   path);
	}
	free(name);
	return fd;
}
