// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/fail_open.h"

#include <errno.h>
#include <string.h>

int fail_open(const char *path, struct meterbus_error *err)
{
	if (errno == EACCES || errno == EPERM)
		return meterbus_fail(err, METERBUS_E_PERMISSION,
				     "no permission to open %s; run as root or join its group, see: ls -l %s",
				     path, path);
	return meterbus_fail(err, METERBUS_E_SYSTEM, "cannot open %s: %s", path,
			     strerror(errno));
}
