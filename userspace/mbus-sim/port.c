// SPDX-License-Identifier: GPL-2.0-or-later
#include "port.h"
#include "serial.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

int port_open_tty(struct port *p, const char *path, int baud, const char **what)
{
	*p = (struct port){ .watch = -1, .open = true };
	*what = path;
	p->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (p->fd < 0)
		return -1;
	if (serial_set(p->fd, baud)) {
		int error = errno;

		port_close(p);
		errno = error;
		return -1;
	}
	return 0;
}

/*
 * The master has no event for the slave being opened:
 * it polls as hung up from the last close to the next open. Hence the watch on
 * the slave's name; and one open and close here, so that a slave nobody has
 * opened yet looks the same as one that was left.
 */
static int watch_slave(struct port *p, int baud)
{
	int slave;

	p->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (p->watch < 0)
		return -1;
	slave = open(p->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return -1;
	if (serial_set(slave, baud)) {
		close(slave);
		return -1;
	}
	close(slave);
	return inotify_add_watch(p->watch, p->path, IN_OPEN) < 0 ? -1 : 0;
}

int port_open_pty(struct port *p, int baud, const char **what)
{
	int unlocked = 0;

	*p = (struct port){ .watch = -1, .pty = true };
	*what = "/dev/ptmx";
	p->fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (p->fd < 0)
		return -1;
	if (ptsname_r(p->fd, p->path, sizeof(p->path)) ||
	    ioctl(p->fd, TIOCSPTLCK, &unlocked)) {
		port_close(p);
		return -1;
	}
	*what = p->path;
	if (watch_slave(p, baud)) {
		int error = errno;

		port_close(p);
		errno = error;
		return -1;
	}
	return 0;
}

int port_link(struct port *p, const char *link, const char **what)
{
	struct stat st;

	*what = link;
	if (!lstat(link, &st)) {
		if (!S_ISLNK(st.st_mode)) {
			errno = EEXIST;
			return -1;
		}
		if (unlink(link))
			return -1;
	}
	if (symlink(p->path, link))
		return -1;
	p->link = link;
	return 0;
}

/* Only if it still points here: another simulator may have taken the name. */
static void remove_link(struct port *p)
{
	char target[sizeof(p->path)];
	ssize_t len = readlink(p->link, target, sizeof(target));

	if (len > 0 && (size_t)len == strlen(p->path) &&
	    !memcmp(target, p->path, len))
		unlink(p->link);
	p->link = NULL;
}

void port_close(struct port *p)
{
	if (p->link)
		remove_link(p);
	if (p->watch >= 0)
		close(p->watch);
	if (p->fd >= 0)
		close(p->fd);
	p->watch = -1;
	p->fd = -1;
}

void port_poll(const struct port *p, bool full, struct pollfd *fds)
{
	/* A master without a slave is always ready: with a hangup. */
	fds[0] = (struct pollfd){ .fd = p->open ? p->fd : -1,
				  .events = full ? 0 : POLLIN };
	fds[1] = (struct pollfd){ .fd = p->open ? -1 : p->watch,
				  .events = POLLIN };
}

static enum port_event slave_opened(struct port *p)
{
	char events[sizeof(struct inotify_event) + NAME_MAX + 1];

	while (read(p->watch, events, sizeof(events)) > 0)
		;
	p->open = true;
	return PORT_OPENED;
}

static enum port_event slave_closed(struct port *p)
{
	struct pollfd now = { .fd = p->fd };
	char events[sizeof(struct inotify_event) + NAME_MAX + 1];

	/*
	 * The opens so far are old news; but one between this close and their
	 * reading would be lost with them, hence the second look.
	 */
	while (read(p->watch, events, sizeof(events)) > 0)
		;
	if (poll(&now, 1, 0) == 0)
		return PORT_QUIET;
	p->open = false;
	return PORT_CLOSED;
}

enum port_event port_take(struct port *p, const struct pollfd *fds,
			  uint8_t *bytes, size_t *len)
{
	ssize_t got;

	if (fds[1].revents)
		return slave_opened(p);
	if (!fds[0].revents)
		return PORT_QUIET;
	got = read(p->fd, bytes, *len);
	if (got > 0) {
		*len = got;
		return PORT_BYTES;
	}
	if (got < 0 && (errno == EAGAIN || errno == EINTR) &&
	    !(fds[0].revents & (POLLHUP | POLLERR)))
		return PORT_QUIET;
	if (p->pty)
		return slave_closed(p);
	if (!got || errno == EIO || errno == EAGAIN || errno == ENXIO ||
	    errno == ENODEV)
		return PORT_GONE;
	return PORT_ERROR;
}

int port_baud(const struct port *p)
{
	int baud = p->pty ? serial_baud(p->fd) : 0;

	return baud > 0 ? baud : 0;
}

void port_put(struct port *p, uint8_t byte)
{
	if (p->out_len == sizeof(p->out))
		port_flush(p);
	p->out[p->out_len++] = byte;
}

static bool listening(const struct port *p)
{
	struct pollfd now = { .fd = p->fd };

	if (!p->pty)
		return true;
	/* Not p->open: the event of a close may still be on its way. */
	return poll(&now, 1, 0) == 0 || !(now.revents & POLLHUP);
}

size_t port_flush(struct port *p)
{
	size_t done = 0, len = p->out_len;

	p->out_len = 0;
	if (!len || !listening(p))
		return 0;
	while (done < len) {
		ssize_t n = write(p->fd, p->out + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += n;
	}
	return len - done;
}
