// SPDX-License-Identifier: GPL-2.0-only
/*
 * An open file's queue: every record of the bus goes into each, and read()
 * takes them out. A slow reader loses its oldest records and never delays the
 * bus.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include "client.h"

/* Plain readers want the frames of others. */
static bool wanted(const struct mbus_client *client,
		   const struct meterbus_bus_record *record)
{
	return client->mode == METERBUS_MODE_RECORD ||
	       (record->kind == METERBUS_KIND_FRAME &&
		!(record->flags & METERBUS_FLAG_OWN));
}

static void queue_record(struct mbus_client *client,
			 const struct meterbus_bus_record *record, size_t len)
{
	while (kfifo_avail(&client->queue) < len) {
		kfifo_skip(&client->queue);
		client->taken++;
		client->lost++;
		client->bus->records_lost++;
	}
	kfifo_in(&client->queue, (const u8 *)record, len);
	wake_up_all(&client->wait);
}

/**
 * mbus_client_record() - put a record into the queues of all files
 * @bus: the bus, with bus->lock held
 * @record: followed by its data; METERBUS_FLAG_OWN is set for each file
 * @len: of both
 */
void mbus_client_record(struct mbus_bus *bus, struct meterbus_bus_record *record,
			size_t len)
{
	bool received = record->direction == METERBUS_DIRECTION_RECEIVED;
	struct mbus_claim *active = bus->arbiter.active;
	u32 flags = record->flags;
	struct mbus_client *client;

	lockdep_assert_held(&bus->lock);

	list_for_each_entry(client, &bus->clients, node) {
		record->flags = flags;
		if (!received && active && active->user == &client->user)
			record->flags |= METERBUS_FLAG_OWN;
		if (wanted(client, record))
			queue_record(client, record, len);
	}
}

/**
 * mbus_client_wake() - wake everything that waits in any file
 * @bus: the bus, with bus->lock held
 */
void mbus_client_wake(struct mbus_bus *bus)
{
	struct mbus_client *client;

	lockdep_assert_held(&bus->lock);

	list_for_each_entry(client, &bus->clients, node)
		wake_up_all(&client->wait);
}

static int add_client(struct mbus_bus *bus, struct mbus_client *client)
{
	int ret = 0;

	spin_lock_bh(&bus->lock);
	if (bus->dead) {
		ret = -ENODEV;
	} else {
		list_add_tail(&client->node, &bus->clients);
		bus->client_count++;
	}
	spin_unlock_bh(&bus->lock);
	return ret;
}

/**
 * mbus_client_open() - a file is opened
 * @bus: the bus; the file gets a reference to its device
 *
 * Return: the file or an ERR_PTR().
 */
struct mbus_client *mbus_client_open(struct mbus_bus *bus)
{
	struct mbus_client *client;
	int ret;

	client = kzalloc_obj(*client, GFP_KERNEL_ACCOUNT);
	if (!client)
		return ERR_PTR(-ENOMEM);
	client->bus = bus;
	init_waitqueue_head(&client->wait);
	mutex_init(&client->reading);
	ret = kfifo_alloc(&client->queue, MBUS_QUEUE_SIZE, GFP_KERNEL_ACCOUNT);
	if (ret)
		goto free_client;
	ret = add_client(bus, client);
	if (ret)
		goto free_queue;
	get_device(&bus->dev);
	return client;

free_queue:
	kfifo_free(&client->queue);
free_client:
	kfree(client);
	return ERR_PTR(ret);
}

/**
 * mbus_client_close() - a file is closed
 * @client: the file, for which no request waits any more
 */
void mbus_client_close(struct mbus_client *client)
{
	struct mbus_bus *bus = client->bus;

	spin_lock_bh(&bus->lock);
	list_del(&client->node);
	bus->client_count--;
	spin_unlock_bh(&bus->lock);
	kfifo_free(&client->queue);
	mutex_destroy(&client->reading);
	kfree(client);
	put_device(&bus->dev);
}

/**
 * mbus_client_set_mode() - select the records that read() returns
 * @client: the file; its queue is emptied
 * @mode: MBUS_MODE_*
 */
void mbus_client_set_mode(struct mbus_client *client, u32 mode)
{
	spin_lock_bh(&client->bus->lock);
	kfifo_reset(&client->queue);
	client->lost = 0;
	client->taken++;
	client->mode = mode;
	spin_unlock_bh(&client->bus->lock);
}

/**
 * mbus_client_readable() - whether read() would return at once
 * @client: the file
 *
 * Return: true if there is a record, or will never be one.
 */
bool mbus_client_readable(const struct mbus_client *client)
{
	return !kfifo_is_empty(&client->queue) || mbus_bus_dead(client->bus);
}

/* The next record stays in the queue. */
static ssize_t peek_record(struct mbus_client *client, size_t room,
			   struct mbus_queued_record *out, const void **begin)
{
	size_t skip = 0;
	ssize_t len;

	if (client->mode == METERBUS_MODE_PLAIN) {
		skip = sizeof(out->head);
		if (client->lost) {
			client->lost = 0;
			return -EPIPE;
		}
	}
	len = kfifo_peek_len(&client->queue) - skip;
	if (len > room)
		return -EMSGSIZE;
	if (!kfifo_out_peek(&client->queue, (u8 *)out, sizeof(*out)))
		return 0;
	out->head.lost = client->lost;
	*begin = (u8 *)out + skip;
	return len;
}

/**
 * mbus_client_peek() - copy the next record
 * @client: the file, with @client->reading held
 * @room: bytes that the reader has room for
 * @out: filled
 * @begin: set to the part of @out that the reader gets
 *
 * It stays queued until mbus_client_take().
 *
 * Return: bytes for the reader, 0 when there is no record, -EMSGSIZE if it
 * needs more room, -EPIPE once after a plain reader has lost some, -ENODEV when
 * there will be none.
 */
ssize_t mbus_client_peek(struct mbus_client *client, size_t room,
			 struct mbus_queued_record *out, const void **begin)
{
	struct mbus_bus *bus = client->bus;
	ssize_t len = 0;

	spin_lock_bh(&bus->lock);
	client->peeked = client->taken;
	if (!kfifo_is_empty(&client->queue))
		len = peek_record(client, room, out, begin);
	else if (bus->dead)
		len = -ENODEV;
	spin_unlock_bh(&bus->lock);
	return len;
}

/**
 * mbus_client_take() - the reader has the record
 * @client: the file, with @client->reading held since mbus_client_peek()
 * @lost: lost records reported to the reader
 *
 * If the queue has overflown meanwhile the record was taken off it as lost.
 */
void mbus_client_take(struct mbus_client *client, u32 lost)
{
	struct mbus_bus *bus = client->bus;

	spin_lock_bh(&bus->lock);
	client->lost -= min(lost, client->lost);
	if (client->taken == client->peeked) {
		kfifo_skip(&client->queue);
		client->taken++;
	} else if (client->lost) {
		client->lost--;
		bus->records_lost--;
	}
	spin_unlock_bh(&bus->lock);
}

/**
 * mbus_client_poll() - events for poll()
 * @client: the file
 *
 * Return: EPOLL*.
 */
__poll_t mbus_client_poll(struct mbus_client *client)
{
	struct mbus_bus *bus = client->bus;
	__poll_t mask = 0;

	spin_lock_bh(&bus->lock);
	if (!kfifo_is_empty(&client->queue))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (bus->dead)
		mask |= EPOLLHUP | EPOLLERR;
	else if (mbus_arbiter_full(&bus->arbiter, &client->user))
		bus->crowded = true;
	else if (!client->writing && !bus->no_link)
		mask |= EPOLLOUT | EPOLLWRNORM;
	if (client->submitted &&
	    client->submitted->state == MBUS_REQUEST_ENDED)
		mask |= EPOLLPRI;
	spin_unlock_bh(&bus->lock);
	return mask;
}
