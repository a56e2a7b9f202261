/* SPDX-License-Identifier: GPL-2.0-only */
/* Outside of the kernel tree the line discipline has no number of its own. */
#ifndef MBUS_COMPAT_LINUX_TTY_H
#define MBUS_COMPAT_LINUX_TTY_H

#include_next <linux/tty.h>

#ifndef N_MBUS
#define N_MBUS	N_DEVELOPMENT
#endif

#endif
