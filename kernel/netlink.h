/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family. */
#ifndef MBUS_NETLINK_H
#define MBUS_NETLINK_H

#include <linux/types.h>

struct mbus_bus;
struct mbus_notice;

int mbus_netlink_init(void);
void mbus_netlink_exit(void);
bool mbus_netlink_watched(bool state);
void mbus_netlink_added(struct mbus_bus *bus);
void mbus_netlink_removed(struct mbus_bus *bus);
void mbus_netlink_changed(struct mbus_bus *bus,
			  const struct mbus_notice *before,
			  const struct mbus_notice *now);
void mbus_netlink_state(struct mbus_bus *bus, u32 state);

#endif
