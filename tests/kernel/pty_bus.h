/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bus on a pty for tests of the uAPI: the master side plays the meters, and
 * waiters are blocked in every call that can block.
 */
#ifndef TESTS_KERNEL_PTY_BUS_H
#define TESTS_KERNEL_PTY_BUS_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <linux/meterbus.h>

#include "bus_netlink.h"
#include "common/clock.h"

#define N_DEVELOPMENT	29
#define MS		1000000ULL

static const __u8 req_ud2[] = { 0x10, 0x5b, 0xfd, 0x58, 0x16 };
static const __u8 snd_nke[] = { 0x10, 0x40, 0x05, 0x45, 0x16 };
static const __u8 broadcast[] = { 0x10, 0x40, 0xff, 0x3f, 0x16 };
static const __u8 answer[] = { 0x68, 0x04, 0x04, 0x68, 0x08,
			       0x00, 0x72, 0x11, 0x8b, 0x16 };

static void sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * MS };

	nanosleep(&ts, NULL);
}

static int load_module(void)
{
	const char *path = getenv("MBUS_KO");
	int fd, ret;

	if (!access("/sys/module/mbus", F_OK))
		return 0;
	if (!path)
		return system("modprobe mbus");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = syscall(SYS_finit_module, fd, "", 0);
	close(fd);
	return ret;
}

/*
 * The far end: answers E5 to SND_NKE and a frame to REQ_UD2, each 40 ms after
 * the request has arrived, and nothing to a broadcast.
 */
struct far_end {
	int master;
	int mute;	/* answers nothing */
	pthread_t thread;
};

static void *far_end_main(void *arg)
{
	struct far_end *far = arg;
	__u8 buf[512];
	ssize_t n;

	while ((n = read(far->master, buf, sizeof(buf))) > 0) {
		if (far->mute || buf[n - 3] == 0xff)
			continue;
		sleep_ms(40);
		if (buf[1] == snd_nke[1])
			n = write(far->master, "\xe5", 1);
		else
			n = write(far->master, answer, sizeof(answer));
	}
	return NULL;
}

static int attach(const char *path, __u32 *number)
{
	int ldisc = N_DEVELOPMENT;
	struct termios tio;
	int tty;

	tty = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty < 0)
		return -1;
	tcgetattr(tty, &tio);
	cfmakeraw(&tio);
	cfsetspeed(&tio, B2400);
	tcsetattr(tty, TCSANOW, &tio);
	if (ioctl(tty, TIOCSETD, &ldisc) ||
	    ioctl(tty, METERBUS_IOC_GET_BUS, number)) {
		close(tty);
		return -1;
	}
	return tty;
}

struct pty_bus {
	struct far_end far;
	int tty;
	__u32 number;
	char path[32];
};

/* Returns 0, or -1 with errno. */
static int pty_bus_open(struct pty_bus *bus)
{
	bus->far.mute = 0;
	bus->far.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (bus->far.master < 0 || grantpt(bus->far.master) ||
	    unlockpt(bus->far.master))
		return -1;
	bus->tty = attach(ptsname(bus->far.master), &bus->number);
	if (bus->tty < 0)
		return -1;
	snprintf(bus->path, sizeof(bus->path), "/dev/mbus%u", bus->number);
	errno = pthread_create(&bus->far.thread, NULL, far_end_main,
			       &bus->far);
	return errno ? -1 : 0;
}

static void pty_bus_close(struct pty_bus *bus)
{
	pthread_cancel(bus->far.thread);
	pthread_join(bus->far.thread, NULL);
	close(bus->tty);
	close(bus->far.master);
}

/* The adapter is pulled out. */
static void unplug(struct far_end *far)
{
	pthread_cancel(far->thread);
	pthread_join(far->thread, NULL);
	close(far->master);
	far->master = open("/dev/null", O_RDWR | O_CLOEXEC);
	pthread_create(&far->thread, NULL, far_end_main, far);
}

static __u8 answer_buf[METERBUS_DATA_MAX];

static struct meterbus_xfer new_xfer(const __u8 *request, __u32 len)
{
	struct meterbus_xfer xfer = {
		.request = (__u64)(uintptr_t)request,
		.request_len = len,
		.answer = (__u64)(uintptr_t)answer_buf,
		.answer_size = sizeof(answer_buf),
	};

	return xfer;
}

#define NEW_XFER(frame) new_xfer(frame, sizeof(frame))

struct waiter {
	pthread_t thread;
	int fd;
	int what;
	long ret;
	int error;
	__u8 outcome;
};

enum { WAIT_READ, WAIT_XFER, WAIT_HOLD, WAIT_POLL, WAIT_QUEUED, WAITERS };

static void *wait_main(void *arg)
{
	struct waiter *w = arg;
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	struct pollfd pfd = { .fd = w->fd, .events = POLLIN };
	struct meterbus_hold hold = {};
	__u8 buf[METERBUS_FRAME_MAX];

	switch (w->what) {
	case WAIT_READ:
		/* The request of the transaction comes first. */
		do {
			w->ret = read(w->fd, buf, sizeof(buf));
		} while (w->ret > 0);
		break;
	case WAIT_QUEUED:
	case WAIT_XFER:
		xfer.repeats = METERBUS_REPEATS_BUS;
		w->ret = ioctl(w->fd, METERBUS_IOC_XFER, &xfer);
		w->outcome = xfer.outcome;
		break;
	case WAIT_HOLD:
		w->ret = ioctl(w->fd, METERBUS_IOC_HOLD, &hold);
		break;
	case WAIT_POLL:
		do {
			w->ret = poll(&pfd, 1, -1);
		} while (!(pfd.revents & POLLHUP) &&
			 read(w->fd, buf, sizeof(buf)) > 0);
		w->ret = pfd.revents;
		break;
	}
	w->error = errno;
	return NULL;
}

#endif
