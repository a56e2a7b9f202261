/* SPDX-License-Identifier: GPL-2.0-only */
/* Before 6.6 a line discipline received chars with an int count. */
#ifndef MBUS_COMPAT_LINUX_TTY_LDISC_H
#define MBUS_COMPAT_LINUX_TTY_LDISC_H

#include_next <linux/tty_ldisc.h>

#ifndef MBUS_HAVE_RECEIVE_BUF_SIZE_T
typedef char mbus_ldisc_flag;
typedef int mbus_ldisc_count;
#else
typedef u8 mbus_ldisc_flag;
typedef size_t mbus_ldisc_count;
#endif

#endif
