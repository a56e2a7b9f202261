/* SPDX-License-Identifier: GPL-2.0-only */
/* The line discipline. */
#ifndef MBUS_LDISC_H
#define MBUS_LDISC_H

int mbus_ldisc_init(void);
void mbus_ldisc_exit(void);

#endif
