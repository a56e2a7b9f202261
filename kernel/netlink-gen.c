// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/mbus.yaml */
/* YNL-GEN kernel source */
/* To regenerate run: Documentation/netlink/generate */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink-gen.h"

#include <uapi/linux/mbus_netlink.h>

/* MBUS_CMD_BUS_GET - do */
const struct nla_policy mbus_bus_get_nl_policy[MBUS_A_BUS_ID + 1] = {
	[MBUS_A_BUS_ID] = { .type = NLA_U32, },
};

/* MBUS_CMD_BUS_SET - do */
const struct nla_policy mbus_bus_set_nl_policy[MBUS_A_BUS_DEFAULTS + 1] = {
	[MBUS_A_BUS_ID] = { .type = NLA_U32, },
	[MBUS_A_BUS_BAUD] = NLA_POLICY_MIN(NLA_U32, 1),
	[MBUS_A_BUS_GUARD_US] = { .type = NLA_U32, },
	[MBUS_A_BUS_SLACK_US] = { .type = NLA_U32, },
	[MBUS_A_BUS_GAP_US] = { .type = NLA_U32, },
	[MBUS_A_BUS_WINDOW_US] = { .type = NLA_U32, },
	[MBUS_A_BUS_REPEATS] = NLA_POLICY_MAX(NLA_U8, 10),
	[MBUS_A_BUS_ECHO] = NLA_POLICY_MAX(NLA_U32, 2),
	[MBUS_A_BUS_DEFAULTS] = NLA_POLICY_MASK(NLA_U32, 0x7),
};

/* Ops table for mbus */
const struct genl_ops mbus_nl_ops[2] = {
	{
		.cmd		= MBUS_CMD_BUS_GET,
		.doit		= mbus_nl_bus_get_doit,
		.dumpit		= mbus_nl_bus_get_dumpit,
		.policy		= mbus_bus_get_nl_policy,
		.maxattr	= MBUS_A_BUS_ID,
	},
	{
		.cmd		= MBUS_CMD_BUS_SET,
		.doit		= mbus_nl_bus_set_doit,
		.policy		= mbus_bus_set_nl_policy,
		.maxattr	= MBUS_A_BUS_DEFAULTS,
		.flags		= GENL_ADMIN_PERM,
	},
};

static const struct genl_multicast_group mbus_nl_mcgrps[] = {
	[MBUS_NLGRP_EVENTS] = { "events", },
};
