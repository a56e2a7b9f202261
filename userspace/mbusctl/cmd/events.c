// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl events: prints attach, detach and changes of all buses.
 */
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <meterbus/settings.h>

#include "ui/command.h"
#include "cmd/status.h"

static int run_events(int argc, char **argv);

COMMAND(events_command,
	.name = "events",
	.arguments = "[--json]",
	.summary = "show attach, detach and changes of buses",
	.help = "Prints a line for each event until interrupted: attached, detached, changed\n"
		"(state, settings or learnt echo), lost (events came too fast).\n",
	.run = run_events);

static const char *const event_names[] = {
	[METERBUS_EVENT_ATTACHED] = "attached",
	[METERBUS_EVENT_DETACHED] = "detached",
	[METERBUS_EVENT_CHANGED] = "changed",
};

static const char *const state_names[] = {
	[METERBUS_STATE_IDLE] = "idle",
	[METERBUS_STATE_BUSY] = "busy",
	[METERBUS_STATE_HELD] = "held",
	[METERBUS_STATE_NO_LINK] = "no-link",
};

static void print_event(enum meterbus_event event,
			const struct meterbus_status *status)
{
	const struct meterbus_info *info = &status->info;
	struct json_object *object;
	char clock[16];
	struct tm tm;
	time_t now;

	if (globals.json) {
		object = status_json(status);
		json_object_object_add(object, "event",
				       json_object_new_string(event_names[event]));
		print_json(object);
		json_object_put(object);
	} else {
		now = time(NULL);
		localtime_r(&now, &tm);
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
		printf("%s mbus%u %s: %s, %u baud, %s, guard %u us, slack %u us\n",
		       clock, info->bus, event_names[event], info->tty,
		       info->baud,
		       info->state <= METERBUS_STATE_NO_LINK ?
			       state_names[info->state] : "?",
		       status->timing.guard_us, status->timing.slack_us);
	}
	fflush(stdout);
}

static int next_event(struct meterbus_events *events)
{
	struct meterbus_status status;
	struct meterbus_error err;
	enum meterbus_event event;

	switch (meterbus_events_next(events, &event, &status, &err)) {
	case 1:
		print_event(event, &status);
		return STATUS_OK;
	case 0:
		puts(globals.json ? "{\"event\":\"lost\"}" :
				    "events were lost: the reader was too slow");
		fflush(stdout);
		return STATUS_OK;
	default:
		return fail_error(&err);
	}
}

static int watch(struct meterbus_events *events, int signals)
{
	struct pollfd fds[] = {
		{ .fd = meterbus_events_fd(events), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	int status = STATUS_OK;

	while (status == STATUS_OK && !ferror(stdout)) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return fail(STATUS_SYSTEM, "cannot poll: %m");
		if (fds[1].revents)
			break;
		if (fds[0].revents)
			status = next_event(events);
	}
	return status;
}

static int run_events(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };
	struct meterbus_events *events;
	struct meterbus_error err;
	sigset_t ending;
	int signals;
	int letter;
	int status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = common_option(&events_command, letter);
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return fail_usage(&events_command,
				  "unexpected argument '%s'; events are shown for all buses",
				  argv[optind]);

	sigemptyset(&ending);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigprocmask(SIG_BLOCK, &ending, NULL);
	signals = signalfd(-1, &ending, SFD_CLOEXEC);
	if (signals < 0)
		return fail(STATUS_SYSTEM, "cannot create a signalfd: %m");
	events = meterbus_events_open(&err);
	if (!events) {
		close(signals);
		return fail_error(&err);
	}
	status = watch(events, signals);
	meterbus_events_close(events);
	close(signals);
	return status;
}
