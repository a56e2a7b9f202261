/* SPDX-License-Identifier: GPL-2.0-only */
/* An open file of a bus and its queue of records. */
#ifndef MBUS_CLIENT_H
#define MBUS_CLIENT_H

#include <linux/kfifo.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "bus.h"

#define MBUS_QUEUE_SIZE		32768	/* bytes of records per open file */

/**
 * struct mbus_client - an open file; all but @bus, @wait and @reading
 *	under bus->lock
 * @node: in bus->clients
 * @bus: holds a reference to its device
 * @user: its user in the arbiter
 * @wait: woken by every change that concerns this file
 * @queue: records for read()
 * @mode: MBUS_MODE_*
 * @lost: records dropped from @queue since the last read
 * @writing: a frame of write() has not ended yet
 * @submitted: the transaction to be fetched, with a reference, or NULL
 * @taken: records taken off @queue so far, or lost
 * @peeked: @taken at the last mbus_client_peek()
 * @reading: serialises readers; taken before bus->lock
 */
struct mbus_client {
	struct list_head node;
	struct mbus_bus *bus;
	struct mbus_user user;
	wait_queue_head_t wait;
	struct kfifo_rec_ptr_2 queue;
	u32 mode;
	u32 lost;
	bool writing;
	struct mbus_request *submitted;
	u32 taken;
	u32 peeked;
	struct mutex reading; /* see above */
};

static inline struct mbus_client *user_to_client(struct mbus_user *user)
{
	return user ? container_of(user, struct mbus_client, user) : NULL;
}

/* A record and its data, as it lies in a client's queue. */
struct mbus_queued_record {
	struct meterbus_bus_record head;
	u8 data[METERBUS_DATA_MAX];
};

struct mbus_client *mbus_client_open(struct mbus_bus *bus);
void mbus_client_close(struct mbus_client *client);

void mbus_client_record(struct mbus_bus *bus, struct meterbus_bus_record *record,
			size_t len);
void mbus_client_wake(struct mbus_bus *bus);

void mbus_client_set_mode(struct mbus_client *client, u32 mode);
bool mbus_client_readable(const struct mbus_client *client);
ssize_t mbus_client_peek(struct mbus_client *client, size_t room,
			 struct mbus_queued_record *out, const void **begin);
void mbus_client_take(struct mbus_client *client, u32 lost);
__poll_t mbus_client_poll(struct mbus_client *client);

#endif
