/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's side of RFC 2217, a serial port over telnet: no socket, no
 * time. What is received goes in, data comes out, and what is to be sent is
 * collected.
 */
#ifndef TELNET_H
#define TELNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than a port's whole setting and a telegram, every byte escaped. */
#define TELNET_OUT_MAX	1024
#define TELNET_SUB_MAX	64

/* Settings a gateway confirms, as bits. */
#define TELNET_BAUD	(1U << 0)
#define TELNET_SIZE	(1U << 1)
#define TELNET_PARITY	(1U << 2)
#define TELNET_STOP	(1U << 3)
#define TELNET_ALL	(TELNET_BAUD | TELNET_SIZE | TELNET_PARITY | TELNET_STOP)

enum telnet_state {
	TELNET_DATA,
	TELNET_IAC,
	TELNET_OPTION,		/* verb is WILL, WONT, DO or DONT */
	TELNET_SUB,
	TELNET_SUB_IAC,
};

struct telnet {
	enum telnet_state state;
	uint8_t verb;
	uint32_t asked_will;	/* options we offered, or agreed to, by bit */
	uint32_t asked_do;	/* options we asked for, or agreed to */
	unsigned int baud;	/* wanted */
	bool agreed;		/* the gateway takes COM port commands */
	bool refused;		/* the peer refused */
	unsigned int confirmed;	/* TELNET_*, as we asked for them */
	unsigned int differs;	/* TELNET_*, something else than we asked for */
	unsigned int baud_set;	/* rate that the peer reported */
	uint8_t sub[TELNET_SUB_MAX];
	size_t sub_len;
	uint8_t out[TELNET_OUT_MAX];
	size_t out_len;
};

/* Begins a connection: what to send first is in @out. */
void telnet_start(struct telnet *telnet, unsigned int baud);

/*
 * Takes @len received bytes and writes the data among them to @data, which
 * has room for as many. Returns how much data that is.
 */
size_t telnet_receive(struct telnet *telnet, const uint8_t *bytes, size_t len,
		      uint8_t *data);

/* Collects @bytes, escaped, to be sent. False if there is no room. */
bool telnet_send(struct telnet *telnet, const uint8_t *bytes, size_t len);

/* Another baud rate, once the gateway has agreed to be set. */
void telnet_set_baud(struct telnet *telnet, unsigned int baud);

#endif
