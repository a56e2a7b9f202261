/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stored readout as the outside sees it: one object, the same for MQTT,
 * hooks, the API and mbusctl.
 */
#ifndef MBUSD_READING_H
#define MBUSD_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include <meterbus/decoder.h>
#include <meterbus/telegram.h>

#include "config/config.h"
#include "store/store.h"

/*
 * The object of `mbusctl read --json` (meterbus/json.h: bus, time, telegrams)
 * with "id" of the readout, "site", "meter" (name), "address", "labels",
 * "outcome" and, if it failed, "why". @meter gives labels and key; NULL for
 * one that is no longer configured. NULL without memory.
 */
struct json_object *reading_json(const struct config *config,
				 const struct config_meter *meter,
				 const struct store_readout *readout);

/*
 * The same as text on one line, numbers exact; to be freed by the caller.
 * NULL without memory.
 */
char *reading_text(const struct config *config,
		   const struct config_meter *meter,
		   const struct store_readout *readout, size_t *len);

/* RFC 3339 in UTC with milliseconds, "2026-01-31T06:00:00.123Z". */
#define READING_TIME_SIZE 32
char *reading_time(char out[READING_TIME_SIZE], int64_t time_ns);

/* What it takes to decode the telegrams of one readout, in order. */
struct reading_decoder {
	struct meterbus_decoder decoder;
	struct meterbus_address meter;
	struct meterbus_formats formats;
	struct meterbus_format slots[4];
};

/* @meter as for reading_json(); it must live as long. */
void reading_decoder_init(struct reading_decoder *decoder,
			  const struct config_meter *meter);

/*
 * False if @stored is no telegram. @telegram leads into @stored, @app into
 * that and @decoder until the next call.
 */
bool reading_decode(struct reading_decoder *decoder,
		    const struct store_telegram *stored,
		    struct meterbus_telegram *telegram,
		    struct meterbus_application *app);

#endif
