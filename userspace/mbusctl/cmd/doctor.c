// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl doctor: looks for what keeps meters from being read.
 */
#include <getopt.h>
#include <stdlib.h>

#include "daemon/daemon.h"
#include "doctor/finding.h"
#include "ui/command.h"
#include "ui/progress.h"

#define CONFIG_DEFAULT "/etc/mbus/mbusd.conf"
#define SECONDS_DEFAULT 10
#define SECONDS_MAX 3600

static int run_doctor(int argc, char **argv);

COMMAND(doctor_command,
	.name = "doctor",
	.arguments = "[--report FILE [--seconds N]] [--json]",
	.summary = "look for what keeps meters from being read",
	.help = "Looks at the module and its signature, serial ports and rights, programs that\n"
		"take ports for themselves, the clock, the counters of each bus, and at mbusd:\n"
		"store, buses, meters, outputs. Sends nothing. Prints a line for each, with a\n"
		"code that stays the same, and the remedy where there is something to do:\n"
		"  ok       nothing to do\n"
		"  note     to be known; works as it is\n"
		"  warning  works, but not as well, or not always\n"
		"  fault    keeps something from working\n"
		"As root it sees more.\n"
		"      --report FILE   also write FILE, a .tar.gz for a bug report: the findings,\n"
		"                      counters, ports, versions, logs, the configuration without\n"
		"                      secrets, and a recording of each bus\n"
		"      --seconds N     how long to record, default 10; 0: no recording. Run\n"
		"                      meanwhile what goes wrong\n"
		"      --config FILE   the configuration, default " CONFIG_DEFAULT "\n"
		"      --socket PATH   where mbusd listens, default " DAEMON_SOCKET "\n"
		"      --root DIR      look at the system below DIR, as at another machine's disk\n"
		"      --json          one object a line: code, level, subject, text, remedy\n"
		"Exit status: 0 no warning or fault, 12 there are some.\n",
	.run = run_doctor);

struct doctor {
	struct findings findings;
	const char *report;
	const char *config;
	unsigned long seconds;
};

enum { OPTION_REPORT = 2000, OPTION_SECONDS, OPTION_CONFIG, OPTION_ROOT };

/* Returns -1 to continue or an exit status. */
static int parse_option(struct doctor *doctor, int letter)
{
	switch (letter) {
	case OPTION_REPORT:
		doctor->report = optarg;
		return -1;
	case OPTION_SECONDS:
		if (parse_number(optarg, 0, SECONDS_MAX, &doctor->seconds))
			return -1;
		return fail_usage(&doctor_command,
				  "--seconds %s: not a number from 0 to %d",
				  optarg, SECONDS_MAX);
	case OPTION_CONFIG:
		doctor->config = optarg;
		return -1;
	case OPTION_ROOT:
		doctor->findings.root = optarg;
		return -1;
	default:
		return daemon_option(&doctor_command, letter);
	}
}

static void look(struct findings *findings)
{
	doctor_module(findings);
	doctor_adapters(findings);
	doctor_clock(findings);
	/* What runs is this machine's. */
	if (*findings->root)
		return;
	doctor_buses(findings);
	doctor_daemon(findings);
}

static int report(const struct doctor *doctor)
{
	int status;

	if (!doctor->report)
		return STATUS_OK;
	status = doctor_report(&doctor->findings, doctor->report,
			       doctor->config, doctor->seconds);
	if (status == STATUS_OK)
		fail(STATUS_OK,
		     "%s is written; it has numbers and readings of meters, but no keys and passwords",
		     doctor->report);
	return status;
}

static int run_doctor(int argc, char **argv)
{
	static const struct option options[] = {
		COMMON_OPTIONS,
		{ "report", required_argument, NULL, OPTION_REPORT },
		{ "seconds", required_argument, NULL, OPTION_SECONDS },
		{ "config", required_argument, NULL, OPTION_CONFIG },
		{ "root", required_argument, NULL, OPTION_ROOT },
		DAEMON_OPTIONS,
		{ 0 }
	};
	struct doctor doctor = {
		.findings.root = "",
		.config = CONFIG_DEFAULT,
		.seconds = SECONDS_DEFAULT,
	};
	int letter, status = -1;

	while (status < 0 && (letter = getopt_long(argc, argv, COMMON_LETTERS,
						   options, NULL)) != -1)
		status = parse_option(&doctor, letter);
	if (status >= 0)
		return status;
	if (optind < argc)
		return fail_usage(&doctor_command, "unexpected argument '%s'",
				  argv[optind]);
	stop_on_signals();
	look(&doctor.findings);
	findings_print(&doctor.findings, stdout, globals.json);
	status = report(&doctor);
	if (status == STATUS_OK &&
	    (findings_of_level(&doctor.findings, FINDING_WARNING) ||
	     findings_of_level(&doctor.findings, FINDING_FAULT)))
		status = STATUS_FOUND;
	free(doctor.findings.items);
	return status;
}
