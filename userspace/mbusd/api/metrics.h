/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of the daemon and the meters' present values as text for
 * Prometheus (text format 0.0.4), for GET /metrics.
 */
#ifndef MBUSD_METRICS_H
#define MBUSD_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <meterbus/error.h>
#include <meterbus/settings.h>

#include "config/config.h"
#include "output/outbox.h"
#include "reader/reader.h"
#include "service.h"
#include "store/store.h"

#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metrics_bus {
	struct reader_status reader;
	bool has_driver;	/* attached, and the driver answers */
	struct meterbus_status driver;
};

struct metrics {
	const struct config *config;
	time_t started;
	const struct metrics_bus *buses;
	size_t bus_count;
	const struct output_status *outputs;
	size_t output_count;
	struct recorder_status store;
};

/*
 * Writes all metrics, with the newest good readout of each meter from @store. The
 * caller checks ferror(). Returns 0, or -1 as the functions of the store.
 */
int metrics_write(FILE *out, const struct metrics *metrics,
		  struct store *store, struct meterbus_error *err);

/*
 * The same of a running daemon; the caller frees it. NULL with @err. From any
 * thread.
 */
char *metrics_text(struct service *service, size_t *len,
		   struct meterbus_error *err);

#endif
