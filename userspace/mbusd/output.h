/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways to the outside. Each output has a thread and a position in the store
 * (outbox.c): it delivers what is stored in order, as fast as the receiver
 * takes it, and never holds up a bus. What cannot be delivered is tried again,
 * for weeks if need be.
 */
#ifndef MBUSD_OUTPUT_H
#define MBUSD_OUTPUT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/error.h>

#include "config.h"
#include "news.h"
#include "store.h"

/*
 * How a kind of output delivers; all calls come from the output's thread. They
 * may block, but not for longer than the output's timeout without any sign of
 * the receiver, and they come to an end as soon as stop_fd is readable.
 */
struct output_kind {
	const char *name;	/* "mqtt", "influx", "webhook", "exec" */
	/* How many readouts deliver() takes at once. */
	size_t batch;
	/*
	 * Connects lazily: fails for a configuration it cannot use only. Both
	 * configurations live until close().
	 */
	void *(*open)(const struct config *config,
		      const struct config_output *output, int stop_fd,
		      struct meterbus_error *err);
	/*
	 * Delivers @count readouts in order; @config is the newest, for the
	 * meters' labels and keys. Returns how many of them, from the first on,
	 * the receiver has acknowledged; fewer than @count with @err, for the
	 * rest to be repeated later. A readout the receiver will never take is
	 * logged and counts as delivered, so that it does not block the others.
	 */
	size_t (*deliver)(void *state, const struct config *config,
			  const struct store_readout *const *readouts,
			  size_t count, struct meterbus_error *err);
	/*
	 * Called while there is nothing to deliver, every few seconds and when
	 * @wake says so, which it sets (fd -1: never): keeps a connection.
	 * Returns 0, or -1 with @err if there is none. May be NULL.
	 */
	int (*idle)(void *state, struct pollfd *wake,
		    struct meterbus_error *err);
	void (*close)(void *state);
};

extern const struct output_kind output_mqtt;
extern const struct output_kind output_influx;	/* 1.x and 2.x */
extern const struct output_kind output_webhook;
extern const struct output_kind output_exec;

struct outbox;

/*
 * A thread for every output of @config; @news tells when there is something,
 * and lives until outbox_stop(). What is stored after this has returned is
 * delivered. Takes a reference of @config. NULL with METERBUS_E_SYSTEM.
 */
struct outbox *outbox_start(struct config *config, struct news *news,
			    struct meterbus_error *err);
/*
 * Outputs that are the same in @config go on; others end, begin, or change
 * with their position kept. Returns 0, or -1 with METERBUS_E_SYSTEM if one
 * could not begin; the others do.
 */
int outbox_reload(struct outbox *outbox, struct config *config,
		  struct meterbus_error *err);
/* What the receivers have not acknowledged yet is delivered after a restart. */
void outbox_stop(struct outbox *outbox);

struct output_status {
	char name[CONFIG_NAME_MAX + 1];
	const char *kind;	/* as in struct output_kind */
	/* The last attempt went well; before the first one it is false. */
	bool connected;
	unsigned long delivered, failures; /* since the daemon began */
	uint64_t backlog;	/* readouts yet to deliver */
	char problem[256];	/* why it does not get on; "" if it does */
};

/* Up to @max of them; returns how many there are. */
size_t outbox_status(struct outbox *outbox, struct output_status *status,
		     size_t max);

#endif
