// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The driver knows whether the connection can be relied on, so that a gateway
 * that is away is not taken for meters that are silent.
 */
#include "gateway/connection.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/meterbus.h>
#include <meterbus/settings.h>

#include "common/clock.h"
#include "gateway/dial.h"

/* A connection that lasted so long, or brought bytes, was a good one. */
#define GOOD_MS		10000

/* How long a gateway may take to agree to RFC 2217, and then to confirm. */
#define AGREE_MS	5000
#define CONFIRM_MS	2000

/*
 * What was sent and is not acknowledged: TCP repeats it after 200 ms at least
 * and delays acknowledgements by 200 ms at most. When the next telegram comes
 * meanwhile, the silence before it may have been the network's.
 */
#define UNACKED_NEXT_MS	300
#define UNACKED_MAX_MS	1000

/* The wire of a gateway that babbles is reported as noise after this time. */
#define SETTLE_MAX_MS	10000

/* What the driver allows a local port, and what a gateway adds to that. */
#define SLACK_LOCAL_US	20000
#define SLACK_BOX_US	40000	/* it collects bytes before it sends them */
#define GAP_LOCAL_US	100000
#define GAP_REPEAT_US	200000	/* a segment was lost and comes again */

#define WINDOW_BITS	330
#define WINDOW_MS	50

void gateway_report(const struct gateway_connection *conn,
		  enum meterbus_gateway_event event, const char *format, ...)
{
	char text[512];
	va_list args;

	if (!conn->report)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	conn->report(conn->context, event, text);
}

enum gateway_end gateway_lost(struct gateway_connection *conn,
			      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(conn->why, sizeof(conn->why), format, args);
	va_end(args);
	return END_LOST;
}

bool gateway_was_up(const struct gateway_connection *conn)
{
	return conn->phase == PHASE_UP || conn->phase == PHASE_STALLED;
}

bool gateway_was_good(const struct gateway_connection *conn)
{
	return gateway_was_up(conn) &&
	       (conn->received || now_ms() - conn->began_ms >= GOOD_MS);
}

/* --- timing */

static void measure_round_trip(struct gateway_connection *conn)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	if (getsockopt(conn->fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
		conn->round_trip_us = info.tcpi_rtt + 4 * info.tcpi_rttvar;
}

static uint32_t slack_us(const struct gateway_connection *conn)
{
	if (conn->latency_ms)
		return SLACK_LOCAL_US + conn->latency_ms * 1000;
	return SLACK_LOCAL_US + SLACK_BOX_US + conn->round_trip_us;
}

static uint32_t gap_us(const struct gateway_connection *conn)
{
	uint32_t latency = conn->latency_ms * 1000;

	if (latency < conn->round_trip_us)
		latency = conn->round_trip_us;
	return GAP_LOCAL_US + GAP_REPEAT_US + latency;
}

/* Raised only: what the driver has learnt from late answers is kept. */
static void set_timing(struct gateway_connection *conn)
{
	struct meterbus_settings settings = { 0 };
	struct meterbus_status status;
	struct meterbus_error err;

	if (meterbus_status_get(conn->pty->tty.bus, &status, &err) < 0)
		goto fail;
	settings.timing = status.timing;
	if (status.timing.slack_us < slack_us(conn)) {
		settings.timing.slack_us = slack_us(conn);
		settings.fields |= METERBUS_SET_SLACK;
	}
	if (status.timing.gap_us < gap_us(conn)) {
		settings.timing.gap_us = gap_us(conn);
		settings.fields |= METERBUS_SET_GAP;
	}
	if (!settings.fields ||
	    meterbus_settings_set(conn->pty->tty.bus, &settings, &err) == 0)
		return;
fail:
	gateway_report(conn, METERBUS_GATEWAY_SETTING,
		     "cannot allow for the network's latency: %s", err.text);
}

/* Longer than a meter that was asked before may take to begin its answer. */
static int64_t settle_ms(const struct gateway_connection *conn)
{
	return WINDOW_BITS * 1000 / conn->baud + WINDOW_MS +
	       slack_us(conn) / 1000 + 1;
}

/* --- phases of a connection */

static void enter(struct gateway_connection *conn, enum gateway_phase phase)
{
	conn->phase = phase;
	conn->phase_ms = now_ms();
	if (phase == PHASE_SETTLING)
		conn->quiet_ms = conn->phase_ms + settle_ms(conn);
}

static enum gateway_end go_up(struct gateway_connection *conn)
{
	measure_round_trip(conn);
	set_timing(conn);
	if (gateway_pty_set_link(conn->pty, METERBUS_LINK_UP) < 0)
		return END_BUS;
	enter(conn, PHASE_UP);
	gateway_report(conn, METERBUS_GATEWAY_CONNECTED,
		     "connected to %s, round trip %u.%u ms", conn->name,
		     conn->round_trip_us / 1000,
		     conn->round_trip_us / 100 % 10);
	return END_NOT;
}

static enum gateway_end stall(struct gateway_connection *conn)
{
	if (gateway_pty_set_link(conn->pty, METERBUS_LINK_DOWN) < 0)
		return END_BUS;
	enter(conn, PHASE_STALLED);
	gateway_report(conn, METERBUS_GATEWAY_LOST,
		     "%s acknowledges nothing, the network or the gateway is away",
		     conn->name);
	return END_NOT;
}

static void watch_acknowledgements(struct gateway_connection *conn)
{
	int left = 0;

	if (!conn->unacked_ms || ioctl(conn->fd, SIOCOUTQ, &left) < 0 ||
	    left > 0)
		return;
	conn->unacked_ms = 0;
	if (conn->phase == PHASE_STALLED)
		enter(conn, PHASE_SETTLING);
}

static enum gateway_end check_agreement(struct gateway_connection *conn)
{
	const struct telnet *telnet = &conn->telnet;
	int64_t spent = now_ms() - conn->phase_ms;

	if (telnet->refused || (!telnet->agreed && spent >= AGREE_MS))
		return gateway_lost(conn,
				    "it does not take settings by RFC 2217; set it to %u 8E1 itself and use raw TCP",
				    conn->baud);
	if (telnet->differs & TELNET_BAUD)
		return gateway_lost(conn,
				    "it set %u baud where %u was asked for",
				    telnet->baud_set, conn->baud);
	if (telnet->differs)
		return gateway_lost(conn,
				    "it does not set 8 data bits, even parity, 1 stop bit");
	/* Some confirm in part only, and do what was set. */
	if (telnet->confirmed == TELNET_ALL ||
	    (telnet->agreed && spent >= CONFIRM_MS))
		enter(conn, PHASE_SETTLING);
	return END_NOT;
}

/* What time alone brings about. */
static enum gateway_end check_time(struct gateway_connection *conn)
{
	int64_t now = now_ms();

	watch_acknowledgements(conn);
	switch (conn->phase) {
	case PHASE_AGREEING:
		return check_agreement(conn);
	case PHASE_SETTLING:
		if (now >= conn->quiet_ms ||
		    now >= conn->phase_ms + SETTLE_MAX_MS)
			return go_up(conn);
		break;
	case PHASE_UP:
		if (conn->unacked_ms && now >= conn->unacked_ms +
				UNACKED_MAX_MS + conn->round_trip_us / 500)
			return stall(conn);
		break;
	case PHASE_STALLED:
		break;
	}
	return END_NOT;
}

/* When check_time() is due, in milliseconds from now; -1: not by time. */
static int time_left(const struct gateway_connection *conn)
{
	int64_t now = now_ms();
	int64_t at;

	switch (conn->phase) {
	case PHASE_AGREEING:
		at = conn->phase_ms + (conn->telnet.agreed ? CONFIRM_MS :
								   AGREE_MS);
		break;
	case PHASE_SETTLING:
		at = conn->quiet_ms;
		break;
	case PHASE_UP:
		if (!conn->unacked_ms)
			return -1;
		at = conn->unacked_ms + UNACKED_MAX_MS +
		     conn->round_trip_us / 500;
		break;
	case PHASE_STALLED:
	default:
		/* An acknowledgement wakes no caller; TCP ends this in 10 s. */
		at = now + UNACKED_NEXT_MS;
		break;
	}
	return at > now ? at - now : 0;
}

/* --- bytes */

static enum gateway_end send_bytes(struct gateway_connection *conn,
				   const uint8_t *bytes, size_t len)
{
	ssize_t sent;

	sent = send(conn->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent == (ssize_t)len) {
		if (!conn->unacked_ms)
			conn->unacked_ms = now_ms();
		return END_NOT;
	}
	/* Its buffers are full of telegrams: it has not read for long. */
	if (sent >= 0 || errno == EAGAIN)
		return gateway_lost(conn, "it takes no more bytes");
	return gateway_lost(conn, "%s", strerror(errno));
}

static enum gateway_end send_telnet(struct gateway_connection *conn)
{
	size_t len = conn->telnet.out_len;

	conn->telnet.out_len = 0;
	return len ? send_bytes(conn, conn->telnet.out, len) :
		     END_NOT;
}

static enum gateway_end send_request(struct gateway_connection *conn,
				     const uint8_t *bytes, size_t len)
{
	watch_acknowledgements(conn);
	if (conn->unacked_ms && now_ms() >= conn->unacked_ms +
			UNACKED_NEXT_MS + conn->round_trip_us / 1000)
		return stall(conn);
	if (conn->protocol == METERBUS_GATEWAY_TCP)
		return send_bytes(conn, bytes, len);
	if (!telnet_send(&conn->telnet, bytes, len))
		return gateway_lost(conn, "it keeps asking after it was answered");
	return send_telnet(conn);
}

static enum gateway_end new_settings(struct gateway_connection *conn)
{
	unsigned int baud = gateway_pty_baud(conn->pty, conn->baud);

	if (baud == conn->baud)
		return END_NOT;
	conn->baud = baud;
	if (conn->protocol == METERBUS_GATEWAY_TCP) {
		gateway_report(conn, METERBUS_GATEWAY_SETTING,
			     "the bus is at %u baud now; %s must be set to that by its own means",
			     baud, conn->name);
		return END_NOT;
	}
	telnet_set_baud(&conn->telnet, baud);
	return send_telnet(conn);
}

static enum gateway_end take_from_bus(struct gateway_connection *conn)
{
	uint8_t packet[1 + METERBUS_DATA_MAX];
	ssize_t got;

	got = read(conn->pty->master, packet, sizeof(packet));
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? END_NOT :
							   END_BUS;
	if (got == 0)
		return END_BUS;
	if (packet[0] & TIOCPKT_IOCTL)
		return new_settings(conn);
	if (packet[0] != TIOCPKT_DATA || got == 1 ||
	    conn->phase != PHASE_UP)
		return END_NOT;
	return send_request(conn, packet + 1, got - 1);
}

static void give_to_bus(struct gateway_connection *conn, const uint8_t *bytes,
			size_t len)
{
	ssize_t done;

	if (!len)
		return;
	conn->received = true;
	if (conn->phase == PHASE_SETTLING)
		conn->quiet_ms = now_ms() + settle_ms(conn);
	if (conn->phase != PHASE_UP)
		return;
	/* The pty holds many telegrams; more than that is no answer. */
	done = write(conn->pty->master, bytes, len);
	(void)done;
}

static enum gateway_end take_from_remote(struct gateway_connection *conn)
{
	uint8_t bytes[1024];
	uint8_t data[1024];
	unsigned int differed = conn->telnet.differs;
	ssize_t got;
	enum gateway_end end;

	got = recv(conn->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (got == 0)
		return gateway_lost(conn, "it closed the connection");
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ?
			       END_NOT :
			       gateway_lost(conn, "%s", strerror(errno));
	if (conn->protocol == METERBUS_GATEWAY_TCP) {
		give_to_bus(conn, bytes, got);
		return END_NOT;
	}
	got = telnet_receive(&conn->telnet, bytes, got, data);
	give_to_bus(conn, data, got);
	end = send_telnet(conn);
	if (end == END_NOT && conn->phase != PHASE_AGREEING &&
	    conn->telnet.differs & ~differed)
		gateway_report(conn, METERBUS_GATEWAY_SETTING,
			     "%s did not take %u baud, it is at %u", conn->name,
			     conn->baud, conn->telnet.baud_set);
	return end;
}

enum gateway_end gateway_carry(struct gateway_connection *conn, int fd,
			       int stop_fd)
{
	struct pollfd fds[] = {
		{ .fd = stop_fd, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
		{ .fd = conn->pty->master, .events = POLLIN },
		gateway_pty_watch(conn->pty),
	};
	enum gateway_end end;

	conn->fd = fd;
	conn->began_ms = now_ms();
	conn->unacked_ms = 0;
	conn->received = false;
	conn->baud = gateway_pty_baud(conn->pty, conn->baud);
	measure_round_trip(conn);
	if (conn->protocol == METERBUS_GATEWAY_RFC2217) {
		enter(conn, PHASE_AGREEING);
		telnet_start(&conn->telnet, conn->baud);
		end = send_telnet(conn);
	} else {
		enter(conn, PHASE_SETTLING);
		end = END_NOT;
	}
	while (end == END_NOT) {
		if (poll(fds, 4, time_left(conn)) < 0) {
			if (errno == EINTR)
				continue;
			return gateway_lost(conn, "%s", strerror(errno));
		}
		if (fds[0].revents)
			return END_STOPPED;
		if (fds[3].revents)
			return END_BUS;
		if (fds[1].revents)
			end = take_from_remote(conn);
		if (end == END_NOT && fds[2].revents)
			end = take_from_bus(conn);
		if (end == END_NOT)
			end = check_time(conn);
	}
	return end;
}
