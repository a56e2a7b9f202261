/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways to the outside. Each output has a thread and a position in the store
 * (outbox.c): it delivers what is stored in order, as fast as the receiver
 * takes it, and never holds up a bus. What cannot be delivered is tried again,
 * for weeks if need be.
 */
#ifndef MBUSD_OUTPUT_H
#define MBUSD_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/error.h>

#include "config.h"
#include "news.h"
#include "store.h"

/* How a kind of output delivers; all calls come from the output's thread. */
struct output_kind {
	/* How many readouts deliver() takes at once. */
	size_t batch;
	/* Connects lazily: fails for a configuration it cannot use only. */
	void *(*open)(const struct config *config,
		      const struct config_output *output,
		      struct meterbus_error *err);
	/*
	 * Delivers @count readouts in order. Returns how many of them, from the
	 * first on, the receiver has acknowledged; fewer than @count with @err,
	 * for the rest to be repeated later. A readout the receiver will never
	 * take is logged and counts as delivered, so that it does not block
	 * the others.
	 */
	size_t (*deliver)(void *state, const struct store_readout *readouts,
			  size_t count, struct meterbus_error *err);
	/*
	 * Called while there is nothing to deliver, at least every second, for
	 * keeping a connection alive. May be NULL.
	 */
	void (*idle)(void *state);
	/* Ends within the output's timeout. */
	void (*close)(void *state);
};

extern const struct output_kind output_mqtt;
extern const struct output_kind output_influx;	/* 1.x and 2.x */
extern const struct output_kind output_webhook;
extern const struct output_kind output_exec;

struct outbox;

/* A thread for every output of @config; @news tells when there is something. */
struct outbox *outbox_start(struct config *config, struct news *news,
			    struct meterbus_error *err);
/*
 * Outputs that are the same in @config go on; others end, begin, or change
 * with their position kept.
 */
void outbox_reload(struct outbox *outbox, struct config *config);
void outbox_stop(struct outbox *outbox);

struct output_status {
	char name[CONFIG_NAME_MAX + 1];
	const char *kind;	/* "mqtt", "influx", "webhook", "exec" */
	bool connected;
	unsigned long delivered, failures; /* since the daemon began */
	uint64_t backlog;	/* readouts yet to deliver */
	char problem[256];	/* why it does not get on; "" */
};

/* Up to @max of them; returns how many there are. */
size_t outbox_status(struct outbox *outbox, struct output_status *status,
		     size_t max);

#endif
