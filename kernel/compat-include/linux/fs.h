/* SPDX-License-Identifier: GPL-2.0-only */
/* Before 6.5 splice read into a pipe's pages; copy_splice_read() copies. */
#ifndef MBUS_COMPAT_LINUX_FS_H
#define MBUS_COMPAT_LINUX_FS_H

#include_next <linux/fs.h>

#ifndef MBUS_HAVE_COPY_SPLICE_READ
#define copy_splice_read generic_file_splice_read
#endif

#endif
