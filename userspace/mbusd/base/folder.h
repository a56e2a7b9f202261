/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MBUSD_FOLDER_H
#define MBUSD_FOLDER_H

#include <sys/types.h>

/*
 * Makes the folder of the file @path, with @mode, if it is missing: so mbusd
 * runs where nobody prepared /var/lib and /run for it. The folder above must
 * exist. Errors are those of the file that is opened next.
 */
void folder_make(const char *path, mode_t mode);

#endif
