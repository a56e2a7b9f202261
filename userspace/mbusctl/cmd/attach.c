// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl attach: makes a bus of a tty or of a network gateway and holds it. A
 * line discipline is lost when the tty is closed, so a process keeps it open.
 */
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <meterbus/config.h>

#include "cmd/attach.h"
#include "ui/background.h"
#include "ui/command.h"

#define BAUD_DEFAULT 2400
#define BAUD_MIN 300
#define BAUD_MAX 115200
#define LATENCY_MAX_MS 10000

static int run_attach(int argc, char **argv);

COMMAND(attach_command,
	.name = "attach",
	.arguments = "TTY | --vid VID --pid PID [--serial S] [-n PORT] | --tcp HOST:PORT [OPTIONS]",
	.summary = "make a bus of a serial port or a gateway",
	.help = "Prints the name of the bus when it is ready and holds the tty until a signal,\n"
		"'mbusctl detach' or unplugging. A lost connection to a gateway is restored; the\n"
		"bus remains, and each change is reported on stderr.\n\n"
		"  TTY            ttyACM2, /dev/serial/by-path/..., pts/3\n"
		"  --vid VID, --pid PID  a USB adapter by vendor and product, hexadecimal\n"
		"  --serial S     its serial number, if there are several\n"
		"  -n PORT        which of its ports, counted from 0 in order of their USB\n"
		"                 interface numbers: on an adapter with the interfaces 00,\n"
		"                 02, 04 and 06, -n 2 is interface 04; see 'mbusctl ports'\n"
		"  --wait         wait until it is plugged in, and again after unplugging or\n"
		"                 while another program uses it\n"
		"  --tcp HOST:PORT  a gateway that passes bytes over TCP; set its serial\n"
		"                 port to 8E1 and the baud rate on the gateway itself\n"
		"  --rfc2217 HOST:PORT  a gateway whose serial port is set by RFC 2217\n"
		"  --latency MS   delay that the gateway adds to answers; default:\n"
		"                 the measured round trip plus 40 ms\n"
		"  --baud BAUD    default 2400\n"
		"  --echo off|on|auto  whether the converter echoes what is sent; default auto\n"
		"  --guard MS     quiet time before each transmission; default 60 ms, as\n"
		"                 converters need 37 to 50 ms to turn round\n"
		"  --settings FILE  settings from FILE, as 'mbusctl tune --write' writes it;\n"
		"                 later options override it\n"
		"  --background   return when the bus is ready; hold it in the background\n",
	.run = run_attach);

static int parse_echo(const char *text)
{
	if (!strcmp(text, "off"))
		return METERBUS_ECHO_OFF;
	if (!strcmp(text, "on"))
		return METERBUS_ECHO_ON;
	if (!strcmp(text, "auto"))
		return METERBUS_ECHO_AUTO;
	return -1;
}

enum {
	VID = 2000, PID, SERIAL, WAIT, TCP, RFC2217, LATENCY, BAUD, ECHO_MODE,
	GUARD, SETTINGS, BACKGROUND,
};

static int load_settings(struct attach_arguments *args)
{
	struct meterbus_error err;

	if (meterbus_settings_load(optarg, &args->settings, &err) < 0)
		return fail_error(&err);
	if (!(args->settings.fields & METERBUS_SET_BAUD))
		return -1;
	/* The rate is that of the tty, set before the bus exists. */
	args->settings.fields &= ~METERBUS_SET_BAUD;
	args->baud = args->settings.baud;
	if (args->baud < BAUD_MIN || args->baud > BAUD_MAX)
		return fail(STATUS_USAGE,
			    "%s: %u is not a baud rate; meters use 300, 2400 and 9600",
			    optarg, args->baud);
	return -1;
}

static int parse_number_option(struct attach_arguments *args, int letter)
{
	unsigned long value;

	switch (letter) {
	case 'n':
		if (!parse_number(optarg, 0, 255, &value))
			return fail(STATUS_USAGE,
				    "-n %s: not a port number; count from 0 as 'mbusctl ports' does",
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
	case LATENCY:
		if (!parse_number(optarg, 1, LATENCY_MAX_MS, &value))
			return fail(STATUS_USAGE,
				    "--latency %s: not a time in milliseconds from 1 to %u",
				    optarg, LATENCY_MAX_MS);
		args->latency_ms = value;
		break;
	case GUARD:
		if (!parse_number(optarg, 0, METERBUS_TIME_MAX_US / 1000, &value))
			return fail(STATUS_USAGE,
				    "--guard %s: not a time in milliseconds from 0 to %u",
				    optarg, METERBUS_TIME_MAX_US / 1000);
		args->settings.timing.guard_us = value * 1000;
		args->settings.fields |= METERBUS_SET_GUARD;
		args->settings.follow &= ~METERBUS_TIMING_GUARD;
		break;
	}
	return -1;
}

/* Returns -1 to continue or an exit status. */
static int parse_option(struct attach_arguments *args, int letter)
{
	int echo;

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
	case WAIT:
		args->wait = true;
		return -1;
	case TCP:
	case RFC2217:
		if (args->gateway)
			return fail_usage(&attach_command,
					  "only one gateway may be given");
		args->gateway = optarg;
		args->protocol = letter == TCP ? METERBUS_GATEWAY_TCP :
						 METERBUS_GATEWAY_RFC2217;
		return -1;
	case 'n':
	case LATENCY:
	case BAUD:
	case GUARD:
		return parse_number_option(args, letter);
	case ECHO_MODE:
		echo = parse_echo(optarg);
		if (echo < 0)
			return fail(STATUS_USAGE,
				    "--echo %s: use off, on or auto",
				    optarg);
		args->settings.timing.echo = echo;
		args->settings.fields |= METERBUS_SET_ECHO;
		return -1;
	case SETTINGS:
		return load_settings(args);
	case BACKGROUND:
		args->background = true;
		return -1;
	default:
		return common_option(&attach_command, letter);
	}
}

static int check_arguments(const struct attach_arguments *args)
{
	const struct meterbus_tty_choice *choice = &args->choice;
	bool adapter = choice->vid[0] || choice->pid[0] || choice->serial ||
		       choice->port >= 0;

	if (args->gateway) {
		if (choice->tty || adapter || args->wait)
			return fail_usage(&attach_command,
					  "--tcp and --rfc2217 exclude a tty, --vid, --pid, --serial, -n and --wait");
		return -1;
	}
	if (args->latency_ms)
		return fail_usage(&attach_command,
				  "--latency requires --tcp or --rfc2217");
	if (choice->tty && adapter)
		return fail_usage(&attach_command,
				  "give a tty or an adapter, not both");
	if (!choice->tty && !(choice->vid[0] && choice->pid[0]))
		return fail_usage(&attach_command,
				  "no tty given; name one, or an adapter with --vid and --pid");
	return -1;
}

static int parse_arguments(struct attach_arguments *args, int argc, char **argv)
{
	static const struct option options[] = {
		{ "vid", required_argument, NULL, VID },
		{ "pid", required_argument, NULL, PID },
		{ "serial", required_argument, NULL, SERIAL },
		{ "wait", no_argument, NULL, WAIT },
		{ "tcp", required_argument, NULL, TCP },
		{ "rfc2217", required_argument, NULL, RFC2217 },
		{ "latency", required_argument, NULL, LATENCY },
		{ "baud", required_argument, NULL, BAUD },
		{ "echo", required_argument, NULL, ECHO_MODE },
		{ "guard", required_argument, NULL, GUARD },
		{ "settings", required_argument, NULL, SETTINGS },
		{ "background", no_argument, NULL, BACKGROUND },
		COMMON_OPTIONS,
		{ 0 }
	};
	int status;
	int letter;

	*args = (struct attach_arguments){
		.choice.port = -1,
		.baud = BAUD_DEFAULT,
	};
	while ((letter = getopt_long(argc, argv, "n:" COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = parse_option(args, letter);
		if (status >= 0)
			return status;
	}
	if (argc - optind > 1)
		return fail_usage(&attach_command, "only one tty may be given");
	if (optind < argc)
		args->choice.tty = argv[optind];
	return check_arguments(args);
}

int attach_set_timing(const struct attach_arguments *args, unsigned int bus)
{
	struct meterbus_error err;

	if (!args->settings.fields && !args->settings.follow)
		return STATUS_OK;
	if (meterbus_settings_set(bus, &args->settings, &err) < 0)
		return fail_error(&err);
	return STATUS_OK;
}

void attach_announce(unsigned int bus, const char *tty)
{
	struct json_object *object;
	char name[16];

	snprintf(name, sizeof(name), "mbus%u", bus);
	if (globals.json) {
		object = json_object_new_object();
		json_object_object_add(object, "bus",
				       json_object_new_string(name));
		json_object_object_add(object, "tty",
				       json_object_new_string(tty));
		print_json(object);
		json_object_put(object);
	} else {
		puts(name);
	}
	fflush(stdout);
}

/* @ready: see leave_terminal(). */
static int serve(void *context, int ready)
{
	const struct attach_arguments *args = context;
	int signals;
	int status;

	/* Signals are blocked before there is anything to undo. */
	signals = watch_signals();
	if (signals < 0)
		return STATUS_SYSTEM;
	status = args->gateway ? attach_gateway(args, signals, ready) :
				 attach_tty(args, signals, ready);
	close(signals);
	return status;
}

static int run_attach(int argc, char **argv)
{
	struct attach_arguments args;
	int status;

	status = parse_arguments(&args, argc, argv);
	if (status >= 0)
		return status;
	return args.background ? in_background(serve, &args) :
				 serve(&args, -1);
}
