// SPDX-License-Identifier: GPL-2.0-or-later
#include "serial.h"

#include <asm/termbits.h>
#include <sys/ioctl.h>

int serial_set(int fd, int baud)
{
	struct termios2 t;

	if (ioctl(fd, TCGETS2, &t))
		return -1;
	t.c_iflag = IGNBRK;
	t.c_oflag = 0;
	t.c_lflag = 0;
	t.c_cflag = CS8 | PARENB | CREAD | CLOCAL | BOTHER | BOTHER << IBSHIFT;
	t.c_ispeed = baud;
	t.c_ospeed = baud;
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
