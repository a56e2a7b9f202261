// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Telnet (RFC 854) with the options BINARY (RFC 856), SUPPRESS-GO-AHEAD
 * (RFC 858) and COM-PORT-OPTION (RFC 2217).
 */
#include <string.h>

#include "gateway/telnet.h"

enum {
	SE = 240, SB = 250, WILL = 251, WONT = 252, DO = 253, DONT = 254,
	IAC = 255,
};

enum { BINARY = 0, SUPPRESS_GO_AHEAD = 3, COM_PORT = 44 };

/* RFC 2217: commands; the gateway's own are these plus 100. */
enum {
	SET_BAUDRATE = 1, SET_DATASIZE = 2, SET_PARITY = 3, SET_STOPSIZE = 4,
	SET_CONTROL = 5, NOTIFY_LINESTATE = 6, SET_LINESTATE_MASK = 10,
	SET_MODEMSTATE_MASK = 11, PURGE_DATA = 12, FROM_GATEWAY = 100,
};

enum {
	DATASIZE_8 = 8, PARITY_EVEN = 3, STOPSIZE_1 = 1,
	CONTROL_NO_FLOW = 1, CONTROL_DTR_ON = 8, CONTROL_RTS_ON = 11,
	PURGE_BOTH = 3,
	LINESTATE_PARITY = 4, LINESTATE_FRAMING = 8, LINESTATE_BREAK = 16,
};

#define LINESTATE_ERRORS (LINESTATE_PARITY | LINESTATE_FRAMING | LINESTATE_BREAK)

/* Start bit, 8 data bits, parity and stop bit tolerate this much, in percent. */
#define BAUD_TOLERANCE 2

static void out(struct telnet *telnet, uint8_t byte)
{
	/* Only a gateway that asks without end comes here with no room. */
	if (telnet->out_len < sizeof(telnet->out))
		telnet->out[telnet->out_len++] = byte;
}

static void out_escaped(struct telnet *telnet, uint8_t byte)
{
	if (byte == IAC)
		out(telnet, IAC);
	out(telnet, byte);
}

static void out_verb(struct telnet *telnet, uint8_t verb, uint8_t option)
{
	out(telnet, IAC);
	out(telnet, verb);
	out(telnet, option);
}

static void out_command(struct telnet *telnet, uint8_t command,
			uint32_t value, unsigned int bytes)
{
	out(telnet, IAC);
	out(telnet, SB);
	out(telnet, COM_PORT);
	out(telnet, command);
	while (bytes--)
		out_escaped(telnet, value >> (8 * bytes));
	out(telnet, IAC);
	out(telnet, SE);
}

static uint64_t option_bit(uint8_t option)
{
	switch (option) {
	case BINARY:
		return 1U << 0;
	case SUPPRESS_GO_AHEAD:
		return 1U << 1;
	case COM_PORT:
		return 1U << 2;
	default:
		return 0;
	}
}

/* Offers are answered once: two that answer answers never come to an end. */
static void offer(struct telnet *telnet, uint8_t option)
{
	if (telnet->asked_will & option_bit(option))
		return;
	telnet->asked_will |= option_bit(option);
	out_verb(telnet, WILL, option);
}

static void ask(struct telnet *telnet, uint8_t option)
{
	if (telnet->asked_do & option_bit(option))
		return;
	telnet->asked_do |= option_bit(option);
	out_verb(telnet, DO, option);
}

void telnet_start(struct telnet *telnet, unsigned int baud)
{
	memset(telnet, 0, sizeof(*telnet));
	telnet->baud = baud;
	offer(telnet, BINARY);
	ask(telnet, BINARY);
	offer(telnet, SUPPRESS_GO_AHEAD);
	ask(telnet, SUPPRESS_GO_AHEAD);
	offer(telnet, COM_PORT);
}

void telnet_set_baud(struct telnet *telnet, unsigned int baud)
{
	telnet->baud = baud;
	telnet->confirmed &= ~TELNET_BAUD;
	telnet->differs &= ~TELNET_BAUD;
	if (telnet->agreed)
		out_command(telnet, SET_BAUDRATE, baud, 4);
}

/* The line as M-Bus wants it, and word of what its bytes do not show. */
static void set_port(struct telnet *telnet)
{
	telnet_set_baud(telnet, telnet->baud);
	out_command(telnet, SET_DATASIZE, DATASIZE_8, 1);
	out_command(telnet, SET_PARITY, PARITY_EVEN, 1);
	out_command(telnet, SET_STOPSIZE, STOPSIZE_1, 1);
	out_command(telnet, SET_CONTROL, CONTROL_NO_FLOW, 1);
	/* Some level converters take their power from these. */
	out_command(telnet, SET_CONTROL, CONTROL_DTR_ON, 1);
	out_command(telnet, SET_CONTROL, CONTROL_RTS_ON, 1);
	out_command(telnet, SET_LINESTATE_MASK, LINESTATE_ERRORS, 1);
	out_command(telnet, SET_MODEMSTATE_MASK, 0, 1);
	out_command(telnet, PURGE_DATA, PURGE_BOTH, 1);
}

static void take_verb(struct telnet *telnet, uint8_t option)
{
	bool known = option_bit(option) != 0;

	switch (telnet->verb) {
	case DO:
		if (!known) {
			out_verb(telnet, WONT, option);
			break;
		}
		offer(telnet, option);
		if (option == COM_PORT && !telnet->agreed) {
			telnet->agreed = true;
			set_port(telnet);
		}
		break;
	case DONT:
		if (option == COM_PORT)
			telnet->refused = true;
		break;
	case WILL:
		if (known)
			ask(telnet, option);
		else
			out_verb(telnet, DONT, option);
		break;
	case WONT:
		break;
	}
}

static void confirm(struct telnet *telnet, unsigned int setting, bool as_asked)
{
	telnet->confirmed |= setting;
	if (as_asked)
		telnet->differs &= ~setting;
	else
		telnet->differs |= setting;
}

static bool near(unsigned int wanted, unsigned int got)
{
	return got >= wanted - wanted * BAUD_TOLERANCE / 100 &&
	       got <= wanted + wanted * BAUD_TOLERANCE / 100;
}

/*
 * Returns true if the gateway saw a byte with an error, or a break. Which
 * byte it does not say.
 */
static bool take_sub(struct telnet *telnet)
{
	const uint8_t *sub = telnet->sub;
	uint8_t value;

	if (telnet->sub_len < 3 || sub[0] != COM_PORT)
		return false;
	value = sub[2];
	switch (sub[1]) {
	case FROM_GATEWAY + SET_BAUDRATE:
		if (telnet->sub_len < 6)
			return false;
		telnet->baud_set = (uint32_t)sub[2] << 24 | sub[3] << 16 |
				   sub[4] << 8 | sub[5];
		confirm(telnet, TELNET_BAUD,
			near(telnet->baud, telnet->baud_set));
		return false;
	case FROM_GATEWAY + SET_DATASIZE:
		confirm(telnet, TELNET_SIZE, value == DATASIZE_8);
		return false;
	case FROM_GATEWAY + SET_PARITY:
		confirm(telnet, TELNET_PARITY, value == PARITY_EVEN);
		return false;
	case FROM_GATEWAY + SET_STOPSIZE:
		confirm(telnet, TELNET_STOP, value == STOPSIZE_1);
		return false;
	case FROM_GATEWAY + NOTIFY_LINESTATE:
		return value & LINESTATE_ERRORS;
	default:
		return false;
	}
}

static void add_sub(struct telnet *telnet, uint8_t byte)
{
	if (telnet->sub_len < sizeof(telnet->sub))
		telnet->sub[telnet->sub_len++] = byte;
}

/* Returns true if the byte stands for data, which is then in *@data. */
static bool take_byte(struct telnet *telnet, uint8_t byte, uint8_t *data)
{
	switch (telnet->state) {
	case TELNET_DATA:
		if (byte == IAC) {
			telnet->state = TELNET_IAC;
			return false;
		}
		*data = byte;
		return true;
	case TELNET_IAC:
		telnet->state = TELNET_DATA;
		if (byte == IAC) {
			*data = byte;
			return true;
		}
		if (byte >= WILL) {
			telnet->verb = byte;
			telnet->state = TELNET_OPTION;
		} else if (byte == SB) {
			telnet->sub_len = 0;
			telnet->state = TELNET_SUB;
		}
		return false;
	case TELNET_OPTION:
		telnet->state = TELNET_DATA;
		take_verb(telnet, byte);
		return false;
	case TELNET_SUB:
		if (byte == IAC)
			telnet->state = TELNET_SUB_IAC;
		else
			add_sub(telnet, byte);
		return false;
	case TELNET_SUB_IAC:
		if (byte == IAC) {
			add_sub(telnet, byte);
			telnet->state = TELNET_SUB;
			return false;
		}
		telnet->state = TELNET_DATA;
		/*
		 * A pty carries no flags. A 00 among the bytes, which is what
		 * converters send for a collision, spoils what it is part of.
		 */
		*data = 0;
		return byte == SE && take_sub(telnet);
	}
	return false;
}

size_t telnet_receive(struct telnet *telnet, const uint8_t *bytes, size_t len,
		      uint8_t *data)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < len; i++)
		if (take_byte(telnet, bytes[i], &data[count]))
			count++;
	return count;
}

bool telnet_send(struct telnet *telnet, const uint8_t *bytes, size_t len)
{
	size_t i;

	if (len * 2 > sizeof(telnet->out) - telnet->out_len)
		return false;
	for (i = 0; i < len; i++)
		out_escaped(telnet, bytes[i]);
	return true;
}
