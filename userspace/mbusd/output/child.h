/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts a program without privileges of the daemon.
 */
#ifndef MBUSD_CHILD_H
#define MBUSD_CHILD_H

#include <sys/types.h>

/*
 * Runs @command, a path, without arguments and with a minimal environment, in
 * its own process group, with default signals, @input as stdin and stderr as
 * stdout, and no other descriptor. Returns 0, or an error number.
 */
int child_start(const char *command, int input, pid_t *pid);

#endif
