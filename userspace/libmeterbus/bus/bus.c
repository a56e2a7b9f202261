// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * /dev/mbusN as a link. Everything about time and validity is the driver's;
 * here its answers become the library's, and its errors one line each.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <meterbus/bus.h>

#include "bus/fail_open.h"
#include "bus/netlink.h"

struct meterbus_bus {
	struct meterbus_link link;
	int fd;
	unsigned int number;
	char name[16];
	unsigned int link_wait_ms;
	struct meterbus_netlink *netlink;	/* once it was needed */
};

#define SYSFS_CLASS "/sys/class/mbus"

/*
 * Long enough for a selection and a readout of many telegrams at 300 baud,
 * short enough that a stopped program does not keep the others out.
 */
#define HOLD_LIMIT_MS 120000

/* How many buses an error text lists. */
#define LISTED_MAX 8

static int compare_numbers(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a;
	unsigned int y = *(const unsigned int *)b;

	return (x > y) - (x < y);
}

/* "17" exactly, without sign or space. */
static bool parse_number(const char *text, unsigned int *number)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 9 || text[digits])
		return false;
	*number = strtoul(text, NULL, 10);
	return true;
}

static bool parse_bus_name(const char *name, unsigned int *number)
{
	return !strncmp(name, "mbus", 4) && parse_number(name + 4, number);
}

size_t meterbus_bus_list(unsigned int *numbers, size_t max)
{
	unsigned int number;
	struct dirent *entry;
	size_t count = 0;
	DIR *dir;

	dir = opendir(SYSFS_CLASS);
	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		if (!parse_bus_name(entry->d_name, &number))
			continue;
		if (count < max)
			numbers[count] = number;
		count++;
	}
	closedir(dir);
	qsort(numbers, count < max ? count : max, sizeof(*numbers),
	      compare_numbers);
	return count;
}

int meterbus_bus_tty(unsigned int number, char *tty, size_t size)
{
	char path[64];
	FILE *file;
	char *end;

	snprintf(path, sizeof(path), SYSFS_CLASS "/mbus%u/tty", number);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (!fgets(tty, size, file)) {
		fclose(file);
		return -1;
	}
	fclose(file);
	end = strchr(tty, '\n');
	if (end)
		*end = '\0';
	return 0;
}

int meterbus_bus_on_tty(const char *tty, unsigned int *number)
{
	unsigned int numbers[64];
	char name[64];
	size_t count;
	size_t i;

	if (!strncmp(tty, "/dev/", 5))
		tty += 5;
	count = meterbus_bus_list(numbers, 64);
	for (i = 0; i < count && i < 64; i++) {
		if (meterbus_bus_tty(numbers[i], name, sizeof(name)) == 0 &&
		    !strcmp(name, tty)) {
			*number = numbers[i];
			return 0;
		}
	}
	return -1;
}

/* " mbus0 (ttyACM2), mbus1 (pts/3)" */
static const char *list_text(const unsigned int *numbers, size_t count,
			     char *out, size_t size)
{
	char tty[64];
	size_t used = 0;
	size_t i;

	out[0] = '\0';
	for (i = 0; i < count && i < LISTED_MAX && used < size; i++) {
		if (meterbus_bus_tty(numbers[i], tty, sizeof(tty)) < 0)
			snprintf(tty, sizeof(tty), "gone");
		used += snprintf(out + used, size - used, "%s mbus%u (%s)",
				 i ? "," : "", numbers[i], tty);
	}
	if (i < count && used < size)
		snprintf(out + used, size - used, ", ...");
	return out;
}

int meterbus_bus_find(const char *name, unsigned int *number,
		      struct meterbus_error *err)
{
	unsigned int numbers[LISTED_MAX];
	char device[64];
	char text[192];
	char *real;
	size_t count;

	count = meterbus_bus_list(numbers, LISTED_MAX);
	list_text(numbers, count, text, sizeof(text));

	if (!name) {
		if (count == 0)
			return meterbus_fail_hint(err, METERBUS_E_NO_BUS,
						  METERBUS_HINT_ATTACH, NULL,
						  "no M-Bus is attached");
		if (count > 1)
			return meterbus_fail_hint(err, METERBUS_E_NO_BUS,
						  METERBUS_HINT_CHOOSE_BUS,
						  NULL,
						  "there are several buses:%s",
						  text);
		*number = numbers[0];
		return 0;
	}

	if (parse_number(name, number) || parse_bus_name(name, number) ||
	    (!strncmp(name, "/dev/", 5) && parse_bus_name(name + 5, number))) {
		snprintf(device, sizeof(device), "/dev/mbus%u", *number);
		if (access(device, F_OK) == 0)
			return 0;
		if (count == 0)
			return meterbus_fail_hint(err, METERBUS_E_NO_BUS,
						  METERBUS_HINT_ATTACH, NULL,
						  "there is no bus mbus%u, nor any other",
						  *number);
		return meterbus_fail(err, METERBUS_E_NO_BUS,
				     "there is no bus mbus%u; there is:%s",
				     *number, text);
	}

	/* A tty stands for the bus on it; its by-path name serves as well. */
	if (strchr(name, '/') != name) {
		snprintf(device, sizeof(device), "/dev/%s", name);
		real = realpath(device, NULL);
	} else {
		real = realpath(name, NULL);
	}
	if (!real)
		return meterbus_fail(err, METERBUS_E_NO_BUS,
				     "there is no bus %s; a bus is called mbusN%s%s",
				     name, count ? ", there is:" : "", text);
	if (meterbus_bus_on_tty(real, number) == 0) {
		free(real);
		return 0;
	}
	if (!strncmp(real, "/dev/tty", 8) || !strncmp(real, "/dev/pts/", 9))
		meterbus_fail_hint(err, METERBUS_E_NO_BUS, METERBUS_HINT_ATTACH,
				   name, "%s carries no M-Bus", name);
	else
		meterbus_fail(err, METERBUS_E_NO_BUS,
			      "%s is no M-Bus; a bus is called mbusN", name);
	free(real);
	return -1;
}

static int ioctl_failed(struct meterbus_bus *bus, const char *what,
			struct meterbus_error *err)
{
	switch (errno) {
	case ENODEV:
		return meterbus_fail(err, METERBUS_E_UNPLUGGED,
				     "%s: unplugged, the adapter is gone",
				     bus->name);
	case ENOBUFS:
		return meterbus_fail(err, METERBUS_E_BUSY,
				     "%s: too many requests wait for the bus, try again later",
				     bus->name);
	case ENOLINK:
		return meterbus_fail(err, METERBUS_E_NO_LINK,
				     "%s: its gateway is not connected now; the connection is tried again",
				     bus->name);
	case EBUSY:
		return meterbus_fail(err, METERBUS_E_BUSY,
				     "%s: the bus is in use by another program, try again later",
				     bus->name);
	case ESTALE:
		return meterbus_fail(err, METERBUS_E_BUSY,
				     "%s: this program kept the bus too long and lost it, start again",
				     bus->name);
	case EPERM:
	case EACCES:
		return meterbus_fail(err, METERBUS_E_PERMISSION,
				     "%s: no permission to %s", bus->name, what);
	case EINTR:
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "%s: stopped by a signal", bus->name);
	case EINVAL:
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "%s: cannot %s: the driver refused it as not valid",
				     bus->name, what);
	default:
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "%s: cannot %s: %s", bus->name, what,
				     strerror(errno));
	}
}

static struct meterbus_bus *bus_of(struct meterbus_link *link)
{
	return (struct meterbus_bus *)((char *)link -
				       offsetof(struct meterbus_bus, link));
}

/* Once. A gateway that is lost on the way is ENOLINK, as one that is not there. */
static int transfer(struct meterbus_bus *bus, struct meterbus_xfer *xfer)
{
	uint64_t features;

	if (ioctl(bus->fd, METERBUS_IOC_XFER, xfer) < 0)
		return -1;
	if (xfer->outcome == METERBUS_OUTCOME_UNPLUGGED &&
	    ioctl(bus->fd, METERBUS_IOC_GET_FEATURES, &features) == 0) {
		errno = ENOLINK;
		return -1;
	}
	return 0;
}

/* Until the bus can be used, or is gone. False when the time is up. */
static bool wait_for_link(struct meterbus_bus *bus)
{
	struct pollfd pollfd = { .fd = bus->fd, .events = POLLOUT };

	return poll(&pollfd, 1, bus->link_wait_ms) > 0;
}

static int bus_exchange(struct meterbus_link *link,
			struct meterbus_exchange *exchange,
			struct meterbus_error *err)
{
	struct meterbus_bus *bus = bus_of(link);
	struct meterbus_xfer xfer = {
		.request = (uintptr_t)exchange->request,
		.answer = (uintptr_t)exchange->answer,
		.request_len = exchange->request_len,
		.answer_size = sizeof(exchange->answer),
		.guard_us = exchange->guard_us,
		.window_us = exchange->window_us,
		.repeats = exchange->repeats,
	};

	while (transfer(bus, &xfer) < 0)
		if (errno != ENOLINK || !bus->link_wait_ms ||
		    !wait_for_link(bus))
			return ioctl_failed(bus, "send", err);
	exchange->outcome = xfer.outcome;
	exchange->reason = xfer.reason;
	exchange->tries = xfer.tries;
	exchange->flags = xfer.flags;
	exchange->sent_ns = xfer.sent_ns;
	exchange->sent_end_ns = xfer.sent_end_ns;
	exchange->first_ns = xfer.first_ns;
	exchange->last_ns = xfer.last_ns;
	exchange->answer_len = xfer.answer_len < sizeof(exchange->answer) ?
				       xfer.answer_len :
				       sizeof(exchange->answer);
	if (xfer.outcome == METERBUS_OUTCOME_UNPLUGGED)
		return meterbus_fail(err, METERBUS_E_UNPLUGGED,
				     "%s: unplugged during the transaction",
				     bus->name);
	return 0;
}

static int bus_hold(struct meterbus_link *link, struct meterbus_error *err)
{
	struct meterbus_hold hold = { .limit_ms = HOLD_LIMIT_MS };

	if (ioctl(bus_of(link)->fd, METERBUS_IOC_HOLD, &hold) < 0)
		return ioctl_failed(bus_of(link), "keep the bus", err);
	return 0;
}

static void bus_release(struct meterbus_link *link)
{
	/* Fails only when the hold has gone already, which is what we want. */
	ioctl(bus_of(link)->fd, METERBUS_IOC_RELEASE);
}

/* Asked for before many a transaction: the socket stays open. */
static struct meterbus_netlink *netlink_of(struct meterbus_bus *bus,
					   struct meterbus_error *err)
{
	if (!bus->netlink)
		bus->netlink = netlink_open(err);
	return bus->netlink;
}

/* A bus that was opened and is not there any more was unplugged. */
static int settings_failed(const struct meterbus_bus *bus,
			   struct meterbus_error *err)
{
	if (err && err->kind == METERBUS_E_NO_BUS)
		meterbus_fail(err, METERBUS_E_UNPLUGGED,
			      "%s: unplugged, the adapter is gone", bus->name);
	return -1;
}

static int get_status(struct meterbus_bus *bus, struct meterbus_status *status,
		      struct meterbus_error *err)
{
	struct meterbus_netlink *netlink = netlink_of(bus, err);

	if (!netlink || netlink_get(netlink, bus->number, status, err) < 0)
		return settings_failed(bus, err);
	return 0;
}

static int set_settings(struct meterbus_bus *bus,
			const struct meterbus_settings *settings,
			struct meterbus_error *err)
{
	struct meterbus_netlink *netlink = netlink_of(bus, err);

	if (!netlink || netlink_set(netlink, bus->number, settings, err) < 0)
		return settings_failed(bus, err);
	return 0;
}

static int bus_get_timing(struct meterbus_link *link,
			  struct meterbus_timing *timing,
			  struct meterbus_error *err)
{
	struct meterbus_status status;

	if (get_status(bus_of(link), &status, err) < 0)
		return -1;
	*timing = status.timing;
	return 0;
}

static int bus_set_timing(struct meterbus_link *link,
			  const struct meterbus_timing *timing,
			  struct meterbus_error *err)
{
	struct meterbus_settings settings = {
		.fields = METERBUS_SET_GUARD | METERBUS_SET_SLACK |
			  METERBUS_SET_GAP | METERBUS_SET_WINDOW |
			  METERBUS_SET_REPEATS | METERBUS_SET_ECHO |
			  METERBUS_SET_DEFAULTS,
		.timing = *timing,
	};

	return set_settings(bus_of(link), &settings, err);
}

static int bus_get_baud(struct meterbus_link *link, uint32_t *baud,
			struct meterbus_error *err)
{
	struct meterbus_status status;

	if (get_status(bus_of(link), &status, err) < 0)
		return -1;
	*baud = status.info.baud;
	return 0;
}

static int bus_set_baud(struct meterbus_link *link, uint32_t baud,
			struct meterbus_error *err)
{
	struct meterbus_settings settings = {
		.fields = METERBUS_SET_BAUD,
		.baud = baud,
	};

	return set_settings(bus_of(link), &settings, err);
}

static uint64_t bus_sent(struct meterbus_link *link)
{
	struct meterbus_status status;

	if (get_status(bus_of(link), &status, NULL) < 0)
		return 0;
	return status.info.frames_sent;
}

static int bus_babble(struct meterbus_link *link, uint32_t *rate, uint8_t *byte,
		      struct meterbus_error *err)
{
	struct meterbus_status status;

	if (get_status(bus_of(link), &status, err) < 0)
		return -1;
	*rate = status.info.babble;
	*byte = status.info.babble_byte;
	return 0;
}

/* Something else may have the name. */
static int check_driver(struct meterbus_bus *bus, struct meterbus_error *err)
{
	uint64_t features;

	if (ioctl(bus->fd, METERBUS_IOC_GET_FEATURES, &features) < 0) {
		if (errno == ENOTTY)
			return meterbus_fail(err, METERBUS_E_NO_BUS,
					     "/dev/%s is no M-Bus device of this driver",
					     bus->name);
		return ioctl_failed(bus, "ask for its features", err);
	}
	return 0;
}

static int open_node(struct meterbus_bus *bus, struct meterbus_error *err)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/%s", bus->name);
	bus->fd = open(path, O_RDWR | O_CLOEXEC);
	if (bus->fd >= 0)
		return check_driver(bus, err);
	switch (errno) {
	case ENOENT:
		return meterbus_fail(err, METERBUS_E_NO_BUS,
				     "there is no device node %s; is /dev a devtmpfs?",
				     path);
	case ENODEV:
	case ENXIO:
		return meterbus_fail(err, METERBUS_E_UNPLUGGED,
				     "%s: unplugged, the adapter is gone",
				     bus->name);
	default:
		return fail_open(path, err);
	}
}

struct meterbus_bus *meterbus_bus_open(const char *name,
				       struct meterbus_error *err)
{
	struct meterbus_bus *bus = calloc(1, sizeof(*bus));

	if (!bus) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	bus->fd = -1;
	if (meterbus_bus_find(name, &bus->number, err) < 0)
		goto fail;
	snprintf(bus->name, sizeof(bus->name), "mbus%u", bus->number);
	if (open_node(bus, err) < 0)
		goto fail;
	bus->link.exchange = bus_exchange;
	bus->link.hold = bus_hold;
	bus->link.release = bus_release;
	bus->link.get_timing = bus_get_timing;
	bus->link.set_timing = bus_set_timing;
	bus->link.get_baud = bus_get_baud;
	bus->link.set_baud = bus_set_baud;
	bus->link.sent = bus_sent;
	bus->link.babble = bus_babble;
	return bus;

fail:
	meterbus_bus_close(bus);
	return NULL;
}

void meterbus_bus_close(struct meterbus_bus *bus)
{
	if (!bus)
		return;
	if (bus->fd >= 0)
		close(bus->fd);
	netlink_close(bus->netlink);
	free(bus);
}

struct meterbus_link *meterbus_bus_link(struct meterbus_bus *bus)
{
	return &bus->link;
}

int meterbus_bus_fd(const struct meterbus_bus *bus)
{
	return bus->fd;
}

unsigned int meterbus_bus_number(const struct meterbus_bus *bus)
{
	return bus->number;
}

const char *meterbus_bus_name(const struct meterbus_bus *bus)
{
	return bus->name;
}

void meterbus_bus_set_link_wait(struct meterbus_bus *bus, unsigned int ms)
{
	bus->link_wait_ms = ms;
}

int meterbus_bus_monitor(struct meterbus_bus *bus, struct meterbus_error *err)
{
	uint32_t mode = METERBUS_MODE_RECORD;

	if (ioctl(bus->fd, METERBUS_IOC_SET_MODE, &mode) < 0)
		return ioctl_failed(bus, "monitor the bus", err);
	return 0;
}

int meterbus_bus_read_record(struct meterbus_bus *bus,
			     struct meterbus_record *record,
			     struct meterbus_error *err)
{
	ssize_t got;

	_Static_assert(sizeof(*record) == METERBUS_RECORD_MAX,
		       "a record and its data are read in one piece");

	got = read(bus->fd, record, sizeof(*record));
	if (got == 0)
		return 0;
	if (got < 0) {
		if (errno == ENODEV)
			return 0;
		return ioctl_failed(bus, "read", err);
	}
	if ((size_t)got < sizeof(record->head) ||
	    (size_t)got != sizeof(record->head) + record->head.len)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "%s: the driver returned a record of %zd bytes that does not add up",
				     bus->name, got);
	return 1;
}
