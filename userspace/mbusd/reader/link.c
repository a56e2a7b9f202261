// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <meterbus/bus.h>
#include <meterbus/settings.h>
#include <meterbus/tty.h>

#include "reader/gateway.h"
#include "reader/link.h"

/*
 * udev announces new adapters, but not that another program has closed one, that
 * permissions have changed, or ptys.
 */
#define RETRY_S 3
#define RETRY_ANNOUNCED_S 10

/* How long udev may take to set owner and mode of a new node. */
#define UDEV_WAIT_MS 10000

struct bus_link {
	const struct config_bus *config;
	struct meterbus_tty_watch *watch;
	int epoll;			/* the watch and, if open, the bus */
	struct meterbus_tty tty;
	bool has_tty;			/* attached by us */
	struct bus_gateway *gateway;	/* once it was opened; NULL: a tty */
	struct meterbus_bus *bus;	/* NULL: not open */
	char tty_name[64];
	bool announced;			/* udev will announce it */
};

struct bus_link *bus_link_new(const struct config_bus *bus,
			      struct meterbus_error *err)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct bus_link *link = calloc(1, sizeof(*link));

	if (!link) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	link->config = bus;
	link->epoll = epoll_create1(EPOLL_CLOEXEC);
	/* Before the first attempt, so that no event is missed. */
	link->watch = meterbus_tty_watch_open(err);
	if (!link->watch)
		goto fail;
	if (epoll_ctl(link->epoll, EPOLL_CTL_ADD,
		      meterbus_tty_watch_fd(link->watch), &event) < 0) {
		meterbus_fail(err, METERBUS_E_SYSTEM,
			      "cannot watch for serial ports: %s",
			      strerror(errno));
		goto fail;
	}
	return link;

fail:
	bus_link_free(link);
	return NULL;
}

void bus_link_free(struct bus_link *link)
{
	if (!link)
		return;
	bus_link_close(link);
	bus_gateway_free(link->gateway);
	meterbus_tty_watch_close(link->watch);
	if (link->epoll >= 0)
		close(link->epoll);
	free(link);
}

void bus_link_set_config(struct bus_link *link, const struct config_bus *bus)
{
	link->config = bus;
}

static int set_timing(struct bus_link *link, struct meterbus_error *err)
{
	const struct config_bus *config = link->config;
	struct meterbus_settings settings = { 0 };

	if (config->guard_ms >= 0) {
		settings.timing.guard_us = config->guard_ms * 1000;
		settings.fields |= METERBUS_SET_GUARD;
	}
	if (config->echo >= 0) {
		settings.timing.echo = config->echo;
		settings.fields |= METERBUS_SET_ECHO;
	}
	if (!settings.fields)
		return 0;
	return meterbus_settings_set(meterbus_bus_number(link->bus), &settings,
				     err);
}

/*
 * A new node belongs to root until udev sets its group a moment later. Waits for
 * that. Watches the folder, as a node that may not be read may not be watched.
 */
static int open_node(struct bus_link *link, const char *name,
		     struct meterbus_error *err)
{
	struct pollfd fd = { .events = POLLIN };
	struct meterbus_error reason;
	char events[4096];
	int ready;

	fd.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	inotify_add_watch(fd.fd, "/dev", IN_ATTRIB);
	do {
		while (read(fd.fd, events, sizeof(events)) > 0)
			;
		link->bus = meterbus_bus_open(name, &reason);
		if (link->bus || reason.kind != METERBUS_E_PERMISSION)
			break;
		ready = poll(&fd, 1, UDEV_WAIT_MS);
	} while (ready > 0);
	close(fd.fd);
	if (!link->bus && err)
		*err = reason;
	return link->bus ? 0 : -1;
}

static int open_bus(struct bus_link *link, const char *name,
		    struct meterbus_error *err)
{
	struct epoll_event event = { 0 };

	if (open_node(link, name, err) < 0)
		return -1;
	/* EPOLLHUP is always reported; closing removes it. */
	if (epoll_ctl(link->epoll, EPOLL_CTL_ADD, meterbus_bus_fd(link->bus),
		      &event) < 0)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "cannot watch %s: %s", name,
				     strerror(errno));
	if (meterbus_bus_tty(meterbus_bus_number(link->bus), link->tty_name,
			     sizeof(link->tty_name)) < 0)
		link->tty_name[0] = '\0';
	return set_timing(link, err);
}

static int attach(struct bus_link *link, const char *path,
		  struct meterbus_error *err)
{
	char name[16];

	link->has_tty = true;
	if (meterbus_tty_open(&link->tty, path, link->config->baud, err) < 0 ||
	    meterbus_tty_attach(&link->tty, err) < 0)
		return -1;
	snprintf(name, sizeof(name), "mbus%u", link->tty.bus);
	return open_bus(link, name, err);
}

/* A bus that another program has attached to the tty is used as it is. */
static int open_tty(struct bus_link *link, struct meterbus_error *err)
{
	const struct config_bus *config = link->config;
	struct meterbus_tty_choice choice = {
		.tty = config->path, .serial = config->serial,
		.port = config->port,
	};
	char path[METERBUS_TTY_PATH_MAX];
	unsigned int number;
	char name[16];

	if (config->connection == CONFIG_USB) {
		snprintf(choice.vid, sizeof(choice.vid), "%s", config->vid);
		snprintf(choice.pid, sizeof(choice.pid), "%s", config->pid);
	}
	if (meterbus_tty_choose(&choice, path, sizeof(path), err) < 0)
		return -1;
	if (meterbus_bus_on_tty(path, &number) < 0)
		return attach(link, path, err);
	snprintf(name, sizeof(name), "mbus%u", number);
	return open_bus(link, name, err);
}

/* Started once, kept until the link is freed. */
static int start_gateway(struct bus_link *link, struct meterbus_error *err)
{
	struct epoll_event event = { .events = EPOLLIN };

	link->gateway = bus_gateway_new(link->config, err);
	if (!link->gateway)
		return -1;
	if (epoll_ctl(link->epoll, EPOLL_CTL_ADD,
		      bus_gateway_fd(link->gateway), &event) == 0)
		return 0;
	bus_gateway_free(link->gateway);
	link->gateway = NULL;
	return meterbus_fail(err, METERBUS_E_SYSTEM,
			     "cannot watch a gateway: %s", strerror(errno));
}

static int open_gateway(struct bus_link *link, struct meterbus_error *err)
{
	char name[16];

	if (!link->gateway && start_gateway(link, err) < 0)
		return -1;
	if (!bus_gateway_connected(link->gateway, err))
		return -1;
	snprintf(name, sizeof(name), "mbus%u", bus_gateway_bus(link->gateway));
	return open_bus(link, name, err);
}

int bus_link_open(struct bus_link *link, struct meterbus_error *err)
{
	struct meterbus_error reason;
	int result;

	switch (link->config->connection) {
	case CONFIG_BUS:
		result = open_bus(link, link->config->path, &reason);
		break;
	case CONFIG_TTY:
	case CONFIG_USB:
		result = open_tty(link, &reason);
		break;
	default:
		result = open_gateway(link, &reason);
		break;
	}
	if (result == 0)
		return 0;
	link->announced = link->config->connection == CONFIG_USB &&
			  reason.kind == METERBUS_E_NO_TTY;
	if (err)
		*err = reason;
	bus_link_close(link);
	return -1;
}

void bus_link_close(struct bus_link *link)
{
	meterbus_bus_close(link->bus);
	link->bus = NULL;
	if (link->has_tty)
		meterbus_tty_close(&link->tty);
	link->has_tty = false;
	link->tty_name[0] = '\0';
}

struct meterbus_link *bus_link_exchanges(struct bus_link *link)
{
	return meterbus_bus_link(link->bus);
}

const char *bus_link_device(const struct bus_link *link)
{
	return link->bus ? meterbus_bus_name(link->bus) : "";
}

const char *bus_link_tty(const struct bus_link *link)
{
	return link->tty_name;
}

int bus_link_fd(const struct bus_link *link)
{
	return link->epoll;
}

static bool is_gone(const struct bus_link *link)
{
	struct pollfd fd = { .fd = meterbus_bus_fd(link->bus) };

	return poll(&fd, 1, 0) > 0 && fd.revents & (POLLHUP | POLLERR);
}

bool bus_link_changed(struct bus_link *link)
{
	bool changed = false;
	char name[64];
	bool there;

	while (meterbus_tty_watch_next(link->watch, name, &there) > 0)
		changed = changed || there;
	if (link->gateway)
		changed = bus_gateway_connected(link->gateway, NULL);
	if (!link->bus)
		return changed;
	return is_gone(link) || (link->gateway && !changed);
}

unsigned int bus_link_retry_s(const struct bus_link *link)
{
	return link->announced ? RETRY_ANNOUNCED_S : RETRY_S;
}
