/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices and events as a test wants them, in the place of libudev's functions.
 * What is taken is counted, so that a test sees whether all is given back. For
 * one test program, which ends with each test.
 */
#ifndef FAKE_UDEV_H
#define FAKE_UDEV_H

#include <errno.h>
#include <libudev.h>
#include <stdlib.h>
#include <string.h>

/* One of a list of names, the last without a name. */
struct udev_list_entry {
	const char *name;
};

struct udev_device {
	const char *syspath, *sysname, *subsystem, *devtype, *driver, *action;
	struct udev_device *parent;
	const char *attributes[8][2];	/* name and value */
	struct udev_list_entry links[4];
};

/* What @source of a monitor still has to report. */
struct udev_monitor {
	const char *source;
	struct udev_device *events;
	size_t left;
	int pipe[2];		/* readable as long as something is left */
	bool listens;
};

struct udev {
	struct udev_list_entry found[16];
	struct udev_device *devices[16];	/* NULL: is not there any more */
	struct udev_monitor monitors[2];
	size_t monitored;
	const char *subsystem;	/* that was asked for */
	int held;		/* references */
	const char *fails;	/* the function that fails */
	void (*taken)(struct udev_device *device);	/* an event is, or NULL */
};

static struct udev fake_udev;

#define UDEV_FAILS(value)						\
	do {								\
		if (fake_udev.fails && !strcmp(fake_udev.fails, __func__)) { \
			errno = ENOBUFS;				\
			return value;					\
		}							\
	} while (0)

struct udev *udev_new(void)
{
	UDEV_FAILS(NULL);
	fake_udev.held++;
	return &fake_udev;
}

struct udev *udev_unref(struct udev *udev)
{
	udev->held--;
	return NULL;
}

struct udev_enumerate *udev_enumerate_new(struct udev *udev)
{
	UDEV_FAILS(NULL);
	udev->held++;
	return (struct udev_enumerate *)udev;
}

struct udev_enumerate *udev_enumerate_unref(struct udev_enumerate *enumerate)
{
	(void)enumerate;
	fake_udev.held--;
	return NULL;
}

int udev_enumerate_add_match_subsystem(struct udev_enumerate *enumerate,
				       const char *subsystem)
{
	(void)enumerate;
	UDEV_FAILS(-1);
	fake_udev.subsystem = subsystem;
	return 0;
}

int udev_enumerate_scan_devices(struct udev_enumerate *enumerate)
{
	(void)enumerate;
	UDEV_FAILS(-1);
	return 0;
}

struct udev_list_entry *
udev_enumerate_get_list_entry(struct udev_enumerate *enumerate)
{
	(void)enumerate;
	return fake_udev.found[0].name ? fake_udev.found : NULL;
}

struct udev_list_entry *udev_list_entry_get_next(struct udev_list_entry *entry)
{
	return entry[1].name ? entry + 1 : NULL;
}

const char *udev_list_entry_get_name(struct udev_list_entry *entry)
{
	return entry->name;
}

struct udev_device *udev_device_new_from_syspath(struct udev *udev,
						 const char *syspath)
{
	for (size_t i = 0; udev->found[i].name; i++) {
		if (strcmp(udev->found[i].name, syspath) || !udev->devices[i])
			continue;
		udev->held++;
		return udev->devices[i];
	}
	errno = ENODEV;
	return NULL;
}

struct udev_device *udev_device_unref(struct udev_device *device)
{
	(void)device;
	fake_udev.held--;
	return NULL;
}

struct udev_device *udev_device_get_parent(struct udev_device *device)
{
	return device->parent;
}

struct udev_device *
udev_device_get_parent_with_subsystem_devtype(struct udev_device *device,
					      const char *subsystem,
					      const char *devtype)
{
	while ((device = device->parent))
		if (device->subsystem && !strcmp(device->subsystem, subsystem) &&
		    device->devtype && !strcmp(device->devtype, devtype))
			break;
	return device;
}

const char *udev_device_get_sysattr_value(struct udev_device *device,
					  const char *name)
{
	for (size_t i = 0; device->attributes[i][0]; i++)
		if (!strcmp(device->attributes[i][0], name))
			return device->attributes[i][1];
	return NULL;
}

struct udev_list_entry *
udev_device_get_devlinks_list_entry(struct udev_device *device)
{
	return device->links[0].name ? device->links : NULL;
}

const char *udev_device_get_syspath(struct udev_device *device)
{
	return device->syspath;
}

const char *udev_device_get_sysname(struct udev_device *device)
{
	return device->sysname;
}

const char *udev_device_get_subsystem(struct udev_device *device)
{
	return device->subsystem;
}

const char *udev_device_get_driver(struct udev_device *device)
{
	return device->driver;
}

const char *udev_device_get_action(struct udev_device *device)
{
	return device->action;
}

/* One monitor of each source; its events are in fake_udev from the start. */
struct udev_monitor *udev_monitor_new_from_netlink(struct udev *udev,
						   const char *source)
{
	struct udev_monitor *monitor = NULL;

	UDEV_FAILS(NULL);
	for (size_t i = 0; i < 2; i++)
		if (!strcmp(udev->monitors[i].source, source))
			monitor = &udev->monitors[i];
	if (!monitor || pipe(monitor->pipe) < 0)
		return NULL;
	udev->held++;
	udev->monitored++;
	return monitor;
}

int udev_monitor_filter_add_match_subsystem_devtype(struct udev_monitor *monitor,
						    const char *subsystem,
						    const char *devtype)
{
	(void)monitor;
	(void)devtype;
	UDEV_FAILS(-1);
	fake_udev.subsystem = subsystem;
	return 0;
}

int udev_monitor_enable_receiving(struct udev_monitor *monitor)
{
	UDEV_FAILS(-1);
	monitor->listens = true;
	return monitor->left ? (int)write(monitor->pipe[1], "x", 1) : 0;
}

int udev_monitor_get_fd(struct udev_monitor *monitor)
{
	return monitor->pipe[0];
}

struct udev_device *udev_monitor_receive_device(struct udev_monitor *monitor)
{
	struct udev_device *device = monitor->events;
	char byte;

	if (!monitor->listens || !monitor->left)
		return NULL;
	monitor->events++;
	if (!--monitor->left && read(monitor->pipe[0], &byte, 1) != 1)
		abort();
	fake_udev.held++;
	if (fake_udev.taken)
		fake_udev.taken(device);
	return device;
}

struct udev_monitor *udev_monitor_unref(struct udev_monitor *monitor)
{
	close(monitor->pipe[0]);
	close(monitor->pipe[1]);
	fake_udev.held--;
	return NULL;
}

#endif
