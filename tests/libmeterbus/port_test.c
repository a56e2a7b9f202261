// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which serial ports there are, and when they come and go: by the devices and
 * events of libudev, and the buses in /sys, both played by the test.
 */
#include <poll.h>

#include <meterbus/tty.h>

#include "kselftest_harness.h"

#include "fake_system.h"
#include "fake_udev.h"

#define ADAPTER "/sys/devices/pci0000:00/usb1/1-2"

/* A quad adapter whose ports are not in the order of their names. */
static struct udev_device adapter = {
	.syspath = ADAPTER,
	.subsystem = "usb",
	.devtype = "usb_device",
	.driver = "usb",
	.attributes = { { "idVendor", "1a86" },
			{ "idProduct", "55d5" },
			{ "manufacturer", "WCH.\x1B" "CN" },
			{ "product", "USB Quad_Serial" },
			{ "serial", "BC\x7F" "DA" } },
};

static struct udev_device interfaces[] = {
	{ .subsystem = "usb", .devtype = "usb_interface", .driver = "cdc_acm",
	  .parent = &adapter, .attributes = { { "bInterfaceNumber", "0a" } } },
	{ .subsystem = "usb", .devtype = "usb_interface", .driver = "cdc_acm",
	  .parent = &adapter, .attributes = { { "bInterfaceNumber", "00" } } },
	{ .subsystem = "usb", .devtype = "usb_interface", .driver = "cdc_acm",
	  .parent = &adapter, .attributes = { { "bInterfaceNumber", "00" } } },
};

static struct udev_device acm[] = {
	{ .sysname = "ttyACM2", .subsystem = "tty", .parent = &interfaces[0] },
	{ .sysname = "ttyACM10", .subsystem = "tty", .parent = &interfaces[1],
	  .links = { { "/dev/serial/by-id/usb-WCH" },
		     { "/dev/serial/by-path/pci-0000:00-usb-0:2:1.0" },
		     { "/dev/serial/by-path/another" } } },
	{ .sysname = "ttyACM11", .subsystem = "tty", .parent = &interfaces[2] },
};

/* From Linux 6.5 on there is a bus of its own between an UART and its device. */
static struct udev_device uart = {
	.subsystem = "pnp", .driver = "serial",
};
static struct udev_device controller = {
	.subsystem = "serial-base", .driver = "ctrl", .parent = &uart,
};
static struct udev_device with_chip = {
	.sysname = "ttyS0", .subsystem = "tty", .parent = &controller,
	.attributes = { { "type", "4" } },
};
static struct udev_device without_chip = {
	.sysname = "ttyS1", .subsystem = "tty", .parent = &controller,
	.attributes = { { "type", "0" } },
};
static struct udev_device console = { .sysname = "tty0", .subsystem = "tty" };
static struct udev_device nameless = { .subsystem = "tty", .parent = &uart };

FIXTURE(ports)
{
	struct meterbus_port *list;
	size_t count;
	struct meterbus_error err;
};

FIXTURE_SETUP(ports)
{
	memset(self, 0, sizeof(*self));
	memset(&fake_udev, 0, sizeof(fake_udev));
	fake_udev.monitors[0].source = "udev";
	fake_udev.monitors[1].source = "kernel";
	fake_begin();
}

FIXTURE_TEARDOWN(ports)
{
	free(self->list);
	fake_end();
	EXPECT_EQ(0, fake_udev.held);
}

static void found(const char *syspath, struct udev_device *device)
{
	size_t i = 0;

	while (fake_udev.found[i].name)
		i++;
	fake_udev.found[i].name = syspath;
	fake_udev.devices[i] = device;
}

#define LIST() meterbus_port_list(&self->list, &self->count, &self->err)

TEST_F(ports, those_without_hardware_are_left_out)
{
	found("/a", &console);
	found("/b", &without_chip);
	found("/c", &nameless);
	found("/d", NULL);
	found("/e", &with_chip);
	ASSERT_EQ(0, LIST());
	EXPECT_STREQ("tty", fake_udev.subsystem);
	ASSERT_EQ(1, self->count);
	EXPECT_STREQ("ttyS0", self->list[0].tty);
	EXPECT_STREQ("serial", self->list[0].driver);
	EXPECT_STREQ("", self->list[0].device);
	EXPECT_STREQ("", self->list[0].vid);
	EXPECT_STREQ("", self->list[0].by_path);
	EXPECT_EQ(-1, self->list[0].interface);
	EXPECT_EQ(-1, self->list[0].number);
	EXPECT_EQ(-1, self->list[0].bus);
}

TEST_F(ports, none)
{
	ASSERT_EQ(0, LIST());
	EXPECT_EQ(0, self->count);
}

/* By name with numbers as numbers; numbered by interface, then by name. */
TEST_F(ports, those_of_one_adapter)
{
	for (size_t i = 0; i < 3; i++)
		found((const char *[]){ "/0", "/1", "/2" }[i], &acm[2 - i]);
	ASSERT_EQ(0, LIST());
	ASSERT_EQ(3, self->count);
	EXPECT_STREQ("ttyACM2", self->list[0].tty);
	EXPECT_STREQ("ttyACM10", self->list[1].tty);
	EXPECT_STREQ("ttyACM11", self->list[2].tty);
	EXPECT_EQ(10, self->list[0].interface);
	EXPECT_EQ(0, self->list[1].interface);
	EXPECT_EQ(2, self->list[0].number);
	EXPECT_EQ(0, self->list[1].number);
	EXPECT_EQ(1, self->list[2].number);
	EXPECT_STREQ(ADAPTER, self->list[0].device);
	EXPECT_STREQ("cdc_acm", self->list[0].driver);
	EXPECT_STREQ("1a86", self->list[0].vid);
	EXPECT_STREQ("55d5", self->list[0].pid);
	EXPECT_STREQ("USB Quad_Serial", self->list[0].product);
	EXPECT_STREQ("", self->list[0].by_path);
	EXPECT_STREQ("/dev/serial/by-path/pci-0000:00-usb-0:2:1.0",
		     self->list[1].by_path);
}

TEST_F(ports, the_text_of_a_device_does_not_steer_a_terminal)
{
	found("/0", &acm[0]);
	ASSERT_EQ(0, LIST());
	ASSERT_EQ(1, self->count);
	EXPECT_STREQ("WCH.?CN", self->list[0].manufacturer);
	EXPECT_STREQ("BC?DA", self->list[0].serial);
}

TEST_F(ports, another_adapter_has_numbers_of_its_own)
{
	struct udev_device other = adapter;
	struct udev_device interface = interfaces[0];
	struct udev_device tty = acm[0];

	other.syspath = ADAPTER ".1";
	interface.parent = &other;
	interface.attributes[0][0] = NULL;
	tty.parent = &interface;
	tty.sysname = "ttyACM0";
	found("/0", &tty);
	found("/1", &acm[0]);
	ASSERT_EQ(0, LIST());
	ASSERT_EQ(2, self->count);
	EXPECT_STREQ("ttyACM0", self->list[0].tty);
	EXPECT_EQ(-1, self->list[0].interface);
	EXPECT_EQ(0, self->list[0].number);
	EXPECT_EQ(0, self->list[1].number);
}

/* The bus of a port, and ttys without hardware that carry one. */
TEST_F(ports, those_that_carry_a_bus)
{
	fake_file("/sys/class/mbus/mbus0/tty", "ttyACM2\n");
	fake_file("/sys/class/mbus/mbus3/tty", "pts/7\n");
	fake_file("/sys/class/mbus/mbus4/tty", "ttynull\n");
	found("/0", &acm[0]);
	found("/1", &with_chip);
	ASSERT_EQ(0, LIST());
	ASSERT_EQ(4, self->count);
	EXPECT_STREQ("pts/7", self->list[0].tty);
	EXPECT_STREQ("pty", self->list[0].driver);
	EXPECT_EQ(3, self->list[0].bus);
	EXPECT_EQ(-1, self->list[0].number);
	EXPECT_STREQ("ttyACM2", self->list[1].tty);
	EXPECT_EQ(0, self->list[1].bus);
	EXPECT_STREQ("ttyS0", self->list[2].tty);
	EXPECT_EQ(-1, self->list[2].bus);
	EXPECT_STREQ("ttynull", self->list[3].tty);
	EXPECT_STREQ("", self->list[3].driver);
	EXPECT_EQ(4, self->list[3].bus);
}

TEST_F(ports, what_udev_refuses)
{
	static const char *const functions[] = {
		"udev_new", "udev_enumerate_new",
		"udev_enumerate_add_match_subsystem",
		"udev_enumerate_scan_devices",
	};

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		fake_udev.fails = functions[i];
		EXPECT_EQ(-1, LIST()) TH_LOG("%s", functions[i]);
		EXPECT_EQ(METERBUS_E_SYSTEM, self->err.kind);
		EXPECT_STREQ("cannot list the serial ports: No buffer space available",
			     self->err.text);
		EXPECT_EQ(0, fake_udev.held) TH_LOG("%s", functions[i]);
	}
}

static bool readable(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, 0) > 0;
}

TEST_F(ports, come_and_go_as_the_kernel_and_udev_report)
{
	struct udev_device kernel[] = {
		{ .sysname = "ttyACM2", .action = "add" },
		{ .sysname = "ttyACM3", .action = "remove" },
	};
	struct udev_device udev[] = { { .sysname = "ttyACM2" } };
	struct meterbus_tty_watch *watch;
	bool there = false;
	char name[64];

	fake_udev.monitors[0].events = udev;
	fake_udev.monitors[0].left = 1;
	fake_udev.monitors[1].events = kernel;
	fake_udev.monitors[1].left = 2;
	watch = meterbus_tty_watch_open(&self->err);
	ASSERT_NE(NULL, watch);
	EXPECT_EQ(2, fake_udev.monitored);
	EXPECT_STREQ("tty", fake_udev.subsystem);
	EXPECT_TRUE(readable(meterbus_tty_watch_fd(watch)));
	EXPECT_EQ(1, meterbus_tty_watch_next(watch, name, &there));
	EXPECT_STREQ("ttyACM2", name);
	EXPECT_TRUE(there);
	EXPECT_EQ(1, meterbus_tty_watch_next(watch, name, &there));
	EXPECT_STREQ("ttyACM3", name);
	EXPECT_FALSE(there);
	EXPECT_TRUE(readable(meterbus_tty_watch_fd(watch)));
	EXPECT_EQ(1, meterbus_tty_watch_next(watch, name, &there));
	EXPECT_STREQ("ttyACM2", name);
	EXPECT_TRUE(there);
	EXPECT_EQ(0, meterbus_tty_watch_next(watch, name, &there));
	EXPECT_FALSE(readable(meterbus_tty_watch_fd(watch)));
	meterbus_tty_watch_close(watch);
	meterbus_tty_watch_close(NULL);
}

TEST_F(ports, that_cannot_be_watched)
{
	static const char *const functions[] = {
		"udev_new", "udev_monitor_new_from_netlink",
		"udev_monitor_filter_add_match_subsystem_devtype",
		"udev_monitor_enable_receiving",
	};

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		fake_udev.fails = functions[i];
		EXPECT_EQ(NULL, meterbus_tty_watch_open(&self->err));
		EXPECT_EQ(METERBUS_E_SYSTEM, self->err.kind);
		EXPECT_STREQ("cannot watch for serial ports: No buffer space available",
			     self->err.text) TH_LOG("%s", functions[i]);
		EXPECT_EQ(0, fake_udev.held) TH_LOG("%s", functions[i]);
	}
}

TEST_HARNESS_MAIN
