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
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <meterbus/settings.h>
#include <meterbus/tty.h>

#include "command.h"

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
	struct meterbus_tty_choice choice;
	unsigned int baud;
	int echo;		/* enum mbus_echo, -1: as it is */
	long guard_ms;		/* -1: as it is */
	bool background;
};

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
		args->choice.port = value;
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
		if (meterbus_usb_id_parse(optarg, args->choice.vid) < 0)
			return fail(STATUS_USAGE,
				    "--vid %s: not a USB vendor id such as 1a86",
				    optarg);
		return -1;
	case PID:
		if (meterbus_usb_id_parse(optarg, args->choice.pid) < 0)
			return fail(STATUS_USAGE,
				    "--pid %s: not a USB product id such as 55d5",
				    optarg);
		return -1;
	case SERIAL:
		args->choice.serial = optarg;
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
	struct meterbus_tty_choice *choice = &args->choice;
	bool adapter;
	int status;
	int letter;

	*args = (struct arguments){
		.choice.port = -1, .baud = BAUD_DEFAULT, .echo = -1, .guard_ms = -1,
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
		choice->tty = argv[optind];
	adapter = choice->vid[0] || choice->pid[0] || choice->serial ||
		  choice->port >= 0;
	if (choice->tty && adapter)
		return fail_usage(&attach_command,
				  "name a tty or describe an adapter, not both");
	if (!choice->tty && !(choice->vid[0] && choice->pid[0]))
		return fail_usage(&attach_command,
				  "name a tty, or an adapter with --vid and --pid");
	return -1;
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

static void announce(const struct meterbus_tty *tty)
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
static int hold(const struct meterbus_tty *tty, int signals)
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
	struct meterbus_tty tty;
	char path[METERBUS_TTY_PATH_MAX];
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

	if (meterbus_tty_choose(&args->choice, path, sizeof(path), &err) < 0) {
		status = fail_error(&err);
		goto close_signals;
	}
	if (meterbus_tty_open(&tty, path, args->baud, &err) < 0 ||
	    meterbus_tty_attach(&tty, &err) < 0) {
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
	meterbus_tty_close(&tty);
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
