// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a bug report needs, in one archive: findings, counters, ports, the
 * configuration without secrets, recordings. Commands of mbusctl itself write
 * most of it, by their --json.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <meterbus/bus.h>

#include "doctor/config.h"
#include "doctor/finding.h"
#include "ui/command.h"
#include "ui/progress.h"

#define NAME "mbus-report"
#define WORDS_MAX 12
#define BUSES_MAX 16
#define PATH_SIZE 128

struct report {
	char folder[64];		/* /tmp/mbus-report.XXXXXX */
	char path[PATH_SIZE];		/* folder/NAME */
};

/* Starts a program, its output in the file @name of the report. */
static pid_t start(const struct report *report, const char *name,
		   const char *const *words)
{
	char path[PATH_SIZE + 64];
	pid_t pid;
	int fd;

	pid = fork();
	if (pid)
		return pid;
	snprintf(path, sizeof(path), "%s/%s", report->path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0)
		_exit(EXIT_FAILURE);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execvp(words[0], (char *const *)words);
	dprintf(fd, "%s: %s\n", words[0], strerror(errno));
	_exit(EXIT_FAILURE);
}

/* Returns its exit status, -1 if it has none. */
static int finish(pid_t pid)
{
	int status = -1;

	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void run_all(const struct report *report)
{
	static const struct {
		const char *file;
		const char *words[WORDS_MAX];
	} programs[] = {
		{ "status.json", { "/proc/self/exe", "--json", "status" } },
		{ "ports.json", { "/proc/self/exe", "--json", "ports" } },
		{ "versions.txt", { "uname", "-srvm" } },
		{ "versions.txt", { "cat", "/etc/os-release" } },
		{ "versions.txt", { "dkms", "status", "linux-mbus" } },
		{ "mbusd.log", { "journalctl", "-q", "-o", "short-iso",
				 "--no-hostname", "-n", "500", "-u", "mbusd" } },
		{ "kernel.log", { "journalctl", "-q", "-k", "-o", "short-iso",
				  "--no-hostname", "-n", "200", "-g",
				  "mbus|ttyACM|ttyUSB" } },
	};

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		finish(start(report, programs[i].file, programs[i].words));
}

/* Until the time is over or a signal ends it. */
static void wait_seconds(unsigned int seconds)
{
	if (!stop_requested())
		poll(NULL, 0, (int)seconds * 1000);
}

/* What passes on each bus meanwhile; what is wrong is in the same file. */
static void record(const struct report *report, unsigned int seconds)
{
	unsigned int numbers[BUSES_MAX];
	char bus[16], file[PATH_SIZE + 64], log[32];
	pid_t pids[BUSES_MAX];
	size_t count;

	count = meterbus_bus_list(numbers, BUSES_MAX);
	if (count > BUSES_MAX)
		count = BUSES_MAX;
	if (!count || !seconds)
		return;
	for (size_t i = 0; i < count; i++) {
		const char *const words[] = {
			"/proc/self/exe", "-b", bus, "monitor", "--write", file,
			"--quiet", NULL,
		};

		snprintf(bus, sizeof(bus), "mbus%u", numbers[i]);
		snprintf(log, sizeof(log), "%s.log", bus);
		snprintf(file, sizeof(file), "%s/%s.mbus", report->path, bus);
		pids[i] = start(report, log, words);
	}
	wait_seconds(seconds);
	for (size_t i = 0; i < count; i++) {
		if (pids[i] > 0)
			kill(pids[i], SIGTERM);
		finish(pids[i]);
	}
}

static int write_findings(const struct report *report,
			  const struct findings *findings, bool json)
{
	char path[PATH_SIZE + 64];
	FILE *out;

	snprintf(path, sizeof(path), "%s/doctor.%s", report->path,
		 json ? "json" : "txt");
	out = fopen(path, "we");
	if (!out)
		return fail(STATUS_SYSTEM, "cannot write %s: %s", path,
			    strerror(errno));
	findings_print(findings, out, json);
	if (fclose(out) == 0)
		return STATUS_OK;
	return fail(STATUS_SYSTEM, "cannot write %s: %s", path, strerror(errno));
}

/* Only the user may read the report, as it contains readings. */
static int pack(const struct report *report, const char *path)
{
	const char *const words[] = {
		"tar", "-czf", path, "-C", report->folder, NAME, NULL,
	};
	mode_t mask = umask(0077);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execvp(words[0], (char *const *)words);
		_exit(127);
	}
	umask(mask);
	status = finish(pid);
	if (status == 127)
		return fail(STATUS_SYSTEM, "tar is not installed");
	return status == 0 ? STATUS_OK :
			     fail(STATUS_SYSTEM, "cannot write %s", path);
}

static void remove_all(const struct report *report)
{
	const char *const words[] = { "rm", "-r", report->folder, NULL };
	pid_t pid = fork();

	if (pid == 0) {
		execvp(words[0], (char *const *)words);
		_exit(127);
	}
	finish(pid);
}

int doctor_report(const struct findings *findings, const char *path,
		  const char *config, unsigned int seconds)
{
	struct report report = { .folder = "/tmp/mbus-report.XXXXXX" };
	char file[PATH_SIZE + 64];
	int status;

	if (!mkdtemp(report.folder))
		return fail(STATUS_SYSTEM, "cannot make a folder in /tmp: %s",
			    strerror(errno));
	snprintf(report.path, sizeof(report.path), "%s/%s", report.folder, NAME);
	snprintf(file, sizeof(file), "%s/mbusd.conf", report.path);
	status = mkdir(report.path, 0700) == 0 ?
			 STATUS_OK :
			 fail(STATUS_SYSTEM, "cannot make %s: %s", report.path,
			      strerror(errno));
	if (status == STATUS_OK)
		status = write_findings(&report, findings, false);
	if (status == STATUS_OK)
		status = write_findings(&report, findings, true);
	if (status == STATUS_OK)
		status = doctor_copy_config(config, file);
	if (status == STATUS_OK) {
		run_all(&report);
		record(&report, seconds);
		status = pack(&report, path);
	}
	remove_all(&report);
	return status;
}
