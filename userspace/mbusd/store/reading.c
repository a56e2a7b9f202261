// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>
#include <meterbus/json.h>

#include "store/descriptions.h"
#include "store/reading.h"

#define NS_PER_S	1000000000
#define NS_PER_MS	1000000

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

void reading_decoder_init(struct reading_decoder *decoder,
			  const struct config_meter *meter)
{
	memset(decoder, 0, sizeof(*decoder));
	decoder->formats.slots = decoder->slots;
	decoder->formats.count = sizeof(decoder->slots) /
				 sizeof(decoder->slots[0]);
	decoder->decoder.formats = &decoder->formats;
	decoder->decoder.meters = descriptions();
	if (!meter)
		return;
	if (meter->has_key)
		decoder->decoder.key = meter->key;
	if (meter->address.secondary) {
		decoder->meter = meter->address;
		decoder->decoder.meter = &decoder->meter;
	}
}

bool reading_decode(struct reading_decoder *decoder,
		    const struct store_telegram *stored,
		    struct meterbus_telegram *telegram,
		    struct meterbus_application *app)
{
	if (meterbus_telegram_parse(telegram, stored->bytes, stored->len,
				    NULL) < 0)
		return false;
	meterbus_decoder_parse(&decoder->decoder, app, telegram);
	return true;
}

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

static bool put_identity(struct json_object *object,
			 const struct config *config,
			 const struct config_meter *meter,
			 const struct store_readout *readout)
{
	const char *outcome = store_outcome_name(readout->outcome);

	return put(object, "id", json_object_new_int64(readout->id)) &&
	       put_text(object, "site", config->site) &&
	       put_text(object, "meter", readout->meter) &&
	       put_text(object, "address", readout->address) &&
	       put_labels(object, meter) &&
	       put_text(object, "outcome", outcome) &&
	       (readout->outcome == METERBUS_OK ||
		put_text(object, "why", readout->why));
}

/* What is stored was valid when it came; what is no telegram is left out. */
static bool put_telegrams(struct json_object *object,
			  const struct config_meter *meter,
			  const struct store_readout *readout)
{
	struct reading_decoder decoder;
	struct meterbus_telegram telegram;
	struct meterbus_application app;

	reading_decoder_init(&decoder, meter);
	for (size_t i = 0; i < readout->telegram_count; i++)
		if (reading_decode(&decoder, &readout->telegrams[i], &telegram,
				   &app) &&
		    meterbus_json_add_decoded(object, &telegram, &app,
					      NULL) < 0)
			return false;
	return true;
}

struct json_object *reading_json(const struct config *config,
				 const struct config_meter *meter,
				 const struct store_readout *readout)
{
	struct json_object *object, *telegrams;
	char time[READING_TIME_SIZE];

	object = meterbus_json_readout(readout->bus,
				       reading_time(time, readout->time_ns));
	if (!object)
		return NULL;
	/* They are long: who looks at one sees first whose they are. */
	telegrams = json_object_get(json_object_object_get(object,
							   "telegrams"));
	json_object_object_del(object, "telegrams");
	if (!put_identity(object, config, meter, readout))
		json_object_put(telegrams);
	else if (put(object, "telegrams", telegrams) &&
		 put_telegrams(object, meter, readout))
		return object;
	json_object_put(object);
	return NULL;
}

char *reading_text(const struct config *config,
		   const struct config_meter *meter,
		   const struct store_readout *readout, size_t *len)
{
	struct json_object *object = reading_json(config, meter, readout);
	const char *text;
	char *copy = NULL;

	if (!object)
		return NULL;
	text = json_object_to_json_string_length(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
		len);
	if (text)
		copy = strdup(text);
	json_object_put(object);
	return copy;
}
