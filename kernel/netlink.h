/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family. */
#ifndef MBUS_NETLINK_H
#define MBUS_NETLINK_H

#include <linux/types.h>

struct mbus_bus;

int mbus_netlink_init(void);
void mbus_netlink_exit(void);
bool mbus_netlink_watched(void);
void mbus_netlink_notify(struct mbus_bus *bus, u8 command);

#endif
