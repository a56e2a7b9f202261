/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Serial ports: which there are, and making one ready to carry a bus.
 */
#ifndef MBUSCTL_TTY_H
#define MBUSCTL_TTY_H

#include <stdbool.h>
#include <stddef.h>

#include <meterbus/error.h>

/* The line discipline's number: N_DEVELOPMENT, which libc does not name. */
#define TTY_LDISC_MBUS 29

/* A serial port; text that is not known is empty, a number is -1. */
struct port {
	char tty[64];		/* "ttyACM2", "pts/3" */
	char driver[32];	/* of the device: "cdc_acm", "ftdi_sio", "serial8250" */
	char manufacturer[128];
	char product[128];
	char vid[8];		/* "1a86" */
	char pid[8];
	char serial[128];
	int interface;		/* USB bInterfaceNumber */
	int number;		/* among its adapter's ports, in order of interface */
	char by_path[256];	/* "/dev/serial/by-path/..." */
	char device[256];	/* sysfs path of the adapter, empty for on-board ports */
	int bus;		/* N of the mbusN it carries */
};

/*
 * All serial ports with hardware behind them and all other ttys that carry a
 * bus, ordered by name. Returns 0 and a list to free(), or -1.
 */
int port_list(struct port **ports, size_t *count, struct meterbus_error *err);

/* A tty, opened to carry a bus. */
struct tty {
	int fd;
	char path[128];		/* "/dev/ttyACM2", symbolic links resolved */
	const char *name;	/* "ttyACM2", within path */
	bool pseudo;		/* a pty: no parity, no real baud rate */
	bool attached;		/* carries the line discipline, because of us */
	unsigned int bus;	/* N of its mbusN, while attached */
	struct tty_settings *before;	/* as it was found */
};

/*
 * "ttyACM2", "/dev/ttyACM2", "/dev/serial/by-path/...", "pts/3": writes the
 * device's own path. METERBUS_E_NO_TTY if there is none.
 */
int tty_resolve(const char *name, char *path, size_t size,
		struct meterbus_error *err);

/*
 * Opens @path (of tty_resolve()), takes it for us alone (flock, TIOCEXCL, and
 * the lock tty_holder() looks at) and sets 8E1 raw at @baud; what it accepted
 * is read back. tty_close() is right after success and after failure.
 */
int tty_open(struct tty *tty, const char *path, unsigned int baud,
	     struct meterbus_error *err);

/* Puts the line discipline on it; /dev/mbus<tty->bus> exists afterwards. */
int tty_attach(struct tty *tty, struct meterbus_error *err);

/* Takes the line discipline off, restores the settings found, closes. */
void tty_close(struct tty *tty);

/*
 * The process that has opened @path with tty_open(), 0 if none, -1 on error.
 * The kernel keeps this, so it is never out of date.
 */
long tty_holder(const char *path, struct meterbus_error *err);

/* Takes the line discipline off a tty that nobody holds for it. */
int tty_detach(const char *path, struct meterbus_error *err);

#endif
