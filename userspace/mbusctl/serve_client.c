// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A foreign master on a shared bus: its telegrams come in by TCP, each becomes
 * one transaction, and what the wire answers goes back as it came. Repeating
 * is the master's business, so is making sense of what it gets.
 *
 * A selection means nothing if another program selects before the request
 * follows. So the bus is kept from a selection on, until the master has been
 * quiet for a while, deselects, or has had it for long enough.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <meterbus/telegram.h>

#include "serve.h"

/* A telegram that stops before its end was none. */
#define FRAGMENT_MS	1000
/* Masters wait for about as long before they repeat or give up. */
#define HOLD_IDLE_MS	3000
#define HOLD_MAX_MS	30000

/* The same selection with its bytes in the other order (EN 13757-3, mode 2). */
#define CI_SELECT_MSB 0x56

struct client {
	int fd;
	struct meterbus_bus *bus;
	uint8_t buffer[2 * MBUS_FRAME_MAX];
	size_t len;
	bool holds;
	int64_t hold_began;
	int64_t last_ms;	/* the last bytes, or the last answer */
};

static int64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Bytes of the telegram that begins with @bytes as far as they tell; 0: none. */
static size_t telegram_length(const uint8_t *bytes, size_t len)
{
	if (bytes[0] == 0x10)
		return 5;
	if (bytes[0] != 0x68)
		return 0;
	if (len < 4)
		return 4;
	if (bytes[1] != bytes[2] || bytes[3] != 0x68 || bytes[1] < 3)
		return 0;
	return bytes[1] + 6;
}

static void drop(struct client *client, size_t count)
{
	client->len -= count;
	memmove(client->buffer, client->buffer + count, client->len);
}

/* The first whole telegram in the buffer; what is none is dropped. */
static size_t next_telegram(struct client *client)
{
	struct meterbus_telegram telegram;
	size_t len;

	while (client->len) {
		len = telegram_length(client->buffer, client->len);
		if (len > client->len)
			return 0;
		if (len > 4 && meterbus_telegram_parse(&telegram,
						       client->buffer, len,
						       NULL) == 0)
			return len;
		drop(client, 1);
	}
	return 0;
}

static void hold(struct client *client)
{
	if (client->holds)
		return;
	client->holds = client->bus->link.hold(&client->bus->link, NULL) == 0;
	client->hold_began = milliseconds();
}

static void release(struct client *client)
{
	if (client->holds)
		client->bus->link.release(&client->bus->link);
	client->holds = false;
}

static bool is_selection(const uint8_t *telegram, size_t len)
{
	/* SND_UD to the selected meter with "select", of either byte order. */
	return len > 7 && telegram[0] == 0x68 &&
	       telegram[5] == METERBUS_A_SELECTED &&
	       (telegram[4] & ~METERBUS_C_FCB) == METERBUS_C_SND_UD &&
	       (telegram[6] == METERBUS_CI_SELECT || telegram[6] == CI_SELECT_MSB);
}

static bool is_deselection(const uint8_t *telegram, size_t len)
{
	return len == 5 && telegram[2] == METERBUS_A_SELECTED &&
	       telegram[1] == METERBUS_C_SND_NKE;
}

/*
 * A master says something else only after it has given up what came before. An
 * answer to that would be taken for one to what it says now, and each later one
 * likewise.
 */
static bool given_up(const struct client *client, size_t len)
{
	uint8_t byte;

	return client->len > len ||
	       recv(client->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* Returns NULL, or why the client is to be left. */
static const char *carry_out(struct client *client, size_t len)
{
	struct meterbus_exchange exchange = {
		.request = client->buffer,
		.request_len = len,
	};
	bool selection = is_selection(client->buffer, len);
	bool deselection = is_deselection(client->buffer, len);
	struct meterbus_error err;
	bool acknowledged;
	ssize_t sent = 0;
	int ret;

	if (selection)
		hold(client);
	ret = client->bus->link.exchange(&client->bus->link, &exchange, &err);
	acknowledged = ret == 0 && exchange.answer_len;
	if (given_up(client, len))
		exchange.answer_len = 0;
	else if (acknowledged)
		sent = send(client->fd, exchange.answer, exchange.answer_len,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
	drop(client, len);
	client->last_ms = milliseconds();
	if (deselection || (selection && !acknowledged))
		release(client);
	if (ret < 0 && err.kind == METERBUS_E_UNPLUGGED)
		return "the bus is unplugged";
	/* Anything else is silence to a master, which then repeats. */
	if (sent < 0 || (ret == 0 && (size_t)sent != exchange.answer_len))
		return "it does not take its answers";
	return NULL;
}

/* When time alone changes something, in milliseconds from now; -1: never. */
static int time_left(const struct client *client, int64_t now)
{
	int64_t left = INT64_MAX;

	if (client->len)
		left = client->last_ms + FRAGMENT_MS - now;
	if (client->holds && client->last_ms + HOLD_IDLE_MS - now < left)
		left = client->last_ms + HOLD_IDLE_MS - now;
	if (client->holds && client->hold_began + HOLD_MAX_MS - now < left)
		left = client->hold_began + HOLD_MAX_MS - now;
	if (left == INT64_MAX)
		return -1;
	return left > 0 ? left : 0;
}

static void check_time(struct client *client)
{
	int64_t now = milliseconds();

	if (now >= client->last_ms + FRAGMENT_MS)
		client->len = 0;
	if (now >= client->last_ms + HOLD_IDLE_MS ||
	    now >= client->hold_began + HOLD_MAX_MS)
		release(client);
}

static const char *take_bytes(struct client *client)
{
	const char *why = NULL;
	ssize_t got;
	size_t len;

	got = recv(client->fd, client->buffer + client->len,
		   sizeof(client->buffer) - client->len, MSG_DONTWAIT);
	if (got == 0)
		return "it left";
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? NULL :
							   strerror(errno);
	client->len += got;
	client->last_ms = milliseconds();
	while (!why && (len = next_telegram(client)))
		why = carry_out(client, len);
	return why;
}

const char *serve_client(int fd, struct meterbus_bus *bus)
{
	struct client client = {
		.fd = fd,
		.bus = bus,
		.last_ms = milliseconds(),
	};
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	const char *why = NULL;

	while (!why) {
		if (poll(&pollfd, 1, time_left(&client, milliseconds())) < 0 &&
		    errno != EINTR)
			return strerror(errno);
		if (pollfd.revents)
			why = take_bytes(&client);
		check_time(&client);
	}
	release(&client);
	return why;
}
