/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pty that stands for a gateway's serial port: the bus is on its slave, the
 * pump at its master.
 */
#ifndef GATEWAY_PTY_H
#define GATEWAY_PTY_H

#include <poll.h>

#include <linux/meterbus.h>
#include <meterbus/tty.h>

struct gateway_pty {
	/*
	 * Non-blocking; read() returns packets (TIOCPKT), among them
	 * TIOCPKT_IOCTL when the baud rate may have changed.
	 */
	int master;
	struct meterbus_tty tty;
};

void gateway_pty_init(struct gateway_pty *pty);
/* The link is down then. gateway_pty_close() is right after either. */
int gateway_pty_open(struct gateway_pty *pty, unsigned int baud,
		     struct meterbus_error *err);
void gateway_pty_close(struct gateway_pty *pty);

/*
 * METERBUS_LINK_UP or METERBUS_LINK_DOWN; bytes on their way in either direction are
 * lost. -1: the bus is gone.
 */
int gateway_pty_set_link(struct gateway_pty *pty, __u32 link);

/* The baud rate of the bus, @otherwise if that is not to be had. */
unsigned int gateway_pty_baud(const struct gateway_pty *pty,
			      unsigned int otherwise);

/* For poll(): any event means that the tty is no bus any more. */
struct pollfd gateway_pty_watch(const struct gateway_pty *pty);

#endif
