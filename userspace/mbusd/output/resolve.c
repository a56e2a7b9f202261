// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * getaddrinfo() cannot be interrupted, so a thread does it that nobody has to
 * wait for. What it shares with who asks belongs to whoever is done last.
 */
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "output/resolve.h"

struct question {
	atomic_int users;
	int done_fd;
	int code;		/* of getaddrinfo(), once done_fd is readable */
	char host[];
};

static int look_up(const char *host, int flags)
{
	const struct addrinfo hints = { .ai_flags = flags,
					.ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	int code = getaddrinfo(host, NULL, &hints, &found);

	if (code == 0)
		freeaddrinfo(found);
	return code;
}

static void put_question(struct question *question)
{
	if (atomic_fetch_sub(&question->users, 1) > 1)
		return;
	close(question->done_fd);
	free(question);
}

static void *run(void *context)
{
	struct question *question = context;

	question->code = look_up(question->host, 0);
	eventfd_write(question->done_fd, 1);
	put_question(question);
	return NULL;
}

/* With one user, and a second one once its thread runs. */
static struct question *ask(const char *host)
{
	struct question *question;
	pthread_t thread;

	question = calloc(1, sizeof(*question) + strlen(host) + 1);
	if (!question)
		return NULL;
	strcpy(question->host, host);
	atomic_init(&question->users, 2);
	question->done_fd = eventfd(0, EFD_CLOEXEC);
	if (question->done_fd >= 0 &&
	    pthread_create(&thread, NULL, run, question) == 0) {
		pthread_detach(thread);
		return question;
	}
	if (question->done_fd >= 0)
		close(question->done_fd);
	free(question);
	return NULL;
}

int resolve_host(const char *host, unsigned int timeout_s, int stop_fd,
		 struct meterbus_error *err)
{
	struct question *question;
	struct pollfd fds[2] = { { .events = POLLIN },
				 { .fd = stop_fd, .events = POLLIN } };
	int code;

	if (look_up(host, AI_NUMERICHOST) == 0)
		return 0;
	question = ask(host);
	if (!question)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "out of memory or file descriptors");
	fds[0].fd = question->done_fd;
	poll(fds, 2, (int)timeout_s * 1000);
	code = fds[0].revents ? question->code : EAI_AGAIN;
	put_question(question);
	if (code == 0)
		return 0;
	return meterbus_fail(err, METERBUS_E_SYSTEM,
			     "the address of %s is not to be had: %s", host,
			     gai_strerror(code));
}
