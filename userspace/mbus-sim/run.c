// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Past this much in the PC's UART the PC has to wait, as with a real one. */
#define BACKLOG 1024

enum { FD_SIGNAL, FD_TIMER, FD_PORT, NR_FDS = FD_PORT + PORT_FDS };

static int64_t now(const struct runner *r)
{
	return now_ns() - r->began;
}

int run_prepare(struct runner *r)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	r->signals = signalfd(-1, &set, SFD_CLOEXEC);
	r->began = now_ns();
	r->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return r->signals < 0 || r->timer < 0 ? -1 : 0;
}

static void arm(struct runner *r, int64_t next)
{
	struct itimerspec at = { 0 };

	if (next != NEVER) {
		next += r->began;
		at.it_value.tv_sec = next / NS_PER_S;
		at.it_value.tv_nsec = next % NS_PER_S;
	}
	timerfd_settime(r->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

/* Advances the wire to @t and hands the PC what it received. */
static int64_t advance(struct runner *r, int64_t t)
{
	int64_t next = wire_run(&r->wire, t);
	size_t lost = port_flush(&r->port);

	/* Nothing is under way: flush, so that readers of the log need not wait. */
	if (next == NEVER)
		log_flush(r->log);
	if (lost)
		log_event(r->log, t, "overrun", "%zu bytes", lost);
	return next;
}

/* Returns the signal that ends the run, or 0. */
static int take_signal(struct runner *r)
{
	struct signalfd_siginfo info;

	if (read(r->signals, &info, sizeof(info)) != sizeof(info))
		return 0;
	if (info.ssi_signo == SIGUSR1)
		log_event(r->log, now(r), "unplug", "on SIGUSR1");
	return info.ssi_signo;
}

/* Returns false when the port is no more; *status is then the exit status. */
static bool take_port(struct runner *r, const struct pollfd *fds, int *status)
{
	uint8_t bytes[256];
	size_t len = sizeof(bytes);
	enum port_event event = port_take(&r->port, fds, bytes, &len);
	int64_t t = now(r);
	int baud;

	switch (event) {
	case PORT_QUIET:
		break;
	case PORT_BYTES:
		advance(r, t);
		baud = port_baud(&r->port);
		if (baud)
			wire_set_baud(&r->wire, t, baud);
		wire_send(&r->wire, t, bytes, len);
		break;
	case PORT_OPENED:
		log_event(r->log, t, "open", "%s", r->port.path);
		break;
	case PORT_CLOSED:
		log_event(r->log, t, "close", "%s", r->port.path);
		break;
	case PORT_GONE:
		log_event(r->log, t, "hangup", "tty");
		fputs("mbus-sim: the tty was hung up\n", stderr);
		*status = EXIT_SUCCESS;
		return false;
	case PORT_ERROR:
		fprintf(stderr, "mbus-sim: reading the tty: %s\n",
			strerror(errno));
		*status = EXIT_FAILURE;
		return false;
	}
	return true;
}

int run(struct runner *r)
{
	struct pollfd fds[NR_FDS] = {
		[FD_SIGNAL] = { .fd = r->signals, .events = POLLIN },
		[FD_TIMER] = { .fd = r->timer, .events = POLLIN },
	};
	int status = EXIT_SUCCESS;

	for (;;) {
		int64_t t = now(r);
		int64_t next = advance(r, t);
		uint64_t expired;

		if (t >= r->until)
			return status;
		arm(r, next < r->until ? next : r->until);
		port_poll(&r->port, wire_backlog(&r->wire) > BACKLOG,
			  fds + FD_PORT);
		if (poll(fds, NR_FDS, -1) < 0) {
			if (errno == EINTR)
				continue;
			fprintf(stderr, "mbus-sim: poll: %s\n",
				strerror(errno));
			return EXIT_FAILURE;
		}
		if (fds[FD_SIGNAL].revents && take_signal(r))
			return status;
		if (fds[FD_TIMER].revents &&
		    read(r->timer, &expired, sizeof(expired)) < 0)
			continue; /* rearmed or expired meanwhile: look again */
		if (!take_port(r, fds + FD_PORT, &status))
			return status;
	}
}
