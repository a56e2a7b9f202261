/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bus behind a network gateway: a box, or a program such as ser2net, that
 * carries the bytes of a serial port over TCP. A pty with the line discipline
 * on it stands for the port here, so that the bus is a bus like any other.
 */
#ifndef METERBUS_GATEWAY_H
#define METERBUS_GATEWAY_H

#include <stddef.h>

#include <meterbus/error.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

/* Longest host name and port number, with their ends. */
#define METERBUS_HOST_MAX 256
#define METERBUS_PORT_MAX 6

/*
 * "gateway.example:10001", "192.0.2.7:10001", "[2001:db8::7]:10001",
 * ":10001" (@host becomes empty). Returns 0, or -1 with METERBUS_E_USAGE.
 */
int meterbus_host_port_parse(const char *text, char host[METERBUS_HOST_MAX],
			     char port[METERBUS_PORT_MAX],
			     struct meterbus_error *err);

enum meterbus_gateway_protocol {
	/* Raw bytes. The gateway itself is set to 2400 8E1. */
	METERBUS_GATEWAY_TCP,
	/* Telnet with the COM port option: the gateway is set from here. */
	METERBUS_GATEWAY_RFC2217,
};

enum meterbus_gateway_event {
	METERBUS_GATEWAY_CONNECTED,
	METERBUS_GATEWAY_FAILED,	/* an attempt to connect */
	METERBUS_GATEWAY_LOST,		/* a connection that was there */
	METERBUS_GATEWAY_SETTING,	/* something about its settings */
};

struct meterbus_gateway_options {
	/*
	 * sizeof(struct meterbus_gateway_options): members that it does not cover are
	 * taken as zero. 0 stands for the members of version 0.2.
	 */
	size_t size;
	const char *address;	/* as meterbus_host_port_parse() takes it */
	enum meterbus_gateway_protocol protocol;
	unsigned int baud;	/* of the gateway's serial port */
	/*
	 * How much later than on a local port an answer may come, milliseconds;
	 * 0: measured from the connection.
	 */
	unsigned int latency_ms;
	/*
	 * Called by meterbus_gateway_run() with news as one line without a
	 * full stop; may be NULL.
	 */
	void (*report)(void *context, enum meterbus_gateway_event event,
		       const char *text);
	void *context;
};

struct meterbus_gateway;

/*
 * Makes the pty and the bus, which exists from now on; nothing is connected.
 * @options may go afterwards. NULL with METERBUS_E_USAGE (address, baud rate),
 * METERBUS_E_PERMISSION or METERBUS_E_SYSTEM.
 */
struct meterbus_gateway *
meterbus_gateway_open(const struct meterbus_gateway_options *options,
		      struct meterbus_error *err);

/* N of the gateway's mbusN, the same as long as it is open. */
unsigned int meterbus_gateway_bus(const struct meterbus_gateway *gateway);
/* The tty below it, "pts/3". */
const char *meterbus_gateway_tty(const struct meterbus_gateway *gateway);

/*
 * Connects, carries bytes, connects again when the connection is lost, after
 * 1 s at first and up to 30 s later, until @stop_fd becomes readable (it is
 * not read). Blocks, so it wants a thread of its own in a program that does
 * other things. Returns 0, or -1 with METERBUS_E_BUSY when another program has
 * made something else of the tty.
 *
 * While there is no connection transactions fail at once with
 * METERBUS_E_NO_LINK; one that was under way when the connection broke does so
 * too. A connection that swallows what is sent counts as none. What the
 * gateway still sends of earlier times is dropped: after
 * connecting the wire must have been quiet.
 */
int meterbus_gateway_run(struct meterbus_gateway *gateway, int stop_fd,
			 struct meterbus_error *err);

/* Takes the bus away. Not while meterbus_gateway_run() runs. */
void meterbus_gateway_close(struct meterbus_gateway *gateway);

METERBUS_END_DECLS

#endif
