// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Settings and counters of any bus, with a socket for each call.
 */
#include <netlink/genl/genl.h>

#include "bus/netlink.h"

int meterbus_status_get(unsigned int number, struct meterbus_status *status,
			struct meterbus_error *err)
{
	struct meterbus_netlink *netlink = netlink_open(err);
	int ret;

	if (!netlink)
		return -1;
	ret = netlink_get(netlink, number, status, err);
	netlink_close(netlink);
	return ret;
}

struct all {
	struct meterbus_status *statuses;
	size_t count;
	size_t max;
};

static int on_one_of_all(struct nl_msg *msg, void *arg)
{
	struct all *all = arg;

	if (all->count < all->max &&
	    !netlink_parse_status(msg, &all->statuses[all->count]))
		all->count++;
	return NL_OK;
}

int meterbus_status_all(struct meterbus_status *statuses, size_t max,
			struct meterbus_error *err)
{
	struct all all = { statuses, 0, max };
	struct meterbus_netlink *netlink;
	int ret;

	netlink = netlink_open(err);
	if (!netlink)
		return -1;
	nl_socket_modify_cb(netlink->sock, NL_CB_VALID, NL_CB_CUSTOM,
			    on_one_of_all, &all);
	ret = genl_send_simple(netlink->sock, netlink->family,
			       METERBUS_CMD_BUS_GET, METERBUS_FAMILY_VERSION,
			       NLM_F_DUMP);
	if (ret >= 0)
		ret = nl_recvmsgs_default(netlink->sock);
	netlink_close(netlink);
	if (ret < 0)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "the list of buses by generic netlink: %s",
				     nl_geterror(ret));
	return all.count;
}

/* What follows the baud rate is one value for the driver. */
static int merge_follow(struct meterbus_netlink *netlink, unsigned int number,
			struct meterbus_settings *settings,
			struct meterbus_error *err)
{
	struct meterbus_status status;
	uint32_t defaults;

	if (!settings->follow)
		return 0;
	if (netlink_get(netlink, number, &status, err) < 0)
		return -1;
	defaults = status.timing.defaults;
	if (settings->fields & METERBUS_SET_GUARD)
		defaults &= ~METERBUS_TIMING_GUARD;
	if (settings->fields & METERBUS_SET_GAP)
		defaults &= ~METERBUS_TIMING_GAP;
	if (settings->fields & METERBUS_SET_WINDOW)
		defaults &= ~METERBUS_TIMING_WINDOW;
	settings->timing.defaults = defaults | settings->follow;
	settings->fields |= METERBUS_SET_DEFAULTS;
	return 0;
}

int meterbus_settings_set(unsigned int number,
			  const struct meterbus_settings *settings,
			  struct meterbus_error *err)
{
	struct meterbus_netlink *netlink = netlink_open(err);
	struct meterbus_settings merged = *settings;
	int ret;

	if (!netlink)
		return -1;
	ret = merge_follow(netlink, number, &merged, err);
	if (ret == 0)
		ret = netlink_set(netlink, number, &merged, err);
	netlink_close(netlink);
	return ret;
}
