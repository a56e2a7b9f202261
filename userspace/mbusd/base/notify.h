/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What systemd is told (sd_notify(3)); nothing where it is not there.
 */
#ifndef MBUSD_NOTIFY_H
#define MBUSD_NOTIFY_H

void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);
void notify_watchdog(void);	/* still alive */

#endif
