/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One connection to a gateway, from its first byte to its end: what RFC 2217
 * agrees on, what comes from before, bytes both ways, and whether the network
 * is still there.
 */
#ifndef GATEWAY_CONNECTION_H
#define GATEWAY_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include <meterbus/gateway.h>

#include "gateway/pty.h"
#include "gateway/telnet.h"

enum gateway_phase {
	PHASE_AGREEING,		/* RFC 2217: does it take our settings? */
	PHASE_SETTLING,		/* what comes now is from before */
	PHASE_UP,
	PHASE_STALLED,		/* it acknowledges nothing */
};

/* How a connection ends; END_NOT while it goes on. */
enum gateway_end { END_NOT, END_STOPPED, END_LOST, END_BUS };

struct gateway_connection {
	/* Of the gateway, the same for all its connections. */
	const char *name;
	struct gateway_pty *pty;
	enum meterbus_gateway_protocol protocol;
	unsigned int latency_ms;
	void (*report)(void *context, enum meterbus_gateway_event event,
		       const char *text);
	void *context;
	unsigned int baud;

	int fd;
	enum gateway_phase phase;
	struct telnet telnet;
	int64_t began_ms;	/* the connection */
	int64_t phase_ms;	/* the phase */
	int64_t quiet_ms;	/* PHASE_SETTLING ends, if nothing comes */
	int64_t unacked_ms;	/* since when something is, 0: nothing is */
	unsigned int round_trip_us;
	bool received;
	char why[160];		/* it ended */
};

/*
 * Carries bytes between @fd, which it does not close, and the pty until
 * @stop_fd is readable (END_STOPPED), the connection is lost (END_LOST, with
 * ->why) or the tty carries no bus any more (END_BUS).
 */
enum gateway_end gateway_carry(struct gateway_connection *conn, int fd,
			       int stop_fd);

/* Was it of use, so that the next attempt may come soon? */
bool gateway_was_good(const struct gateway_connection *conn);
/* Had it got as far as carrying bytes? */
bool gateway_was_up(const struct gateway_connection *conn);

/* Reports a change of state to the caller of meterbus_gateway_run(). */
void gateway_report(const struct gateway_connection *conn,
		  enum meterbus_gateway_event event, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Says why in ->why; returns END_LOST. */
enum gateway_end gateway_lost(struct gateway_connection *conn,
			      const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
