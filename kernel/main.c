// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wired M-Bus (Meter-Bus, EN 13757-2) master as a tty line discipline.
 */
#include <linux/device.h>
#include <linux/init.h>
#include <linux/module.h>

#include "bus.h"

static int __init mbus_init(void)
{
	int ret;

	ret = mbus_bus_init();
	if (ret)
		return ret;
	ret = class_register(&mbus_class);
	if (ret)
		goto bus_exit;
	ret = mbus_chardev_init();
	if (ret)
		goto class_unregister;
	ret = mbus_netlink_init();
	if (ret)
		goto chardev_exit;
	/* Last: from here on ttys can be attached. */
	ret = mbus_ldisc_init();
	if (ret)
		goto netlink_exit;
	return 0;

netlink_exit:
	mbus_netlink_exit();
chardev_exit:
	mbus_chardev_exit();
class_unregister:
	class_unregister(&mbus_class);
bus_exit:
	mbus_bus_exit();
	return ret;
}

static void __exit mbus_exit(void)
{
	mbus_ldisc_exit();
	mbus_netlink_exit();
	mbus_chardev_exit();
	class_unregister(&mbus_class);
	mbus_bus_exit();
}

module_init(mbus_init);
module_exit(mbus_exit);

MODULE_DESCRIPTION("Wired M-Bus (EN 13757-2) master line discipline");
MODULE_AUTHOR("linux-mbus developers");
MODULE_LICENSE("GPL");
