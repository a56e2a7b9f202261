/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's string functions for frame.c and line.c in userspace. */
#ifndef SHIM_LINUX_STRING_H
#define SHIM_LINUX_STRING_H

#include <string.h>

#endif
