/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/mbus.yaml */
/* YNL-GEN kernel header */
/* To regenerate run: Documentation/netlink/generate */

#ifndef _LINUX_MBUS_GEN_H
#define _LINUX_MBUS_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/mbus_netlink.h>

extern const struct nla_policy mbus_bus_get_nl_policy[MBUS_A_BUS_ID + 1];

extern const struct nla_policy mbus_bus_set_nl_policy[MBUS_A_BUS_DEFAULTS + 1];

/* Ops table for mbus */
extern const struct genl_ops mbus_nl_ops[2];

int mbus_nl_bus_get_doit(struct sk_buff *skb, struct genl_info *info);
int mbus_nl_bus_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int mbus_nl_bus_set_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	MBUS_NLGRP_EVENTS,
};

#endif /* _LINUX_MBUS_GEN_H */
