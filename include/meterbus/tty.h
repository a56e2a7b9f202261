/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Serial ports: which there are, which one is meant, when it comes and goes,
 * and making it carry a bus.
 *
 * A daemon that keeps a bus attached, in a loop:
 *
 *	meterbus_tty_choose()	fails with METERBUS_E_NO_TTY: poll() the watch,
 *				try again
 *	meterbus_tty_open(), meterbus_tty_attach()
 *	poll() tty.fd for POLLOUT, which comes, as POLLHUP does, only when it
 *	carries the bus no more; meterbus_tty_gone(): unplugged
 *	meterbus_tty_close()	and from the start
 */
#ifndef METERBUS_TTY_H
#define METERBUS_TTY_H

#include <stdbool.h>
#include <stddef.h>

#include <meterbus/error.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

/* The line discipline's number: N_DEVELOPMENT, which libc does not name. */
#define METERBUS_TTY_LDISC 29

/* Longest path of a tty, with its end. */
#define METERBUS_TTY_PATH_MAX 128

/* A serial port; text that is not known is empty, a number is -1. */
struct meterbus_port {
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
 * bus, ordered by name. No port is opened. Returns 0 and a list to free(), or
 * -1.
 */
int meterbus_port_list(struct meterbus_port **ports, size_t *count,
		       struct meterbus_error *err);

/*
 * Which port is meant: a tty by name, or one of a USB adapter, whose ttys are
 * called differently each time it is plugged in.
 */
struct meterbus_tty_choice {
	/*
	 * sizeof(struct meterbus_tty_choice): members that it does not cover are
	 * taken as zero. 0 stands for the members of version 0.2.
	 */
	size_t size;
	const char *tty;	/* "ttyACM2", "/dev/serial/by-path/..."; NULL: by adapter */
	char vid[8];		/* as meterbus_usb_id_parse() writes them */
	char pid[8];
	const char *serial;	/* NULL: the only one plugged in */
	int port;		/* meterbus_port.number, -1: the only one */
};

/* "1A86", "0x1a86": writes "1a86". Returns 0, or -1 if it is no such number. */
int meterbus_usb_id_parse(const char *text, char out[8]);

/*
 * Writes the path of the tty that is meant, symbolic links resolved. Returns
 * 0, or -1 with METERBUS_E_NO_TTY (it is not there now, or several are),
 * METERBUS_E_USAGE (a port must be chosen), METERBUS_E_PERMISSION,
 * METERBUS_E_SYSTEM.
 */
int meterbus_tty_choose(const struct meterbus_tty_choice *choice, char *path,
			size_t size, struct meterbus_error *err);

/*
 * "ttyACM2", "/dev/ttyACM2", "/dev/serial/by-path/...", "pts/3": writes the
 * device's own path. METERBUS_E_NO_TTY if there is none.
 */
int meterbus_tty_resolve(const char *name, char *path, size_t size,
			 struct meterbus_error *err);

/* A tty, opened to carry a bus. */
struct meterbus_tty {
	int fd;
	char path[METERBUS_TTY_PATH_MAX];	/* symbolic links resolved */
	const char *name;	/* "ttyACM2", within path */
	bool pseudo;		/* a pty: no parity, no real baud rate */
	bool taken;		/* for us alone */
	bool attached;		/* carries the line discipline, because of us */
	unsigned int bus;	/* N of its mbusN, while attached */
	struct meterbus_tty_settings *before;	/* as it was found */
};

/*
 * Opens @path (of meterbus_tty_resolve()), takes it for us alone (flock,
 * TIOCEXCL, and the lock meterbus_tty_holder() looks at) and sets 8E1 raw at
 * @baud; what it accepted is read back. meterbus_tty_close() is right after
 * success and after failure. The lock is the process's: opening and closing
 * the tty elsewhere in this process gives it up.
 */
int meterbus_tty_open(struct meterbus_tty *tty, const char *path,
		      unsigned int baud, struct meterbus_error *err);

/* Puts the line discipline on it; /dev/mbus<tty->bus> exists afterwards. */
int meterbus_tty_attach(struct meterbus_tty *tty, struct meterbus_error *err);

/*
 * Has it been unplugged, its other end closed (poll() on tty->fd tells
 * POLLHUP), or the line discipline taken off by another program (POLLOUT)?
 */
bool meterbus_tty_gone(const struct meterbus_tty *tty);

/* Takes the line discipline off, restores the settings found, closes. */
void meterbus_tty_close(struct meterbus_tty *tty);

/*
 * The process that has opened @path with meterbus_tty_open(), 0 if none, -1
 * on error. The kernel keeps this, so it is never out of date. Not of use to
 * the process itself, see meterbus_tty_open().
 */
long meterbus_tty_holder(const char *path, struct meterbus_error *err);

/* Takes the line discipline off a tty that has no holder. */
int meterbus_tty_detach(const char *path, struct meterbus_error *err);

/* Tells when ttys come and go. */
struct meterbus_tty_watch;

/* Starts watching: what happens from now on is reported. NULL with *err filled. */
struct meterbus_tty_watch *meterbus_tty_watch_open(struct meterbus_error *err);
void meterbus_tty_watch_close(struct meterbus_tty_watch *watch);

/* For poll(): readable when meterbus_tty_watch_next() has something. */
int meterbus_tty_watch_fd(const struct meterbus_tty_watch *watch);

/*
 * The next thing that happened. Returns 1 with the tty's name ("ttyACM2") and
 * whether it is there now, or 0 when nothing more has happened; never waits.
 * Where udev runs a tty is reported twice: by the kernel, and by udev when its
 * by-path name exists.
 */
int meterbus_tty_watch_next(struct meterbus_tty_watch *watch, char name[64],
			    bool *there);

METERBUS_END_DECLS

#endif
