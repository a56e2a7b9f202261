/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Resource limits and privileges of the daemon, which programs that it starts do
 * not get.
 */
#ifndef MBUSD_LIMITS_H
#define MBUSD_LIMITS_H

/* Raises the limit of descriptors, of which each bus needs some. */
void limits_raise(void);

/*
 * Restores the limit of descriptors and drops capabilities. Called between fork()
 * and exec(): async-signal-safe.
 */
void limits_restore_in_child(void);

#endif
