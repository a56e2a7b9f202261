/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of the wire that a program on the PC opens: a pty, or a real tty. */
#ifndef SIM_PORT_H
#define SIM_PORT_H

#include "base/units.h"

#include <poll.h>

enum port_event {
	PORT_QUIET,
	PORT_BYTES,
	PORT_OPENED, /* pty: somebody has it open now */
	PORT_CLOSED, /* pty: nobody has it open any more */
	PORT_GONE, /* tty: hung up */
	PORT_ERROR, /* see errno */
};

struct port {
	int fd;
	bool pty;
	int watch; /* inotify on the slave: event when it is opened */
	bool open; /* somebody listens; bytes to nobody are lost, not kept */
	char path[64];
	const char *link; /* NULL: none */
	uint8_t out[1024];
	size_t out_len;
};

/* All return 0, or -1 with errno set and the failed object in *what. */
int port_open_pty(struct port *p, int baud, const char **what);
int port_open_tty(struct port *p, const char *path, int baud,
		  const char **what);
/* Points @link at the pty; replaces a symbolic link, but nothing else. */
int port_link(struct port *p, const char *link, const char **what);
void port_close(struct port *p);

/* Fills PORT_FDS entries for poll(); with @full no bytes are read. */
#define PORT_FDS 2
void port_poll(const struct port *p, bool full, struct pollfd *fds);

/* After a poll: what happened, with up to *len bytes. */
enum port_event port_take(struct port *p, const struct pollfd *fds,
			  uint8_t *bytes, size_t *len);

/* The rate the PC has set, 0 where that can't be seen. */
int port_baud(const struct port *p);

/* A byte for the PC; written by port_flush(). */
void port_put(struct port *p, uint8_t byte);

/* Returns how many bytes found no room and are lost, as in a full UART. */
size_t port_flush(struct port *p);

#endif
