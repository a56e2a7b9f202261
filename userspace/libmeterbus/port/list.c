// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Serial ports as the device tree of the system shows them. Nothing is
 * opened: opening raises DTR and disturbs the program that uses the port.
 */
#include <errno.h>
#include <libudev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/bus.h>
#include <meterbus/tty.h>

struct list {
	struct meterbus_port *ports;
	size_t count;
};

/* Text from a device ends up on terminals: it must not steer them. */
static void copy_text(char *out, size_t size, const char *text)
{
	char *c;

	snprintf(out, size, "%s", text ? text : "");
	for (c = out; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7F)
			*c = '?';
}

static struct meterbus_port *add_port(struct list *list)
{
	struct meterbus_port *grown;

	grown = realloc(list->ports, (list->count + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	list->ports = grown;
	grown += list->count++;
	memset(grown, 0, sizeof(*grown));
	grown->interface = -1;
	grown->number = -1;
	grown->bus = -1;
	return grown;
}

/*
 * Consoles and ptys have no device behind them. The 8250 driver makes its
 * ttyS whether or not there is a chip; see "type": 0 is PORT_UNKNOWN.
 */
static bool has_hardware(struct udev_device *tty)
{
	const char *type;

	if (!udev_device_get_parent(tty))
		return false;
	type = udev_device_get_sysattr_value(tty, "type");
	return !type || strcmp(type, "0") != 0;
}

/*
 * The nearest parent with a driver. Since 6.5 serial_core puts its own bus,
 * serial-base, between a UART and its device.
 */
static const char *driver_of(struct udev_device *tty)
{
	struct udev_device *parent;
	const char *subsystem;
	const char *driver;

	for (parent = udev_device_get_parent(tty); parent;
	     parent = udev_device_get_parent(parent)) {
		subsystem = udev_device_get_subsystem(parent);
		if (subsystem && !strcmp(subsystem, "serial-base"))
			continue;
		driver = udev_device_get_driver(parent);
		if (driver)
			return driver;
	}
	return NULL;
}

static const char *by_path_of(struct udev_device *tty)
{
	struct udev_list_entry *link;
	const char *name;

	udev_list_entry_foreach(link, udev_device_get_devlinks_list_entry(tty))
	{
		name = udev_list_entry_get_name(link);
		if (!strncmp(name, "/dev/serial/by-path/", 20))
			return name;
	}
	return NULL;
}

static void fill_usb(struct meterbus_port *port, struct udev_device *tty)
{
	struct udev_device *interface;
	struct udev_device *device;
	const char *number;

	/* Both belong to @tty: no references of our own. */
	interface = udev_device_get_parent_with_subsystem_devtype(
		tty, "usb", "usb_interface");
	device = udev_device_get_parent_with_subsystem_devtype(tty, "usb",
							       "usb_device");
	if (interface) {
		number = udev_device_get_sysattr_value(interface,
						       "bInterfaceNumber");
		if (number)
			port->interface = strtol(number, NULL, 16);
	}
	if (!device)
		return;
	copy_text(port->device, sizeof(port->device),
		  udev_device_get_syspath(device));
	copy_text(port->vid, sizeof(port->vid),
		  udev_device_get_sysattr_value(device, "idVendor"));
	copy_text(port->pid, sizeof(port->pid),
		  udev_device_get_sysattr_value(device, "idProduct"));
	copy_text(port->manufacturer, sizeof(port->manufacturer),
		  udev_device_get_sysattr_value(device, "manufacturer"));
	copy_text(port->product, sizeof(port->product),
		  udev_device_get_sysattr_value(device, "product"));
	copy_text(port->serial, sizeof(port->serial),
		  udev_device_get_sysattr_value(device, "serial"));
}

static int add_hardware(struct list *list, struct udev_device *tty)
{
	const char *name = udev_device_get_sysname(tty);
	struct meterbus_port *port;
	unsigned int bus;

	if (!name || !has_hardware(tty))
		return 0;
	port = add_port(list);
	if (!port)
		return -1;
	copy_text(port->tty, sizeof(port->tty), name);
	copy_text(port->driver, sizeof(port->driver), driver_of(tty));
	copy_text(port->by_path, sizeof(port->by_path), by_path_of(tty));
	fill_usb(port, tty);
	if (meterbus_bus_on_tty(port->tty, &bus) == 0)
		port->bus = bus;
	return 0;
}

static int scan_hardware(struct list *list)
{
	struct udev_enumerate *enumerate;
	struct udev_list_entry *entry;
	struct udev_device *device;
	struct udev *udev;
	int ret = -1;

	udev = udev_new();
	if (!udev)
		return -1;
	enumerate = udev_enumerate_new(udev);
	if (!enumerate)
		goto unref_udev;
	if (udev_enumerate_add_match_subsystem(enumerate, "tty") < 0 ||
	    udev_enumerate_scan_devices(enumerate) < 0)
		goto unref_enumerate;

	ret = 0;
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(enumerate))
	{
		device = udev_device_new_from_syspath(
			udev, udev_list_entry_get_name(entry));
		/* Unplugged in between. */
		if (!device)
			continue;
		ret = add_hardware(list, device);
		udev_device_unref(device);
		if (ret < 0)
			break;
	}

unref_enumerate:
	udev_enumerate_unref(enumerate);
unref_udev:
	udev_unref(udev);
	return ret;
}

static bool listed(const struct list *list, const char *tty)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!strcmp(list->ports[i].tty, tty))
			return true;
	return false;
}

/* Ptys and other ttys without hardware are of interest when they carry a bus. */
static int add_buses(struct list *list)
{
	unsigned int numbers[64];
	struct meterbus_port *port;
	char tty[64];
	size_t count;
	size_t i;

	count = meterbus_bus_list(numbers, 64);
	for (i = 0; i < count && i < 64; i++) {
		if (meterbus_bus_tty(numbers[i], tty, sizeof(tty)) < 0 ||
		    listed(list, tty))
			continue;
		port = add_port(list);
		if (!port)
			return -1;
		copy_text(port->tty, sizeof(port->tty), tty);
		if (!strncmp(tty, "pts/", 4))
			copy_text(port->driver, sizeof(port->driver), "pty");
		port->bus = numbers[i];
	}
	return 0;
}

static int compare_ports(const void *a, const void *b)
{
	const struct meterbus_port *x = a;
	const struct meterbus_port *y = b;

	return strverscmp(x->tty, y->tty);
}

/*
 * An adapter's ports differ by interface number: tty numbers depend
 * on what was plugged in first.
 */
static void number_ports(struct list *list)
{
	struct meterbus_port *ports = list->ports;
	size_t i, j;

	for (i = 0; i < list->count; i++) {
		if (!ports[i].device[0])
			continue;
		ports[i].number = 0;
		for (j = 0; j < list->count; j++) {
			if (j == i || strcmp(ports[j].device, ports[i].device))
				continue;
			/* Drivers with several ttys on one interface: by name. */
			if (ports[j].interface < ports[i].interface ||
			    (ports[j].interface == ports[i].interface && j < i))
				ports[i].number++;
		}
	}
}

int meterbus_port_list(struct meterbus_port **ports, size_t *count,
		       struct meterbus_error *err)
{
	struct list list = { 0 };

	if (scan_hardware(&list) < 0 || add_buses(&list) < 0) {
		free(list.ports);
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "cannot list the serial ports: %s",
				     strerror(errno ? errno : ENOMEM));
	}
	if (list.count)
		qsort(list.ports, list.count, sizeof(*list.ports),
		      compare_ports);
	number_ports(&list);
	*ports = list.ports;
	*count = list.count;
	return 0;
}
