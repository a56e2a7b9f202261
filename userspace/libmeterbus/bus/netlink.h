/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The library's own way to the driver's generic netlink family "meterbus"
 * (linux/meterbus_netlink.h): a socket, and questions asked through it.
 */
#ifndef LIBMETERBUS_NETLINK_H
#define LIBMETERBUS_NETLINK_H

#include <netlink/netlink.h>

#include <meterbus/settings.h>

struct meterbus_netlink {
	struct nl_sock *sock;
	int family;
};

/* NULL with METERBUS_E_NO_BUS (the module is not loaded) or _E_SYSTEM. */
struct meterbus_netlink *netlink_open(struct meterbus_error *err);
/* @netlink may be NULL. */
void netlink_close(struct meterbus_netlink *netlink);

/* Subscribes to a group of the driver. Returns 0 or -1. */
int netlink_join(struct meterbus_netlink *netlink, const char *group);

/* As meterbus_status_get() and meterbus_settings_set(). */
int netlink_get(struct meterbus_netlink *netlink, unsigned int number,
		struct meterbus_status *status, struct meterbus_error *err);
int netlink_set(struct meterbus_netlink *netlink, unsigned int number,
		const struct meterbus_settings *settings,
		struct meterbus_error *err);

/* Parses a message about a bus. Returns 0, or -1 if it is malformed. */
int netlink_parse_status(struct nl_msg *msg, struct meterbus_status *status);

#endif
