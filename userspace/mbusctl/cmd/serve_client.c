// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A foreign master on a shared bus: its telegrams come in by TCP, each becomes
 * one transaction, and what the wire answers goes back as it came. Repeating
 * is the master's business, so is making sense of what it gets.
 *
 * A selection is worth nothing once another program has selected. So the bus is
 * kept for who selects, but only for a moment, as others wait: a master that
 * pauses for longer (some do for seconds, and then ask) finds selected what it
 * selected, since that is done once more for it if somebody else has sent.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <meterbus/decode.h>
#include <meterbus/telegram.h>

#include "cmd/serve.h"

/* A telegram that stops before its end was none. */
#define FRAGMENT_MS	1000
/* Masters that wait for the bus give up after 4 s, and two may be before them. */
#define HOLD_IDLE_MS	1000
#define HOLD_MAX_MS	30000

/* The same selection with its bytes in the other order (EN 13757-3, mode 2). */
#define CI_SELECT_MSB 0x56

struct client {
	int fd;
	struct meterbus_bus *bus;
	uint8_t buffer[2 * METERBUS_FRAME_MAX];
	size_t len;
	bool holds;
	int64_t hold_began;
	/* What selected or deselected last, empty: nothing did. */
	uint8_t selection[METERBUS_TELEGRAM_MAX];
	size_t selection_len;
	/* Frames sent on the wire: for this client, and till then by all others. */
	uint64_t own;
	uint64_t others;
	bool more_follow;	/* what was answered last was not all */
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
static bool next_telegram(struct client *client,
			  struct meterbus_telegram *telegram)
{
	size_t len;

	while (client->len) {
		len = telegram_length(client->buffer, client->len);
		if (len > client->len)
			return false;
		if (len > 4 && meterbus_telegram_parse(telegram, client->buffer,
						       len, NULL) == 0)
			return true;
		drop(client, 1);
	}
	return false;
}

static bool hold(struct client *client)
{
	if (client->holds)
		return true;
	client->holds = client->bus->link.hold(&client->bus->link, NULL) == 0;
	client->hold_began = milliseconds();
	return client->holds;
}

static void release(struct client *client)
{
	if (client->holds)
		client->bus->link.release(&client->bus->link);
	client->holds = false;
}

static int exchange(struct client *client, const uint8_t *request, size_t len,
		    struct meterbus_exchange *x, struct meterbus_error *err)
{
	int ret;

	*x = (struct meterbus_exchange){ .request = request,
					 .request_len = len };
	ret = client->bus->link.exchange(&client->bus->link, x, err);
	client->own += x->tries;
	return ret;
}

/* --- selections */

static bool is_selection(const struct meterbus_telegram *telegram)
{
	/* SND_UD to the selected meter with "select", of either byte order. */
	return telegram->type == METERBUS_TELEGRAM_LONG &&
	       telegram->a == METERBUS_A_SELECTED &&
	       (telegram->c & ~METERBUS_C_FCB) == METERBUS_C_SND_UD &&
	       (telegram->ci == METERBUS_CI_SELECT ||
		telegram->ci == CI_SELECT_MSB);
}

static bool is_deselection(const struct meterbus_telegram *telegram)
{
	return telegram->type == METERBUS_TELEGRAM_SHORT &&
	       telegram->a == METERBUS_A_SELECTED &&
	       telegram->c == METERBUS_C_SND_NKE;
}

static uint64_t sent_by_others(struct client *client)
{
	return client->bus->link.sent(&client->bus->link) - client->own;
}

static void remember_selection(struct client *client,
			       const struct meterbus_telegram *telegram)
{
	memcpy(client->selection, telegram->raw, telegram->raw_len);
	client->selection_len = telegram->raw_len;
	client->others = sent_by_others(client);
	client->more_follow = false;
}

/*
 * Before a telegram to what is selected. False: the client's selection is not
 * to be had, and the telegram must not reach what somebody else selected. Of
 * several telegrams the next ones neither: the meter may begin anew.
 */
static bool restore_selection(struct client *client)
{
	struct meterbus_exchange again;

	if (!client->selection_len)
		return true;
	if (!hold(client))
		return false;
	if (sent_by_others(client) == client->others)
		return true;
	if (client->more_follow ||
	    exchange(client, client->selection, client->selection_len, &again,
		     NULL) < 0 ||
	    !again.answer_len)
		return false;
	client->others = sent_by_others(client);
	return true;
}

/* The bus, as it must be for this telegram. */
static bool prepare(struct client *client,
		    const struct meterbus_telegram *telegram)
{
	if (telegram->a != METERBUS_A_SELECTED)
		return true;
	if (!is_selection(telegram) && !is_deselection(telegram))
		return restore_selection(client);
	/* From one meter to the next it is the turn of others. */
	release(client);
	if (!hold(client))
		return false;
	remember_selection(client, telegram);
	return true;
}

static void note_answer(struct client *client,
			const struct meterbus_exchange *x)
{
	struct meterbus_telegram answer;

	client->more_follow =
		meterbus_telegram_parse(&answer, x->answer, x->answer_len,
					NULL) == 0 &&
		meterbus_more_follow(&answer);
}

/* --- one telegram */

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
static const char *carry_out(struct client *client,
			     const struct meterbus_telegram *telegram)
{
	struct meterbus_exchange x = { 0 };
	struct meterbus_error err;
	size_t len = telegram->raw_len;
	ssize_t sent = 0;
	int ret = 0;

	if (prepare(client, telegram))
		ret = exchange(client, telegram->raw, len, &x, &err);
	if (ret < 0 || given_up(client, len))
		x.answer_len = 0;
	if (x.answer_len)
		sent = send(client->fd, x.answer, x.answer_len,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (telegram->a == METERBUS_A_SELECTED && x.answer_len)
		note_answer(client, &x);
	if (is_deselection(telegram) ||
	    (is_selection(telegram) && !x.answer_len))
		release(client);
	drop(client, len);
	client->last_ms = milliseconds();
	if (ret < 0 && err.kind == METERBUS_E_UNPLUGGED)
		return "the bus is unplugged";
	/* Anything else is silence to a master, which then repeats. */
	if (sent < 0 || (size_t)sent != x.answer_len)
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
	struct meterbus_telegram telegram;
	const char *why = NULL;
	ssize_t got;

	got = recv(client->fd, client->buffer + client->len,
		   sizeof(client->buffer) - client->len, MSG_DONTWAIT);
	if (got == 0)
		return "it left";
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? NULL :
							   strerror(errno);
	client->len += got;
	client->last_ms = milliseconds();
	while (!why && next_telegram(client, &telegram))
		why = carry_out(client, &telegram);
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
