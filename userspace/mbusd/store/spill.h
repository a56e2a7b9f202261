/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readings that could not be stored before the daemon ended, in a file beside the
 * store: STORE.spill, a line of JSON for each.
 */
#ifndef MBUSD_SPILL_H
#define MBUSD_SPILL_H

#include <stdbool.h>
#include <stddef.h>

#include <meterbus/error.h>

#include "config/config.h"
#include "store/queue.h"

/* Writes @queue to the disk. */
int spill_write(const char *store, const struct queue *queue,
		struct meterbus_error *err);

/*
 * Adds the readings of the file to @queue; the file stays until spill_remove().
 * Returns 0, also without a file. *@count: readings, *@broken: invalid lines.
 */
int spill_read(const char *store, const struct config *config,
	       struct queue *queue, size_t *count, size_t *broken,
	       struct meterbus_error *err);

/* Removes the file; @keep renames it to STORE.spill.bad instead. */
void spill_remove(const char *store, bool keep);

#endif
