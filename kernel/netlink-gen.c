// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/meterbus.yaml */
/* YNL-GEN kernel source */
/* To regenerate run: Documentation/netlink/generate */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink-gen.h"

#include <uapi/linux/meterbus_netlink.h>

/* METERBUS_CMD_BUS_GET - do */
const struct nla_policy meterbus_bus_get_nl_policy[METERBUS_A_BUS_ID + 1] = {
	[METERBUS_A_BUS_ID] = { .type = NLA_U32, },
};

/* METERBUS_CMD_BUS_SET - do */
const struct nla_policy meterbus_bus_set_nl_policy[METERBUS_A_BUS_DEFAULTS + 1] = {
	[METERBUS_A_BUS_ID] = { .type = NLA_U32, },
	[METERBUS_A_BUS_BAUD] = NLA_POLICY_MIN(NLA_U32, 1),
	[METERBUS_A_BUS_GUARD_US] = { .type = NLA_U32, },
	[METERBUS_A_BUS_SLACK_US] = { .type = NLA_U32, },
	[METERBUS_A_BUS_GAP_US] = { .type = NLA_U32, },
	[METERBUS_A_BUS_WINDOW_US] = { .type = NLA_U32, },
	[METERBUS_A_BUS_REPEATS] = NLA_POLICY_MAX(NLA_U8, 10),
	[METERBUS_A_BUS_ECHO] = NLA_POLICY_MAX(NLA_U32, 2),
	[METERBUS_A_BUS_DEFAULTS] = NLA_POLICY_MASK(NLA_U32, 0x7),
};

/* Ops table for meterbus */
const struct genl_ops meterbus_nl_ops[2] = {
	{
		.cmd		= METERBUS_CMD_BUS_GET,
		.doit		= meterbus_nl_bus_get_doit,
		.dumpit		= meterbus_nl_bus_get_dumpit,
		.policy		= meterbus_bus_get_nl_policy,
		.maxattr	= METERBUS_A_BUS_ID,
	},
	{
		.cmd		= METERBUS_CMD_BUS_SET,
		.doit		= meterbus_nl_bus_set_doit,
		.policy		= meterbus_bus_set_nl_policy,
		.maxattr	= METERBUS_A_BUS_DEFAULTS,
		.flags		= GENL_ADMIN_PERM,
	},
};

static const struct genl_multicast_group meterbus_nl_mcgrps[] = {
	[METERBUS_NLGRP_EVENTS] = { "events", },
	[METERBUS_NLGRP_ACTIVITY] = { "activity", },
};
