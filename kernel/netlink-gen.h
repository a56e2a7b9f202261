/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/meterbus.yaml */
/* YNL-GEN kernel header */
/* To regenerate run: Documentation/netlink/generate */

#ifndef _LINUX_METERBUS_GEN_H
#define _LINUX_METERBUS_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/meterbus_netlink.h>

extern const struct nla_policy meterbus_bus_get_nl_policy[METERBUS_A_BUS_ID + 1];

extern const struct nla_policy meterbus_bus_set_nl_policy[METERBUS_A_BUS_DEFAULTS + 1];

/* Ops table for meterbus */
extern const struct genl_ops meterbus_nl_ops[2];

int meterbus_nl_bus_get_doit(struct sk_buff *skb, struct genl_info *info);
int meterbus_nl_bus_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int meterbus_nl_bus_set_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	METERBUS_NLGRP_EVENTS,
	METERBUS_NLGRP_ACTIVITY,
};

#endif /* _LINUX_METERBUS_GEN_H */
