// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Names are looked up in a thread, as getaddrinfo() may block for as long as
 * name servers do not answer and cannot be interrupted. All addresses of a
 * name are tried in turn.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <meterbus/gateway.h>

#include "common/clock.h"
#include "gateway/dial.h"

#define CONNECT_MS	5000	/* for one address */
#define LOOKUP_MS	20000

/*
 * A peer that is gone without a word: found out by keepalive while nothing is
 * sent, by the user timeout while something is.
 */
#define KEEPALIVE_IDLE_S	10
#define KEEPALIVE_INTERVAL_S	5
#define KEEPALIVE_COUNT		3
#define USER_TIMEOUT_MS		10000

static int fail_address(const char *text, struct meterbus_error *err)
{
	return meterbus_fail(err, METERBUS_E_USAGE,
			     "%s: not an address; write HOST:PORT, or [IPV6]:PORT",
			     text);
}

int meterbus_host_port_parse(const char *text, char host[METERBUS_HOST_MAX],
			     char port[METERBUS_PORT_MAX],
			     struct meterbus_error *err)
{
	const char *name = text;
	const char *colon;
	const char *end;
	size_t len;

	if (text[0] == '[') {
		name = text + 1;
		end = strchr(name, ']');
		if (!end || end[1] != ':')
			return fail_address(text, err);
		colon = end + 1;
	} else {
		end = strrchr(text, ':');
		/* In "::1" the begin of the port is ambiguous. */
		if (!end || end != strchr(text, ':'))
			return fail_address(text, err);
		colon = end;
	}
	if (end - name >= METERBUS_HOST_MAX)
		return fail_address(text, err);
	len = strspn(colon + 1, "0123456789");
	if (len == 0 || len > 5 || colon[1 + len] || atol(colon + 1) < 1 ||
	    atol(colon + 1) > 65535)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "%s: the port is not a number from 1 to 65535",
				     text);
	memcpy(host, name, end - name);
	host[end - name] = '\0';
	snprintf(port, METERBUS_PORT_MAX, "%s", colon + 1);
	return 0;
}

/* Shared with the thread; the last of both frees it. */
struct lookup {
	char host[METERBUS_HOST_MAX];
	char port[METERBUS_PORT_MAX];
	int done;		/* eventfd */
	int result;
	struct addrinfo *addresses;
	atomic_int users;
};

static void lookup_put(struct lookup *lookup)
{
	if (atomic_fetch_sub(&lookup->users, 1) > 1)
		return;
	if (lookup->addresses)
		freeaddrinfo(lookup->addresses);
	close(lookup->done);
	free(lookup);
}

static void *lookup_main(void *arg)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_ADDRCONFIG,
	};
	struct lookup *lookup = arg;

	lookup->result = getaddrinfo(lookup->host, lookup->port, &hints,
				     &lookup->addresses);
	/*
	 * AI_ADDRCONFIG leaves out what only a loopback interface has, and
	 * then refuses "::1" itself.
	 */
	if (lookup->result == EAI_ADDRFAMILY || lookup->result == EAI_NONAME ||
	    lookup->result == EAI_NODATA) {
		struct addrinfo any = { .ai_socktype = SOCK_STREAM };

		lookup->result = getaddrinfo(lookup->host, lookup->port, &any,
					     &lookup->addresses);
	}
	eventfd_write(lookup->done, 1);
	lookup_put(lookup);
	return NULL;
}

static struct lookup *lookup_start(const char *host, const char *port,
				   struct meterbus_error *err)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));
	pthread_attr_t attributes;
	pthread_t thread;
	int error;

	if (!lookup) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	snprintf(lookup->host, sizeof(lookup->host), "%s", host);
	snprintf(lookup->port, sizeof(lookup->port), "%s", port);
	atomic_init(&lookup->users, 2);
	lookup->done = eventfd(0, EFD_CLOEXEC);
	error = lookup->done < 0 ? errno : 0;
	if (!error) {
		pthread_attr_init(&attributes);
		pthread_attr_setdetachstate(&attributes,
					    PTHREAD_CREATE_DETACHED);
		error = pthread_create(&thread, &attributes, lookup_main,
				       lookup);
		pthread_attr_destroy(&attributes);
	}
	if (!error)
		return lookup;
	meterbus_fail(err, METERBUS_E_SYSTEM, "cannot look up %s: %s", host,
		      strerror(error));
	if (lookup->done >= 0)
		close(lookup->done);
	free(lookup);
	return NULL;
}

/* 1: @fd has @events, 0: the time is up, DIAL_STOPPED. */
static int wait_for(int fd, short events, int stop_fd, int ms)
{
	struct pollfd fds[] = {
		{ .fd = stop_fd, .events = POLLIN },
		{ .fd = fd, .events = events },
	};
	int64_t end = now_ms() + ms;
	int64_t left;

	for (;;) {
		left = end - now_ms();
		if (poll(fds, 2, left > 0 ? left : 0) < 0 && errno == EINTR)
			continue;
		if (fds[0].revents)
			return DIAL_STOPPED;
		return fds[1].revents != 0;
	}
}

static void tune(int fd)
{
	const int on = 1;
	const int idle = KEEPALIVE_IDLE_S;
	const int interval = KEEPALIVE_INTERVAL_S;
	const int count = KEEPALIVE_COUNT;
	const int timeout = USER_TIMEOUT_MS;

	/* A telegram leaves as it comes. Failing costs time, nothing else. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout,
		   sizeof(timeout));
}

/* To one address; DIAL_FAILED leaves why in *@error. */
static int connect_to(const struct addrinfo *address, int stop_fd, int *error)
{
	socklen_t size = sizeof(*error);
	int ready;
	int fd;

	fd = socket(address->ai_family,
		    address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    address->ai_protocol);
	if (fd < 0) {
		*error = errno;
		return DIAL_FAILED;
	}
	*error = 0;
	if (connect(fd, address->ai_addr, address->ai_addrlen) < 0) {
		*error = errno;
		if (errno == EINPROGRESS) {
			ready = wait_for(fd, POLLOUT, stop_fd, CONNECT_MS);
			if (ready == DIAL_STOPPED) {
				close(fd);
				return DIAL_STOPPED;
			}
			*error = ETIMEDOUT;
			if (ready)
				getsockopt(fd, SOL_SOCKET, SO_ERROR, error,
					   &size);
		}
	}
	if (*error) {
		close(fd);
		return DIAL_FAILED;
	}
	tune(fd);
	return fd;
}

int dial(const char *host, const char *port, int stop_fd,
	 struct meterbus_error *err)
{
	const struct addrinfo *address;
	struct lookup *lookup;
	int fd = DIAL_FAILED;
	int error = 0;
	int ready;

	lookup = lookup_start(host, port, err);
	if (!lookup)
		return DIAL_FAILED;
	ready = wait_for(lookup->done, POLLIN, stop_fd, LOOKUP_MS);
	if (ready == DIAL_STOPPED) {
		fd = DIAL_STOPPED;
	} else if (!ready || lookup->result) {
		meterbus_fail(err, METERBUS_E_NO_LINK,
			      "the name %s is not known: %s", host,
			      !ready ? "the name service does not answer" :
			      lookup->result == EAI_SYSTEM ?
				       "the name service failed" :
				       gai_strerror(lookup->result));
	} else {
		for (address = lookup->addresses; address && fd == DIAL_FAILED;
		     address = address->ai_next)
			fd = connect_to(address, stop_fd, &error);
		if (fd == DIAL_FAILED)
			meterbus_fail(err, METERBUS_E_NO_LINK, "%s",
				      strerror(error));
	}
	lookup_put(lookup);
	return fd;
}
