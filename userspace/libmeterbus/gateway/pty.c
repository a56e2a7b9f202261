// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gateway/pty.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void gateway_pty_init(struct gateway_pty *pty)
{
	memset(pty, 0, sizeof(*pty));
	pty->master = -1;
	pty->tty.fd = -1;
}

static int open_master(struct gateway_pty *pty, char *path, size_t size,
		       struct meterbus_error *err)
{
	const int on = 1;

	pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (pty->master < 0 || grantpt(pty->master) < 0 ||
	    unlockpt(pty->master) < 0 ||
	    ptsname_r(pty->master, path, size) != 0 ||
	    ioctl(pty->master, TIOCPKT, &on) < 0)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "cannot make a pty: %s", strerror(errno));
	return 0;
}

/* With EXTPROC the master learns of every change of the settings. */
static int watch_settings(struct gateway_pty *pty, struct meterbus_error *err)
{
	struct termios2 termios;

	if (ioctl(pty->tty.fd, TCGETS2, &termios) == 0) {
		termios.c_lflag |= EXTPROC;
		if (ioctl(pty->tty.fd, TCSETS2, &termios) == 0)
			return 0;
	}
	return meterbus_fail(err, METERBUS_E_SYSTEM, "cannot set the pty: %s",
			     strerror(errno));
}

int gateway_pty_open(struct gateway_pty *pty, unsigned int baud,
		     struct meterbus_error *err)
{
	char path[METERBUS_TTY_PATH_MAX];

	if (open_master(pty, path, sizeof(path), err) < 0 ||
	    meterbus_tty_open(&pty->tty, path, baud, err) < 0 ||
	    meterbus_tty_attach(&pty->tty, err) < 0 ||
	    watch_settings(pty, err) < 0)
		return -1;
	if (gateway_pty_set_link(pty, METERBUS_LINK_DOWN) < 0)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "the loaded mbus module knows no gateways (%s); install both from one release",
				     strerror(errno));
	return 0;
}

void gateway_pty_close(struct gateway_pty *pty)
{
	meterbus_tty_close(&pty->tty);
	if (pty->master >= 0)
		close(pty->master);
	pty->master = -1;
}

int gateway_pty_set_link(struct gateway_pty *pty, __u32 link)
{
	unsigned char old[512];

	ioctl(pty->tty.fd, TCFLSH, TCIOFLUSH);
	ioctl(pty->master, TCFLSH, TCIOFLUSH);
	while (read(pty->master, old, sizeof(old)) > 0)
		;
	return ioctl(pty->tty.fd, METERBUS_IOC_SET_LINK, &link);
}

unsigned int gateway_pty_baud(const struct gateway_pty *pty,
			      unsigned int otherwise)
{
	struct termios2 termios;

	if (ioctl(pty->master, TCGETS2, &termios) < 0)
		return otherwise;
	return termios.c_ospeed;
}

/* A tty that carries a bus is never ready for writing, one without is. */
struct pollfd gateway_pty_watch(const struct gateway_pty *pty)
{
	return (struct pollfd){ .fd = pty->tty.fd, .events = POLLOUT };
}
