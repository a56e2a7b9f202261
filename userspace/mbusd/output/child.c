// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "output/child.h"

/* After fork() of a process with threads: only async-signal-safe functions. */
static void __attribute__((noreturn)) run_child(const char *command, int input,
						int report)
{
	char *arguments[] = { (char *)command, NULL };
	char *environment[] = { (char *)"PATH=/usr/local/bin:/usr/bin:/bin",
				(char *)"LANG=C.UTF-8", NULL };
	sigset_t none;
	int error;

	setpgid(0, 0);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* The report closes itself when the program runs. */
	if (dup2(input, 0) >= 0 && dup2(2, 1) >= 0 &&
	    dup3(report, 3, O_CLOEXEC) >= 0 && chdir("/") == 0) {
		report = 3;
		close_range(4, ~0U, 0);
		limits_restore_in_child();
		execve(command, arguments, environment);
	}
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* 0 if the program runs, as nothing comes before the end of the pipe. */
static int read_report(int fd)
{
	int error = 0;
	ssize_t len;

	do {
		len = read(fd, &error, sizeof(error));
	} while (len < 0 && errno == EINTR);
	return len == sizeof(error) ? error : 0;
}

int child_start(const char *command, int input, pid_t *pid)
{
	int report[2];
	int error;

	if (pipe2(report, O_CLOEXEC) < 0)
		return errno;
	/* 3 is the child's end: dup3() refuses equal descriptors. */
	if (report[1] == 3)
		report[1] = fcntl(3, F_DUPFD_CLOEXEC, 4), close(3);
	*pid = fork();
	if (*pid == 0)
		run_child(command, input, report[1]);
	error = *pid < 0 ? errno : 0;
	close(report[1]);
	/* Also here, so that a kill() of the group that comes soon finds it. */
	if (*pid > 0)
		setpgid(*pid, *pid);
	if (!error)
		error = read_report(report[0]);
	close(report[0]);
	if (error && *pid > 0)
		while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
			;
	return error;
}
