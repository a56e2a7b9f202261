// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "setup/setup.h"
#include "ui/command.h"

/* make puts mbusd beside this program, a package puts it into sbin. */
static void find_daemon(char path[PATH_MAX])
{
	static const char *const places[] = { "mbusd", "../sbin/mbusd" };
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *name;

	if (len > 0) {
		path[len] = '\0';
		name = strrchr(path, '/') + 1;
		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
			snprintf(name, PATH_MAX - (name - path), "%s", places[i]);
			if (access(path, X_OK) == 0)
				return;
		}
	}
	strcpy(path, "mbusd");
}

static void run_child(const char *const *words, int output)
{
	char path[PATH_MAX];
	const char *program = words[0];

	if (output >= 0)
		dup2(output, STDOUT_FILENO);
	if (!strcmp(program, "mbusctl")) {
		program = "/proc/self/exe";
	} else if (!strcmp(program, "mbusd")) {
		find_daemon(path);
		program = path;
	}
	execvp(program, (char *const *)words);
	_exit(127);
}

int setup_run(const char *const *words, char *line, size_t size)
{
	int ends[2] = { -1, -1 };
	FILE *in = NULL;
	int status = 0;
	char rest[256];
	pid_t pid;

	fflush(stdout);
	if (line && pipe2(ends, O_CLOEXEC) < 0)
		return fail(STATUS_SYSTEM, "pipe: %s", strerror(errno));
	/* A process that remains in the background must not keep the pipe open. */
	pid = fork();
	if (pid == 0)
		run_child(words, ends[1]);
	if (line) {
		close(ends[1]);
		in = fdopen(ends[0], "r");
		*line = '\0';
		if (in && fgets(line, (int)size, in))
			line[strcspn(line, "\n")] = '\0';
		/* Reads to the end: a write to a closed pipe would kill the program. */
		while (in && fgets(rest, sizeof(rest), in))
			;
		if (in)
			fclose(in);
	}
	if (pid < 0)
		return STATUS_SYSTEM;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_SYSTEM;
}
