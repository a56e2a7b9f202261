// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * ttys that come and go, as the kernel and udev announce them. Both are
 * listened to: the kernel speaks also where no udev runs, udev when the
 * by-path names exist.
 */
#include <errno.h>
#include <libudev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <meterbus/tty.h>

static const char *const sources[] = { "kernel", "udev" };

#define SOURCES (sizeof(sources) / sizeof(sources[0]))

struct meterbus_tty_watch {
	struct udev *udev;
	struct udev_monitor *monitors[SOURCES];
	int epoll;
};

static int listen_to(struct meterbus_tty_watch *watch, size_t source)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct udev_monitor *monitor;

	monitor = udev_monitor_new_from_netlink(watch->udev, sources[source]);
	if (!monitor)
		return -1;
	watch->monitors[source] = monitor;
	if (udev_monitor_filter_add_match_subsystem_devtype(monitor, "tty",
							    NULL) < 0 ||
	    udev_monitor_enable_receiving(monitor) < 0)
		return -1;
	return epoll_ctl(watch->epoll, EPOLL_CTL_ADD,
			 udev_monitor_get_fd(monitor), &event);
}

struct meterbus_tty_watch *meterbus_tty_watch_open(struct meterbus_error *err)
{
	struct meterbus_tty_watch *watch = calloc(1, sizeof(*watch));
	size_t i;

	if (!watch) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	watch->epoll = epoll_create1(EPOLL_CLOEXEC);
	watch->udev = udev_new();
	if (watch->epoll < 0 || !watch->udev)
		goto fail;
	for (i = 0; i < SOURCES; i++)
		if (listen_to(watch, i) < 0)
			goto fail;
	return watch;

fail:
	meterbus_fail(err, METERBUS_E_SYSTEM,
		      "cannot watch for serial ports: %s", strerror(errno));
	meterbus_tty_watch_close(watch);
	return NULL;
}

void meterbus_tty_watch_close(struct meterbus_tty_watch *watch)
{
	size_t i;

	if (!watch)
		return;
	for (i = 0; i < SOURCES; i++)
		if (watch->monitors[i])
			udev_monitor_unref(watch->monitors[i]);
	if (watch->udev)
		udev_unref(watch->udev);
	if (watch->epoll >= 0)
		close(watch->epoll);
	free(watch);
}

int meterbus_tty_watch_fd(const struct meterbus_tty_watch *watch)
{
	return watch->epoll;
}

int meterbus_tty_watch_next(struct meterbus_tty_watch *watch, char name[64],
			    bool *there)
{
	struct udev_device *device;
	const char *action;
	size_t i;

	for (i = 0; i < SOURCES; i++) {
		device = udev_monitor_receive_device(watch->monitors[i]);
		if (!device)
			continue;
		action = udev_device_get_action(device);
		snprintf(name, 64, "%s", udev_device_get_sysname(device));
		*there = !action || strcmp(action, "remove") != 0;
		udev_device_unref(device);
		return 1;
	}
	return 0;
}
