/* SPDX-License-Identifier: GPL-2.0-only */
/* The character device. */
#ifndef MBUS_CHARDEV_H
#define MBUS_CHARDEV_H

#include <linux/fs.h>

extern const struct file_operations mbus_chardev_fops;

#endif
