// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exec: runs a program for each readout, with JSON on stdin, without a shell, with
 * a minimal environment and a time limit.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "output/child.h"
#include "output/output.h"

/* For a program that runs when the output has to stop. */
#define GRACE_MS 1000

struct settings {
	char *command;		/* a program, by its path */
};

static const struct config_field fields[] = {
	{ .key = "command", config_program, offsetof(struct settings, command),
	  .needed = true },
};

struct output_state {
	const struct config_output *output;
	const char *command;
	int stop_fd;
};

/*
 * A file, so that the program may read it at any time and repeatedly; it ends with
 * a line end.
 */
static int open_input(const char *text, size_t len, struct meterbus_error *err)
{
	int fd = memfd_create("readout", MFD_CLOEXEC);

	if (fd >= 0 && dprintf(fd, "%s\n", text) == (int)len + 1 &&
	    lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	meterbus_fail(err, METERBUS_E_SYSTEM, "cannot create the input of a program: %s",
		      strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* False if it had to be killed, with its process group. */
static bool wait_end(struct output_state *state, pid_t pid, int *status)
{
	int pidfd = pidfd_open(pid, 0);
	struct pollfd fds[] = {
		{ .fd = pidfd, .events = POLLIN },
		{ .fd = state->stop_fd, .events = POLLIN },
	};
	bool ended;

	poll(fds, 2, (int)state->output->timeout_s * 1000);
	if (!fds[0].revents && fds[1].revents)
		poll(fds, 1, GRACE_MS);
	ended = fds[0].revents;
	if (!ended)
		kill(-pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	if (pidfd >= 0)
		close(pidfd);
	return ended;
}

static enum output_result check_end(const char *command, int status,
				    struct meterbus_error *err)
{
	if (WIFSIGNALED(status)) {
		meterbus_fail(err, METERBUS_E_SYSTEM,
			      "%s was ended by signal %d", command,
			      WTERMSIG(status));
		return OUTPUT_FAILED;
	}
	if (WEXITSTATUS(status) == EX_DATAERR) {
		meterbus_fail(err, METERBUS_E_SYSTEM,
			      "%s refuses it (status %d)", command, EX_DATAERR);
		return OUTPUT_REFUSED;
	}
	if (!WEXITSTATUS(status))
		return OUTPUT_TAKEN;
	meterbus_fail(err, METERBUS_E_SYSTEM, "%s fails with status %d",
		      command, WEXITSTATUS(status));
	return OUTPUT_FAILED;
}

static enum output_result run(struct output_state *state, int input,
			      struct meterbus_error *err)
{
	const char *command = state->command;
	int error, status;
	pid_t pid;

	error = child_start(command, input, &pid);
	if (error) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "cannot run %s: %s",
			      command, strerror(error));
		return OUTPUT_LATER;
	}
	if (wait_end(state, pid, &status))
		return check_end(command, status, err);
	meterbus_fail(err, METERBUS_E_SYSTEM,
		      "%s was killed after %u s; make it faster or increase timeout",
		      command, state->output->timeout_s);
	return OUTPUT_FAILED;
}

static enum output_result send_reading(void *context,
				       const struct reading *reading,
				       struct meterbus_error *err)
{
	enum output_result result;
	const char *text;
	size_t len;
	int input;

	text = reading_text(reading, &len);
	input = open_input(text, len, err);
	if (input < 0)
		return OUTPUT_LATER;
	result = run(context, input, err);
	close(input);
	return result;
}

static int open_output(void *context, struct output_worker *worker,
		       const struct config *config,
		       const struct config_output *output, int stop_fd,
		       struct meterbus_error *err)
{
	struct output_state *state = context;

	(void)worker;
	(void)config;
	(void)err;
	state->output = output;
	state->command = ((const struct settings *)output->settings)->command;
	state->stop_fd = stop_fd;
	return 0;
}

/* One at a time, so that a killed daemon repeats at most one. */
const struct output_kind output_exec = {
	.config = {
		.type = "exec",
		.fields = fields,
		.field_count = sizeof(fields) / sizeof(fields[0]),
		.size = sizeof(struct settings),
	},
	.name = "exec",
	.batch = 1,
	.state_size = sizeof(struct output_state),
	.open = open_output,
	.send = send_reading,
};
