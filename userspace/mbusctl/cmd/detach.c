// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl detach: ends the process that holds the tty of a bus.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include <meterbus/tty.h>

#include "ui/command.h"

/* Longer than a transaction that is under way. */
#define END_WAIT_MS 10000

static int run_detach(int argc, char **argv);

COMMAND(detach_command,
	.name = "detach",
	.arguments = "[BUS|TTY]",
	.summary = "detach a bus from its tty",
	.help = "Ends the 'mbusctl attach' that holds the bus; default: the only bus.\n"
		"Programs that use the bus see it as unplugged.\n",
	.run = run_detach);

static int wait_for_end(int pidfd, long pid)
{
	struct pollfd pollfd = { .fd = pidfd, .events = POLLIN };
	int ready;

	do {
		ready = poll(&pollfd, 1, END_WAIT_MS);
	} while (ready < 0 && errno == EINTR);
	if (ready > 0)
		return STATUS_OK;
	return fail(STATUS_SYSTEM,
		    "process %ld, which holds the bus, did not end within %d s of SIGTERM", pid,
		    END_WAIT_MS / 1000);
}

static int end_holder(const char *path, long pid)
{
	int status;
	int pidfd;

	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0)
		return errno == ESRCH ? STATUS_OK :
					fail(STATUS_SYSTEM,
					     "cannot watch process %ld: %s",
					     pid, strerror(errno));
	/* The pid may have been reused before pidfd_open(). */
	if (meterbus_tty_holder(path, NULL) != pid) {
		close(pidfd);
		return STATUS_OK;
	}
	if (pidfd_send_signal(pidfd, SIGTERM, NULL, 0) < 0 && errno != ESRCH) {
		status = errno == EPERM ? STATUS_PERMISSION : STATUS_SYSTEM;
		fail(status, "cannot end process %ld, which holds %s: %s", pid,
		     path, strerror(errno));
	} else {
		status = wait_for_end(pidfd, pid);
	}
	close(pidfd);
	return status;
}

/* mbusd may hold other buses, and would attach this one again. */
static bool is_daemon(long pid)
{
	char path[32];
	char name[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	fclose(file);
	return !strcmp(name, "mbusd\n");
}

static int detach(const char *name)
{
	struct meterbus_error err;
	unsigned int bus;
	char path[128];
	char tty[64];
	long pid;

	if (meterbus_bus_find(name, &bus, &err) < 0)
		return fail_error(&err);
	if (meterbus_bus_tty(bus, tty, sizeof(tty)) < 0)
		return fail(STATUS_UNPLUGGED, "mbus%u: unplugged", bus);
	snprintf(path, sizeof(path), "/dev/%s", tty);
	pid = meterbus_tty_holder(path, &err);
	if (pid < 0)
		return fail_error(&err);
	if (pid > 0 && is_daemon(pid))
		return fail(STATUS_BUSY,
			    "mbus%u is held by mbusd (process %ld); remove it from mbusd.conf and run 'systemctl reload mbusd'",
			    bus, pid);
	if (pid > 0)
		return end_holder(path, pid);
	/* The holder was killed, or was another program. */
	if (meterbus_tty_detach(path, &err) < 0)
		return fail_error(&err);
	return STATUS_OK;
}

static int run_detach(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };
	const char *name;
	int letter;
	int status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = common_option(&detach_command, letter);
		if (status >= 0)
			return status;
	}
	if (argc - optind > 1)
		return fail_usage(&detach_command, "only one bus may be given");
	name = optind < argc ? argv[optind] : globals.bus;
	return detach(name);
}
