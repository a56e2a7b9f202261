/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a host's name can be resolved now: for libraries that do that
 * themselves and block while they do, longer than somebody who wants to end has
 * patience.
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
