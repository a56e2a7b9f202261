/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All outputs. The store is their queue: nothing is lost that is in it, and who
 * writes to it never waits for a receiver.
 */
#ifndef MBUSD_OUTBOX_H
#define MBUSD_OUTBOX_H

#include <stddef.h>

#include <meterbus/error.h>

#include "config/config.h"
#include "base/news.h"
#include "output/worker.h"

struct outbox;

/*
 * Starts the outputs of @config (output_worker_start()). Takes a reference of
 * it. NULL with METERBUS_E_SYSTEM.
 */
struct outbox *outbox_start(struct config *config, struct news *news,
			    struct recent *recent, struct meterbus_error *err);
/*
 * Outputs that are the same in @config go on; others end, begin, or change
 * with their position kept. Returns 0, or -1 with METERBUS_E_SYSTEM if one
 * could not begin; the others do.
 */
int outbox_reload(struct outbox *outbox, struct config *config,
		  struct meterbus_error *err);
/* What the receivers have not acknowledged yet is delivered after a restart. */
void outbox_stop(struct outbox *outbox);

/* Of up to @max outputs; returns how many there are. */
size_t outbox_status(struct outbox *outbox, struct output_status *status,
		     size_t max);

#endif
