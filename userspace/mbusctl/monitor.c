// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl monitor: everything a bus sees, as it happens.
 */
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "describe.h"

#define NSEC_PER_SEC 1000000000LL
#define OFFSET_TOLERANCE_NS 1000000

static int run_monitor(int argc, char **argv);

COMMAND(monitor_command,
	.name = "monitor",
	.arguments = "[--json]",
	.summary = "show all traffic of a bus",
	.help = "One line for each frame sent (->) and received (<-), for bytes that are no\n"
		"frame (!!) and for the outcome of each transaction (==), until a signal or\n"
		"unplugging. Any number of monitors may run beside other programs.\n"
		"Times are local and those of the driver; received bytes reach it later than\n"
		"they passed the wire. With --json one object a line, time in UTC.\n",
	.run = run_monitor);

/* From CLOCK_MONOTONIC, which records carry, to the clock on the wall. */
static int64_t wall_offset;

/*
 * Looked at once a record, so that a clock that is set while we run shows and
 * the times of one record still fit together; kept while it differs by no more
 * than our own reading of two clocks does: equal times stay equal.
 */
static void look_at_clocks(void)
{
	struct timespec real, mono;
	int64_t now;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	now = (real.tv_sec - mono.tv_sec) * NSEC_PER_SEC + real.tv_nsec -
	      mono.tv_nsec;
	if (llabs(now - wall_offset) > OFFSET_TOLERANCE_NS)
		wall_offset = now;
}

static struct timespec wall_time(uint64_t monotonic_ns)
{
	int64_t ns = wall_offset + (int64_t)monotonic_ns;

	return (struct timespec){ .tv_sec = ns / NSEC_PER_SEC,
				  .tv_nsec = ns % NSEC_PER_SEC };
}

static unsigned int microseconds(const struct timespec *time)
{
	return time->tv_nsec / 1000;
}

static void print_time(uint64_t monotonic_ns)
{
	struct timespec time = wall_time(monotonic_ns);
	char text[16];
	struct tm tm;

	localtime_r(&time.tv_sec, &tm);
	strftime(text, sizeof(text), "%H:%M:%S", &tm);
	printf("%s.%06u ", text, microseconds(&time));
}

static void print_flag(const char *name, void *context)
{
	(void)context;
	printf(" [%s]", name);
}

static void print_frame(const struct meterbus_record *record)
{
	char text[DESCRIPTION_SIZE];
	char hex[HEX_TEXT_SIZE(MBUS_DATA_MAX)];

	describe_telegram(text, record->data, record->head.len);
	printf("%s %s", record->head.direction == MBUS_DIRECTION_SENT ? "->" :
									"<-",
	       text);
	if (record->head.direction == MBUS_DIRECTION_SENT &&
	    record->head.tries > 1)
		printf(" [try %u]", record->head.tries);
	each_flag(record->head.flags, print_flag, NULL);
	printf(": %s\n", hex_text(hex, record->data, record->head.len, ' '));
}

static void print_finding(const struct meterbus_record *record)
{
	char hex[HEX_TEXT_SIZE(MBUS_DATA_MAX)];

	printf("!! %s", meterbus_reason_text(record->head.reason));
	each_flag(record->head.flags, print_flag, NULL);
	printf(": %s\n", hex_text(hex, record->data, record->head.len, ' '));
}

static void print_outcome(const struct meterbus_record *record)
{
	char text[DESCRIPTION_SIZE];

	describe_telegram(text, record->data, record->head.len);
	printf("== %s", meterbus_outcome_name(record->head.outcome));
	if (record->head.reason)
		printf(" (%s)", meterbus_reason_text(record->head.reason));
	if (record->head.tries != 1)
		printf(" after %u tries", record->head.tries);
	each_flag(record->head.flags, print_flag, NULL);
	printf(" for %s\n", text);
}

static void print_record(const struct meterbus_record *record)
{
	if (record->head.lost)
		printf("-- %u records lost here: read too slowly\n",
		       record->head.lost);
	switch (record->head.kind) {
	case MBUS_KIND_FRAME:
		print_time(record->head.first_ns);
		print_frame(record);
		break;
	case MBUS_KIND_FINDING:
		print_time(record->head.first_ns);
		print_finding(record);
		break;
	case MBUS_KIND_OUTCOME:
		print_time(record->head.last_ns);
		print_outcome(record);
		break;
	}
}

static const char *kind_name(unsigned int kind)
{
	switch (kind) {
	case MBUS_KIND_FRAME:
		return "frame";
	case MBUS_KIND_FINDING:
		return "finding";
	case MBUS_KIND_OUTCOME:
		return "outcome";
	default:
		return "unknown";
	}
}

static void add_string(struct json_object *object, const char *key,
		       const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text));
}

static void add_time(struct json_object *object, const char *key, uint64_t ns)
{
	struct timespec time = wall_time(ns);
	char text[48];
	char date[32];
	struct tm tm;

	gmtime_r(&time.tv_sec, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%06uZ", date, microseconds(&time));
	add_string(object, key, text);
}

static void add_flag(const char *name, void *context)
{
	json_object_array_add(context, json_object_new_string(name));
}

static void print_record_json(const struct meterbus_record *record,
			      const char *bus)
{
	const struct mbus_record *head = &record->head;
	struct json_object *object = json_object_new_object();
	struct json_object *flags = json_object_new_array();
	char text[DESCRIPTION_SIZE];
	char hex[HEX_TEXT_SIZE(MBUS_DATA_MAX)];

	add_string(object, "bus", bus);
	add_time(object, "time", head->first_ns);
	add_time(object, "end", head->last_ns);
	json_object_object_add(object, "seq", json_object_new_int64(head->seq));
	json_object_object_add(object, "lost",
			       json_object_new_int64(head->lost));
	add_string(object, "kind", kind_name(head->kind));
	if (head->direction)
		add_string(object, "direction",
			   head->direction == MBUS_DIRECTION_SENT ?
				   "sent" : "received");
	if (head->kind == MBUS_KIND_OUTCOME)
		add_string(object, "outcome",
			   meterbus_outcome_name(head->outcome));
	if (head->reason)
		add_string(object, "reason", meterbus_reason_name(head->reason));
	if (head->tries)
		json_object_object_add(object, "tries",
				       json_object_new_int(head->tries));
	each_flag(head->flags, add_flag, flags);
	json_object_object_add(object, "flags", flags);
	if (head->kind != MBUS_KIND_FINDING)
		add_string(object, "telegram",
			   describe_telegram(text, record->data, head->len));
	add_string(object, "raw", hex_text(hex, record->data, head->len, 0));
	print_json(object);
	json_object_put(object);
}

/* Returns -1 to go on, or the exit status. */
static int next_record(struct meterbus_bus *bus)
{
	struct meterbus_record record;
	struct meterbus_error err;
	int got;

	got = meterbus_bus_read_record(bus, &record, &err);
	if (got < 0)
		return errno == EINTR ? -1 : fail_error(&err);
	if (got == 0)
		return fail(STATUS_UNPLUGGED, "%s: unplugged", bus->name);
	look_at_clocks();
	if (globals.json)
		print_record_json(&record, bus->name);
	else
		print_record(&record);
	/* Nobody reads on: no news, and main() says anything else. */
	return fflush(stdout) == 0 ? -1 : STATUS_OK;
}

static int watch(struct meterbus_bus *bus, int signals)
{
	struct pollfd fds[] = {
		{ .fd = bus->fd, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	int status = -1;

	while (status < 0) {
		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return fail(STATUS_SYSTEM, "cannot wait: %s",
				    strerror(errno));
		}
		if (fds[0].revents)
			status = next_record(bus);
		else if (fds[1].revents)
			status = STATUS_OK;
	}
	return status;
}

static int run_monitor(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };
	struct meterbus_error err;
	struct meterbus_bus bus;
	sigset_t set;
	int signals;
	int letter;
	int status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = common_option(&monitor_command, letter);
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return fail_usage(&monitor_command, "unexpected argument '%s'",
				  argv[optind]);

	/* A reader that goes away shows as EPIPE. */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0)
		return fail(STATUS_SYSTEM, "cannot watch for signals: %s",
			    strerror(errno));
	status = open_bus(&bus);
	if (status != STATUS_OK)
		goto close_signals;
	if (meterbus_bus_monitor(&bus, &err) < 0)
		status = fail_error(&err);
	else
		status = watch(&bus, signals);
	meterbus_bus_close(&bus);
close_signals:
	close(signals);
	return status;
}
