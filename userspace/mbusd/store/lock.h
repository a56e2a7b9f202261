/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A store has one daemon that writes to it.
 */
#ifndef MBUSD_STORE_LOCK_H
#define MBUSD_STORE_LOCK_H

#include <meterbus/error.h>

/*
 * Locks the store at @path, by a file beside it, until the returned descriptor is
 * closed. -1 with METERBUS_E_BUSY if another daemon has it, METERBUS_E_PERMISSION
 * or METERBUS_E_SYSTEM.
 */
int store_lock(const char *path, struct meterbus_error *err);

#endif
