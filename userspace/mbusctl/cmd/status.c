// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl status: prints settings and counters of buses, or the state of mbusd.
 */
#include <getopt.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>

#include "cmd/status.h"
#include "daemon/daemon.h"
#include "ui/command.h"

static int run_status(int argc, char **argv);

COMMAND(status_command,
	.name = "status",
	.arguments = "[--daemon [--socket PATH]] [--json]",
	.summary = "show settings and counters of buses, or the state of mbusd",
	.help = "All buses, or the one of -b. With --json one object a line; times\n"
		"are in microseconds. The response delay is the time from the end of a\n"
		"request to the first byte of its answer.\n"
		"      --daemon       buses, outputs and store of mbusd; with --json one object\n"
		"      --socket PATH  where mbusd listens; default: MBUSD_SOCKET in the\n"
		"                     environment, or " DAEMON_SOCKET "\n",
	.run = run_status);

enum { OPTION_DAEMON = 0x200 };

#define BUSES_MAX 256		/* the driver has no more */

static const char *const state_names[] = {
	[METERBUS_STATE_IDLE] = "idle",
	[METERBUS_STATE_BUSY] = "busy",
	[METERBUS_STATE_HELD] = "held",
	[METERBUS_STATE_NO_LINK] = "no-link",
};

static const char *const echo_names[] = {
	[METERBUS_ECHO_OFF] = "off",
	[METERBUS_ECHO_ON] = "on",
	[METERBUS_ECHO_AUTO] = "auto",
};

static const char *const learnt_names[] = {
	[METERBUS_ECHO_UNKNOWN] = "unknown",
	[METERBUS_ECHO_ABSENT] = "absent",
	[METERBUS_ECHO_PRESENT] = "present",
	[METERBUS_ECHO_FAULTY] = "faulty",
};

static const char *const error_names[] = {
	[METERBUS_ERROR_PARITY] = "parity",
	[METERBUS_ERROR_FRAMING] = "framing",
	[METERBUS_ERROR_BREAK] = "break",
	[METERBUS_ERROR_OVERRUN] = "overrun",
};

#define NAME(names, index)						\
	((index) < sizeof(names) / sizeof((names)[0]) ? (names)[index] : "?")

static void print_setting(const char *name, uint32_t us, bool derived)
{
	printf("%s %" PRIu32 ".%03" PRIu32 " ms%s", name, us / 1000, us % 1000,
	       derived ? "" : " (set)");
}

static void print_counts(const char *title, const uint64_t *counts,
			 unsigned int count,
			 const char *(*name)(unsigned int index))
{
	bool none = true;
	unsigned int i;

	printf("  %s:", title);
	for (i = 1; i < count; i++) {
		if (!counts[i])
			continue;
		printf("%s %s %" PRIu64, none ? "" : ",", name(i), counts[i]);
		none = false;
	}
	puts(none ? " none" : "");
}

/* Zero if the tty driver does not count errors. */
static void print_errors(const uint64_t *errors)
{
	unsigned int i;

	for (i = 0; i < METERBUS_ERROR_COUNT; i++) {
		if (errors[i])
			printf("  line errors: %" PRIu64 " %s\n", errors[i],
			       error_names[i]);
	}
}

static void print_added(const char *where, const uint8_t *bytes, size_t len)
{
	if (!len)
		return;
	printf("  the converter adds");
	for (size_t i = 0; i < len; i++)
		printf(" %02X", bytes[i]);
	printf(" %s each answer; it is removed\n", where);
}

static json_object *bytes_json(const uint8_t *bytes, size_t len)
{
	char hex[2 * 3 + 1] = "";

	for (size_t i = 0; i < len; i++)
		snprintf(hex + 2 * i, sizeof(hex) - 2 * i, "%02X", bytes[i]);
	return json_object_new_string(hex);
}

static void print_text(const struct meterbus_status *status)
{
	const struct meterbus_timing *timing = &status->timing;
	const struct meterbus_info *info = &status->info;

	printf("mbus%u on %s: %u baud %s, %s, %u user%s\n", info->bus,
	       info->tty, info->baud,
	       info->format & METERBUS_TTY_FORMAT_8E1 ? "8E1" : "without parity",
	       NAME(state_names, info->state), info->clients,
	       info->clients == 1 ? "" : "s");
	if (info->baud_wanted)
		printf("  baud rate: %u requested, set when the bus is free\n",
		       info->baud_wanted);
	if (info->baud_refused)
		printf("  baud rate: the tty driver rejected %u\n",
		       info->baud_refused);
	printf("  timing: ");
	print_setting("guard", timing->guard_us,
		      timing->defaults & METERBUS_TIMING_GUARD);
	print_setting(", window", timing->window_us,
		      timing->defaults & METERBUS_TIMING_WINDOW);
	print_setting(", slack", timing->slack_us, true);
	print_setting(", gap", timing->gap_us,
		      timing->defaults & METERBUS_TIMING_GAP);
	printf(", repeats %u\n", timing->repeats);
	printf("  echo: %s", NAME(echo_names, timing->echo));
	if (timing->echo == METERBUS_ECHO_AUTO)
		printf(", %s", NAME(learnt_names, info->echo_learnt));
	printf("\n  frames: %" PRIu64 " sent, %" PRIu64 " received, %" PRIu64
	       " late; %" PRIu64 " bytes received\n",
	       info->frames_sent, info->frames_received, info->late,
	       info->bytes_received);
	print_counts("outcomes", info->outcomes, METERBUS_OUTCOME_COUNT,
		     meterbus_outcome_name);
	print_counts("findings", info->findings, METERBUS_REASON_COUNT,
		     meterbus_reason_name);
	print_errors(info->errors);
	if (info->delay_max_us)
		printf("  response delay: %u.%03u ms shortest, %u.%03u ms mean, %u.%03u ms longest\n",
		       info->delay_min_us / 1000, info->delay_min_us % 1000,
		       info->delay_mean_us / 1000, info->delay_mean_us % 1000,
		       info->delay_max_us / 1000, info->delay_max_us % 1000);
	print_added("before", info->adds_before, info->adds_before_len);
	print_added("after", info->adds_after, info->adds_after_len);
	if (info->babble)
		printf("  something sends %02X all the time, %u bytes/s, also when nobody asked: disconnect branches to find it\n",
		       info->babble_byte, info->babble);
	if (info->records_lost)
		printf("  records lost: %" PRIu64
		       ", by programs that read too slowly\n",
		       info->records_lost);
	if (info->writes_dropped)
		printf("  frames dropped: %" PRIu64
		       ", of programs that wrote too many and ended\n",
		       info->writes_dropped);
}

static void add_string(struct json_object *object, const char *key,
		       const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text));
}

static void add_count(struct json_object *object, const char *key,
		      uint64_t count)
{
	json_object_object_add(object, key, json_object_new_uint64(count));
}

static struct json_object *counts_json(const uint64_t *counts,
				       unsigned int count,
				       const char *(*name)(unsigned int index))
{
	struct json_object *object = json_object_new_object();
	unsigned int i;

	for (i = 1; i < count; i++)
		add_count(object, name(i), counts[i]);
	return object;
}

static struct json_object *timing_json(const struct meterbus_timing *timing)
{
	struct json_object *object = json_object_new_object();

	add_count(object, "guard_us", timing->guard_us);
	add_count(object, "window_us", timing->window_us);
	add_count(object, "slack_us", timing->slack_us);
	add_count(object, "gap_us", timing->gap_us);
	add_count(object, "repeats", timing->repeats);
	add_string(object, "echo", NAME(echo_names, timing->echo));
	return object;
}

static struct json_object *delay_json(const struct meterbus_info *info)
{
	struct json_object *object;

	if (!info->delay_max_us)
		return NULL;
	object = json_object_new_object();
	add_count(object, "min_us", info->delay_min_us);
	add_count(object, "mean_us", info->delay_mean_us);
	add_count(object, "max_us", info->delay_max_us);
	return object;
}

static struct json_object *errors_json(const uint64_t *errors)
{
	struct json_object *object = json_object_new_object();
	unsigned int i;

	for (i = 0; i < METERBUS_ERROR_COUNT; i++)
		add_count(object, error_names[i], errors[i]);
	return object;
}

struct json_object *status_json(const struct meterbus_status *status)
{
	struct json_object *object = json_object_new_object();
	const struct meterbus_info *info = &status->info;
	char name[16];

	snprintf(name, sizeof(name), "mbus%u", info->bus);
	add_string(object, "bus", name);
	add_string(object, "tty", info->tty);
	add_count(object, "baud", info->baud);
	if (info->baud_wanted)
		add_count(object, "baud_wanted", info->baud_wanted);
	if (info->baud_refused)
		add_count(object, "baud_refused", info->baud_refused);
	json_object_object_add(object, "parity",
			       json_object_new_boolean(info->format &
						       METERBUS_TTY_FORMAT_8E1));
	add_string(object, "state", NAME(state_names, info->state));
	add_string(object, "echo_learnt",
		   NAME(learnt_names, info->echo_learnt));
	add_count(object, "users", info->clients);
	json_object_object_add(object, "timing", timing_json(&status->timing));
	add_count(object, "frames_sent", info->frames_sent);
	add_count(object, "frames_received", info->frames_received);
	add_count(object, "bytes_received", info->bytes_received);
	add_count(object, "late", info->late);
	add_count(object, "records_lost", info->records_lost);
	add_count(object, "writes_dropped", info->writes_dropped);
	json_object_object_add(object, "response_delay", delay_json(info));
	json_object_object_add(object, "outcomes",
			       counts_json(info->outcomes, METERBUS_OUTCOME_COUNT,
					   meterbus_outcome_name));
	json_object_object_add(object, "findings",
			       counts_json(info->findings, METERBUS_REASON_COUNT,
					   meterbus_reason_name));
	json_object_object_add(object, "errors",
			       errors_json(info->errors));
	json_object_object_add(object, "adds_before",
			       bytes_json(info->adds_before,
					  info->adds_before_len));
	json_object_object_add(object, "adds_after",
			       bytes_json(info->adds_after,
					  info->adds_after_len));
	add_count(object, "unasked", info->unasked);
	add_count(object, "babble", info->babble);
	return object;
}

static void print_status(const struct meterbus_status *status)
{
	struct json_object *object;

	if (!globals.json) {
		print_text(status);
		return;
	}
	object = status_json(status);
	print_json(object);
	json_object_put(object);
}

/* By number, without opening the bus, which would need permission. */
static int show(unsigned int number)
{
	struct meterbus_status status;
	struct meterbus_error err;

	if (meterbus_status_get(number, &status, &err) < 0)
		return fail_error(&err);
	print_status(&status);
	return STATUS_OK;
}

static int show_named(void)
{
	struct meterbus_error err;
	unsigned int number;

	if (meterbus_bus_find(globals.bus, &number, &err) < 0)
		return fail_error(&err);
	return show(number);
}

static int show_all(void)
{
	static struct meterbus_status statuses[BUSES_MAX];
	struct meterbus_error err;
	int count;
	int i;

	count = meterbus_status_all(statuses, BUSES_MAX, &err);
	/* Reports that there is no bus, and how to make one. */
	if (count <= 0)
		return show_named();
	for (i = 0; i < count; i++)
		print_status(&statuses[i]);
	return STATUS_OK;
}

static int run_status(int argc, char **argv)
{
	static const struct option options[] = {
		COMMON_OPTIONS,
		DAEMON_OPTIONS,
		{ "daemon", no_argument, NULL, OPTION_DAEMON },
		{ 0 }
	};
	bool of_daemon = false;
	int letter;
	int status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		if (letter == OPTION_DAEMON) {
			of_daemon = true;
			continue;
		}
		status = daemon_option(&status_command, letter);
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return fail_usage(&status_command,
				  "unexpected argument '%s'; choose the bus with -b",
				  argv[optind]);
	if (daemon_is_wanted() && !of_daemon)
		return fail_usage(&status_command,
				  "--socket is for --daemon; add it");
	if (of_daemon && globals.bus)
		return fail_usage(&status_command,
				  "--daemon shows all buses; leave out -b");
	if (of_daemon)
		return status_daemon();
	return globals.bus ? show_named() : show_all();
}
