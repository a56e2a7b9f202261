// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl attach with a tty: waits for it, holds it, detects its loss.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "cmd/attach.h"
#include "ui/background.h"
#include "ui/command.h"
#include "ui/hint.h"

struct holder {
	const struct attach_arguments *args;
	int signals;
	int ready;
	struct meterbus_tty_watch *watch;	/* NULL: no --wait */
	bool found;			/* the tty, in the last attempt */
	bool changed;			/* a tty came or went since */
	enum meterbus_error_kind reported;	/* last reason for waiting */
	struct meterbus_tty tty;
	int closings;	/* inotify, IN_CLOSE of the tty; -1: no --wait */
};

/* --- before the bus exists */

static int make_bus(struct holder *holder, struct meterbus_error *err)
{
	const struct attach_arguments *args = holder->args;
	char path[METERBUS_TTY_PATH_MAX];

	holder->found = meterbus_tty_choose(&args->choice, path, sizeof(path),
					    err) == 0;
	if (!holder->found)
		return -1;
	if (meterbus_tty_open(&holder->tty, path, args->baud, err) == 0 &&
	    meterbus_tty_attach(&holder->tty, err) == 0)
		return 0;
	meterbus_tty_close(&holder->tty);
	return -1;
}

/*
 * Whether waiting can help. A tty that is being unplugged still has its name,
 * and a new one gets its group from udev only some time later.
 */
static bool may_come(const struct holder *holder,
		     const struct meterbus_error *err)
{
	if (!holder->watch || (holder->found && !holder->changed))
		return false;
	return err->kind == METERBUS_E_NO_TTY ||
	       err->kind == METERBUS_E_UNPLUGGED ||
	       err->kind == METERBUS_E_PERMISSION;
}

/* Waits until a tty appears or disappears. False: a signal came. */
static bool wait_for_change(struct holder *holder)
{
	struct pollfd fds[] = {
		{ .fd = meterbus_tty_watch_fd(holder->watch),
		  .events = POLLIN },
		{ .fd = holder->signals, .events = POLLIN },
	};
	char name[64];
	bool there;

	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	while (meterbus_tty_watch_next(holder->watch, name, &there))
		;
	holder->changed = true;
	return !fds[1].revents;
}

/* Returns -1 when the bus exists, or an exit status. */
static int wait_for_bus(struct holder *holder)
{
	struct meterbus_error err;
	char text[HINT_TEXT];

	holder->reported = METERBUS_OK;
	while (make_bus(holder, &err) < 0) {
		if (!may_come(holder, &err))
			return fail_error(&err);
		if (holder->reported != err.kind)
			fail(STATUS_OK, "%s; waiting", error_text(&err, text));
		holder->reported = err.kind;
		if (!wait_for_change(holder))
			return STATUS_OK;
	}
	return -1;
}

/* --- while the bus exists */

static int watch_closings(struct holder *holder)
{
	if (!holder->args->wait)
		return STATUS_OK;
	holder->closings = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (holder->closings >= 0 &&
	    inotify_add_watch(holder->closings, holder->tty.path, IN_CLOSE) >= 0)
		return STATUS_OK;
	return fail(STATUS_SYSTEM, "cannot watch %s: %s", holder->tty.path,
		    strerror(errno));
}

static void drain_closings(const struct holder *holder)
{
	char events[1024];

	while (read(holder->closings, events, sizeof(events)) > 0)
		;
}

/*
 * Waits for a signal (STATUS_OK), the loss of the tty (STATUS_UNPLUGGED), or
 * another line discipline (STATUS_BUSY): a tty is not writable while it
 * carries a bus.
 */
static int hold(struct holder *holder)
{
	const struct meterbus_tty *tty = &holder->tty;
	struct pollfd fds[] = {
		{ .fd = tty->fd, .events = POLLOUT },
		{ .fd = holder->signals, .events = POLLIN },
		{ .fd = holder->closings, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, 3, -1) < 0) {
			if (errno == EINTR)
				continue;
			return fail(STATUS_SYSTEM, "cannot poll: %s",
				    strerror(errno));
		}
		if (fds[1].revents)
			return STATUS_OK;
		if (fds[0].revents & ~POLLOUT)
			return fail(STATUS_UNPLUGGED,
				    "mbus%u: %s was unplugged", tty->bus,
				    tty->name);
		if (fds[0].revents)
			return fail(STATUS_BUSY,
				    "mbus%u is gone: another program changed the line discipline of %s, see 'fuser -v %s'%s",
				    tty->bus, tty->name, tty->path,
				    holder->args->wait ?
					    "; waiting until it closes the tty" : "");
		/* Closed by a program that left the line discipline alone. */
		drain_closings(holder);
	}
}

/* IN_CLOSE is watched since before the tty was taken: none is missed. */
static int wait_for_closing(struct holder *holder)
{
	struct pollfd fds[] = {
		{ .fd = holder->tty.fd },
		{ .fd = holder->signals, .events = POLLIN },
		{ .fd = holder->closings, .events = POLLIN },
	};

	while (poll(fds, 3, -1) < 0 && errno == EINTR)
		;
	return fds[1].revents ? STATUS_OK :
	       fds[0].revents ? STATUS_UNPLUGGED : STATUS_BUSY;
}

static int use_bus(struct holder *holder)
{
	int status;

	status = attach_set_timing(holder->args, holder->tty.bus);
	if (status == STATUS_OK)
		status = watch_closings(holder);
	if (status != STATUS_OK)
		goto close_tty;
	attach_announce(holder->tty.bus, holder->tty.name);
	status = leave_terminal(holder->ready);
	holder->ready = -1;
	if (status == STATUS_OK)
		status = hold(holder);
	if (status == STATUS_BUSY && holder->args->wait)
		status = wait_for_closing(holder);

close_tty:
	if (holder->closings >= 0)
		close(holder->closings);
	holder->closings = -1;
	meterbus_tty_close(&holder->tty);
	return status;
}

int attach_tty(const struct attach_arguments *args, int signals, int ready)
{
	struct holder holder = {
		.args = args,
		.signals = signals,
		.ready = ready,
		.closings = -1,
	};
	struct meterbus_error err;
	int status;

	if (args->wait) {
		holder.watch = meterbus_tty_watch_open(&err);
		if (!holder.watch)
			return fail_error(&err);
	}
	do {
		status = wait_for_bus(&holder);
		if (status >= 0)
			break;
		status = use_bus(&holder);
		holder.changed = true;
	} while (args->wait &&
		 (status == STATUS_UNPLUGGED || status == STATUS_BUSY));
	meterbus_tty_watch_close(holder.watch);
	return status;
}
