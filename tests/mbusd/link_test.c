// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connection of a bus to its adapter, bus or gateway, with these faked: what is
 * opened and set, and how their coming and going is noticed.
 */
#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <meterbus/bus.h>
#include <meterbus/gateway.h>
#include <meterbus/settings.h>
#include <meterbus/tty.h>

#include "kselftest_harness.h"

#include "../../userspace/mbusd/reader/link.h"

/* ------------------------------------------------------------ system */

struct meterbus_bus {
	int fd;
};

struct meterbus_tty_watch {
	int fd;
};

struct meterbus_gateway {
	struct meterbus_gateway_options options;
};

static struct {
	/* What is there. */
	enum meterbus_error_kind no_tty;	/* why it cannot be chosen */
	int bus_on_tty;				/* -1: none */
	int refused;				/* so many opens lack permission */
	const char *node;			/* changes with each of them */
	enum meterbus_error_kind no_setting;
	/* What was done. */
	char opened[64];			/* the bus */
	int open;				/* buses */
	int ttys;				/* open ones */
	int attached;
	unsigned int baud;
	struct meterbus_tty_choice choice;
	struct meterbus_settings settings;
	unsigned int set;			/* times, and on which bus */
	unsigned int set_on;
	int unplug;				/* closing it unplugs the bus */
	/* Events of the watch: 'p' plugged, 'u' unplugged. */
	const char *events;
	struct meterbus_tty_watch watch;
	/* The gateway, and what it reports. */
	struct meterbus_gateway gateway;
	bool gateway_open;
	const char *gateway_fails;
	int stopped;				/* its run() has ended */
} fake = { .bus_on_tty = -1, .unplug = -1, .events = "" };

struct meterbus_tty_watch *meterbus_tty_watch_open(struct meterbus_error *err)
{
	(void)err;
	fake.watch.fd = eventfd(0, EFD_CLOEXEC);
	return &fake.watch;
}

void meterbus_tty_watch_close(struct meterbus_tty_watch *watch)
{
	if (watch)
		close(watch->fd);
}

int meterbus_tty_watch_fd(const struct meterbus_tty_watch *watch)
{
	return watch->fd;
}

static void announce(const char *events)
{
	fake.events = events;
	eventfd_write(fake.watch.fd, 1);
}

int meterbus_tty_watch_next(struct meterbus_tty_watch *watch, char name[64],
			    bool *there)
{
	eventfd_t number;

	if (!*fake.events) {
		struct pollfd fd = { .fd = watch->fd, .events = POLLIN };

		if (poll(&fd, 1, 0) > 0)
			eventfd_read(watch->fd, &number);
		return 0;
	}
	strcpy(name, "ttyACM2");
	*there = *fake.events++ == 'p';
	return 1;
}

int meterbus_tty_choose(const struct meterbus_tty_choice *choice, char *path,
			size_t size, struct meterbus_error *err)
{
	fake.choice = *choice;
	if (fake.no_tty)
		return meterbus_fail(err, fake.no_tty, "no such adapter");
	snprintf(path, size, "/dev/ttyACM2");
	return 0;
}

int meterbus_bus_on_tty(const char *tty, unsigned int *number)
{
	(void)tty;
	*number = (unsigned int)fake.bus_on_tty;
	return fake.bus_on_tty < 0 ? -1 : 0;
}

int meterbus_tty_open(struct meterbus_tty *tty, const char *path,
		      unsigned int baud, struct meterbus_error *err)
{
	(void)path;
	(void)err;
	fake.ttys++;
	fake.baud = baud;
	tty->bus = 5;
	return 0;
}

int meterbus_tty_attach(struct meterbus_tty *tty, struct meterbus_error *err)
{
	(void)tty;
	(void)err;
	fake.attached++;
	return 0;
}

void meterbus_tty_close(struct meterbus_tty *tty)
{
	(void)tty;
	fake.ttys--;
}

struct meterbus_bus *meterbus_bus_open(const char *name,
				       struct meterbus_error *err)
{
	static struct meterbus_bus bus;
	int ends[2];

	if (fake.refused) {
		fake.refused--;
		if (fake.node)
			chmod(fake.node, 0600);
		meterbus_fail(err, METERBUS_E_PERMISSION, "no permission");
		return NULL;
	}
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
	bus.fd = ends[0];
	fake.unplug = ends[1];
	fake.open++;
	snprintf(fake.opened, sizeof(fake.opened), "%s", name);
	return &bus;
}

void meterbus_bus_close(struct meterbus_bus *bus)
{
	if (!bus)
		return;
	close(bus->fd);
	if (fake.unplug >= 0)
		close(fake.unplug);
	fake.unplug = -1;
	fake.open--;
}

int meterbus_bus_fd(const struct meterbus_bus *bus)
{
	return bus->fd;
}

unsigned int meterbus_bus_number(const struct meterbus_bus *bus)
{
	(void)bus;
	return (unsigned int)atoi(fake.opened + strlen("mbus"));
}

const char *meterbus_bus_name(const struct meterbus_bus *bus)
{
	(void)bus;
	return fake.opened;
}

struct meterbus_link *meterbus_bus_link(struct meterbus_bus *bus)
{
	(void)bus;
	return NULL;
}

int meterbus_bus_tty(unsigned int number, char *tty, size_t size)
{
	snprintf(tty, size, "ttyACM%u", number);
	return 0;
}

int meterbus_settings_set(unsigned int number,
			  const struct meterbus_settings *settings,
			  struct meterbus_error *err)
{
	fake.set++;
	fake.set_on = number;
	fake.settings = *settings;
	if (fake.no_setting)
		return meterbus_fail(err, fake.no_setting, "no setting");
	return 0;
}

struct meterbus_gateway *
meterbus_gateway_open(const struct meterbus_gateway_options *options,
		      struct meterbus_error *err)
{
	if (fake.gateway_fails) {
		meterbus_fail(err, METERBUS_E_NO_LINK, "%s", fake.gateway_fails);
		return NULL;
	}
	fake.gateway.options = *options;
	fake.gateway_open = true;
	return &fake.gateway;
}

unsigned int meterbus_gateway_bus(const struct meterbus_gateway *gateway)
{
	(void)gateway;
	return 7;
}

int meterbus_gateway_run(struct meterbus_gateway *gateway, int stop_fd,
			 struct meterbus_error *err)
{
	struct pollfd fd = { .fd = stop_fd, .events = POLLIN };

	(void)gateway;
	(void)err;
	poll(&fd, 1, -1);
	fake.stopped++;
	return 0;
}

void meterbus_gateway_close(struct meterbus_gateway *gateway)
{
	(void)gateway;
	fake.gateway_open = false;
}

static void report(enum meterbus_gateway_event event, const char *text)
{
	fake.gateway.options.report(fake.gateway.options.context, event, text);
}

/* The folder that is watched in the place of /dev. */
static char folder[] = "/tmp/mbus-test.XXXXXX";

int inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	int (*next)(int, const char *, uint32_t) =
		(int (*)(int, const char *, uint32_t))dlsym(RTLD_NEXT, __func__);

	return next(fd, strcmp(path, "/dev") ? path : folder, mask);
}

/* ------------------------------------------------------------- tests */

static bool is_readable(const struct bus_link *link)
{
	struct pollfd fd = { .fd = bus_link_fd(link), .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

static struct config_bus tty_bus(void)
{
	return (struct config_bus){
		.name = (char *)"north", .connection = CONFIG_TTY,
		.path = (char *)"/dev/ttyACM2", .port = -1, .baud = 300,
		.guard_ms = -1, .echo = -1,
	};
}

static struct config_bus usb_bus(void)
{
	struct config_bus bus = tty_bus();

	bus.connection = CONFIG_USB;
	bus.path = NULL;
	bus.vid = (char *)"1a86";
	bus.pid = (char *)"55d5";
	bus.serial = (char *)"BC4A";
	bus.port = 2;
	return bus;
}

static struct config_bus tcp_bus(void)
{
	struct config_bus bus = tty_bus();

	bus.connection = CONFIG_TCP;
	bus.path = NULL;
	bus.host = (char *)"gateway:10001";
	return bus;
}

TEST(a_tty_without_a_bus_is_attached_and_freed_again)
{
	struct config_bus bus = tty_bus();
	struct bus_link *link = bus_link_new(&bus, NULL);

	ASSERT_NE(NULL, link);
	EXPECT_STREQ("", bus_link_device(link));
	ASSERT_EQ(0, bus_link_open(link, NULL));
	EXPECT_EQ(1, fake.attached);
	EXPECT_EQ(300, fake.baud);
	EXPECT_STREQ("mbus5", bus_link_device(link));
	EXPECT_STREQ("ttyACM5", bus_link_tty(link));
	EXPECT_FALSE(bus_link_changed(link));
	bus_link_close(link);
	EXPECT_EQ(0, fake.open);
	EXPECT_EQ(0, fake.ttys);
	EXPECT_STREQ("", bus_link_tty(link));
	ASSERT_EQ(0, bus_link_open(link, NULL));
	bus_link_free(link);
	EXPECT_EQ(0, fake.open);
	EXPECT_EQ(0, fake.ttys);
}

TEST(a_bus_that_another_program_attached_is_used_as_it_is)
{
	struct config_bus bus = tty_bus();
	struct bus_link *link = bus_link_new(&bus, NULL);

	ASSERT_NE(NULL, link);
	fake.bus_on_tty = 2;
	ASSERT_EQ(0, bus_link_open(link, NULL));
	EXPECT_STREQ("mbus2", bus_link_device(link));
	EXPECT_EQ(0, fake.attached);
	bus_link_close(link);
	EXPECT_EQ(0, fake.ttys);
	bus_link_free(link);
}

TEST(a_bus_is_opened_by_its_name)
{
	struct config_bus bus = tty_bus();
	struct bus_link *link = bus_link_new(&bus, NULL);

	ASSERT_NE(NULL, link);
	bus.connection = CONFIG_BUS;
	bus.path = (char *)"mbus9";
	ASSERT_EQ(0, bus_link_open(link, NULL));
	EXPECT_STREQ("mbus9", bus_link_device(link));
	bus_link_free(link);
	EXPECT_EQ(0, fake.open);
}

TEST(an_adapter_is_chosen_by_all_that_is_configured)
{
	struct config_bus bus = usb_bus();
	struct bus_link *link = bus_link_new(&bus, NULL);

	ASSERT_NE(NULL, link);
	ASSERT_EQ(0, bus_link_open(link, NULL));
	EXPECT_EQ(NULL, fake.choice.tty);
	EXPECT_STREQ("1a86", fake.choice.vid);
	EXPECT_STREQ("55d5", fake.choice.pid);
	EXPECT_STREQ("BC4A", fake.choice.serial);
	EXPECT_EQ(2, fake.choice.port);
	bus_link_free(link);
}

TEST(only_a_missing_adapter_is_left_to_udev)
{
	struct config_bus bus = usb_bus();
	struct bus_link *link = bus_link_new(&bus, NULL);
	struct meterbus_error err;
	unsigned int soon;

	ASSERT_NE(NULL, link);
	soon = bus_link_retry_s(link);
	fake.no_tty = METERBUS_E_NO_TTY;
	EXPECT_EQ(-1, bus_link_open(link, &err));
	EXPECT_STREQ("no such adapter", err.text);
	EXPECT_LT(soon, bus_link_retry_s(link));
	/* Only the user knows which of two is meant. */
	fake.no_tty = METERBUS_E_USAGE;
	EXPECT_EQ(-1, bus_link_open(link, NULL));
	EXPECT_EQ(soon, bus_link_retry_s(link));
	/* udev does not announce a tty that another program frees. */
	bus.connection = CONFIG_TTY;
	fake.no_tty = METERBUS_E_NO_TTY;
	EXPECT_EQ(-1, bus_link_open(link, NULL));
	EXPECT_EQ(soon, bus_link_retry_s(link));
	bus_link_free(link);
}

TEST(only_configured_times_are_set)
{
	struct config_bus bus = tty_bus();
	struct bus_link *link = bus_link_new(&bus, NULL);
	struct meterbus_error err;

	ASSERT_NE(NULL, link);
	ASSERT_EQ(0, bus_link_open(link, NULL));
	EXPECT_EQ(0, fake.set);
	bus_link_close(link);

	bus.guard_ms = 0;
	ASSERT_EQ(0, bus_link_open(link, NULL));
	EXPECT_EQ(1, fake.set);
	EXPECT_EQ(5, fake.set_on);
	EXPECT_EQ(METERBUS_SET_GUARD, fake.settings.fields);
	EXPECT_EQ(0, fake.settings.timing.guard_us);
	bus_link_close(link);

	bus.guard_ms = 80;
	bus.echo = METERBUS_ECHO_ON;
	ASSERT_EQ(0, bus_link_open(link, NULL));
	EXPECT_EQ(METERBUS_SET_GUARD | METERBUS_SET_ECHO, fake.settings.fields);
	EXPECT_EQ(80000, fake.settings.timing.guard_us);
	EXPECT_EQ(METERBUS_ECHO_ON, fake.settings.timing.echo);
	bus_link_close(link);

	/* A bus with other times than configured is not used. */
	fake.no_setting = METERBUS_E_PERMISSION;
	EXPECT_EQ(-1, bus_link_open(link, &err));
	EXPECT_STREQ("no setting", err.text);
	EXPECT_EQ(0, fake.open);
	EXPECT_EQ(0, fake.ttys);
	bus_link_free(link);
}

TEST(an_unplugged_bus_is_noticed)
{
	struct config_bus bus = tty_bus();
	struct bus_link *link = bus_link_new(&bus, NULL);

	ASSERT_NE(NULL, link);
	ASSERT_EQ(0, bus_link_open(link, NULL));
	EXPECT_FALSE(is_readable(link));
	close(fake.unplug);
	fake.unplug = -1;
	EXPECT_TRUE(is_readable(link));
	EXPECT_TRUE(bus_link_changed(link));
	bus_link_close(link);
	EXPECT_FALSE(is_readable(link));
	EXPECT_FALSE(bus_link_changed(link));
	bus_link_free(link);
}

TEST(an_adapter_that_is_plugged_in_is_noticed_once)
{
	struct config_bus bus = usb_bus();
	struct bus_link *link = bus_link_new(&bus, NULL);

	ASSERT_NE(NULL, link);
	EXPECT_FALSE(bus_link_changed(link));
	announce("p");
	EXPECT_TRUE(is_readable(link));
	EXPECT_TRUE(bus_link_changed(link));
	EXPECT_FALSE(is_readable(link));
	EXPECT_FALSE(bus_link_changed(link));
	announce("u");
	EXPECT_FALSE(bus_link_changed(link));
	/* An event after it does not hide the first. */
	announce("pu");
	EXPECT_TRUE(bus_link_changed(link));
	announce("up");
	EXPECT_TRUE(bus_link_changed(link));
	/* An open bus stays, whatever is plugged in. */
	ASSERT_EQ(0, bus_link_open(link, NULL));
	announce("p");
	EXPECT_FALSE(bus_link_changed(link));
	bus_link_free(link);
}

TEST(a_new_node_is_opened_once_udev_has_set_its_group)
{
	struct config_bus bus = tty_bus();
	struct bus_link *link = bus_link_new(&bus, NULL);
	char node[64];

	ASSERT_NE(NULL, link);
	ASSERT_NE(NULL, mkdtemp(folder));
	snprintf(node, sizeof(node), "%s/mbus5", folder);
	fclose(fopen(node, "w"));
	fake.node = node;
	fake.refused = 3;
	EXPECT_EQ(0, bus_link_open(link, NULL));
	EXPECT_STREQ("mbus5", bus_link_device(link));
	bus_link_free(link);
	unlink(node);
	rmdir(folder);
}

TEST(a_gateway_is_a_bus_while_it_is_connected)
{
	struct config_bus bus = tcp_bus();
	struct bus_link *link = bus_link_new(&bus, NULL);
	struct meterbus_error err;

	ASSERT_NE(NULL, link);
	EXPECT_EQ(-1, bus_link_open(link, &err));
	EXPECT_STREQ("gateway:10001 is not connected yet", err.text);
	EXPECT_STREQ("gateway:10001", fake.gateway.options.address);
	EXPECT_EQ(METERBUS_GATEWAY_TCP, fake.gateway.options.protocol);
	EXPECT_EQ(300, fake.gateway.options.baud);
	EXPECT_FALSE(is_readable(link));

	report(METERBUS_GATEWAY_FAILED, "gateway:10001: connection refused");
	EXPECT_TRUE(is_readable(link));
	EXPECT_FALSE(bus_link_changed(link));
	EXPECT_FALSE(is_readable(link));
	EXPECT_EQ(-1, bus_link_open(link, &err));
	EXPECT_EQ(METERBUS_E_NO_LINK, err.kind);
	EXPECT_STREQ("gateway:10001: connection refused", err.text);

	report(METERBUS_GATEWAY_CONNECTED, "");
	EXPECT_TRUE(is_readable(link));
	EXPECT_TRUE(bus_link_changed(link));
	ASSERT_EQ(0, bus_link_open(link, NULL));
	EXPECT_STREQ("mbus7", bus_link_device(link));
	EXPECT_EQ(0, fake.attached);
	EXPECT_FALSE(bus_link_changed(link));
	report(METERBUS_GATEWAY_SETTING, "the baud rate is 2400, not 300");
	EXPECT_FALSE(bus_link_changed(link));

	report(METERBUS_GATEWAY_LOST, "the connection was closed");
	EXPECT_TRUE(is_readable(link));
	EXPECT_TRUE(bus_link_changed(link));
	bus_link_close(link);
	EXPECT_TRUE(fake.gateway_open);
	EXPECT_EQ(-1, bus_link_open(link, &err));
	EXPECT_STREQ("the connection was closed", err.text);
	EXPECT_FALSE(bus_link_changed(link));

	report(METERBUS_GATEWAY_CONNECTED, "");
	EXPECT_TRUE(bus_link_changed(link));
	ASSERT_EQ(0, bus_link_open(link, NULL));
	bus_link_free(link);
	EXPECT_EQ(1, fake.stopped);
	EXPECT_FALSE(fake.gateway_open);
}

TEST(a_gateway_that_cannot_be_used_is_reported)
{
	struct config_bus bus = tcp_bus();
	struct bus_link *link = bus_link_new(&bus, NULL);
	struct meterbus_error err;

	ASSERT_NE(NULL, link);
	bus.connection = CONFIG_RFC2217;
	fake.gateway_fails = "no module";
	EXPECT_EQ(-1, bus_link_open(link, &err));
	EXPECT_STREQ("no module", err.text);
	EXPECT_FALSE(bus_link_changed(link));
	fake.gateway_fails = NULL;
	EXPECT_EQ(-1, bus_link_open(link, &err));
	EXPECT_EQ(METERBUS_GATEWAY_RFC2217, fake.gateway.options.protocol);
	bus_link_free(link);
}

TEST_HARNESS_MAIN
