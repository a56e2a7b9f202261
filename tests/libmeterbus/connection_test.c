// SPDX-License-Identifier: GPL-2.0-only
/*
 * A connection to a gateway: when the driver may rely on it, what is carried,
 * and why it ends. Time passes only while nothing happens, the bus is one end
 * of a socket, and the gateway that of another.
 */
#include <asm/ioctls.h>
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/meterbus.h>
#include <linux/sockios.h>
#include <meterbus/settings.h>

#include "common/clock.h"
#include "gateway/connection.h"
#include "gateway/dial.h"
#include "kselftest_harness.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* --- the world around it */

struct world;
typedef void step_fn(struct world *world);

static struct world {
	struct gateway_pty pty;
	struct gateway_connection conn;
	int bus, remote, stop;		/* the other ends */
	int64_t now;
	step_fn *const *steps;		/* one each time nothing happens */
	int64_t until[20];		/* when it happened */
	unsigned int step;
	/* What it has done. */
	unsigned int link, links;	/* METERBUS_LINK_*, and how often it was set */
	int64_t linked_ms;
	bool link_fails;
	unsigned int interrupted;	/* so many waits are, by a signal */
	int wait_fails;			/* with this error */
	int unacked;			/* bytes that the remote has not acknowledged */
	unsigned int baud;
	struct meterbus_timing timing;
	struct meterbus_settings set;
	unsigned int sets;
	enum meterbus_error_kind settings_error;
	unsigned int reports[4];
	char text[512];
} world;

/* In the place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *time)
{
	(void)clock;
	*time = timespec_of_ms(world.now);
	return 0;
}

int gateway_pty_set_link(struct gateway_pty *pty, __u32 link)
{
	(void)pty;
	world.link = link;
	world.links++;
	world.linked_ms = world.now;
	return world.link_fails ? -1 : 0;
}

unsigned int gateway_pty_baud(const struct gateway_pty *pty,
			      unsigned int otherwise)
{
	(void)pty;
	return world.baud ?: otherwise;
}

struct pollfd gateway_pty_watch(const struct gateway_pty *pty)
{
	return (struct pollfd){ .fd = pty->tty.fd, .events = POLLOUT };
}

int meterbus_status_get(unsigned int number, struct meterbus_status *status,
			struct meterbus_error *err)
{
	(void)number;
	memset(status, 0, sizeof(*status));
	status->timing = world.timing;
	return world.settings_error ?
		       meterbus_fail(err, world.settings_error, "no") : 0;
}

int meterbus_settings_set(unsigned int number,
			  const struct meterbus_settings *settings,
			  struct meterbus_error *err)
{
	(void)number;
	(void)err;
	world.set = *settings;
	world.sets++;
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	int *arg;

	(void)fd;
	va_start(args, request);
	arg = va_arg(args, int *);
	va_end(args);
	if (request == SIOCOUTQ)
		*arg = world.unacked;
	return 0;
}

/* When nothing happens, time passes, or the next step of the script comes. */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	static int (*real)(struct pollfd *, nfds_t, int);
	int ready;

	if (!real)
		real = (__typeof__(real))dlsym(RTLD_NEXT, "poll");
	if (world.interrupted || world.wait_fails) {
		errno = world.interrupted ? EINTR : world.wait_fails;
		world.interrupted -= !!world.interrupted;
		return -1;
	}
	ready = real(fds, count, 0);
	if (ready)
		return ready;
	if (timeout >= 0 &&
	    (!world.until[world.step] || world.now + timeout <= world.until[world.step])) {
		world.now += timeout;
		/* A script that has ended ends the connection. */
		if (!world.steps[world.step] && world.now > 1000000)
			send(world.stop, "x", 1, 0);
		return 0;
	}
	if (world.until[world.step] > world.now)
		world.now = world.until[world.step];
	if (world.steps[world.step])
		world.steps[world.step++](&world);
	else
		send(world.stop, "x", 1, 0);
	return real(fds, count, 0);
}

static void report(void *context, enum meterbus_gateway_event event,
		   const char *text)
{
	(void)context;
	world.reports[event]++;
	snprintf(world.text, sizeof(world.text), "%s", text);
}

/* --- what happens */

static const uint8_t request[] = { TIOCPKT_DATA, 0x10, 0x7B, 0x05, 0x80, 0x16 };

static void bus_asks(struct world *world)
{
	send(world->bus, request, sizeof(request), 0);
}

static void bus_changes_its_rate(struct world *world)
{
	static const uint8_t packet = TIOCPKT_IOCTL;

	world->baud = 9600;
	send(world->bus, &packet, 1, 0);
}

static void bus_says_nothing_of_note(struct world *world)
{
	static const uint8_t packets[] = { TIOCPKT_FLUSHREAD, TIOCPKT_DATA };

	send(world->bus, &packets[0], 1, 0);
	send(world->bus, &packets[1], 1, 0);
}

static void remote_answers(struct world *world)
{
	send(world->remote, "\xE5", 1, 0);
}

/* Every 250 ms. */
static void remote_babbles(struct world *world)
{
	remote_answers(world);
	if (world->now < 15000)
		world->until[--world->step] = world->now + 250;
}

static void remote_closes(struct world *world)
{
	shutdown(world->remote, SHUT_WR);
}

static void bus_goes(struct world *world)
{
	shutdown(world->bus, SHUT_WR);
}

static void remote_acknowledges_nothing(struct world *world)
{
	world->unacked = 5;
	bus_asks(world);
}

static void remote_acknowledges(struct world *world)
{
	world->unacked = 0;
}

/* --- the tests */

FIXTURE(connection)
{
	int stop;
	int fd;
	uint8_t bytes[256];
	size_t len;
};

static void pair(int type, int *mine, int *theirs)
{
	int fds[2];

	if (socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fds))
		abort();
	*mine = fds[0];
	*theirs = fds[1];
}

FIXTURE_SETUP(connection)
{
	memset(self, 0, sizeof(*self));
	memset(&world, 0, sizeof(world));
	world.now = 1000;
	pair(SOCK_SEQPACKET, &world.bus, &world.pty.master);
	pair(SOCK_STREAM, &world.remote, &self->fd);
	pair(SOCK_STREAM, &world.stop, &self->stop);
	world.pty.tty.fd = -1;
	world.timing = (struct meterbus_timing){ .slack_us = 20000,
						 .gap_us = 100000 };
	world.conn = (struct gateway_connection){
		.name = "box", .pty = &world.pty, .report = report,
		.protocol = METERBUS_GATEWAY_TCP, .baud = 2400,
		.latency_ms = 80,
	};
}

FIXTURE_TEARDOWN(connection)
{
	(void)self;
}

#define CARRY(...) gateway_carry(&world.conn,				\
		(world.steps = (step_fn *const[]){ __VA_ARGS__, NULL },	\
		 self->fd), self->stop)

static size_t received(int fd, uint8_t *bytes, size_t size)
{
	ssize_t got = recv(fd, bytes, size, MSG_DONTWAIT);

	return got > 0 ? got : 0;
}

/* 330 bits of 2400 Bd, 50 ms, 100 ms of slack, and one. */
#define SETTLED	(137 + 50 + 100 + 1)

TEST_F(connection, it_is_relied_on_once_the_wire_is_quiet)
{
	world.until[0] = 1000 + SETTLED - 1;
	EXPECT_EQ(END_STOPPED, CARRY(bus_asks));
	/* What is asked before that is not carried. */
	EXPECT_EQ(0, received(world.remote, self->bytes, 256));
	EXPECT_EQ(1, world.links);
	EXPECT_EQ(METERBUS_LINK_UP, world.link);
	EXPECT_EQ(1, world.reports[METERBUS_GATEWAY_CONNECTED]);
	EXPECT_TRUE(gateway_was_up(&world.conn));
}

TEST_F(connection, bytes_from_before_put_that_off)
{
	world.until[0] = 1000 + 200;
	world.until[1] = 1000 + 200 + SETTLED - 1;
	world.until[2] = 1000 + 200 + SETTLED + 1;
	EXPECT_EQ(END_STOPPED, CARRY(remote_answers, bus_asks, bus_asks));
	EXPECT_EQ(5, received(world.remote, self->bytes, 256));
	EXPECT_EQ(0, received(world.bus, self->bytes, 256));
}

TEST_F(connection, but_not_for_ever)
{
	world.until[0] = 1250;
	EXPECT_EQ(END_STOPPED, CARRY(remote_babbles));
	EXPECT_EQ(METERBUS_LINK_UP, world.link);
	EXPECT_EQ(11000, world.linked_ms);
}

TEST_F(connection, requests_and_answers_are_carried)
{
	world.until[0] = 2000;
	world.until[1] = 2100;
	EXPECT_EQ(END_STOPPED,
		  CARRY(bus_asks, remote_answers, bus_says_nothing_of_note));
	EXPECT_EQ(5, received(world.remote, self->bytes, 256));
	EXPECT_EQ(0, memcmp(self->bytes, request + 1, 5));
	EXPECT_EQ(1, received(world.bus, self->bytes, 256));
	EXPECT_EQ(0xE5, self->bytes[0]);
	EXPECT_TRUE(gateway_was_good(&world.conn));
}

static void bus_asks_at_length(struct world *world)
{
	uint8_t packet[1 + METERBUS_DATA_MAX] = { TIOCPKT_DATA };

	packet[METERBUS_DATA_MAX] = 0x16;
	send(world->bus, packet, sizeof(packet), 0);
}

TEST_F(connection, the_longest_request_is_carried_whole)
{
	uint8_t bytes[2 * METERBUS_DATA_MAX];

	world.until[0] = 2000;
	EXPECT_EQ(END_STOPPED, CARRY(bus_asks_at_length));
	ASSERT_EQ(METERBUS_DATA_MAX, received(world.remote, bytes, sizeof(bytes)));
	EXPECT_EQ(0x16, bytes[METERBUS_DATA_MAX - 1]);
}

TEST_F(connection, times_allow_for_the_network)
{
	CARRY(NULL);
	EXPECT_EQ(1, world.sets);
	EXPECT_EQ(METERBUS_SET_SLACK | METERBUS_SET_GAP, world.set.fields);
	EXPECT_EQ(100000, world.set.timing.slack_us);
	EXPECT_EQ(380000, world.set.timing.gap_us);
}

TEST_F(connection, times_that_are_long_enough_are_kept)
{
	static const struct {
		uint32_t slack_us, gap_us, fields;
	} rows[] = {
		{ 100000, 380000, 0 },
		{ 99999, 380000, METERBUS_SET_SLACK },
		{ 100000, 379999, METERBUS_SET_GAP },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		world.sets = world.set.fields = 0;
		world.step = 0;
		world.timing.slack_us = rows[i].slack_us;
		world.timing.gap_us = rows[i].gap_us;
		CARRY(NULL);
		EXPECT_EQ(rows[i].fields, world.set.fields);
		EXPECT_EQ(!!rows[i].fields, world.sets);
		recv(self->stop, self->bytes, 256, 0);
	}
}

TEST_F(connection, times_that_cannot_be_set_are_reported)
{
	world.settings_error = METERBUS_E_PERMISSION;
	CARRY(NULL);
	EXPECT_EQ(1, world.reports[METERBUS_GATEWAY_SETTING]);
	EXPECT_EQ(METERBUS_LINK_UP, world.link);
}

TEST_F(connection, a_gateway_that_closes)
{
	world.until[0] = 2000;
	EXPECT_EQ(END_LOST, CARRY(remote_closes));
	EXPECT_NE('\0', world.conn.why[0]);
	EXPECT_TRUE(gateway_was_up(&world.conn));
	/* A second, and not a byte. */
	EXPECT_FALSE(gateway_was_good(&world.conn));
}

TEST_F(connection, a_signal_ends_nothing)
{
	world.interrupted = 2;
	EXPECT_EQ(END_STOPPED, CARRY(NULL));
	EXPECT_EQ(0, world.interrupted);
	EXPECT_EQ(METERBUS_LINK_UP, world.link);
}

TEST_F(connection, a_wait_that_fails)
{
	world.wait_fails = ENOMEM;
	EXPECT_EQ(END_LOST, CARRY(NULL));
	EXPECT_STREQ("Cannot allocate memory", world.conn.why);
}

TEST_F(connection, ten_seconds_are_a_good_one)
{
	static const struct {
		int64_t ms;
		bool good;
	} rows[] = { { 9999, false }, { 10000, true } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		world.conn.began_ms = world.now - rows[i].ms;
		world.conn.phase = PHASE_UP;
		EXPECT_EQ(rows[i].good, gateway_was_good(&world.conn));
		world.conn.phase = PHASE_STALLED;
		EXPECT_EQ(rows[i].good, gateway_was_good(&world.conn));
		world.conn.phase = PHASE_SETTLING;
		EXPECT_FALSE(gateway_was_good(&world.conn));
	}
}

TEST_F(connection, a_connection_closed_at_once_was_never_up)
{
	world.until[0] = 1100;
	EXPECT_EQ(END_LOST, CARRY(remote_closes));
	EXPECT_FALSE(gateway_was_up(&world.conn));
	EXPECT_EQ(0, world.links);
}

TEST_F(connection, the_end_of_the_bus)
{
	world.until[0] = 2000;
	EXPECT_EQ(END_BUS, CARRY(bus_goes));
}

TEST_F(connection, a_tty_without_a_bus_is_its_end)
{
	world.pty.tty.fd = world.bus;	/* ready for writing */
	EXPECT_EQ(END_BUS, CARRY(NULL));
}

TEST_F(connection, a_link_that_cannot_be_set_is_the_end_of_the_bus)
{
	world.link_fails = true;
	EXPECT_EQ(END_BUS, CARRY(NULL));
	EXPECT_FALSE(gateway_was_up(&world.conn));
}

TEST_F(connection, the_rate_of_a_raw_one_is_not_ours)
{
	world.until[0] = 2000;
	CARRY(bus_changes_its_rate);
	EXPECT_EQ(9600, world.conn.baud);
	EXPECT_EQ(1, world.reports[METERBUS_GATEWAY_SETTING]);
	EXPECT_NE(NULL, strstr(world.text, "9600"));
	EXPECT_EQ(0, received(world.remote, self->bytes, 256));
}

/* Nothing is acknowledged for a second: the driver must not rely on it. */
TEST_F(connection, a_network_that_is_away)
{
	world.until[0] = 2000;
	world.until[1] = 5000;
	world.until[2] = 9000;
	EXPECT_EQ(END_STOPPED, CARRY(remote_acknowledges_nothing, bus_asks,
				     remote_acknowledges));
	EXPECT_EQ(1, world.reports[METERBUS_GATEWAY_LOST]);
	/* Up, down, and up again once the wire was quiet. */
	EXPECT_EQ(3, world.links);
	EXPECT_EQ(METERBUS_LINK_UP, world.link);
	EXPECT_EQ(2, world.reports[METERBUS_GATEWAY_CONNECTED]);
	/* The second request was not carried. */
	EXPECT_EQ(5, received(world.remote, self->bytes, 256));
}

TEST_F(connection, the_next_request_finds_out_sooner)
{
	static const struct {
		int64_t ms;
		size_t carried;
	} rows[] = { { 299, 10 }, { 300, 5 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		world.step = 0;
		world.unacked = 0;
		world.until[0] = world.now + 1000;
		world.until[1] = world.until[0] + rows[i].ms;
		CARRY(remote_acknowledges_nothing, bus_asks);
		EXPECT_EQ(rows[i].carried,
			  received(world.remote, self->bytes, 256))
			TH_LOG("%lld ms", (long long)rows[i].ms);
		recv(self->stop, self->bytes, 256, 0);
	}
}

/* --- RFC 2217 */

#define TELNET "\xff\xfb\x2c"	/* IAC WILL COM-PORT-OPTION */
#define AGREES "\xff\xfd\x2c"	/* IAC DO COM-PORT-OPTION */
#define REFUSES "\xff\xfe\x2c"	/* IAC DONT COM-PORT-OPTION */
#define SAYS(command, value) "\xff\xfa\x2c" command value "\xff\xf0"

static void agrees(struct world *world)
{
	send(world->remote, AGREES, 3, 0);
}

static void refuses(struct world *world)
{
	send(world->remote, REFUSES, 3, 0);
}

static void confirms(struct world *world)
{
	static const char all[] = SAYS("\x65", "\x00\x00\x09\x60")
		SAYS("\x66", "\x08") SAYS("\x67", "\x03") SAYS("\x68", "\x01");

	send(world->remote, all, sizeof(all) - 1, 0);
}

static void sets_another_rate(struct world *world)
{
	static const char says[] = SAYS("\x65", "\x00\x00\x4b\x00");

	send(world->remote, says, sizeof(says) - 1, 0);
}

static void sets_two_stop_bits(struct world *world)
{
	static const char says[] = SAYS("\x68", "\x02");

	send(world->remote, says, sizeof(says) - 1, 0);
}

TEST_F(connection, rfc_2217_that_is_confirmed)
{
	world.conn.protocol = METERBUS_GATEWAY_RFC2217;
	world.until[0] = 1100;
	world.until[1] = 1200;
	world.until[2] = 1200 + SETTLED + 1;
	EXPECT_EQ(END_STOPPED, CARRY(agrees, confirms, bus_asks));
	EXPECT_EQ(METERBUS_LINK_UP, world.link);
	self->len = received(world.remote, self->bytes, 256);
	EXPECT_NE(NULL, memmem(self->bytes, self->len, TELNET, 3));
	/* The request is at the end. */
	ASSERT_LT(5, self->len);
	EXPECT_EQ(0, memcmp(self->bytes + self->len - 5, request + 1, 5));
}

TEST_F(connection, rfc_2217_that_is_not_confirmed_counts_after_two_seconds)
{
	world.conn.protocol = METERBUS_GATEWAY_RFC2217;
	world.until[0] = 1100;
	world.until[1] = 1000 + 2000 + SETTLED - 1;
	EXPECT_EQ(END_STOPPED, CARRY(agrees, bus_says_nothing_of_note));
	EXPECT_EQ(1, world.reports[METERBUS_GATEWAY_CONNECTED]);
}

TEST_F(connection, rfc_2217_that_is_not_to_be_had)
{
	/* It says so, or says nothing for five seconds. */
	static step_fn *const ends[] = { refuses, NULL };
	static const int64_t took[] = { 100, 5000 };

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		int64_t start = world.now;

		world.conn.protocol = METERBUS_GATEWAY_RFC2217;
		world.step = 0;
		world.until[0] = ends[i] ? world.now + 100 : 0;
		EXPECT_EQ(END_LOST, CARRY(ends[i]));
		EXPECT_EQ(took[i], world.now - start);
		EXPECT_NE(NULL, strstr(world.conn.why, "2400 8E1"));
		EXPECT_FALSE(gateway_was_up(&world.conn));
	}
}

TEST_F(connection, rfc_2217_that_sets_something_else)
{
	static const struct {
		step_fn *says;
		const char *why;
	} rows[] = { { sets_another_rate, "19200" }, { sets_two_stop_bits, "stop" } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		world.conn.protocol = METERBUS_GATEWAY_RFC2217;
		world.step = 0;
		world.until[0] = world.now + 100;
		world.until[1] = world.now + 200;
		EXPECT_EQ(END_LOST, CARRY(agrees, rows[i].says));
		EXPECT_NE(NULL, strstr(world.conn.why, rows[i].why))
			TH_LOG("%s", world.conn.why);
	}
}

TEST_F(connection, rfc_2217_sets_another_rate_later)
{
	world.conn.protocol = METERBUS_GATEWAY_RFC2217;
	world.until[0] = 1100;
	world.until[1] = 1200;
	world.until[2] = 2000;
	world.until[3] = 2100;
	EXPECT_EQ(END_STOPPED, CARRY(agrees, confirms, bus_changes_its_rate,
				     sets_another_rate));
	self->len = received(world.remote, self->bytes, 256);
	EXPECT_NE(NULL, memmem(self->bytes, self->len,
			       SAYS("\x01", "\x00\x00\x25\x80"), 10));
	EXPECT_EQ(1, world.reports[METERBUS_GATEWAY_SETTING]);
	EXPECT_NE(NULL, strstr(world.text, "19200"));
}

TEST_HARNESS_MAIN
