// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses of hosts, and connecting to them.
 */
#include "kselftest_harness.h"

#include <arpa/inet.h>
#include <sys/eventfd.h>

#include <meterbus/gateway.h>

#include "gateway/dial.h"

TEST(addresses_are_taken_apart)
{
	static const struct {
		const char *text, *host, *port;
	} good[] = {
		{ "gateway.example:10001", "gateway.example", "10001" },
		{ "192.0.2.7:1", "192.0.2.7", "1" },
		{ "[2001:db8::7]:65535", "2001:db8::7", "65535" },
		{ ":4001", "", "4001" },
		{ "[]:4001", "", "4001" },
	};
	static const char *const bad[] = {
		"", "gateway", "4001", "::1:4001", "[::1]", "[::1:4001",
		"[::1]4001", "host:", "host:0", "host:65536", "host:123456",
		"host:http", "host: 1", "host:+1", "a:b:1",
	};
	char host[METERBUS_HOST_MAX], port[METERBUS_PORT_MAX];
	struct meterbus_error err;
	char longest[400];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ASSERT_EQ(0, meterbus_host_port_parse(good[i].text, host, port,
						      &err));
		EXPECT_STREQ(good[i].host, host);
		EXPECT_STREQ(good[i].port, port);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err.kind = METERBUS_OK;
		EXPECT_EQ(-1, meterbus_host_port_parse(bad[i], host, port,
						       &err))
			TH_LOG("%s", bad[i]);
		EXPECT_EQ(METERBUS_E_USAGE, err.kind);
	}
	memset(longest, 'a', sizeof(longest));
	memcpy(longest + sizeof(longest) - 3, ":1", 3);
	EXPECT_EQ(-1, meterbus_host_port_parse(longest, host, port, &err));
}

static int listen_on(int family, char port[METERBUS_PORT_MAX])
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in four = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = family == AF_INET6 ? sizeof(six) : sizeof(four);
	struct sockaddr *address = family == AF_INET6 ?
					   (struct sockaddr *)&six :
					   (struct sockaddr *)&four;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, address, size) || listen(fd, 1) ||
	    getsockname(fd, address, &size))
		return -1;
	snprintf(port, METERBUS_PORT_MAX, "%u",
		 ntohs(family == AF_INET6 ? six.sin6_port : four.sin_port));
	return fd;
}

FIXTURE(dial)
{
	int stop;
	char port[METERBUS_PORT_MAX];
};

FIXTURE_SETUP(dial)
{
	self->stop = eventfd(0, EFD_CLOEXEC);
	ASSERT_GE(self->stop, 0);
}

FIXTURE_TEARDOWN(dial)
{
	close(self->stop);
}

TEST_F(dial, by_name_and_by_address)
{
	int server = listen_on(AF_INET, self->port);
	struct meterbus_error err;
	int fd;

	ASSERT_GE(server, 0);
	fd = dial("127.0.0.1", self->port, self->stop, &err);
	EXPECT_GE(fd, 0);
	close(fd);
	/* Whatever else localhost is: the address that answers is found. */
	fd = dial("localhost", self->port, self->stop, &err);
	EXPECT_GE(fd, 0);
	close(fd);
	close(server);
}

TEST_F(dial, over_ipv6)
{
	int server = listen_on(AF_INET6, self->port);
	struct meterbus_error err;
	int fd;

	if (server < 0)
		SKIP(return, "no IPv6 here");
	fd = dial("::1", self->port, self->stop, &err);
	EXPECT_GE(fd, 0);
	close(fd);
	close(server);
}

TEST_F(dial, no_gateway_is_reported)
{
	int server = listen_on(AF_INET, self->port);
	struct meterbus_error err;

	ASSERT_GE(server, 0);
	close(server);
	EXPECT_EQ(DIAL_FAILED, dial("127.0.0.1", self->port, self->stop, &err));
	EXPECT_EQ(METERBUS_E_NO_LINK, err.kind);
	EXPECT_STREQ("Connection refused", err.text);
}

TEST_F(dial, an_end_that_is_wanted_comes_at_once)
{
	struct meterbus_error err;

	eventfd_write(self->stop, 1);
	/* TEST-NET-1: nobody answers there, were it asked. */
	EXPECT_EQ(DIAL_STOPPED, dial("192.0.2.1", "9", self->stop, &err));
}

TEST_HARNESS_MAIN
