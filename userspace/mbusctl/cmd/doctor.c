// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl doctor: looks for problems that prevent readouts.
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
	.summary = "look for problems that prevent readouts",
	.help = "Checks the module and its signature, serial ports, permissions, programs that\n"
		"use ports, the clock, the counters of each bus, and mbusd with its\n"
		"store, buses, meters and outputs. Sends nothing. Prints a line for each finding,\n"
		"with a fixed code, and the remedy if something is to be done:\n"
		"  ok       nothing to do\n"
		"  note     information; nothing to do\n"
		"  warning  works with restrictions, or not always\n"
		"  fault    something does not work\n"
		"Root gets more findings.\n"
		"      --report FILE   also write FILE, a .tar.gz for a bug report: the findings,\n"
		"                      counters, ports, versions, logs, the configuration without\n"
		"                      secrets, and a recording of each bus\n"
		"      --seconds N     duration of the recording, default 10; 0: none. Run\n"
		"                      the failing command meanwhile\n"
		"      --config FILE   the configuration, default " CONFIG_DEFAULT "\n"
		"      --socket PATH   where mbusd listens, default " DAEMON_SOCKET "\n"
		"      --root DIR      check the system below DIR, e.g. the disk of another one\n"
		"      --json          one object a line: code, level, subject, text, remedy\n"
		"Exit status: 0 no warning and no fault, 12 otherwise.\n",
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
	/* Buses and mbusd are those of the running system. */
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
		     "%s written; it contains numbers and readings of meters, but no keys and passwords",
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
