// SPDX-License-Identifier: GPL-2.0-only
/*
 * RFC 2217 as a gateway sees it: what is asked of it, and what is made of its
 * answers.
 */
#include "kselftest_harness.h"

#include <string.h>

#include "gateway/telnet.h"

/* RFC 854, 856 and 2217. */
enum {
	SE = 240, SB = 250, WILL = 251, WONT = 252, DO = 253, DONT = 254,
	IAC = 255,
	BINARY = 0, SUPPRESS_GO_AHEAD = 3, COM_PORT = 44,
};

FIXTURE(telnet)
{
	struct telnet telnet;
	uint8_t data[64];
};

FIXTURE_SETUP(telnet)
{
	telnet_start(&self->telnet, 2400);
}

FIXTURE_TEARDOWN(telnet)
{
}

#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, \
		   sizeof((const uint8_t[]){ __VA_ARGS__ })
#define RECEIVE(...) telnet_receive(&self->telnet, BYTES(__VA_ARGS__), self->data)

static bool sent(struct telnet *telnet, const uint8_t *bytes, size_t len)
{
	return memmem(telnet->out, telnet->out_len, bytes, len) != NULL;
}

TEST_F(telnet, asks_for_a_clear_line_and_offers_to_set_the_port)
{
	EXPECT_TRUE(sent(&self->telnet, BYTES(IAC, WILL, BINARY)));
	EXPECT_TRUE(sent(&self->telnet, BYTES(IAC, DO, BINARY)));
	EXPECT_TRUE(sent(&self->telnet, BYTES(IAC, WILL, SUPPRESS_GO_AHEAD)));
	EXPECT_TRUE(sent(&self->telnet, BYTES(IAC, DO, SUPPRESS_GO_AHEAD)));
	EXPECT_TRUE(sent(&self->telnet, BYTES(IAC, WILL, COM_PORT)));
	EXPECT_EQ(15, self->telnet.out_len);
	EXPECT_FALSE(self->telnet.agreed);
}

TEST_F(telnet, sets_the_port_when_the_gateway_agrees_and_once)
{
	self->telnet.out_len = 0;
	EXPECT_EQ(0, RECEIVE(IAC, DO, COM_PORT));
	EXPECT_TRUE(self->telnet.agreed);
	EXPECT_TRUE(sent(&self->telnet, BYTES(IAC, SB, 44, 1, 0, 0, 0x09, 0x60,
					      IAC, SE)));
	EXPECT_TRUE(sent(&self->telnet, BYTES(IAC, SB, 44, 2, 8, IAC, SE)));
	EXPECT_TRUE(sent(&self->telnet, BYTES(IAC, SB, 44, 3, 3, IAC, SE)));
	EXPECT_TRUE(sent(&self->telnet, BYTES(IAC, SB, 44, 4, 1, IAC, SE)));
	EXPECT_TRUE(sent(&self->telnet, BYTES(IAC, SB, 44, 12, 3, IAC, SE)));
	self->telnet.out_len = 0;
	RECEIVE(IAC, DO, COM_PORT);
	EXPECT_EQ(0, self->telnet.out_len);
}

TEST_F(telnet, options_it_does_not_know_are_declined)
{
	self->telnet.out_len = 0;
	RECEIVE(IAC, WILL, 1, IAC, DO, 24);
	EXPECT_TRUE(sent(&self->telnet, BYTES(IAC, DONT, 1)));
	EXPECT_TRUE(sent(&self->telnet, BYTES(IAC, WONT, 24)));
	self->telnet.out_len = 0;
	/* What was asked for is not answered again: no loop. */
	RECEIVE(IAC, WILL, BINARY, IAC, DO, BINARY);
	EXPECT_EQ(0, self->telnet.out_len);
}

TEST_F(telnet, confirmations_count_and_differences_show)
{
	RECEIVE(IAC, DO, COM_PORT);
	RECEIVE(IAC, SB, 44, 101, 0, 0, 0x09, 0x60, IAC, SE,
		IAC, SB, 44, 102, 8, IAC, SE, IAC, SB, 44, 103, 3, IAC, SE,
		IAC, SB, 44, 104, 1, IAC, SE);
	EXPECT_EQ(TELNET_ALL, self->telnet.confirmed);
	EXPECT_EQ(0, self->telnet.differs);
	RECEIVE(IAC, SB, 44, 101, 0, 0, 0x25, 0x80, IAC, SE,
		IAC, SB, 44, 103, 1, IAC, SE);
	EXPECT_EQ(TELNET_BAUD | TELNET_PARITY, self->telnet.differs);
	EXPECT_EQ(9600, self->telnet.baud_set);
}

TEST_F(telnet, a_refusal_is_noticed)
{
	RECEIVE(IAC, DONT, COM_PORT);
	EXPECT_TRUE(self->telnet.refused);
}

TEST_F(telnet, data_come_through_unharmed_in_any_pieces)
{
	static const uint8_t stream[] = {
		0x68, IAC, IAC, 0x0D, 0x00, IAC, SB, 44, 106, 96, IAC, SE, 0x16,
	};
	uint8_t data[sizeof(stream)];
	size_t count = 0;
	size_t i;

	for (i = 0; i < sizeof(stream); i++)
		count += telnet_receive(&self->telnet, &stream[i], 1,
					data + count);
	ASSERT_EQ(5, count);
	EXPECT_EQ(0, memcmp(data, "\x68\xff\x0d\x00\x16", 5));
}

TEST_F(telnet, an_error_on_the_wire_is_a_00_among_the_data)
{
	ASSERT_EQ(2, RECEIVE(0xE5, IAC, SB, 44, 106, 16, IAC, SE));
	EXPECT_EQ(0xE5, self->data[0]);
	EXPECT_EQ(0x00, self->data[1]);
	EXPECT_EQ(0, RECEIVE(IAC, SB, 44, 107, 16, IAC, SE));
}

TEST_F(telnet, what_is_sent_is_escaped)
{
	self->telnet.out_len = 0;
	ASSERT_TRUE(telnet_send(&self->telnet, BYTES(0x10, 0xFF, 0x16)));
	ASSERT_EQ(4, self->telnet.out_len);
	EXPECT_EQ(0, memcmp(self->telnet.out, "\x10\xff\xff\x16", 4));
}

TEST_F(telnet, a_gateway_that_asks_without_end_overruns_nothing)
{
	uint8_t asks[3 * 64];
	size_t i;

	for (i = 0; i < sizeof(asks); i += 3)
		memcpy(asks + i, (const uint8_t[]){ IAC, DO, 1 + i % 2 }, 3);
	for (i = 0; i < 100; i++)
		telnet_receive(&self->telnet, asks, sizeof(asks), asks);
	EXPECT_LE(self->telnet.out_len, sizeof(self->telnet.out));
	/* A subnegotiation that never ends. */
	RECEIVE(IAC, SB, 44);
	memset(asks, 7, sizeof(asks));
	for (i = 0; i < 100; i++)
		EXPECT_EQ(0, telnet_receive(&self->telnet, asks, sizeof(asks),
					    self->data));
	EXPECT_EQ(TELNET_SUB_MAX, self->telnet.sub_len);
}

TEST_HARNESS_MAIN
