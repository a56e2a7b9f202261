// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Making a tty ready to carry a bus: alone on it, raw, 8E1, line discipline.
 *
 * The settings go through TCSETS2 and not through libc: it knows no rates but
 * the classic ones, and it reports EINVAL for a pty, which takes everything
 * but the parity.
 */
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <libudev.h>
#include <linux/major.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/meterbus.h>
#include <meterbus/bus.h>
#include <meterbus/tty.h>

#include "bus/fail_open.h"

#define LDISC_N_TTY 0

/* Start bit, 8 data bits, parity and stop bit tolerate this much, in percent. */
#define BAUD_TOLERANCE 2

/* How long udev may take to make a device node, where devtmpfs does not. */
#define NODE_WAIT_MS 5000

struct meterbus_tty_settings {
	struct termios2 termios;
};

int meterbus_tty_resolve(const char *name, char *path, size_t size,
			 struct meterbus_error *err)
{
	char device[128];
	char *real;
	int length;

	snprintf(device, sizeof(device), "/dev/%s", name);
	if (name[0] == '/')
		real = realpath(name, NULL);
	else if (access(device, F_OK) == 0)
		real = realpath(device, NULL);
	else
		real = realpath(name, NULL);
	if (!real) {
		if (errno == EACCES)
			return meterbus_fail(err, METERBUS_E_PERMISSION,
					     "no permission to look at %s",
					     name);
		return meterbus_fail_hint(err, METERBUS_E_NO_TTY,
					  METERBUS_HINT_LIST_PORTS, NULL,
					  "there is no tty %s", name);
	}
	length = snprintf(path, size, "%s", real);
	free(real);
	if ((size_t)length >= size)
		return meterbus_fail(err, METERBUS_E_NO_TTY,
				     "the path of %s is too long", name);
	return 0;
}

static const char *name_of(const char *path)
{
	return strncmp(path, "/dev/", 5) ? path : path + 5;
}

static bool is_pseudo(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	return (major(st.st_rdev) >= UNIX98_PTY_SLAVE_MAJOR &&
		major(st.st_rdev) <
			UNIX98_PTY_SLAVE_MAJOR + UNIX98_PTY_MAJOR_COUNT) ||
	       major(st.st_rdev) == PTY_SLAVE_MAJOR;
}

static int open_failed(const char *path, struct meterbus_error *err)
{
	switch (errno) {
	case EBUSY:
		return meterbus_fail_hint(err, METERBUS_E_BUSY,
					  METERBUS_HINT_FIND_HOLDER, path,
					  "%s: another program has it open exclusively",
					  path);
	case ENOENT:
	case ENODEV:
	case ENXIO:
	case EIO:
		return meterbus_fail(err, METERBUS_E_NO_TTY,
				     "%s: there is no device behind it (%s)",
				     path, strerror(errno));
	default:
		return fail_open(path, err);
	}
}

static int open_tty(const char *path, struct meterbus_error *err)
{
	struct stat st;
	int number;
	int fd;

	/* A fifo or a socket under the name would block or surprise us. */
	if (stat(path, &st) < 0)
		return open_failed(path, err);
	if (!S_ISCHR(st.st_mode))
		return meterbus_fail(err, METERBUS_E_NO_TTY, "%s is no tty",
				     path);
	fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return open_failed(path, err);
	if (ioctl(fd, TIOCGETD, &number) < 0) {
		close(fd);
		return meterbus_fail(err, METERBUS_E_NO_TTY, "%s is no tty",
				     path);
	}
	return fd;
}

/* A lock of the process, so that the kernel knows whose it is. */
static struct flock holder_lock(void)
{
	return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

static int fail_taken(const struct meterbus_tty *tty, unsigned int bus,
		      struct meterbus_error *err)
{
	char name[16];

	snprintf(name, sizeof(name), "mbus%u", bus);
	return meterbus_fail_hint(err, METERBUS_E_BUSY, METERBUS_HINT_DETACH,
				  name, "%s carries %s already", tty->name,
				  name);
}

/*
 * flock() is what most serial programs respect, TIOCEXCL keeps the others
 * out, and the record lock names the holder to meterbus_tty_holder().
 */
static int take(struct meterbus_tty *tty, struct meterbus_error *err)
{
	struct flock lock = holder_lock();
	unsigned int bus;

	if (flock(tty->fd, LOCK_EX | LOCK_NB) < 0 ||
	    fcntl(tty->fd, F_SETLK, &lock) < 0) {
		if (meterbus_bus_on_tty(tty->path, &bus) == 0)
			return fail_taken(tty, bus, err);
		return meterbus_fail_hint(err, METERBUS_E_BUSY,
					  METERBUS_HINT_FIND_HOLDER, tty->path,
					  "%s: another program has locked it",
					  tty->path);
	}
	if (ioctl(tty->fd, TIOCEXCL) < 0)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "%s: cannot open it exclusively: %s",
				     tty->path, strerror(errno));
	tty->taken = true;
	return 0;
}

static bool rate_accepted(unsigned int wanted, unsigned int got)
{
	return got >= wanted - wanted * BAUD_TOLERANCE / 100 &&
	       got <= wanted + wanted * BAUD_TOLERANCE / 100;
}

/* Drivers that cannot do a rate set another one and report it. */
static int check_settings(const struct meterbus_tty *tty, unsigned int baud,
			  struct meterbus_error *err)
{
	const tcflag_t format = CSIZE | PARENB | PARODD | CMSPAR | CSTOPB;
	struct termios2 got;
	tcflag_t wanted = CS8 | PARENB;

	if (ioctl(tty->fd, TCGETS2, &got) < 0)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "%s: cannot read its settings: %s",
				     tty->path, strerror(errno));
	if (tty->pseudo)
		wanted &= ~PARENB;
	if ((got.c_cflag & format) != wanted)
		return meterbus_fail(err, METERBUS_E_NO_TTY,
				     "%s: its driver refuses 8 data bits, even parity, 1 stop bit, which M-Bus needs; use another adapter",
				     tty->path);
	if (!rate_accepted(baud, got.c_ospeed))
		return meterbus_fail_hint(err, METERBUS_E_NO_TTY,
					  METERBUS_HINT_CHOOSE_BAUD, NULL,
					  "%s: its driver refuses %u baud and offers %u",
					  tty->path, baud, got.c_ospeed);
	return 0;
}

/* The classic rates by their names, as other programs show nothing else. */
static tcflag_t rate_flag(unsigned int baud)
{
	static const struct {
		unsigned int baud;
		tcflag_t flag;
	} rates[] = {
		{ 300, B300 },	   { 600, B600 },     { 1200, B1200 },
		{ 2400, B2400 },   { 4800, B4800 },   { 9600, B9600 },
		{ 19200, B19200 }, { 38400, B38400 },
	};
	size_t i;

	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		if (rates[i].baud == baud)
			return rates[i].flag;
	return BOTHER;
}

static int set_8e1(struct meterbus_tty *tty, unsigned int baud,
		   struct meterbus_error *err)
{
	struct termios2 termios = tty->before->termios;

	/* INPCK and BRKINT make drivers report parity errors and breaks. */
	termios.c_iflag = INPCK | BRKINT;
	termios.c_oflag = 0;
	termios.c_lflag = 0;
	termios.c_cflag = CS8 | PARENB | CREAD | CLOCAL | rate_flag(baud);
	termios.c_ispeed = baud;
	termios.c_ospeed = baud;
	if (ioctl(tty->fd, TCSETS2, &termios) < 0)
		return meterbus_fail(err, METERBUS_E_NO_TTY,
				     "%s: cannot set %u baud 8E1: %s",
				     tty->path, baud, strerror(errno));
	/* What lies in the buffers is from before and of another format. */
	ioctl(tty->fd, TCFLSH, TCIOFLUSH);
	return check_settings(tty, baud, err);
}

int meterbus_tty_open(struct meterbus_tty *tty, const char *path,
		      unsigned int baud, struct meterbus_error *err)
{
	int number;

	memset(tty, 0, sizeof(*tty));
	snprintf(tty->path, sizeof(tty->path), "%s", path);
	tty->name = name_of(tty->path);
	tty->fd = open_tty(path, err);
	if (tty->fd < 0)
		return -1;
	if (take(tty, err) < 0)
		return -1;
	tty->pseudo = is_pseudo(tty->fd);

	/* Left behind by a holder that was killed while others had it open. */
	if (ioctl(tty->fd, TIOCGETD, &number) == 0 &&
	    number == METERBUS_TTY_LDISC) {
		number = LDISC_N_TTY;
		ioctl(tty->fd, TIOCSETD, &number);
	}

	tty->before = malloc(sizeof(*tty->before));
	if (!tty->before)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	if (ioctl(tty->fd, TCGETS2, &tty->before->termios) < 0) {
		meterbus_fail(err, METERBUS_E_SYSTEM,
			      "%s: cannot read its settings: %s", path,
			      strerror(errno));
		free(tty->before);
		tty->before = NULL;
		return -1;
	}
	return set_8e1(tty, baud, err);
}

static int setd_failed(const struct meterbus_tty *tty, struct meterbus_error *err)
{
	switch (errno) {
	case EINVAL:
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "the kernel has no M-Bus line discipline; load it with: modprobe mbus (or insmod kernel/mbus.ko)");
	case EPERM:
	case EACCES:
		return meterbus_fail(err, METERBUS_E_PERMISSION,
				     "no permission to attach a bus to %s; run as root or with CAP_NET_ADMIN",
				     tty->name);
	case EIO:
	case ENODEV:
		return meterbus_fail(err, METERBUS_E_UNPLUGGED,
				     "%s: unplugged while attaching",
				     tty->name);
	default:
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "cannot put the line discipline on %s: %s",
				     tty->name, strerror(errno));
	}
}

/*
 * With devtmpfs the node exists before TIOCSETD returns. Without it udev
 * makes the node and then announces the device.
 */
static int wait_for_node(const char *path, struct meterbus_error *err)
{
	struct udev_monitor *monitor;
	struct udev_device *device;
	struct pollfd pollfd;
	struct udev *udev;
	int ready;

	udev = udev_new();
	monitor = udev ? udev_monitor_new_from_netlink(udev, "udev") : NULL;
	if (monitor &&
	    udev_monitor_filter_add_match_subsystem_devtype(monitor, "mbus",
							    NULL) >= 0 &&
	    udev_monitor_enable_receiving(monitor) >= 0) {
		pollfd.fd = udev_monitor_get_fd(monitor);
		pollfd.events = POLLIN;
		while (access(path, F_OK) < 0) {
			ready = poll(&pollfd, 1, NODE_WAIT_MS);
			if (ready < 0 && errno == EINTR)
				continue;
			if (ready <= 0)
				break;
			device = udev_monitor_receive_device(monitor);
			if (device)
				udev_device_unref(device);
		}
	}
	if (monitor)
		udev_monitor_unref(monitor);
	if (udev)
		udev_unref(udev);
	if (access(path, F_OK) < 0)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "the bus is there, but no device node %s; mount a devtmpfs on /dev or start udev",
				     path);
	return 0;
}

int meterbus_tty_attach(struct meterbus_tty *tty, struct meterbus_error *err)
{
	int number = METERBUS_TTY_LDISC;
	char path[32];
	__u32 bus;

	if (ioctl(tty->fd, TIOCSETD, &number) < 0)
		return setd_failed(tty, err);
	tty->attached = true;
	if (ioctl(tty->fd, METERBUS_IOC_GET_BUS, &bus) < 0)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "line discipline %d is not that of the mbus module (%s); unload the other one, see /proc/tty/ldiscs",
				     METERBUS_TTY_LDISC, strerror(errno));
	tty->bus = bus;
	snprintf(path, sizeof(path), "/dev/mbus%u", tty->bus);
	if (access(path, F_OK) == 0)
		return 0;
	return wait_for_node(path, err);
}

bool meterbus_tty_gone(const struct meterbus_tty *tty)
{
	struct pollfd pollfd = { .fd = tty->fd };
	__u32 bus;

	if (poll(&pollfd, 1, 0) < 0 || pollfd.revents)
		return true;
	return tty->attached && ioctl(tty->fd, METERBUS_IOC_GET_BUS, &bus) < 0;
}

void meterbus_tty_close(struct meterbus_tty *tty)
{
	int number = LDISC_N_TTY;

	if (tty->fd < 0)
		return;
	/* All of these fail on an unplugged tty, which has nothing to restore. */
	if (tty->attached)
		ioctl(tty->fd, TIOCSETD, &number);
	if (tty->before)
		ioctl(tty->fd, TCSETS2, &tty->before->termios);
	/* What another program has for itself stays that program's. */
	if (tty->taken)
		ioctl(tty->fd, TIOCNXCL);
	free(tty->before);
	tty->before = NULL;
	close(tty->fd);
	tty->fd = -1;
	tty->attached = false;
}

long meterbus_tty_holder(const char *path, struct meterbus_error *err)
{
	struct flock lock = holder_lock();
	int fd;

	fd = open_tty(path, err);
	if (fd < 0)
		return -1;
	if (fcntl(fd, F_GETLK, &lock) < 0) {
		close(fd);
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "cannot find the program that holds %s: %s", path,
				     strerror(errno));
	}
	close(fd);
	return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

int meterbus_tty_detach(const char *path, struct meterbus_error *err)
{
	int number = LDISC_N_TTY;
	int fd;

	fd = open_tty(path, err);
	if (fd < 0)
		return -1;
	if (ioctl(fd, TIOCSETD, &number) < 0) {
		meterbus_fail(err, METERBUS_E_SYSTEM,
			      "cannot take the line discipline off %s: %s",
			      path, strerror(errno));
		close(fd);
		return -1;
	}
	ioctl(fd, TIOCNXCL);
	close(fd);
	return 0;
}
