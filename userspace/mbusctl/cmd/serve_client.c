// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A foreign master on a shared bus: each telegram that arrives over TCP becomes
 * one transaction, and the answer is returned unchanged. The master repeats
 * telegrams and interprets answers itself.
 *
 * A selection is lost when another program selects. So the bus is held for a
 * client after its selection, but only briefly, as others wait. Some masters
 * pause for seconds between selection and request: then the selection is
 * repeated before the request if another program has sent.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include <meterbus/decode.h>
#include <meterbus/telegram.h>

#include "common/clock.h"
#include "cmd/serve.h"

/* An incomplete telegram is dropped after this time. */
#define FRAGMENT_MS	1000
/* Masters give up after 4 s, and two may be ahead in the queue. */
#define HOLD_IDLE_MS	1000
#define HOLD_MAX_MS	30000

/* The selection with the other byte order (EN 13757-3, mode 2). */
#define CI_SELECT_MSB 0x56

struct client {
	int fd;
	struct meterbus_link *link;
	uint8_t buffer[2 * METERBUS_FRAME_MAX];
	size_t len;
	bool holds;
	int64_t hold_began;
	/* The client's last selection; empty: none. */
	uint8_t selection[METERBUS_TELEGRAM_MAX];
	size_t selection_len;
	/* Frames on the wire: of this client, and of others up to its last. */
	uint64_t own;
	uint64_t others;
	bool more_follow;	/* the last answer announced more */
	int64_t last_ms;	/* the last bytes, or the last answer */
};

/* Length of the telegram that begins with @bytes; 0: none does. */
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

/* The first complete telegram in the buffer; other bytes are dropped. */
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
	client->holds = client->link->hold(client->link, NULL) == 0;
	client->hold_began = now_ms();
	return client->holds;
}

static void release(struct client *client)
{
	if (client->holds)
		client->link->release(client->link);
	client->holds = false;
}

static int exchange(struct client *client, const uint8_t *request, size_t len,
		    struct meterbus_exchange *x, struct meterbus_error *err)
{
	int ret;

	*x = (struct meterbus_exchange){ .request = request,
					 .request_len = len };
	ret = client->link->exchange(client->link, x, err);
	client->own += x->tries;
	return ret;
}

/* --- selections */

static bool is_selection(const struct meterbus_telegram *telegram)
{
	/* A selection: SND_UD to address 253 with CI 52 or 56. */
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
	return client->link->sent(client->link) - client->own;
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
 * Restores the client's selection before a telegram to the selected meter.
 * False: this failed, and the telegram must not reach the meter that another
 * program selected. In a readout of several telegrams it fails as well, as
 * the meter may begin anew after a selection.
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

/* Holds the bus, with the selection that this telegram needs. */
static bool prepare(struct client *client,
		    const struct meterbus_telegram *telegram)
{
	if (telegram->a != METERBUS_A_SELECTED)
		return true;
	if (!is_selection(telegram) && !is_deselection(telegram))
		return restore_selection(client);
	/* Between two meters other programs have their turn. */
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
 * A master sends another telegram only after it has given up the previous one.
 * A late answer to that would be taken for the answer to this telegram, and so
 * on for all later ones.
 */
static bool given_up(const struct client *client, size_t len)
{
	uint8_t byte;

	return client->len > len ||
	       recv(client->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* Returns NULL, or the reason to disconnect the client. */
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
	client->last_ms = now_ms();
	if (ret < 0 && err.kind == METERBUS_E_UNPLUGGED)
		return "bus unplugged";
	/* Any other failure is silence to the master, which then repeats. */
	if (sent < 0 || (size_t)sent != x.answer_len)
		return "the client does not read its answers";
	return NULL;
}

/* Milliseconds until the next timeout; -1: none. */
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
	int64_t now = now_ms();

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
		return "disconnected";
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? NULL :
							   strerror(errno);
	client->len += got;
	client->last_ms = now_ms();
	while (!why && next_telegram(client, &telegram))
		why = carry_out(client, &telegram);
	return why;
}

const char *serve_client(int fd, struct meterbus_bus *bus)
{
	struct client client = {
		.fd = fd,
		.link = meterbus_bus_link(bus),
		.last_ms = now_ms(),
	};
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	const char *why = NULL;

	while (!why) {
		if (poll(&pollfd, 1, time_left(&client, now_ms())) < 0 &&
		    errno != EINTR)
			return strerror(errno);
		if (pollfd.revents)
			why = take_bytes(&client);
		check_time(&client);
	}
	release(&client);
	return why;
}
