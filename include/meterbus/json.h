/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Readouts as JSON, schema 1 (Documentation/decoding.md). Numbers are printed
 * as plain exact decimals: read them from the text, the json_object of a value
 * that is a number has no usable double. Values that are equal may be one
 * object in several places: do not change any.
 */
#ifndef METERBUS_JSON_H
#define METERBUS_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <meterbus/decode.h>
#include <meterbus/decoder.h>
#include <meterbus/error.h>
#include <meterbus/master.h>
#include <meterbus/search.h>
#include <meterbus/telegram.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

struct json_object;	/* of json-c: <json-c/json.h> */

/*
 * A readout without telegrams. @bus ("mbus0") and @time (ISO 8601 with Z) may
 * be NULL and are then left out. NULL without memory; the caller puts it.
 */
struct json_object *meterbus_json_readout(const char *bus, const char *time);

/*
 * Appends a telegram with all that is known about it. Returns 0. Returns -1
 * with METERBUS_E_DECODE if the bytes are no telegram, which leaves @readout
 * as it was, or METERBUS_E_SYSTEM without memory.
 */
int meterbus_json_add(struct json_object *readout, const uint8_t *raw,
		      size_t len, struct meterbus_error *err);

/*
 * The same for a telegram that is parsed, with @app as the caller decoded it,
 * which may have taken a key or a format (<meterbus/decoder.h>).
 */
int meterbus_json_add_decoded(struct json_object *readout,
			      const struct meterbus_telegram *telegram,
			      const struct meterbus_application *app,
			      struct meterbus_error *err);

/* The same, parsed by @decoder, with its key, formats and descriptions. */
int meterbus_json_add_with(struct json_object *readout,
			   struct meterbus_decoder *decoder, const uint8_t *raw,
			   size_t len, struct meterbus_error *err);

/*
 * What a readout of @address ended as: the members "address", "outcome"
 * ("read", "silence" ...) and, if @failure is not NULL, "why". Returns 0, or
 * -1 without memory.
 */
int meterbus_json_outcome(struct json_object *readout, const char *address,
			  const struct meterbus_error *failure);

/*
 * Reads a meter by meterbus_read() and decodes its telegrams by @decoder, for
 * which the meter is the one that answered if it has no other. The readout is
 * that of `mbusctl read --json`; one that failed has the telegrams that came
 * before. @failure says why it failed and is METERBUS_OK otherwise. @bus may
 * be NULL. NULL without memory; the caller puts it.
 */
struct json_object *meterbus_json_read(struct meterbus_master *master,
				       const struct meterbus_address *address,
				       struct meterbus_decoder *decoder,
				       const char *bus,
				       struct meterbus_error *failure);

/*
 * The text of @object, which is given up, for free(). NULL without memory, or
 * if @object is NULL.
 */
char *meterbus_json_text(struct json_object *object);

/*
 * The text of a readout of one telegram, for free(); NULL with @err as
 * meterbus_json_add().
 */
char *meterbus_json_decode(const uint8_t *raw, size_t len,
			   struct meterbus_error *err);

/*
 * What happens in a search, as `mbusctl scan --json` prints it: the member
 * "event" is "meter", "finding", "progress" or "summary". NULL without memory;
 * the caller puts it.
 */
struct json_object *meterbus_json_found(const struct meterbus_found *found);
/*
 * Reads the evidence of such a "meter" back. Returns how many @tries there
 * are, -1 if the member "evidence" is something else.
 */
int meterbus_json_evidence(struct json_object *found,
			   struct meterbus_try tries[METERBUS_TRIES_MAX]);
struct json_object *
meterbus_json_finding(const struct meterbus_finding *finding);
struct json_object *
meterbus_json_progress(const struct meterbus_progress *progress);
/* @err is why the search ended early, in "error"; NULL if it did not. */
struct json_object *
meterbus_json_summary(const struct meterbus_search_result *result,
		      const struct meterbus_error *err);

/* The member "error": {"kind": "silence", "text": ...}. */
struct json_object *meterbus_json_error(const struct meterbus_error *err);

METERBUS_END_DECLS

#endif
