// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include <meterbus/decoder.h>
#include <meterbus/json.h>

#include "common/clock.h"
#include "store/descriptions.h"
#include "store/reading.h"

/* A telegram, decoded; the decoder owns decrypted bytes. */
struct decoded {
	struct meterbus_decoder decoder;
	struct meterbus_telegram telegram;
	struct meterbus_application app;
};

struct text {
	size_t len;
	char text[];
};

/* The allocation behind a struct reading. */
struct counted_reading {
	struct reading reading;
	atomic_uint users;
	struct meterbus_address meter;
	struct meterbus_formats formats;
	/* A slot for each telegram, so that none is overwritten. */
	struct meterbus_format *slots;
	struct decoded *decoded;
	struct meterbus_reading *telegrams;

	struct text *text;
	/* With its id; NULL before reading_set_id(). */
	_Atomic(struct text *) stored;
	size_t id_at;	/* where in the text the id stands, and its length */
	size_t id_len;
};

char *reading_time(char out[READING_TIME_SIZE], int64_t time_ns)
{
	int64_t rest = time_ns % NS_PER_S;
	struct tm tm;
	time_t s;
	size_t len;

	if (rest < 0)
		rest += NS_PER_S;
	s = (time_ns - rest) / NS_PER_S;
	gmtime_r(&s, &tm);
	len = strftime(out, READING_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + len, READING_TIME_SIZE - len, ".%03dZ",
		 (int)(rest / NS_PER_MS));
	return out;
}

/* ------------------------------------------------------------ decoding */

static void decode(struct counted_reading *counted, const uint8_t *key,
		   const struct store_telegram *stored)
{
	struct reading *reading = &counted->reading;
	struct decoded *decoded = &counted->decoded[reading->count];

	decoded->decoder.key = key;
	decoded->decoder.formats = &counted->formats;
	decoded->decoder.meters = descriptions();
	if (counted->meter.secondary)
		decoded->decoder.meter = &counted->meter;
	/* Valid when received, but the store may have been modified. */
	if (meterbus_telegram_parse(&decoded->telegram, stored->bytes,
				    stored->len, NULL) < 0)
		return;
	meterbus_decoder_parse(&decoded->decoder, &decoded->app,
			       &decoded->telegram);
	/* The key must not outlive the configuration. */
	decoded->decoder.key = NULL;
	counted->telegrams[reading->count++] = (struct meterbus_reading){
		.telegram = &decoded->telegram,
		.app = &decoded->app,
		.bus = reading->readout->bus,
		.time_ns = reading->readout->time_ns,
	};
}

static bool decode_all(struct counted_reading *counted,
		       const struct config_meter *meter)
{
	const struct store_readout *readout = counted->reading.readout;
	size_t count = readout->telegram_count + 1;

	counted->decoded = calloc(count, sizeof(*counted->decoded));
	counted->telegrams = calloc(count, sizeof(*counted->telegrams));
	counted->slots = calloc(count, sizeof(*counted->slots));
	if (!counted->decoded || !counted->telegrams || !counted->slots)
		return false;
	counted->reading.telegrams = counted->telegrams;
	counted->formats.slots = counted->slots;
	counted->formats.count = count;
	if (meter)
		counted->meter = meter->address;
	for (size_t i = 0; i < readout->telegram_count; i++)
		decode(counted, meter && meter->has_key ? meter->key : NULL,
		       &readout->telegrams[i]);
	return true;
}

/* ----------------------------------------------------------------- text */

/* Takes over @value; NULL is a failed allocation. */
static bool put(struct json_object *object, const char *key,
		struct json_object *value)
{
	if (value && json_object_object_add(object, key, value) == 0)
		return true;
	json_object_put(value);
	return false;
}

static bool put_text(struct json_object *object, const char *key,
		     const char *text)
{
	return put(object, key, json_object_new_string(text));
}

static bool put_labels(struct json_object *object,
		       const struct config_meter *meter)
{
	struct json_object *labels = json_object_new_object();

	if (!put(object, "labels", labels))
		return false;
	for (size_t i = 0; meter && i < meter->label_count; i++)
		if (!put_text(labels, meter->labels[i].name,
			      meter->labels[i].value))
			return false;
	return true;
}

static struct text *new_text(const char *text, size_t len)
{
	struct text *copy = malloc(sizeof(*copy) + len + 1);

	if (!copy)
		return NULL;
	copy->len = len;
	memcpy(copy->text, text, len + 1);
	return copy;
}

/* All but the id, which comes before. */
static bool put_identity(struct json_object *object,
			 const struct config *config,
			 const struct config_meter *meter,
			 const struct store_readout *readout)
{
	return put_text(object, "site", config->site) &&
	       put_text(object, "meter", readout->meter) &&
	       put_text(object, "address", readout->address) &&
	       put_labels(object, meter) &&
	       put_text(object, "outcome",
			meterbus_readout_outcome(readout->outcome)) &&
	       (readout->outcome == METERBUS_OK ||
		put_text(object, "why", readout->why));
}

/* An id of 0 that is filled in later, and what is known but the telegrams. */
static struct json_object *make_identity(const struct reading *reading,
					 const struct config *config,
					 const struct config_meter *meter)
{
	const struct store_readout *readout = reading->readout;
	struct json_object *object = json_object_new_object();

	if (object && put(object, "id", json_object_new_int64(readout->id)) &&
	    put_identity(object, config, meter, readout))
		return object;
	json_object_put(object);
	return NULL;
}

static void add_members(struct meterbus_json *json,
			struct json_object *object)
{
	json_object_object_foreach(object, key, value)
		meterbus_json_member(json, key,
				     json_object_to_json_string_ext(
					     value,
					     JSON_C_TO_STRING_PLAIN |
					     JSON_C_TO_STRING_NOSLASHESCAPE));
}

static char *readout_text(const struct reading *reading,
			  struct json_object *identity)
{
	const struct store_readout *readout = reading->readout;
	struct meterbus_json *json;
	char time[READING_TIME_SIZE];

	json = meterbus_json_readout(readout->bus,
				     reading_time(time, readout->time_ns));
	if (json)
		add_members(json, identity);
	for (size_t i = 0; json && i < reading->count; i++)
		meterbus_json_add_decoded(json, reading->telegrams[i].telegram,
					  reading->telegrams[i].app, NULL);
	/* What did not find memory above makes this NULL. */
	return meterbus_json_finish(json);
}

static bool make_text(struct counted_reading *counted,
		      const struct config *config,
		      const struct config_meter *meter)
{
	struct json_object *identity = make_identity(&counted->reading, config,
						     meter);
	char *text = NULL;
	const char *id;

	if (identity)
		text = readout_text(&counted->reading, identity);
	if (text)
		counted->text = new_text(text, strlen(text));
	free(text);
	json_object_put(identity);
	if (!counted->text)
		return false;
	/* In values quotes are escaped, so this finds the key. */
	id = strstr(counted->text->text, "\"id\":") + strlen("\"id\":");
	counted->id_at = id - counted->text->text;
	counted->id_len = strspn(id, "-0123456789");
	return true;
}

const char *reading_text(const struct reading *reading, size_t *len)
{
	struct counted_reading *counted = (struct counted_reading *)reading;
	const struct text *text = atomic_load(&counted->stored);

	if (!text)
		text = counted->text;
	if (len)
		*len = text->len;
	return text->text;
}

int reading_set_id(struct reading *reading, int64_t id)
{
	struct counted_reading *counted = (struct counted_reading *)reading;
	const char *before = counted->text->text;
	char *text;
	int len;

	len = asprintf(&text, "%.*s%lld%s", (int)counted->id_at, before,
		       (long long)id,
		       before + counted->id_at + counted->id_len);
	if (len < 0)
		return -1;
	atomic_store(&counted->stored, new_text(text, (size_t)len));
	free(text);
	return atomic_load(&counted->stored) ? 0 : -1;
}

/* ------------------------------------------------------------- lifetime */

static void free_reading(struct counted_reading *counted)
{
	free(counted->reading.readout);
	free(counted->decoded);
	free(counted->telegrams);
	free(counted->slots);
	free(atomic_load(&counted->stored));
	free(counted->text);
	free(counted);
}

struct reading *reading_new(const struct config *config,
			    const struct config_meter *meter,
			    const struct store_readout *readout)
{
	struct counted_reading *counted = calloc(1, sizeof(*counted));
	size_t size;

	if (!counted)
		return NULL;
	atomic_init(&counted->users, 1);
	counted->reading.readout = store_readout_copy(readout, &size);
	if (counted->reading.readout && decode_all(counted, meter) &&
	    make_text(counted, config, meter))
		return &counted->reading;
	free_reading(counted);
	return NULL;
}

struct reading *reading_get(struct reading *reading)
{
	atomic_fetch_add(&((struct counted_reading *)reading)->users, 1);
	return reading;
}

void reading_put(struct reading *reading)
{
	struct counted_reading *counted = (struct counted_reading *)reading;

	if (counted && atomic_fetch_sub(&counted->users, 1) == 1)
		free_reading(counted);
}
