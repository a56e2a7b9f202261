// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A gateway as a bus: a pty with the line discipline, and one connection after
 * the other behind it.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/meterbus.h>
#include <meterbus/gateway.h>

#include "common/clock.h"
#include "gateway/dial.h"
#include "gateway/connection.h"
#include "gateway/pty.h"

#define BAUD_MIN	50
#define RETRY_MIN_MS	1000
#define RETRY_MAX_MS	30000

struct meterbus_gateway {
	char host[METERBUS_HOST_MAX];
	char port[METERBUS_PORT_MAX];
	char name[METERBUS_HOST_MAX + METERBUS_PORT_MAX + 2];
	struct gateway_pty pty;
	struct gateway_connection conn;
};

struct meterbus_gateway *
meterbus_gateway_open(const struct meterbus_gateway_options *options,
		      struct meterbus_error *err)
{
	struct meterbus_gateway *gateway = calloc(1, sizeof(*gateway));

	if (!gateway) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	gateway_pty_init(&gateway->pty);
	gateway->conn = (struct gateway_connection){
		.name = gateway->name,
		.pty = &gateway->pty,
		.protocol = options->protocol,
		.latency_ms = options->latency_ms,
		.report = options->report,
		.context = options->context,
		.baud = options->baud,
	};
	snprintf(gateway->name, sizeof(gateway->name), "%s", options->address);
	if (meterbus_host_port_parse(options->address, gateway->host,
				     gateway->port, err) < 0)
		goto fail;
	if (!gateway->host[0]) {
		meterbus_fail(err, METERBUS_E_USAGE,
			      "%s: which host? write HOST:PORT",
			      options->address);
		goto fail;
	}
	if (options->baud < BAUD_MIN) {
		meterbus_fail(err, METERBUS_E_USAGE, "%u is no baud rate",
			      options->baud);
		goto fail;
	}
	if (gateway_pty_open(&gateway->pty, options->baud, err) == 0)
		return gateway;

fail:
	meterbus_gateway_close(gateway);
	return NULL;
}

void meterbus_gateway_close(struct meterbus_gateway *gateway)
{
	if (!gateway)
		return;
	gateway_pty_close(&gateway->pty);
	free(gateway);
}

unsigned int meterbus_gateway_bus(const struct meterbus_gateway *gateway)
{
	return gateway->pty.tty.bus;
}

const char *meterbus_gateway_tty(const struct meterbus_gateway *gateway)
{
	return gateway->pty.tty.name;
}

static enum gateway_end wait_before_retry(struct meterbus_gateway *gateway,
					  int stop_fd, int ms)
{
	struct pollfd fds[] = {
		{ .fd = stop_fd, .events = POLLIN },
		gateway_pty_watch(&gateway->pty),
	};
	int64_t end = now_ms() + ms;
	int64_t left;

	while ((left = end - now_ms()) > 0)
		if (poll(fds, 2, left) > 0)
			return fds[0].revents ? END_STOPPED : END_BUS;
	return END_NOT;
}

static enum gateway_end connect_once(struct meterbus_gateway *gateway,
				     int stop_fd)
{
	struct gateway_connection *conn = &gateway->conn;
	struct meterbus_error err;
	enum gateway_end end;
	int fd;

	conn->phase = PHASE_AGREEING;
	fd = dial(gateway->host, gateway->port, stop_fd, &err);
	if (fd == DIAL_STOPPED)
		return END_STOPPED;
	if (fd == DIAL_FAILED)
		return gateway_lost(conn, "%s", err.text);
	end = gateway_carry(conn, fd, stop_fd);
	close(fd);
	if (end != END_BUS &&
	    gateway_pty_set_link(&gateway->pty, METERBUS_LINK_DOWN) < 0)
		end = END_BUS;
	return end;
}

static int fail_bus(struct meterbus_gateway *gateway,
		    struct meterbus_error *err)
{
	return meterbus_fail(err, METERBUS_E_BUSY,
			     "mbus%u: another program took the line discipline off %s",
			     gateway->pty.tty.bus, gateway->pty.tty.name);
}

int meterbus_gateway_run(struct meterbus_gateway *gateway, int stop_fd,
			 struct meterbus_error *err)
{
	struct gateway_connection *conn = &gateway->conn;
	int retry_ms = RETRY_MIN_MS;
	enum gateway_end end;
	bool was_up;

	for (;;) {
		end = connect_once(gateway, stop_fd);
		if (end != END_LOST)
			break;
		if (gateway_was_good(conn))
			retry_ms = RETRY_MIN_MS;
		was_up = gateway_was_up(conn);
		gateway_report(conn, was_up ? METERBUS_GATEWAY_LOST :
					    METERBUS_GATEWAY_FAILED,
			     was_up ? "the connection to %s is lost: %s; trying again in %d s" :
				      "cannot use %s: %s; trying again in %d s",
			     gateway->name, conn->why, retry_ms / 1000);
		end = wait_before_retry(gateway, stop_fd, retry_ms);
		if (end != END_NOT)
			break;
		retry_ms = retry_ms * 2 < RETRY_MAX_MS ? retry_ms * 2 :
							 RETRY_MAX_MS;
	}
	return end == END_STOPPED ? 0 : fail_bus(gateway, err);
}
