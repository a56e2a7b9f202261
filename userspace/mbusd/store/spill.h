/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readings that the store did not take before the daemon had to end, in a file
 * beside it: STORE.spill, a line of JSON for each.
 */
#ifndef MBUSD_SPILL_H
#define MBUSD_SPILL_H

#include <stdbool.h>
#include <stddef.h>

#include <meterbus/error.h>

#include "config/config.h"
#include "store/queue.h"

/* All of @queue, on the disk before this returns 0. */
int spill_write(const char *store, const struct queue *queue,
		struct meterbus_error *err);

/*
 * Adds what the file has to @queue; it stays until spill_remove(). Returns 0,
 * also if there is none; *@count tells how many there were, *@broken how many
 * lines made no sense.
 */
int spill_read(const char *store, const struct config *config,
	       struct queue *queue, size_t *count, size_t *broken,
	       struct meterbus_error *err);

/* What was in it is in the store. @keep: renamed to STORE.spill.bad instead. */
void spill_remove(const char *store, bool keep);

#endif
