/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Readouts as JSON, schema 1 (Documentation/decoding.md). Numbers are plain
 * exact decimals, of any length: a reader that makes a double of them may lose
 * digits.
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

/* ------------------------------------------------------------- readouts */

/* The text of a readout as it grows. */
struct meterbus_json;

/*
 * A readout without telegrams. @bus ("mbus0") and @time (ISO 8601 with Z) may
 * be NULL and are then left out. NULL without memory. meterbus_json_finish() or
 * meterbus_json_free() take it back.
 */
struct meterbus_json *meterbus_json_readout(const char *bus, const char *time);
void meterbus_json_free(struct meterbus_json *json);

/*
 * A further member, before the first telegram. @key has nothing to escape,
 * @value is JSON. What does not find memory makes the readout fail later.
 */
void meterbus_json_member(struct meterbus_json *json, const char *key,
			  const char *value);

/*
 * What a readout of @address ended as, before the first telegram: the members
 * "address", "outcome" ("read", "silence" ...) and, if @failure is not NULL,
 * "why".
 */
void meterbus_json_outcome(struct meterbus_json *json, const char *address,
			   const struct meterbus_error *failure);

/*
 * Appends a telegram with all that is known about it. Returns 0. Returns -1
 * with METERBUS_E_DECODE if the bytes are no telegram, which leaves @json as
 * it was, or METERBUS_E_SYSTEM without memory, after which it can only be
 * freed.
 */
int meterbus_json_add(struct meterbus_json *json, const uint8_t *raw,
		      size_t len, struct meterbus_error *err);

/*
 * The same for a telegram that is parsed, with @app as the caller decoded it,
 * which may have taken a key or a format (<meterbus/decoder.h>).
 */
int meterbus_json_add_decoded(struct meterbus_json *json,
			      const struct meterbus_telegram *telegram,
			      const struct meterbus_application *app,
			      struct meterbus_error *err);

/* The same, parsed by @decoder, with its key, formats and descriptions. */
int meterbus_json_add_with(struct meterbus_json *json,
			   struct meterbus_decoder *decoder, const uint8_t *raw,
			   size_t len, struct meterbus_error *err);

/*
 * The text of the whole readout, for free(); @json is given up. NULL without
 * memory, or if @json is NULL.
 */
char *meterbus_json_finish(struct meterbus_json *json);

/*
 * The text of a readout of one telegram, for free(); NULL with @err as
 * meterbus_json_add().
 */
char *meterbus_json_decode(const uint8_t *raw, size_t len,
			   struct meterbus_error *err);

/*
 * Reads a meter by meterbus_read() and decodes its telegrams by @decoder, for
 * which the meter is the one that answered if it has no other. The readout is
 * that of `mbusctl read --json`; one that failed has the telegrams that came
 * before. @failure says why it failed and is METERBUS_OK otherwise. @bus may
 * be NULL. NULL without memory.
 */
struct meterbus_json *meterbus_json_read(struct meterbus_master *master,
					 const struct meterbus_address *address,
					 struct meterbus_decoder *decoder,
					 const char *bus,
					 struct meterbus_error *failure);

/* ------------------------------------------------------- search, errors */

/*
 * The text of @object, which is given up, for free(). NULL without memory, or
 * if @object is NULL.
 */
char *meterbus_json_text(struct json_object *object);

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
