/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one who writes readouts into the store for all buses. While the store
 * takes none (full disk), they wait in memory, in order; what is stored is
 * published (news.h). All functions may be called from any thread.
 */
#ifndef MBUSD_RECORDER_H
#define MBUSD_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include <meterbus/error.h>

#include "config/config.h"
#include "base/news.h"
#include "store/store.h"

struct recorder;

/*
 * Opens the store of @config for writing, alone: a second daemon on the same
 * store fails with METERBUS_E_BUSY. Keeps a reference of @config.
 */
struct recorder *recorder_open(struct config *config, struct news *news,
			       struct meterbus_error *err);
/* Says what is lost if something still waits. */
void recorder_close(struct recorder *recorder);

/* Keys, labels, retention and outputs from now on; not another store. */
void recorder_reload(struct recorder *recorder, struct config *config);

/*
 * Stores @readout and sets its id; 0 if it has to wait. It never gets lost
 * without a message.
 */
void recorder_add(struct recorder *recorder, struct store_readout *readout);

/* As store_attempts(), with those that wait. */
int recorder_attempts(struct recorder *recorder, const char *meter,
		      int64_t since_ns, int64_t until_ns, unsigned int *count,
		      struct meterbus_error *err);

/* As store_last(); 0 if there was none or the store does not say. */
int64_t recorder_last(struct recorder *recorder, const char *meter,
		      int64_t before_ns);

/*
 * Tries to store what waits, deletes a bounded number of readouts that are too
 * old. To be called every few seconds.
 */
void recorder_tick(struct recorder *recorder);

/* How many readouts wait, how many were lost; why the store takes none. */
struct recorder_status {
	size_t waiting;
	unsigned long lost;
	char problem[256];	/* "" */
};

void recorder_status(struct recorder *recorder, struct recorder_status *status);

#endif
