// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl attach: makes a bus of a tty and holds it. The line discipline lives
 * as long as somebody has the tty open, so something has to.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <meterbus/settings.h>

#include "command.h"
#include "tty.h"

#define BAUD_DEFAULT 2400
#define BAUD_MIN 300
#define BAUD_MAX 115200

static int run_attach(int argc, char **argv);

COMMAND(attach_command,
	.name = "attach",
	.arguments = "TTY | --vid VID --pid PID [--serial S] [-n PORT] [OPTIONS]",
	.summary = "make a bus of a serial port and hold it",
	.help = "Prints the bus's name when it is ready and holds the tty until a signal,\n"
		"'mbusctl detach' or unplugging ends it.\n\n"
		"  TTY            ttyACM2, /dev/serial/by-path/..., pts/3\n"
		"  --vid VID, --pid PID  a USB adapter by vendor and product, hexadecimal\n"
		"  --serial S     its serial number, if there are several\n"
		"  -n PORT        which of its ports, counted from 0 in order of their USB\n"
		"                 interface numbers: of an adapter with the interfaces 00,\n"
		"                 02, 04 and 06, -n 2 is interface 04. 'mbusctl ports' shows it\n"
		"  --baud BAUD    default 2400\n"
		"  --echo off|on|auto  does the converter send our bytes back? default auto\n"
		"  --guard MS     quiet time before each transmission; default 60 ms, as\n"
		"                 converters need 37 to 50 ms to turn the line round\n"
		"  --background   return when the bus is ready and hold it in the background\n",
	.run = run_attach);

struct arguments {
	const char *tty;
	char vid[8];		/* as sysfs writes it; empty: none given */
	char pid[8];
	const char *serial;
	long port;		/* -1: the only one */
	unsigned int baud;
	int echo;		/* enum mbus_echo, -1: as it is */
	long guard_ms;		/* -1: as it is */
	bool background;
};

static bool parse_usb_id(const char *text, char out[8])
{
	size_t digits;

	if (!strncasecmp(text, "0x", 2))
		text += 2;
	digits = strspn(text, "0123456789abcdefABCDEF");
	if (digits == 0 || digits > 4 || text[digits])
		return false;
	snprintf(out, 8, "%04lx", strtoul(text, NULL, 16));
	return true;
}

static int parse_echo(const char *text)
{
	if (!strcmp(text, "off"))
		return MBUS_ECHO_OFF;
	if (!strcmp(text, "on"))
		return MBUS_ECHO_ON;
	if (!strcmp(text, "auto"))
		return MBUS_ECHO_AUTO;
	return -1;
}

enum { VID = 2000, PID, SERIAL, BAUD, ECHO_MODE, GUARD, BACKGROUND };

static int parse_number_option(struct arguments *args, int letter)
{
	unsigned long value;

	switch (letter) {
	case 'n':
		if (!parse_number(optarg, 0, 255, &value))
			return fail(STATUS_USAGE,
				    "-n %s: not a port number; ports of an adapter count from 0, see 'mbusctl ports'",
				    optarg);
		args->port = value;
		break;
	case BAUD:
		if (!parse_number(optarg, BAUD_MIN, BAUD_MAX, &value))
			return fail(STATUS_USAGE,
				    "--baud %s: not a baud rate; meters use 300, 2400 and 9600",
				    optarg);
		args->baud = value;
		break;
	case GUARD:
		if (!parse_number(optarg, 0, MBUS_TIME_MAX_US / 1000, &value))
			return fail(STATUS_USAGE,
				    "--guard %s: not a time in milliseconds from 0 to %u",
				    optarg, MBUS_TIME_MAX_US / 1000);
		args->guard_ms = value;
		break;
	}
	return -1;
}

/* Returns -1 to go on, or the exit status. */
static int parse_option(struct arguments *args, int letter)
{
	switch (letter) {
	case VID:
		if (!parse_usb_id(optarg, args->vid))
			return fail(STATUS_USAGE,
				    "--vid %s: not a USB vendor id such as 1a86",
				    optarg);
		return -1;
	case PID:
		if (!parse_usb_id(optarg, args->pid))
			return fail(STATUS_USAGE,
				    "--pid %s: not a USB product id such as 55d5",
				    optarg);
		return -1;
	case SERIAL:
		args->serial = optarg;
		return -1;
	case 'n':
	case BAUD:
	case GUARD:
		return parse_number_option(args, letter);
	case ECHO_MODE:
		args->echo = parse_echo(optarg);
		if (args->echo < 0)
			return fail(STATUS_USAGE,
				    "--echo %s: choose off, on or auto",
				    optarg);
		return -1;
	case BACKGROUND:
		args->background = true;
		return -1;
	default:
		return common_option(&attach_command, letter);
	}
}

static int parse_arguments(struct arguments *args, int argc, char **argv)
{
	static const struct option options[] = {
		{ "vid", required_argument, NULL, VID },
		{ "pid", required_argument, NULL, PID },
		{ "serial", required_argument, NULL, SERIAL },
		{ "baud", required_argument, NULL, BAUD },
		{ "echo", required_argument, NULL, ECHO_MODE },
		{ "guard", required_argument, NULL, GUARD },
		{ "background", no_argument, NULL, BACKGROUND },
		COMMON_OPTIONS,
		{ 0 }
	};
	bool adapter;
	int status;
	int letter;

	*args = (struct arguments){
		.port = -1, .baud = BAUD_DEFAULT, .echo = -1, .guard_ms = -1,
	};
	while ((letter = getopt_long(argc, argv, "n:" COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = parse_option(args, letter);
		if (status >= 0)
			return status;
	}
	if (argc - optind > 1)
		return fail_usage(&attach_command, "one tty at a time");
	if (optind < argc)
		args->tty = argv[optind];
	adapter = args->vid[0] || args->pid[0] || args->serial ||
		  args->port >= 0;
	if (args->tty && adapter)
		return fail_usage(&attach_command,
				  "name a tty or describe an adapter, not both");
	if (!args->tty && !(args->vid[0] && args->pid[0]))
		return fail_usage(&attach_command,
				  "name a tty, or an adapter with --vid and --pid");
	return -1;
}

/* "1a86:55d5", or with the serial number asked for */
static const char *adapter_text(const struct arguments *args, char *out,
				size_t size)
{
	snprintf(out, size, "%s:%s%s%s", args->vid, args->pid,
		 args->serial ? " with serial number " : "",
		 args->serial ? args->serial : "");
	return out;
}

/* The adapters that match, each by one of its ports. */
static size_t find_adapters(const struct arguments *args,
			    const struct port *ports, size_t count,
			    const struct port **found, size_t max)
{
	size_t matches = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(ports[i].vid, args->vid) ||
		    strcmp(ports[i].pid, args->pid) || ports[i].number != 0)
			continue;
		if (args->serial && strcmp(ports[i].serial, args->serial))
			continue;
		if (matches < max)
			found[matches] = &ports[i];
		matches++;
	}
	return matches;
}

static int fail_ambiguous(const struct arguments *args,
			  const struct port **found, size_t count)
{
	char adapter[160];
	char text[1024];
	size_t used = 0;
	size_t i;

	for (i = 0; i < count && used < sizeof(text); i++)
		used += snprintf(text + used, sizeof(text) - used,
				 "%s serial %s at %s", i ? "," : "",
				 found[i]->serial[0] ? found[i]->serial : "-",
				 found[i]->by_path[0] ? found[i]->by_path :
							found[i]->tty);
	return fail(STATUS_NO_BUS,
		    "several adapters %s are plugged in, choose by --serial or by tty:%s",
		    adapter_text(args, adapter, sizeof(adapter)), text);
}

/* The tty of port @args->port of @adapter. */
static int pick_port(const struct arguments *args, const struct port *adapter,
		     const struct port *ports, size_t count, char *tty,
		     size_t size)
{
	char text[160];
	long wanted = args->port;
	int last = 0;
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(ports[i].device, adapter->device) &&
		    ports[i].number > last)
			last = ports[i].number;
	adapter_text(args, text, sizeof(text));
	if (wanted < 0 && last > 0)
		return fail(STATUS_USAGE,
			    "adapter %s has %d ports, choose one with -n 0 to -n %d",
			    text, last + 1, last);
	if (wanted > last)
		return fail(STATUS_NO_BUS,
			    "adapter %s has no port %ld; it has %d, counted from 0: choose -n 0 to -n %d",
			    text, wanted, last + 1, last);
	if (wanted < 0)
		wanted = 0;
	for (i = 0; i < count; i++)
		if (!strcmp(ports[i].device, adapter->device) &&
		    ports[i].number == wanted)
			snprintf(tty, size, "/dev/%s", ports[i].tty);
	return STATUS_OK;
}

static int find_tty(const struct arguments *args, char *tty, size_t size)
{
	const struct port *found[8];
	struct meterbus_error err;
	struct port *ports;
	char text[160];
	size_t matches;
	size_t count;
	int status;

	if (port_list(&ports, &count, &err) < 0)
		return fail_error(&err);
	matches = find_adapters(args, ports, count, found, 8);
	if (matches == 0)
		status = fail(STATUS_NO_BUS,
			      "no adapter %s is plugged in; 'mbusctl ports' lists what is",
			      adapter_text(args, text, sizeof(text)));
	else if (matches > 1)
		status = fail_ambiguous(args, found, matches < 8 ? matches : 8);
	else
		status = pick_port(args, found[0], ports, count, tty, size);
	free(ports);
	return status;
}

static int set_timing(const struct arguments *args, unsigned int number)
{
	struct meterbus_settings settings = { 0 };
	struct meterbus_error err;

	if (args->echo >= 0) {
		settings.timing.echo = args->echo;
		settings.fields |= METERBUS_SET_ECHO;
	}
	if (args->guard_ms >= 0) {
		settings.timing.guard_us = args->guard_ms * 1000;
		settings.fields |= METERBUS_SET_GUARD;
	}
	if (!settings.fields)
		return STATUS_OK;
	if (meterbus_settings_set(number, &settings, &err) < 0)
		return fail_error(&err);
	return STATUS_OK;
}

static void announce(const struct tty *tty)
{
	struct json_object *object;
	char name[16];

	snprintf(name, sizeof(name), "mbus%u", tty->bus);
	if (globals.json) {
		object = json_object_new_object();
		json_object_object_add(object, "bus",
				       json_object_new_string(name));
		json_object_object_add(object, "tty",
				       json_object_new_string(tty->name));
		print_json(object);
		json_object_put(object);
	} else {
		puts(name);
	}
	fflush(stdout);
}

/*
 * From here on nobody reads what we print, and a script that reads our output
 * must see its end.
 */
static int leave_terminal(int ready)
{
	const unsigned char status = STATUS_OK;
	int null;

	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return fail(STATUS_SYSTEM, "cannot open /dev/null: %s",
			    strerror(errno));
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
	if (chdir("/") < 0 || write(ready, &status, 1) != 1)
		return STATUS_SYSTEM;
	close(ready);
	return STATUS_OK;
}

/* Until a signal (STATUS_OK) or until the tty is gone. */
static int hold(const struct tty *tty, int signals)
{
	struct pollfd fds[] = {
		{ .fd = tty->fd },
		{ .fd = signals, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return fail(STATUS_SYSTEM, "cannot wait: %s",
				    strerror(errno));
		}
		if (fds[1].revents)
			return STATUS_OK;
		if (fds[0].revents)
			return fail(STATUS_UNPLUGGED,
				    "mbus%u: unplugged, %s is gone", tty->bus,
				    tty->name);
	}
}

/* @ready: where to report to a waiting parent, or -1 in the foreground */
static int serve(const struct arguments *args, int ready)
{
	struct meterbus_error err;
	struct tty tty;
	char name[128];
	char path[128];
	sigset_t set;
	int signals;
	int status;

	/* Before there is anything to undo, so that nothing is left undone. */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0)
		return fail(STATUS_SYSTEM, "cannot watch for signals: %s",
			    strerror(errno));

	if (args->tty) {
		snprintf(name, sizeof(name), "%s", args->tty);
	} else {
		status = find_tty(args, name, sizeof(name));
		if (status != STATUS_OK)
			goto close_signals;
	}
	if (tty_resolve(name, path, sizeof(path), &err) < 0) {
		status = fail_error(&err);
		goto close_signals;
	}
	if (tty_open(&tty, path, args->baud, &err) < 0 ||
	    tty_attach(&tty, &err) < 0) {
		status = fail_error(&err);
		goto close_tty;
	}
	status = set_timing(args, tty.bus);
	if (status != STATUS_OK)
		goto close_tty;
	announce(&tty);
	if (ready >= 0)
		status = leave_terminal(ready);
	if (status == STATUS_OK)
		status = hold(&tty, signals);

close_tty:
	tty_close(&tty);
close_signals:
	close(signals);
	return status;
}

/*
 * The child does everything and says when it is ready. Errors it has printed
 * itself; its exit status becomes ours.
 */
static int serve_in_background(const struct arguments *args)
{
	unsigned char status;
	int pipefd[2];
	int ended;
	pid_t pid;

	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return fail(STATUS_SYSTEM, "cannot make a pipe: %s",
			    strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return fail(STATUS_SYSTEM, "cannot start a process: %s",
			    strerror(errno));
	if (pid == 0) {
		close(pipefd[0]);
		setsid();
		return serve(args, pipefd[1]);
	}
	close(pipefd[1]);
	if (read(pipefd[0], &status, 1) == 1)
		return status;
	if (waitpid(pid, &ended, 0) == pid && WIFEXITED(ended))
		return WEXITSTATUS(ended);
	return fail(STATUS_SYSTEM, "the background process ended unexpectedly");
}

static int run_attach(int argc, char **argv)
{
	struct arguments args;
	int status;

	status = parse_arguments(&args, argc, argv);
	if (status >= 0)
		return status;
	return args.background ? serve_in_background(&args) : serve(&args, -1);
}
