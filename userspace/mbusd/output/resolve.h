/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks that a host name can be resolved, for libraries that resolve it
 * themselves and cannot be interrupted meanwhile.
 */
#ifndef MBUSD_RESOLVE_H
#define MBUSD_RESOLVE_H

#include <meterbus/error.h>

/*
 * Waits until the system knows @host, for @timeout_s at most, and no longer once
 * @stop_fd is readable. Returns 0, or -1 with METERBUS_E_SYSTEM.
 */
int resolve_host(const char *host, unsigned int timeout_s, int stop_fd,
		 struct meterbus_error *err);

#endif
