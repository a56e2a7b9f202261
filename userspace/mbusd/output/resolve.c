// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * getaddrinfo() cannot be interrupted, so a thread calls it. The shared state is
 * freed by its last user.
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

struct lookup {
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

static void put_lookup(struct lookup *lookup)
{
	if (atomic_fetch_sub(&lookup->users, 1) > 1)
		return;
	close(lookup->done_fd);
	free(lookup);
}

static void *run(void *context)
{
	struct lookup *lookup = context;

	lookup->code = look_up(lookup->host, 0);
	eventfd_write(lookup->done_fd, 1);
	put_lookup(lookup);
	return NULL;
}

/* Has two users: the caller and the thread. */
static struct lookup *start_lookup(const char *host)
{
	struct lookup *lookup;
	pthread_t thread;

	lookup = calloc(1, sizeof(*lookup) + strlen(host) + 1);
	if (!lookup)
		return NULL;
	strcpy(lookup->host, host);
	atomic_init(&lookup->users, 2);
	lookup->done_fd = eventfd(0, EFD_CLOEXEC);
	if (lookup->done_fd >= 0 &&
	    pthread_create(&thread, NULL, run, lookup) == 0) {
		pthread_detach(thread);
		return lookup;
	}
	if (lookup->done_fd >= 0)
		close(lookup->done_fd);
	free(lookup);
	return NULL;
}

int resolve_host(const char *host, unsigned int timeout_s, int stop_fd,
		 struct meterbus_error *err)
{
	struct lookup *lookup;
	struct pollfd fds[2] = { { .events = POLLIN },
				 { .fd = stop_fd, .events = POLLIN } };
	int code;

	if (look_up(host, AI_NUMERICHOST) == 0)
		return 0;
	lookup = start_lookup(host);
	if (!lookup)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "out of memory or file descriptors");
	fds[0].fd = lookup->done_fd;
	poll(fds, 2, (int)timeout_s * 1000);
	code = fds[0].revents ? lookup->code : EAI_AGAIN;
	put_lookup(lookup);
	if (code == 0)
		return 0;
	return meterbus_fail(err, METERBUS_E_SYSTEM,
			     "cannot resolve %s: %s", host,
			     gai_strerror(code));
}
