/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread of an output: delivers the readouts behind the output's position in
 * the store, in order, and moves the position when the receiver has acknowledged.
 * Deliveries that fail are repeated without end.
 */
#ifndef MBUSD_OUTPUT_WORKER_H
#define MBUSD_OUTPUT_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include <meterbus/error.h>

#include "config/config.h"
#include "base/commands.h"
#include "base/events.h"
#include "store/recent.h"

struct output_worker;

/*
 * For @output, which is in @config; takes a reference of that. @events, @recent and
 * @commands live until output_worker_stop(). Readouts stored after this has returned are
 * delivered. NULL with METERBUS_E_SYSTEM.
 */
struct output_worker *output_worker_start(struct config *config,
					  const struct config_output *output,
					  struct events *events,
					  struct recent *recent,
					  struct commands *commands,
					  struct meterbus_error *err);
/* Changes to @config; false if the output differs or is not in it. */
bool output_worker_reload(struct output_worker *worker, struct config *config);
/* Requests the thread to end. */
void output_worker_end(struct output_worker *worker);
/* The same and waits for it. NULL is none. */
void output_worker_stop(struct output_worker *worker);

struct output_status {
	char name[CONFIG_NAME_MAX + 1];
	const char *kind;	/* as in struct output_kind */
	/* The last attempt succeeded; false before the first. */
	bool connected;
	unsigned long delivered, failures; /* since the daemon began */
	uint64_t backlog;	/* readouts yet to deliver; outbox_status() */
	uint64_t parked;	/* store/parked.h; outbox_status() */
	char problem[256];	/* why it does not deliver; "" if it does */
};

/* Readouts were marked by store_send_again(). From any thread. */
void output_worker_send_again(struct output_worker *worker);

/* From any thread. */
void output_worker_status(struct output_worker *worker,
			  struct output_status *status);

#endif
