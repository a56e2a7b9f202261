// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands that hold a bus or a socket until a signal, optionally in the
 * background.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ui/background.h"
#include "ui/command.h"

int in_background(int (*run)(void *context, int ready), void *context)
{
	unsigned char status;
	int pipefd[2];
	int ended;
	pid_t pid;

	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return fail(STATUS_SYSTEM, "cannot create a pipe: %s",
			    strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return fail(STATUS_SYSTEM, "cannot start a process: %s",
			    strerror(errno));
	if (pid == 0) {
		close(pipefd[0]);
		setsid();
		/* Interrupting the waiting parent ends this process, too. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		return run(context, pipefd[1]);
	}
	close(pipefd[1]);
	if (read(pipefd[0], &status, 1) == 1)
		return status;
	if (waitpid(pid, &ended, 0) == pid && WIFEXITED(ended))
		return WEXITSTATUS(ended);
	return fail(STATUS_SYSTEM, "the background process ended unexpectedly");
}

int leave_terminal(int ready)
{
	const unsigned char status = STATUS_OK;
	int null;

	if (ready < 0)
		return STATUS_OK;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return fail(STATUS_SYSTEM, "cannot open /dev/null: %s",
			    strerror(errno));
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
	prctl(PR_SET_PDEATHSIG, 0);
	if (chdir("/") < 0 || write(ready, &status, 1) != 1)
		return STATUS_SYSTEM;
	close(ready);
	return STATUS_OK;
}

int watch_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		fail(STATUS_SYSTEM, "cannot create a signalfd: %s",
		     strerror(errno));
	return fd;
}
