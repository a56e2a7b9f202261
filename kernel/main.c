// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wired M-Bus (Meter-Bus, EN 13757) master as a tty line discipline.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "bus.h"
#include "chardev.h"
#include "client.h"
#include "ldisc.h"
#include "netlink.h"
#include "registry.h"
#include "request.h"

static const struct mbus_bus_ops mbus_ops = {
	.record		= mbus_client_record,
	.ended		= mbus_request_ended,
	.wake		= mbus_client_wake,
	.watched	= mbus_netlink_watched,
	.added		= mbus_netlink_added,
	.removed	= mbus_netlink_removed,
	.changed	= mbus_netlink_changed,
	.state		= mbus_netlink_state,
};

static int __init mbus_init(void)
{
	int ret;

	ret = mbus_bus_init();
	if (ret)
		return ret;
	ret = mbus_registry_init(&mbus_ops, &mbus_chardev_fops);
	if (ret)
		goto bus_exit;
	ret = mbus_netlink_init();
	if (ret)
		goto registry_exit;
	/* Last: from here on ttys can be attached. */
	ret = mbus_ldisc_init();
	if (ret)
		goto netlink_exit;
	return 0;

netlink_exit:
	mbus_netlink_exit();
registry_exit:
	mbus_registry_exit();
bus_exit:
	mbus_bus_exit();
	return ret;
}

static void __exit mbus_exit(void)
{
	mbus_ldisc_exit();
	mbus_netlink_exit();
	mbus_registry_exit();
	mbus_bus_exit();
}

module_init(mbus_init);
module_exit(mbus_exit);

MODULE_DESCRIPTION("Wired M-Bus (EN 13757-2) master line discipline");
MODULE_AUTHOR("linux-mbus developers");
MODULE_LICENSE("GPL");
