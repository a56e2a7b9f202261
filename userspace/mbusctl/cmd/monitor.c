// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl monitor: prints all traffic of a bus, live or from a recording, and
 * records it.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <meterbus/recording.h>

#include "ui/background.h"
#include "ui/command.h"
#include "record/recorder.h"
#include "ui/show.h"

static int run_monitor(int argc, char **argv);

COMMAND(monitor_command,
	.name = "monitor",
	.arguments = "[--read FILE] [--write FILE [--rotate SIZE] [--quiet]] [--json]",
	.summary = "show or record all traffic of a bus",
	.help = "Prints a line for each frame sent (->) or received (<-), for bytes that are no\n"
		"frame (!!) and for the outcome of each transaction (==), until a signal or\n"
		"unplugging. Any number of monitors may run beside other programs.\n"
		"Times are local. Received bytes have the time of their delivery, later than\n"
		"that on the wire. With --json one object a line, time in UTC.\n\n"
		"  --write FILE   also record to FILE; FILE.pcapng is for Wireshark. Each\n"
		"                 record is written at once\n"
		"  --rotate SIZE  rename FILE to FILE.1 and begin anew at SIZE bytes, KiB,\n"
		"                 MiB or GiB: 4096, 4K, 10M, 1G\n"
		"  --quiet        record only, print nothing\n"
		"  --read FILE    show a recording; - is standard input. With --write FILE.pcapng\n"
		"                 convert it\n",
	.run = run_monitor);

struct monitor {
	const char *write;
	const char *read;
	unsigned long rotate;
	bool quiet;
	struct meterbus_bus *bus;
	struct recorder *recorder;
	int64_t wall_offset;
};

static void show(const struct monitor *monitor,
		 const struct meterbus_record *record, const char *bus)
{
	if (monitor->quiet)
		return;
	if (globals.json)
		show_record_json(record, bus, monitor->wall_offset);
	else
		show_record(record, monitor->wall_offset);
}

/* Returns -1 to continue or an exit status. */
static int take_record(struct monitor *monitor,
		       const struct meterbus_record *record, const char *bus)
{
	struct meterbus_error err;

	if (monitor->recorder &&
	    recorder_write(monitor->recorder, record, monitor->wall_offset,
			   &err) < 0)
		return fail_error(&err);
	show(monitor, record, bus);
	/* EPIPE is no error; main() reports any other. */
	return fflush(stdout) == 0 ? -1 : STATUS_OK;
}

/* As above. */
static int next_record(struct monitor *monitor)
{
	struct meterbus_record record;
	struct meterbus_error err;
	int got;

	got = meterbus_bus_read_record(monitor->bus, &record, &err);
	if (got < 0)
		return errno == EINTR ? -1 : fail_error(&err);
	if (got == 0)
		return fail(STATUS_UNPLUGGED, "%s: unplugged",
			    meterbus_bus_name(monitor->bus));
	monitor->wall_offset = wall_offset_now(monitor->wall_offset);
	return take_record(monitor, &record, meterbus_bus_name(monitor->bus));
}

static int watch(struct monitor *monitor, int signals)
{
	struct pollfd fds[] = {
		{ .fd = meterbus_bus_fd(monitor->bus), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	int status = -1;

	while (status < 0) {
		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return fail(STATUS_SYSTEM, "cannot poll: %s",
				    strerror(errno));
		}
		if (fds[0].revents)
			status = next_record(monitor);
		else if (fds[1].revents)
			status = STATUS_OK;
	}
	return status;
}

static int monitor_bus(struct monitor *monitor)
{
	struct meterbus_error err;
	int signals;
	int status;

	/* A closed pipe is then reported as EPIPE. */
	signal(SIGPIPE, SIG_IGN);
	signals = watch_signals();
	if (signals < 0)
		return STATUS_SYSTEM;
	status = open_bus(&monitor->bus);
	if (status != STATUS_OK)
		goto close_signals;
	if (meterbus_bus_monitor(monitor->bus, &err) < 0) {
		status = fail_error(&err);
		goto close_bus;
	}
	if (monitor->write) {
		monitor->recorder = recorder_open(
			monitor->write, monitor->rotate, meterbus_bus_number(monitor->bus),
			&err);
		if (!monitor->recorder) {
			status = fail_error(&err);
			goto close_bus;
		}
	}
	status = watch(monitor, signals);
	if (recorder_close(monitor->recorder, &err) < 0)
		status = fail_error(&err);

close_bus:
	meterbus_bus_close(monitor->bus);
close_signals:
	close(signals);
	return status;
}

/* Returns the exit status. */
static int take_recording(struct monitor *monitor,
			  struct meterbus_recording *recording)
{
	const struct meterbus_recording_head *head =
		meterbus_recording_head_of(recording);
	struct meterbus_record record;
	struct meterbus_error err;
	int status = -1;
	int got = 0;

	if (monitor->write) {
		monitor->recorder = recorder_copy(monitor->write, head, &err);
		if (!monitor->recorder)
			return fail_error(&err);
	}
	while (status < 0 && (got = meterbus_recording_next(recording, &record,
							    &err)) > 0) {
		head = meterbus_recording_head_of(recording);
		monitor->wall_offset = head->wall_ns - (int64_t)head->clock_ns;
		status = take_record(monitor, &record, head->bus);
	}
	if (got < 0)
		status = fail_error(&err);
	else if (got == 0 && meterbus_recording_cut(recording))
		fail(STATUS_OK,
		     "%s: the last line is incomplete; the recording was interrupted",
		     monitor->read);
	if (recorder_close(monitor->recorder, &err) < 0)
		status = fail_error(&err);
	return status < 0 ? STATUS_OK : status;
}

static int read_recording(struct monitor *monitor)
{
	struct meterbus_recording *recording;
	struct meterbus_error err;
	int status;
	FILE *in;

	in = open_input(monitor->read);
	if (!in)
		return STATUS_SYSTEM;
	recording = meterbus_recording_open(in, monitor->read, &err);
	status = recording ? take_recording(monitor, recording) :
			     fail_error(&err);
	meterbus_recording_close(recording);
	if (in != stdin)
		fclose(in);
	return status;
}

static bool parse_size(const char *text, unsigned long *size)
{
	static const char units[] = "KMG";
	size_t len = strspn(text, "0123456789");
	const char *unit;
	char digits[16];

	if (len >= sizeof(digits))
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)len, text);
	if (!parse_number(digits, 1, 100UL << 30, size))
		return false;
	if (text[len]) {
		unit = strchr(units, text[len]);
		if (!unit || text[len + 1] || *size > 100UL << 20)
			return false;
		*size <<= 10 * (unit - units + 1);
	}
	return *size >= 1UL << 10 && *size <= 100UL << 30;
}

static int check_arguments(const struct monitor *monitor)
{
	if (monitor->read && monitor->rotate)
		return fail_usage(&monitor_command,
				  "--rotate excludes --read");
	if (monitor->read && monitor->write && !is_pcapng(monitor->write))
		return fail_usage(&monitor_command,
				  "--read with --write requires FILE.pcapng");
	if (!monitor->write && (monitor->rotate || monitor->quiet))
		return fail_usage(&monitor_command,
				  "--rotate and --quiet require --write");
	return -1;
}

static int run_monitor(int argc, char **argv)
{
	enum { WRITE = 2000, READ, ROTATE, QUIET };
	static const struct option options[] = {
		{ "write", required_argument, NULL, WRITE },
		{ "read", required_argument, NULL, READ },
		{ "rotate", required_argument, NULL, ROTATE },
		{ "quiet", no_argument, NULL, QUIET },
		COMMON_OPTIONS,
		{ 0 }
	};
	struct monitor monitor = { 0 };
	int letter;
	int status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = -1;
		switch (letter) {
		case WRITE:
			monitor.write = optarg;
			break;
		case READ:
			monitor.read = optarg;
			break;
		case ROTATE:
			if (!parse_size(optarg, &monitor.rotate))
				return fail(STATUS_USAGE,
					    "--rotate %s: not a size from 1K to 100G",
					    optarg);
			break;
		case QUIET:
			monitor.quiet = true;
			break;
		default:
			status = common_option(&monitor_command, letter);
		}
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return fail_usage(&monitor_command, "unexpected argument '%s'",
				  argv[optind]);
	status = check_arguments(&monitor);
	if (status >= 0)
		return status;
	return monitor.read ? read_recording(&monitor) :
			      monitor_bus(&monitor);
}
