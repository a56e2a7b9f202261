/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client of mbusctl serve.
 */
#ifndef MBUSCTL_SERVE_H
#define MBUSCTL_SERVE_H

#include <meterbus/bus.h>

/*
 * Carries out what the master at the other end of @fd, a non-blocking socket,
 * sends, until it disconnects. Returns the reason as text without a full stop.
 */
const char *serve_client(int fd, struct meterbus_bus *bus);

#endif
