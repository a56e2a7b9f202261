// SPDX-License-Identifier: GPL-2.0-only
/*
 * A gateway as a bus: one connection after the other, what is reported, and how
 * it ends. The pty, the network and the clock are played by the test.
 */
#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/meterbus.h>
#include <meterbus/gateway.h>

#include "common/clock.h"
#include "gateway/connection.h"
#include "gateway/dial.h"
#include "kselftest_harness.h"

/* --- the world around it */

/* What an attempt to connect comes to. */
struct attempt {
	int dialled;		/* DIAL_FAILED, DIAL_STOPPED, or 0: connected */
	enum gateway_end end;	/* of the connection */
	enum gateway_phase phase;	/* that it got to */
	bool received;
};

static struct {
	int64_t now;
	int stop[2];
	const struct attempt *attempts;
	unsigned int count, dialled;
	int64_t at[16];			/* when it was dialled */
	char host[64], port[16];
	bool taken;			/* another program takes the tty */
	bool stops;			/* at the next wait */
	bool no_pty;
	unsigned int link, links, opened, closed;
	bool link_fails;
	int fd;				/* of the last connection */
	enum meterbus_gateway_event events[16];
	char texts[16][160];
	unsigned int reports;
} world;

/* In the place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *time)
{
	(void)clock;
	*time = timespec_of_ms(world.now);
	return 0;
}

int meterbus_host_port_parse(const char *text, char host[METERBUS_HOST_MAX],
			     char port[METERBUS_PORT_MAX],
			     struct meterbus_error *err)
{
	const char *colon = strchr(text, ':');

	if (!colon)
		return meterbus_fail(err, METERBUS_E_USAGE, "no port");
	snprintf(host, METERBUS_HOST_MAX, "%.*s", (int)(colon - text), text);
	snprintf(port, METERBUS_PORT_MAX, "%s", colon + 1);
	return 0;
}

static const struct attempt *attempt(void)
{
	return &world.attempts[world.dialled - 1];
}

int dial(const char *host, const char *port, int stop_fd,
	 struct meterbus_error *err)
{
	if (stop_fd != world.stop[0])
		abort();
	if (world.dialled == world.count)
		return DIAL_STOPPED;
	snprintf(world.host, sizeof(world.host), "%s", host);
	snprintf(world.port, sizeof(world.port), "%s", port);
	world.at[world.dialled++] = world.now;
	if (attempt()->dialled == DIAL_FAILED)
		meterbus_fail(err, METERBUS_E_SYSTEM, "nothing answers there");
	if (!attempt()->dialled)
		world.fd = dup(world.stop[1]);
	return attempt()->dialled ?: world.fd;
}

enum gateway_end gateway_carry(struct gateway_connection *conn, int fd,
			       int stop_fd)
{
	if (conn->phase != PHASE_AGREEING || fd != world.fd ||
	    stop_fd != world.stop[0])
		abort();
	conn->phase = attempt()->phase;
	if (attempt()->end != END_LOST)
		return attempt()->end;
	snprintf(conn->why, sizeof(conn->why), "it hung up");
	return END_LOST;
}

bool gateway_was_up(const struct gateway_connection *conn)
{
	return conn->phase == PHASE_UP;
}

bool gateway_was_good(const struct gateway_connection *conn)
{
	return gateway_was_up(conn) && attempt()->received;
}

void gateway_report(const struct gateway_connection *conn,
		    enum meterbus_gateway_event event, const char *format, ...)
{
	va_list args;

	if (world.reports == 16)
		abort();
	world.events[world.reports] = event;
	va_start(args, format);
	vsnprintf(world.texts[world.reports++], sizeof(world.texts[0]), format,
		  args);
	va_end(args);
	if (conn->report)
		conn->report(conn->context, event, "");
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

void gateway_pty_init(struct gateway_pty *pty)
{
	pty->master = -1;
}

int gateway_pty_open(struct gateway_pty *pty, unsigned int baud,
		     struct meterbus_error *err)
{
	if (world.no_pty)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "no pty at %u", baud);
	world.opened++;
	pty->master = 1;
	pty->tty.bus = 5;
	pty->tty.name = "pts/3";
	return 0;
}

void gateway_pty_close(struct gateway_pty *pty)
{
	(void)pty;
	world.closed++;
}

int gateway_pty_set_link(struct gateway_pty *pty, __u32 link)
{
	(void)pty;
	world.link = link;
	world.links++;
	return world.link_fails ? -1 : 0;
}

struct pollfd gateway_pty_watch(const struct gateway_pty *pty)
{
	return (struct pollfd){ .fd = -pty->master, .events = POLLOUT };
}

unsigned int gateway_pty_baud(const struct gateway_pty *pty,
			      unsigned int otherwise)
{
	(void)pty;
	return otherwise;
}

/* Time passes as long as nothing happens; poll() may come back early. */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	static int (*real)(struct pollfd *, nfds_t, int);
	int ready;

	if (!real)
		real = (__typeof__(real))dlsym(RTLD_NEXT, "poll");
	if (world.stops && write(world.stop[1], "x", 1) != 1)
		abort();
	ready = real(fds, 1, 0);
	fds[1].revents = world.taken ? POLLOUT : 0;
	if (ready || world.taken)
		return ready + world.taken;
	world.now += timeout > 600 ? 600 : timeout;
	return count == 2 ? 0 : -1;
}

FIXTURE(gateway)
{
	struct meterbus_gateway_options options;
	struct meterbus_gateway *gateway;
	struct meterbus_error err;
};

FIXTURE_SETUP(gateway)
{
	memset(self, 0, sizeof(*self));
	memset(&world, 0, sizeof(world));
	ASSERT_EQ(0, pipe(world.stop));
	self->options = (struct meterbus_gateway_options){
		.address = "gateway.example:10001",
		.baud = 2400,
	};
}

FIXTURE_TEARDOWN(gateway)
{
	meterbus_gateway_close(self->gateway);
}

#define OPEN()								\
	do {								\
		self->gateway = meterbus_gateway_open(&self->options,	\
						      &self->err);	\
		ASSERT_NE(NULL, self->gateway);				\
	} while (0)

/* --- opening it */

#define REFUSED(why)							\
	do {								\
		EXPECT_EQ(NULL, meterbus_gateway_open(&self->options,	\
						      &self->err));	\
		EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);		\
		EXPECT_STREQ(why, self->err.text);			\
		EXPECT_EQ(0, world.opened);				\
	} while (0)

TEST_F(gateway, no_baud_rate)
{
	self->options.baud = 49;
	REFUSED("49 is no baud rate");
	EXPECT_EQ(1, world.closed);
	self->options.baud = 50;
	OPEN();
}

TEST_F(gateway, no_host)
{
	self->options.address = ":10001";
	REFUSED(":10001: which host? write HOST:PORT");
}

TEST_F(gateway, no_port)
{
	self->options.address = "gateway.example";
	REFUSED("no port");
}

TEST_F(gateway, no_pty)
{
	world.no_pty = true;
	EXPECT_EQ(NULL, meterbus_gateway_open(&self->options, &self->err));
	EXPECT_STREQ("no pty at 2400", self->err.text);
	EXPECT_EQ(1, world.closed);
}

TEST_F(gateway, its_bus_exists_before_it_is_connected)
{
	OPEN();
	EXPECT_EQ(5, meterbus_gateway_bus(self->gateway));
	EXPECT_STREQ("pts/3", meterbus_gateway_tty(self->gateway));
	EXPECT_EQ(0, world.dialled);
	meterbus_gateway_close(NULL);
}

/* --- connections */

#define RUN(...)							\
	(world.attempts = (const struct attempt[]){ __VA_ARGS__ },	\
	 world.count = sizeof((const struct attempt[]){ __VA_ARGS__ }) / \
		       sizeof(struct attempt),				\
	 meterbus_gateway_run(self->gateway, world.stop[0], &self->err))

#define NONE	{ .dialled = DIAL_FAILED }
#define SHORT	{ .end = END_LOST, .phase = PHASE_UP }
#define GOOD	{ .end = END_LOST, .phase = PHASE_UP, .received = true }
#define EARLY	{ .end = END_LOST, .phase = PHASE_SETTLING, .received = true }

TEST_F(gateway, stopped_while_it_connects)
{
	OPEN();
	ASSERT_EQ(0, RUN({ .dialled = DIAL_STOPPED }));
	EXPECT_STREQ("gateway.example", world.host);
	EXPECT_STREQ("10001", world.port);
	EXPECT_EQ(0, world.reports);
	EXPECT_EQ(0, world.links);
}

TEST_F(gateway, stopped_while_it_is_connected)
{
	OPEN();
	ASSERT_EQ(0, RUN({ .end = END_STOPPED, .phase = PHASE_UP }));
	EXPECT_EQ(METERBUS_LINK_DOWN, world.link);
	EXPECT_EQ(1, world.links);
	EXPECT_EQ(0, world.reports);
	/* The connection is closed. */
	EXPECT_EQ(-1, close(world.fd));
}

TEST_F(gateway, stopped_while_it_waits)
{
	OPEN();
	world.stops = true;
	ASSERT_EQ(0, RUN(NONE, NONE));
	EXPECT_EQ(1, world.dialled);
	EXPECT_EQ(0, world.now);
}

/* The pause doubles up to 30 s. */
TEST_F(gateway, that_cannot_be_reached_is_tried_less_and_less_often)
{
	static const int pauses[] = { 1, 2, 4, 8, 16, 30, 30 };
	int64_t at = 0;
	char text[160];

	OPEN();
	ASSERT_EQ(0, RUN(NONE, NONE, NONE, NONE, NONE, NONE, NONE));
	ASSERT_EQ(7, world.dialled);
	for (size_t i = 0; i < 7; i++) {
		EXPECT_EQ(at, world.at[i]);
		at += pauses[i] * 1000;
		snprintf(text, sizeof(text),
			 "cannot use gateway.example:10001: nothing answers there; trying again in %d s",
			 pauses[i]);
		EXPECT_STREQ(text, world.texts[i]);
		EXPECT_EQ(METERBUS_GATEWAY_FAILED, world.events[i]);
	}
	EXPECT_EQ(at, world.now);
	EXPECT_EQ(7, world.reports);
}

TEST_F(gateway, a_connection_of_use_makes_the_pause_short_again)
{
	OPEN();
	ASSERT_EQ(0, RUN(NONE, NONE, GOOD, NONE));
	ASSERT_EQ(4, world.dialled);
	EXPECT_EQ(3000, world.at[2]);
	EXPECT_EQ(4000, world.at[3]);
	EXPECT_EQ(6000, world.now);
	EXPECT_EQ(METERBUS_GATEWAY_LOST, world.events[2]);
	EXPECT_STREQ("the connection to gateway.example:10001 is lost: it hung up; trying again in 1 s",
		     world.texts[2]);
	EXPECT_EQ(1, world.links);
	EXPECT_EQ(METERBUS_LINK_DOWN, world.link);
}

TEST_F(gateway, a_connection_of_no_use_does_not)
{
	OPEN();
	ASSERT_EQ(0, RUN(NONE, SHORT, EARLY));
	ASSERT_EQ(3, world.dialled);
	EXPECT_EQ(1000, world.at[1]);
	EXPECT_EQ(3000, world.at[2]);
	EXPECT_EQ(7000, world.now);
	EXPECT_EQ(METERBUS_GATEWAY_LOST, world.events[1]);
	EXPECT_EQ(METERBUS_GATEWAY_FAILED, world.events[2]);
}

/* --- the tty is no bus any more */

#define TAKEN(result)							\
	do {								\
		ASSERT_EQ(-1, result);					\
		EXPECT_EQ(METERBUS_E_BUSY, self->err.kind);		\
		EXPECT_STREQ("mbus5: another program took the line discipline off pts/3", \
			     self->err.text);				\
		EXPECT_EQ(1, world.dialled);				\
	} while (0)

TEST_F(gateway, taken_while_it_is_connected)
{
	OPEN();
	TAKEN(RUN({ .end = END_BUS, .phase = PHASE_UP }, NONE));
	EXPECT_EQ(0, world.links);
}

TEST_F(gateway, taken_when_a_connection_ends)
{
	OPEN();
	world.link_fails = true;
	TAKEN(RUN(GOOD, NONE));
}

TEST_F(gateway, taken_while_it_waits)
{
	OPEN();
	world.taken = true;
	TAKEN(RUN(NONE, NONE));
	EXPECT_EQ(0, world.now);
}

TEST_HARNESS_MAIN
