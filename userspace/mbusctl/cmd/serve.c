// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl serve: a TCP gateway to a bus, for masters that do not use
 * /dev/mbusN. The driver arbitrates among them and other programs.
 */
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <meterbus/gateway.h>

#include "ui/background.h"
#include "ui/command.h"
#include "cmd/serve.h"

/* Each has a thread and an open file; all share 2400 baud. */
#define CLIENTS_MAX 8
/* Addresses of one name: "localhost" is 127.0.0.1 and ::1. */
#define SOCKETS_MAX 4

#define NAME_SIZE (NI_MAXHOST + NI_MAXSERV + 4)

static int run_serve(int argc, char **argv);

COMMAND(serve_command,
	.name = "serve",
	.arguments = "--tcp [ADDRESS]:PORT [--background]",
	.summary = "let other masters use a bus over TCP",
	.help = "A TCP gateway for other M-Bus masters, which share the bus with all other\n"
		"programs: each of their telegrams is one transaction, and a meter that a client\n"
		"selected is selected again for it after others used the bus. Nothing is repeated\n"
		"for clients. Up to eight clients, until a signal or unplugging.\n\n"
		"  --tcp :PORT    listen on this machine only (127.0.0.1 and ::1)\n"
		"  --tcp ADDRESS:PORT  listen on this address; 0.0.0.0 or [::] for all;\n"
		"                 anyone who reaches it can use the bus: there is no password\n"
		"  --background   return when clients can connect; serve in the background\n",
	.run = run_serve);

struct server {
	const char *address;
	char bus[16];
	int sockets[SOCKETS_MAX];
	size_t count;
	struct meterbus_bus *watched;	/* to detect unplug */
	atomic_uint clients;
};

struct client_start {
	struct server *server;
	int fd;
	char name[NAME_SIZE];
};

static void name_address(const struct sockaddr *address, socklen_t size,
			 char name[NAME_SIZE])
{
	char host[NI_MAXHOST];
	char port[NI_MAXSERV];

	if (getnameinfo(address, size, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV))
		snprintf(name, NAME_SIZE, "?");
	else
		snprintf(name, NAME_SIZE,
			 strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

static int listen_on(struct server *server, const struct addrinfo *address)
{
	const int on = 1;
	int fd;

	fd = socket(address->ai_family,
		    address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    address->ai_protocol);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, address->ai_addr, address->ai_addrlen) < 0 ||
	    listen(fd, CLIENTS_MAX) < 0) {
		close(fd);
		return -1;
	}
	server->sockets[server->count++] = fd;
	return 0;
}

static int open_sockets(struct server *server)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *addresses, *address;
	char host[METERBUS_HOST_MAX];
	char port[METERBUS_PORT_MAX];
	struct meterbus_error err;
	int error;

	if (meterbus_host_port_parse(server->address, host, port, &err) < 0)
		return fail_error(&err);
	/* Without AI_PASSIVE, no host means the loopback addresses. */
	error = getaddrinfo(host[0] ? host : NULL, port, &hints, &addresses);
	if (error)
		return fail(STATUS_USAGE, "--tcp %s: %s", server->address,
			    gai_strerror(error));
	error = 0;
	for (address = addresses; address && server->count < SOCKETS_MAX;
	     address = address->ai_next)
		if (listen_on(server, address) < 0)
			error = errno;
	freeaddrinfo(addresses);
	/* A machine without IPv6 has 127.0.0.1 only. */
	if (server->count)
		return STATUS_OK;
	return fail(error == EACCES ? STATUS_PERMISSION : STATUS_SYSTEM,
		    "--tcp %s: cannot listen: %s", server->address,
		    strerror(error));
}

static void *client_main(void *arg)
{
	struct client_start *start = arg;
	struct server *server = start->server;
	struct meterbus_error err;
	struct meterbus_bus *bus;

	fail(STATUS_OK, "%s: %s connected", server->bus, start->name);
	bus = meterbus_bus_open(server->bus, &err);
	if (!bus)
		fail_error(&err);
	else
		fail(STATUS_OK, "%s: %s: %s", server->bus, start->name,
		     serve_client(start->fd, bus));
	meterbus_bus_close(bus);
	close(start->fd);
	free(start);
	atomic_fetch_sub(&server->clients, 1);
	return NULL;
}

/* Detects clients that are gone without closing the connection. */
static void tune(int fd)
{
	const int on = 1;
	const int idle = 60;
	const int interval = 10;
	const int count = 3;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

static int start_client(struct server *server, int fd, const char *name)
{
	struct client_start *start = malloc(sizeof(*start));
	pthread_attr_t attributes;
	pthread_t thread;
	int error;

	if (!start)
		return -1;
	start->server = server;
	start->fd = fd;
	snprintf(start->name, sizeof(start->name), "%s", name);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &attributes, client_main, start);
	pthread_attr_destroy(&attributes);
	if (error)
		free(start);
	return error ? -1 : 0;
}

static void let_in(struct server *server, int socket)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	char name[NAME_SIZE];
	int fd;

	fd = accept4(socket, (struct sockaddr *)&address, &size,
		     SOCK_CLOEXEC | SOCK_NONBLOCK);
	/* Client gone again, or no descriptors left; later ones may succeed. */
	if (fd < 0)
		return;
	name_address((struct sockaddr *)&address, size, name);
	if (atomic_fetch_add(&server->clients, 1) >= CLIENTS_MAX) {
		fail(STATUS_OK, "%s: %s rejected: already %d clients",
		     server->bus, name, CLIENTS_MAX);
	} else {
		tune(fd);
		if (start_client(server, fd, name) == 0)
			return;
	}
	close(fd);
	atomic_fetch_sub(&server->clients, 1);
}

/* Client threads end with the process; the driver closes their files. */
static int serve_clients(struct server *server, int signals)
{
	struct pollfd fds[2 + SOCKETS_MAX] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = meterbus_bus_fd(server->watched) },
	};
	size_t i;

	for (i = 0; i < server->count; i++)
		fds[2 + i] = (struct pollfd){ .fd = server->sockets[i],
					      .events = POLLIN };
	for (;;) {
		if (poll(fds, 2 + server->count, -1) < 0) {
			if (errno == EINTR)
				continue;
			return fail(STATUS_SYSTEM, "cannot poll: %s",
				    strerror(errno));
		}
		if (fds[0].revents)
			return STATUS_OK;
		if (fds[1].revents)
			return fail(STATUS_UNPLUGGED, "%s: unplugged",
				    server->bus);
		for (i = 0; i < server->count; i++)
			if (fds[2 + i].revents)
				let_in(server, server->sockets[i]);
	}
}

static void announce(const struct server *server)
{
	struct sockaddr_storage address;
	socklen_t size;
	char name[NAME_SIZE];
	size_t i;

	for (i = 0; i < server->count; i++) {
		size = sizeof(address);
		getsockname(server->sockets[i], (struct sockaddr *)&address,
			    &size);
		name_address((struct sockaddr *)&address, size, name);
		printf("%s at %s\n", server->bus, name);
	}
	fflush(stdout);
}

/* @ready: see leave_terminal(). */
static int serve(void *context, int ready)
{
	struct server *server = context;
	int signals;
	int status;
	size_t i;

	signals = watch_signals();
	if (signals < 0)
		return STATUS_SYSTEM;
	status = open_bus(&server->watched);
	if (status != STATUS_OK)
		goto close_signals;
	snprintf(server->bus, sizeof(server->bus), "%s",
		 meterbus_bus_name(server->watched));
	status = open_sockets(server);
	if (status != STATUS_OK)
		goto close_bus;
	announce(server);
	status = leave_terminal(ready);
	if (status == STATUS_OK)
		status = serve_clients(server, signals);
	for (i = 0; i < server->count; i++)
		close(server->sockets[i]);
close_bus:
	meterbus_bus_close(server->watched);
close_signals:
	close(signals);
	return status;
}

static int run_serve(int argc, char **argv)
{
	enum { TCP = 2000, BACKGROUND };
	static const struct option options[] = {
		{ "tcp", required_argument, NULL, TCP },
		{ "background", no_argument, NULL, BACKGROUND },
		COMMON_OPTIONS,
		{ 0 }
	};
	struct server server = { 0 };
	bool background = false;
	int letter;
	int status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		switch (letter) {
		case TCP:
			server.address = optarg;
			break;
		case BACKGROUND:
			background = true;
			break;
		default:
			status = common_option(&serve_command, letter);
			if (status >= 0)
				return status;
		}
	}
	if (optind < argc)
		return fail_usage(&serve_command, "unexpected argument '%s'",
				  argv[optind]);
	if (!server.address)
		return fail_usage(&serve_command, "no address given; use --tcp :PORT");
	return background ? in_background(serve, &server) : serve(&server, -1);
}
