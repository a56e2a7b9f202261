/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stored readout as the outside sees it: one object, the same for MQTT,
 * hooks, the API and mbusctl.
 */
#ifndef MBUSD_READING_H
#define MBUSD_READING_H

#include <json-c/json.h>

#include "config.h"
#include "store.h"

/*
 * The object of `mbusctl read --json` (meterbus/json.h: bus, time, telegrams)
 * with "id" of the readout, "site", "meter" (name), "address", "labels",
 * "outcome" and, if it failed, "why". @meter gives labels and key; NULL for
 * one that is no longer configured. NULL without memory.
 */
struct json_object *reading_json(const struct config *config,
				 const struct config_meter *meter,
				 const struct store_readout *readout);

/* RFC 3339 in UTC with milliseconds, "2026-01-31T06:00:00.123Z". */
#define READING_TIME_SIZE 32
char *reading_time(char out[READING_TIME_SIZE], int64_t time_ns);

#endif
