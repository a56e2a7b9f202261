/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reading: a readout with its telegrams decoded. It is decoded once, then shared
 * by store, events, API and outputs, whose JSON object is the same.
 */
#ifndef MBUSD_READING_H
#define MBUSD_READING_H

#include <stddef.h>
#include <stdint.h>

#include <meterbus/format.h>

#include "config/config.h"
#include "store/store.h"

/* Immutable except for its id. */
struct reading {
	/* A copy. Only the recorder sets its id. */
	struct store_readout *readout;
	/* The valid telegrams, in order, decoded. */
	const struct meterbus_reading *telegrams;
	size_t count;
};

/*
 * Decodes @readout. @meter gives key, labels and address; NULL for one that is
 * not configured. Neither need live longer than the call. Returns a reading
 * with one reference, or NULL without memory.
 */
struct reading *reading_new(const struct config *config,
			    const struct config_meter *meter,
			    const struct store_readout *readout);
/* From any thread; the last reading_put() frees. */
struct reading *reading_get(struct reading *reading);
void reading_put(struct reading *reading);	/* NULL is none */

/*
 * Sets the id of its text. Called once, from any thread. Returns 0, or -1
 * without memory.
 */
int reading_set_id(struct reading *reading, int64_t id);

/*
 * The object of `mbusctl read --json` (meterbus/json.h: bus, time, telegrams)
 * with "id" of the readout, "site", "meter" (name), "address", "labels",
 * "outcome" and, if it failed, "why"; on one line, numbers exact. It lives as
 * long as the reading.
 */
const char *reading_text(const struct reading *reading, size_t *len);

/* RFC 3339 in UTC with milliseconds, "2026-01-31T06:00:00.123Z". */
#define READING_TIME_SIZE 32
char *reading_time(char out[READING_TIME_SIZE], int64_t time_ns);

#endif
