/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One output at work: a thread takes what is behind the output's position in
 * the store, has it delivered in order, as fast as the receiver takes it, and
 * moves the position when the receiver has acknowledged. What cannot be
 * delivered is tried again, for weeks if need be.
 */
#ifndef MBUSD_OUTPUT_WORKER_H
#define MBUSD_OUTPUT_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include <meterbus/error.h>

#include "config/config.h"
#include "base/news.h"
#include "store/recent.h"

struct output_worker;

/*
 * For @output, which is in @config; takes a reference of that. @news tells when
 * there is something; it and @recent live until output_worker_stop(). What is stored
 * after this has returned is delivered. NULL with METERBUS_E_SYSTEM.
 */
struct output_worker *output_worker_start(struct config *config,
					  const struct config_output *output,
					  struct news *news,
					  struct recent *recent,
					  struct meterbus_error *err);
/* Goes on with @config; false if its output is another one there, or gone. */
bool output_worker_reload(struct output_worker *worker, struct config *config);
/* Tells the thread to end. */
void output_worker_end(struct output_worker *worker);
/* The same and waits for it. NULL is none. */
void output_worker_stop(struct output_worker *worker);

struct output_status {
	char name[CONFIG_NAME_MAX + 1];
	const char *kind;	/* as in struct output_kind */
	/* The last attempt went well; before the first one it is false. */
	bool connected;
	unsigned long delivered, failures; /* since the daemon began */
	uint64_t backlog;	/* readouts yet to deliver; outbox_status() */
	char problem[256];	/* why it does not deliver; "" if it does */
};

/* From any thread. */
void output_worker_status(struct output_worker *worker,
			  struct output_status *status);

#endif
