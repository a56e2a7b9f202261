// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A pump between the pty of a bus and a TCP connection. It tells the driver
 * whether the connection can be relied on, so that a gateway that is away is
 * not taken for meters that are silent.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/mbus.h>
#include <meterbus/gateway.h>
#include <meterbus/settings.h>

#include "dial.h"
#include "gateway_pty.h"
#include "telnet.h"

#define BAUD_MIN	50
#define RETRY_MIN_MS	1000
#define RETRY_MAX_MS	30000
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

/* The wire of a gateway that babbles is told of as noise after this time. */
#define SETTLE_MAX_MS	10000

/* What the driver allows a local port, and what a gateway adds to that. */
#define SLACK_LOCAL_US	20000
#define SLACK_BOX_US	40000	/* it collects bytes before it sends them */
#define GAP_LOCAL_US	100000
#define GAP_REPEAT_US	200000	/* a segment was lost and comes again */

#define WINDOW_BITS	330
#define WINDOW_MS	50

enum phase {
	PHASE_AGREEING,		/* RFC 2217: does it take our settings? */
	PHASE_SETTLING,		/* what comes now is from before */
	PHASE_UP,
	PHASE_STALLED,		/* it acknowledges nothing */
};

/* How a connection ends; END_NOT while it goes on. */
enum end { END_NOT, END_STOPPED, END_LOST, END_BUS };

struct meterbus_gateway {
	char host[METERBUS_HOST_MAX];
	char port[METERBUS_PORT_MAX];
	char name[METERBUS_HOST_MAX + METERBUS_PORT_MAX + 2];
	enum meterbus_gateway_protocol protocol;
	unsigned int latency_ms;
	void (*report)(void *context, enum meterbus_gateway_event event,
		       const char *text);
	void *context;
	struct gateway_pty pty;
	unsigned int baud;

	/* The connection. */
	int fd;
	enum phase phase;
	struct telnet telnet;
	int64_t began_ms;	/* the connection */
	int64_t phase_ms;	/* the phase */
	int64_t quiet_ms;	/* PHASE_SETTLING ends, if nothing comes */
	int64_t unacked_ms;	/* since when something is, 0: nothing is */
	unsigned int round_trip_us;
	bool received;
	char why[160];		/* it ended */
};

__attribute__((format(printf, 3, 4)))
static void tell(struct meterbus_gateway *gateway,
		 enum meterbus_gateway_event event, const char *format, ...)
{
	char text[512];
	va_list args;

	if (!gateway->report)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	gateway->report(gateway->context, event, text);
}

__attribute__((format(printf, 2, 3)))
static enum end lost(struct meterbus_gateway *gateway, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(gateway->why, sizeof(gateway->why), format, args);
	va_end(args);
	return END_LOST;
}

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
	gateway->fd = -1;
	gateway->protocol = options->protocol;
	gateway->latency_ms = options->latency_ms;
	gateway->report = options->report;
	gateway->context = options->context;
	gateway->baud = options->baud;
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

/* --- timing */

static void measure_round_trip(struct meterbus_gateway *gateway)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	if (getsockopt(gateway->fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
		gateway->round_trip_us = info.tcpi_rtt + 4 * info.tcpi_rttvar;
}

static uint32_t slack_us(const struct meterbus_gateway *gateway)
{
	if (gateway->latency_ms)
		return SLACK_LOCAL_US + gateway->latency_ms * 1000;
	return SLACK_LOCAL_US + SLACK_BOX_US + gateway->round_trip_us;
}

static uint32_t gap_us(const struct meterbus_gateway *gateway)
{
	uint32_t latency = gateway->latency_ms * 1000;

	if (latency < gateway->round_trip_us)
		latency = gateway->round_trip_us;
	return GAP_LOCAL_US + GAP_REPEAT_US + latency;
}

/* Raised only: what the driver has learnt from late answers is kept. */
static void set_timing(struct meterbus_gateway *gateway)
{
	struct meterbus_settings settings = { 0 };
	struct meterbus_status status;
	struct meterbus_error err;

	if (meterbus_status_get(gateway->pty.tty.bus, &status, &err) < 0)
		goto fail;
	settings.timing = status.timing;
	if (status.timing.slack_us < slack_us(gateway)) {
		settings.timing.slack_us = slack_us(gateway);
		settings.fields |= METERBUS_SET_SLACK;
	}
	if (status.timing.gap_us < gap_us(gateway)) {
		settings.timing.gap_us = gap_us(gateway);
		settings.fields |= METERBUS_SET_GAP;
	}
	if (!settings.fields ||
	    meterbus_settings_set(gateway->pty.tty.bus, &settings, &err) == 0)
		return;
fail:
	tell(gateway, METERBUS_GATEWAY_SETTING,
	     "cannot allow for the network's latency: %s", err.text);
}

/* Longer than a meter that was asked before may take to begin its answer. */
static int64_t settle_ms(const struct meterbus_gateway *gateway)
{
	return WINDOW_BITS * 1000 / gateway->baud + WINDOW_MS +
	       slack_us(gateway) / 1000 + 1;
}

/* --- phases of a connection */

static void enter(struct meterbus_gateway *gateway, enum phase phase)
{
	gateway->phase = phase;
	gateway->phase_ms = now_ms();
	if (phase == PHASE_SETTLING)
		gateway->quiet_ms = gateway->phase_ms + settle_ms(gateway);
}

static enum end go_up(struct meterbus_gateway *gateway)
{
	measure_round_trip(gateway);
	set_timing(gateway);
	if (gateway_pty_set_link(&gateway->pty, MBUS_LINK_UP) < 0)
		return END_BUS;
	enter(gateway, PHASE_UP);
	tell(gateway, METERBUS_GATEWAY_CONNECTED,
	     "connected to %s, round trip %u.%u ms", gateway->name,
	     gateway->round_trip_us / 1000,
	     gateway->round_trip_us / 100 % 10);
	return END_NOT;
}

static enum end stall(struct meterbus_gateway *gateway)
{
	if (gateway_pty_set_link(&gateway->pty, MBUS_LINK_DOWN) < 0)
		return END_BUS;
	enter(gateway, PHASE_STALLED);
	tell(gateway, METERBUS_GATEWAY_LOST,
	     "%s acknowledges nothing, the network or the gateway is away",
	     gateway->name);
	return END_NOT;
}

static void watch_acknowledgements(struct meterbus_gateway *gateway)
{
	int left = 0;

	if (!gateway->unacked_ms || ioctl(gateway->fd, SIOCOUTQ, &left) < 0 ||
	    left > 0)
		return;
	gateway->unacked_ms = 0;
	if (gateway->phase == PHASE_STALLED)
		enter(gateway, PHASE_SETTLING);
}

static enum end check_agreement(struct meterbus_gateway *gateway)
{
	const struct telnet *telnet = &gateway->telnet;
	int64_t spent = now_ms() - gateway->phase_ms;

	if (telnet->refused || (!telnet->agreed && spent >= AGREE_MS))
		return lost(gateway,
			    "it does not take settings by RFC 2217; set it to %u 8E1 itself and use raw TCP",
			    gateway->baud);
	if (telnet->differs & TELNET_BAUD)
		return lost(gateway, "it set %u baud where %u was asked for",
			    telnet->baud_set, gateway->baud);
	if (telnet->differs)
		return lost(gateway,
			    "it does not set 8 data bits, even parity, 1 stop bit");
	/* Some confirm in part only; they do what they are told. */
	if (telnet->confirmed == TELNET_ALL ||
	    (telnet->agreed && spent >= CONFIRM_MS))
		enter(gateway, PHASE_SETTLING);
	return END_NOT;
}

/* What time alone brings about. */
static enum end check_time(struct meterbus_gateway *gateway)
{
	int64_t now = now_ms();

	watch_acknowledgements(gateway);
	switch (gateway->phase) {
	case PHASE_AGREEING:
		return check_agreement(gateway);
	case PHASE_SETTLING:
		if (now >= gateway->quiet_ms ||
		    now >= gateway->phase_ms + SETTLE_MAX_MS)
			return go_up(gateway);
		break;
	case PHASE_UP:
		if (gateway->unacked_ms && now >= gateway->unacked_ms +
				UNACKED_MAX_MS + gateway->round_trip_us / 500)
			return stall(gateway);
		break;
	case PHASE_STALLED:
		break;
	}
	return END_NOT;
}

/* When check_time() is due, in milliseconds from now; -1: not by time. */
static int time_left(const struct meterbus_gateway *gateway)
{
	int64_t now = now_ms();
	int64_t at;

	switch (gateway->phase) {
	case PHASE_AGREEING:
		at = gateway->phase_ms + (gateway->telnet.agreed ? CONFIRM_MS :
								   AGREE_MS);
		break;
	case PHASE_SETTLING:
		at = gateway->quiet_ms;
		break;
	case PHASE_UP:
		if (!gateway->unacked_ms)
			return -1;
		at = gateway->unacked_ms + UNACKED_MAX_MS +
		     gateway->round_trip_us / 500;
		break;
	case PHASE_STALLED:
	default:
		/* An acknowledgement wakes nobody; TCP ends this in 10 s. */
		at = now + UNACKED_NEXT_MS;
		break;
	}
	return at > now ? at - now : 0;
}

/* --- bytes */

static enum end send_bytes(struct meterbus_gateway *gateway,
			   const uint8_t *bytes, size_t len)
{
	ssize_t sent;

	sent = send(gateway->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent == (ssize_t)len) {
		if (!gateway->unacked_ms)
			gateway->unacked_ms = now_ms();
		return END_NOT;
	}
	/* Its buffers are full of telegrams: it has not read for long. */
	if (sent >= 0 || errno == EAGAIN)
		return lost(gateway, "it takes no more bytes");
	return lost(gateway, "%s", strerror(errno));
}

static enum end send_telnet(struct meterbus_gateway *gateway)
{
	size_t len = gateway->telnet.out_len;

	gateway->telnet.out_len = 0;
	return len ? send_bytes(gateway, gateway->telnet.out, len) :
		     END_NOT;
}

static enum end send_request(struct meterbus_gateway *gateway,
			     const uint8_t *bytes, size_t len)
{
	watch_acknowledgements(gateway);
	if (gateway->unacked_ms && now_ms() >= gateway->unacked_ms +
			UNACKED_NEXT_MS + gateway->round_trip_us / 1000)
		return stall(gateway);
	if (gateway->protocol == METERBUS_GATEWAY_TCP)
		return send_bytes(gateway, bytes, len);
	if (!telnet_send(&gateway->telnet, bytes, len))
		return lost(gateway, "it asks for more than it is told");
	return send_telnet(gateway);
}

static enum end new_settings(struct meterbus_gateway *gateway)
{
	unsigned int baud = gateway_pty_baud(&gateway->pty, gateway->baud);

	if (baud == gateway->baud)
		return END_NOT;
	gateway->baud = baud;
	if (gateway->protocol == METERBUS_GATEWAY_TCP) {
		tell(gateway, METERBUS_GATEWAY_SETTING,
		     "the bus is at %u baud now; %s must be set to that by its own means",
		     baud, gateway->name);
		return END_NOT;
	}
	telnet_set_baud(&gateway->telnet, baud);
	return send_telnet(gateway);
}

static enum end take_from_bus(struct meterbus_gateway *gateway)
{
	uint8_t packet[1 + MBUS_DATA_MAX];
	ssize_t got;

	got = read(gateway->pty.master, packet, sizeof(packet));
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? END_NOT :
							   END_BUS;
	if (got == 0)
		return END_BUS;
	if (packet[0] & TIOCPKT_IOCTL)
		return new_settings(gateway);
	if (packet[0] != TIOCPKT_DATA || got == 1 ||
	    gateway->phase != PHASE_UP)
		return END_NOT;
	return send_request(gateway, packet + 1, got - 1);
}

static void give_to_bus(struct meterbus_gateway *gateway, const uint8_t *bytes,
			size_t len)
{
	ssize_t done;

	if (!len)
		return;
	gateway->received = true;
	if (gateway->phase == PHASE_SETTLING)
		gateway->quiet_ms = now_ms() + settle_ms(gateway);
	if (gateway->phase != PHASE_UP)
		return;
	/* The pty holds many telegrams; more than that is no answer. */
	done = write(gateway->pty.master, bytes, len);
	(void)done;
}

static enum end take_from_gateway(struct meterbus_gateway *gateway)
{
	uint8_t bytes[1024];
	uint8_t data[1024];
	unsigned int differed = gateway->telnet.differs;
	ssize_t got;
	enum end end;

	got = recv(gateway->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (got == 0)
		return lost(gateway, "it closed the connection");
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ?
			       END_NOT :
			       lost(gateway, "%s", strerror(errno));
	if (gateway->protocol == METERBUS_GATEWAY_TCP) {
		give_to_bus(gateway, bytes, got);
		return END_NOT;
	}
	got = telnet_receive(&gateway->telnet, bytes, got, data);
	give_to_bus(gateway, data, got);
	end = send_telnet(gateway);
	if (end == END_NOT && gateway->phase != PHASE_AGREEING &&
	    gateway->telnet.differs & ~differed)
		tell(gateway, METERBUS_GATEWAY_SETTING,
		     "%s did not take %u baud, it is at %u", gateway->name,
		     gateway->baud, gateway->telnet.baud_set);
	return end;
}

/* One connection, from its first byte to its end. */
static enum end carry(struct meterbus_gateway *gateway, int stop_fd)
{
	struct pollfd fds[] = {
		{ .fd = stop_fd, .events = POLLIN },
		{ .fd = gateway->fd, .events = POLLIN },
		{ .fd = gateway->pty.master, .events = POLLIN },
		gateway_pty_watch(&gateway->pty),
	};
	enum end end;

	gateway->began_ms = now_ms();
	gateway->unacked_ms = 0;
	gateway->received = false;
	gateway->baud = gateway_pty_baud(&gateway->pty, gateway->baud);
	measure_round_trip(gateway);
	if (gateway->protocol == METERBUS_GATEWAY_RFC2217) {
		enter(gateway, PHASE_AGREEING);
		telnet_start(&gateway->telnet, gateway->baud);
		end = send_telnet(gateway);
	} else {
		enter(gateway, PHASE_SETTLING);
		end = END_NOT;
	}
	while (end == END_NOT) {
		if (poll(fds, 4, time_left(gateway)) < 0) {
			if (errno == EINTR)
				continue;
			return lost(gateway, "%s", strerror(errno));
		}
		if (fds[0].revents)
			return END_STOPPED;
		if (fds[3].revents)
			return END_BUS;
		if (fds[1].revents)
			end = take_from_gateway(gateway);
		if (end == END_NOT && fds[2].revents)
			end = take_from_bus(gateway);
		if (end == END_NOT)
			end = check_time(gateway);
	}
	return end;
}

/* --- one connection after the other */

static enum end wait_before_retry(struct meterbus_gateway *gateway,
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

static enum end connect_once(struct meterbus_gateway *gateway, int stop_fd)
{
	struct meterbus_error err;
	enum end end;

	gateway->fd = dial(gateway->host, gateway->port, stop_fd, &err);
	if (gateway->fd == DIAL_STOPPED)
		return END_STOPPED;
	gateway->phase = PHASE_AGREEING;
	if (gateway->fd == DIAL_FAILED)
		return lost(gateway, "%s", err.text);
	end = carry(gateway, stop_fd);
	close(gateway->fd);
	gateway->fd = -1;
	if (end != END_BUS && gateway_pty_set_link(&gateway->pty, MBUS_LINK_DOWN) < 0)
		end = END_BUS;
	return end;
}

static int fail_bus(struct meterbus_gateway *gateway,
		    struct meterbus_error *err)
{
	return meterbus_fail(err, METERBUS_E_UNPLUGGED,
			     "mbus%u: somebody took the line discipline off %s",
			     gateway->pty.tty.bus, gateway->pty.tty.name);
}

int meterbus_gateway_run(struct meterbus_gateway *gateway, int stop_fd,
			 struct meterbus_error *err)
{
	int retry_ms = RETRY_MIN_MS;
	enum end end;
	bool was_up;

	for (;;) {
		gateway->received = false;
		gateway->began_ms = now_ms();
		end = connect_once(gateway, stop_fd);
		if (end != END_LOST)
			break;
		was_up = gateway->phase == PHASE_UP ||
			 gateway->phase == PHASE_STALLED;
		if (was_up && (gateway->received ||
			       now_ms() - gateway->began_ms >= GOOD_MS))
			retry_ms = RETRY_MIN_MS;
		tell(gateway, was_up ? METERBUS_GATEWAY_LOST :
				       METERBUS_GATEWAY_FAILED,
		     was_up ? "the connection to %s is lost: %s; trying again in %d s" :
			      "cannot use %s: %s; trying again in %d s",
		     gateway->name, gateway->why, retry_ms / 1000);
		end = wait_before_retry(gateway, stop_fd, retry_ms);
		if (end != END_NOT)
			break;
		retry_ms = retry_ms * 2 < RETRY_MAX_MS ? retry_ms * 2 :
							 RETRY_MAX_MS;
	}
	return end == END_STOPPED ? 0 : fail_bus(gateway, err);
}
