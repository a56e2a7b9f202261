/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef FAIL_OPEN_H
#define FAIL_OPEN_H

#include <meterbus/error.h>

/*
 * What an open() of the device node @path failed with, from errno: no
 * permission, or the error of the system. Returns -1.
 */
int fail_open(const char *path, struct meterbus_error *err);

#endif
