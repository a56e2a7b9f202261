/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifications to systemd (sd_notify(3)); without libsystemd they do nothing.
 */
#ifndef MBUSD_NOTIFY_H
#define MBUSD_NOTIFY_H

void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);
void notify_watchdog(void);	/* still alive */

#endif
