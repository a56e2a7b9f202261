/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests of an open file, from submission to end. */
#ifndef MBUS_REQUEST_H
#define MBUS_REQUEST_H

#include <linux/types.h>

#include "client.h"

struct mbus_request *mbus_request_alloc(struct mbus_client *client,
					enum mbus_request_kind kind);
void mbus_request_put(struct mbus_request *request);

/* How long a request may wait for its turn; @left_ms is set when it ends. */
struct mbus_wait {
	u32 ms;
	u32 left_ms;
	bool nonblock;
};

int mbus_request_write(struct mbus_request *request);
int mbus_request_run(struct mbus_request *request, struct mbus_wait *wait);
int mbus_request_submit(struct mbus_request *request, u32 wait_ms);
struct mbus_request *mbus_request_fetch(struct mbus_client *client,
					bool nonblock);
int mbus_request_cancel(struct mbus_client *client);
void mbus_request_ended(struct mbus_bus *bus, struct mbus_request *request,
			int error);

int mbus_request_release(struct mbus_client *client);
void mbus_request_leave(struct mbus_client *client);

#endif
