/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All outputs. The store is their queue, so buses never wait for a receiver.
 */
#ifndef MBUSD_OUTBOX_H
#define MBUSD_OUTBOX_H

#include <stddef.h>

#include <meterbus/error.h>

#include "config/config.h"
#include "base/events.h"
#include "output/worker.h"

struct outbox;

/*
 * Starts the outputs of @config (output_worker_start()). Takes a reference of
 * it. NULL with METERBUS_E_SYSTEM.
 */
struct outbox *outbox_start(struct config *config, struct events *events,
			    struct recent *recent, struct commands *commands,
			    struct meterbus_error *err);
/*
 * Changes to @config. Outputs that are the same go on, others end or begin;
 * changed ones keep their position. Returns 0, or -1 with METERBUS_E_SYSTEM if
 * one could not begin; the others do.
 */
int outbox_reload(struct outbox *outbox, struct config *config,
		  struct meterbus_error *err);
/* Readouts that are not acknowledged are delivered after a restart. */
void outbox_stop(struct outbox *outbox);

/*
 * Has the parked @readout, 0 for all, of the output @name sent again. *@count is
 * their number. Returns 0, or -1 with METERBUS_E_USAGE (no such output) or as the
 * functions of the store.
 */
int outbox_send_again(struct outbox *outbox, const char *name, int64_t readout,
		      unsigned int *count, struct meterbus_error *err);

/* Of up to @max outputs; returns how many there are. */
size_t outbox_status(struct outbox *outbox, struct output_status *status,
		     size_t max);

#endif
