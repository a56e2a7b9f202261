// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl setup: configures a bus and mbusd, from the adapter to a broker.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/setup_steps.h"
#include "ui/command.h"
#include "ui/progress.h"

static int run_setup(int argc, char **argv);

COMMAND(setup_command,
	.name = "setup",
	.arguments = "[options]",
	.summary = "set up a bus and mbusd, step by step",
	.help = "Finds the adapter, keeps other programs off it, attaches the bus, searches it\n"
		"for meters, asks for a broker, writes the configuration of mbusd, starts it, and\n"
		"shows the first readings. Needs root. Asks as little as possible; each question has\n"
		"an option. Another run adds new meters and does not change anything else.\n"
		"      --tty TTY           the port: ttyUSB0, /dev/serial/by-path/...\n"
		"      --tcp HOST:PORT     a gateway that passes bytes unchanged over TCP\n"
		"      --rfc2217 HOST:PORT a gateway whose serial port is set by RFC 2217\n"
		"      --name NAME         name of the bus, default main\n"
		"      --site NAME         name of the site, in topics; default: the host's name\n"
		"      --schedule TIME     how often to read, default 15m; see mbusd.conf(5)\n"
		"      --broker URL        MQTT: mqtt://HOST or mqtts://HOST\n"
		"      --no-broker         no broker; readings are only stored\n"
		"      --broker-user USER  user at the broker, with\n"
		"      --broker-password-file FILE\n"
		"      --home-assistant, --no-home-assistant\n"
		"                          announce the meters to Home Assistant\n"
		"      --yes               ask nothing: use defaults, and fail where a choice\n"
		"                          is required\n"
		"      --etc DIR           folder of the configuration, default /etc/mbus\n"
		"      --no-rules          write no udev rule\n"
		"      --no-start          only write the configuration\n"
		"Exit status: 5 no meter found, 12 mbusd runs without the broker.\n",
	.run = run_setup);

enum {
	OPTION_TTY = 2000, OPTION_TCP, OPTION_RFC2217, OPTION_NAME, OPTION_SITE,
	OPTION_SCHEDULE, OPTION_BROKER, OPTION_NO_BROKER, OPTION_USER,
	OPTION_PASSWORD, OPTION_HA, OPTION_NO_HA, OPTION_YES, OPTION_ETC,
	OPTION_NO_RULES, OPTION_NO_START,
};

static const struct option options[] = {
	COMMON_OPTIONS,
	{ "tty", required_argument, NULL, OPTION_TTY },
	{ "tcp", required_argument, NULL, OPTION_TCP },
	{ "rfc2217", required_argument, NULL, OPTION_RFC2217 },
	{ "name", required_argument, NULL, OPTION_NAME },
	{ "site", required_argument, NULL, OPTION_SITE },
	{ "schedule", required_argument, NULL, OPTION_SCHEDULE },
	{ "broker", required_argument, NULL, OPTION_BROKER },
	{ "no-broker", no_argument, NULL, OPTION_NO_BROKER },
	{ "broker-user", required_argument, NULL, OPTION_USER },
	{ "broker-password-file", required_argument, NULL, OPTION_PASSWORD },
	{ "home-assistant", no_argument, NULL, OPTION_HA },
	{ "no-home-assistant", no_argument, NULL, OPTION_NO_HA },
	{ "yes", no_argument, NULL, OPTION_YES },
	{ "etc", required_argument, NULL, OPTION_ETC },
	{ "no-rules", no_argument, NULL, OPTION_NO_RULES },
	{ "no-start", no_argument, NULL, OPTION_NO_START },
	{ 0 }
};

/* Returns -1 to continue or an exit status. */
static int parse_option(struct setup *setup, int letter)
{
	switch (letter) {
	case OPTION_TTY: setup->tty = optarg; return -1;
	case OPTION_TCP: setup->tcp = optarg; return -1;
	case OPTION_RFC2217: setup->rfc2217 = optarg; return -1;
	case OPTION_NAME: setup->name = optarg; return -1;
	case OPTION_SITE: setup->site = optarg; return -1;
	case OPTION_SCHEDULE: setup->schedule = optarg; return -1;
	case OPTION_BROKER: setup->broker = optarg; return -1;
	case OPTION_NO_BROKER: setup->broker = ""; return -1;
	case OPTION_USER: setup->broker_user = optarg; return -1;
	case OPTION_PASSWORD: setup->broker_password_file = optarg; return -1;
	case OPTION_HA: setup->home_assistant = true; return -1;
	case OPTION_NO_HA: setup->home_assistant = false; return -1;
	case OPTION_YES: setup->yes = true; return -1;
	case OPTION_ETC: setup->etc = optarg; return -1;
	case OPTION_NO_RULES: setup->no_rules = true; return -1;
	case OPTION_NO_START: setup->no_start = true; return -1;
	default: return common_option(&setup_command, letter);
	}
}

/* They are written to a configuration file, as one word each. */
static int check_words(const struct setup *setup)
{
	const char *const words[] = { setup->tty, setup->tcp, setup->rfc2217,
				      setup->name, setup->site, setup->broker };
	unsigned int ways = !!setup->tty + !!setup->tcp + !!setup->rfc2217;

	if (ways > 1)
		return fail_usage(&setup_command,
				  "give only one of --tty, --tcp and --rfc2217");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i] && strpbrk(words[i], " \t\r\n#;[]") &&
		    words[i] != setup->tcp && words[i] != setup->rfc2217)
			return fail_usage(&setup_command,
					  "'%s': must not contain spaces or any of # ; [ ]",
					  words[i]);
	if (strchr(setup->name, '/') || setup->name[0] == '.')
		return fail_usage(&setup_command,
				  "--name %s: not a name; use letters, digits, . _ -",
				  setup->name);
	return -1;
}

static int run_steps(struct setup *setup)
{
	int status = setup_choose_port(setup);

	if (status == STATUS_OK)
		status = setup_write_rules(setup);
	if (status == STATUS_OK)
		status = setup_attach(setup);
	if (status == STATUS_OK)
		status = setup_search(setup);
	if (status == STATUS_OK)
		status = setup_broker(setup);
	/* mbusd attaches it itself. */
	setup_detach(setup);
	if (status == STATUS_OK)
		status = setup_check(setup);
	if (status == STATUS_OK && !setup->no_start)
		status = setup_start(setup);
	return status;
}

static int run_setup(int argc, char **argv)
{
	/* Until the end of the program, see setup_attach(). */
	static struct setup setup = {
		.name = "main", .schedule = "15m", .etc = "/etc/mbus",
		.home_assistant = -1,
	};
	int letter, status = -1;

	while (status < 0 && (letter = getopt_long(argc, argv, COMMON_LETTERS,
						   options, NULL)) != -1)
		status = parse_option(&setup, letter);
	if (status < 0 && optind < argc)
		status = fail_usage(&setup_command, "unexpected argument '%s'",
				    argv[optind]);
	if (status < 0)
		status = check_words(&setup);
	if (status >= 0)
		return status;
	if (geteuid() != 0)
		return fail(STATUS_PERMISSION,
			    "setup attaches a bus and writes %s, which needs root: sudo mbusctl setup",
			    setup.etc);
	stop_on_signals();
	return run_steps(&setup);
}
