/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes readings of all buses into the store. recorder_add() puts them into a
 * bounded queue in memory and returns; a thread writes the queue, several
 * readings in one commit, and publishes what is stored (base/events.h). Only that
 * thread waits for the disk. All functions may be called from any thread.
 */
#ifndef MBUSD_RECORDER_H
#define MBUSD_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/error.h>

#include "base/events.h"
#include "config/config.h"
#include "store/reading.h"
#include "store/recent.h"

struct recorder;

/*
 * Opens the store of @config for writing, alone: a second daemon on the same
 * store fails with METERBUS_E_BUSY. Reads the spill file of recorder_close().
 * Keeps a reference of @config. @events and @recent live until recorder_close().
 */
struct recorder *recorder_open(struct config *config, struct events *events,
			       struct recent *recent,
			       struct meterbus_error *err);
/*
 * Writes the queue for some seconds; the rest goes into a file beside the store
 * (spill.h). False if the disk hangs, so that the thread is abandoned: what it
 * uses must not be freed.
 */
bool recorder_close(struct recorder *recorder);
/* The same without freeing, for a process that ends right after. */
bool recorder_flush(struct recorder *recorder);

/* Changes retention and outputs; the store stays. */
void recorder_reload(struct recorder *recorder, struct config *config);

/*
 * Takes a reference of @reading. If the queue is full the oldest readings in it
 * are dropped, counted and reported.
 */
void recorder_add(struct recorder *recorder, struct reading *reading);

/*
 * Waits until all readings added before are stored, for up to @timeout_ms. False
 * after that, and at once while the store fails.
 */
bool recorder_wait(struct recorder *recorder, unsigned int timeout_ms);

/* As store_attempts(), with those in the queue. */
int recorder_attempts(struct recorder *recorder, const char *meter,
		      int64_t since_ns, int64_t until_ns, unsigned int *count,
		      struct meterbus_error *err);

/* As store_last(); 0 if there is none or the store fails. */
int64_t recorder_last(struct recorder *recorder, const char *meter,
		      int64_t before_ns);

struct recorder_status {
	size_t waiting;		/* readings in the queue */
	int64_t oldest_ns;	/* time of the oldest of them; 0: none */
	unsigned long stored;	/* since the daemon began */
	unsigned long commits;	/* that it took; the same */
	unsigned long lost;	/* dropped from a full queue; the same */
	char problem[256];	/* why the store fails; "" */
	char last_error[256];	/* the last problem, also if it is over; "" */
	int64_t error_ns;	/* when that was; 0: never */
	uint64_t bytes;		/* of the store's files, and free on its disk; */
	uint64_t free_bytes;	/* as of some seconds ago */
	int64_t growth;		/* bytes a day, over the last day; may be < 0 */
};

/* Never waits for the disk. */
void recorder_status(struct recorder *recorder, struct recorder_status *status);

#endif
