// SPDX-License-Identifier: GPL-2.0-or-later
#include "serial.h"

#include <asm/termbits.h>
#include <errno.h>
#include <stddef.h>
#include <sys/ioctl.h>

/* The named rates only: with BOTHER glibc takes the speed for B0, a hangup. */
static unsigned int rate_flag(int baud)
{
	static const struct {
		int baud;
		unsigned int flag;
	} rates[] = {
		{ 300, B300 },	   { 600, B600 },     { 1200, B1200 },
		{ 2400, B2400 },   { 4800, B4800 },   { 9600, B9600 },
		{ 19200, B19200 }, { 38400, B38400 },
	};
	size_t i;

	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		if (rates[i].baud == baud)
			return rates[i].flag;
	return 0;
}

int serial_set(int fd, int baud)
{
	struct termios2 t;
	unsigned int rate = rate_flag(baud);

	if (!rate) {
		errno = EINVAL;
		return -1;
	}

	if (ioctl(fd, TCGETS2, &t))
		return -1;
	t.c_iflag = IGNBRK;
	t.c_oflag = 0;
	t.c_lflag = 0;
	t.c_cflag = CS8 | PARENB | CREAD | CLOCAL | rate;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	return ioctl(fd, TCSETS2, &t);
}

int serial_baud(int fd)
{
	struct termios2 t;

	if (ioctl(fd, TCGETS2, &t))
		return -1;
	return t.c_ospeed;
}
