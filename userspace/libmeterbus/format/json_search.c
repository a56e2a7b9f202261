// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <meterbus/decode.h>
#include <meterbus/json.h>

#include "format/json_take.h"

#define NS_PER_MS 1000000ULL

/* As in json.c: a failed allocation throws the whole object away. */
struct event {
	struct json_object *object;
	bool failed;
};

/* Takes over @value; NULL is a failed allocation. */
static void put(struct event *event, const char *key, struct json_object *value)
{
	if (!value || json_object_object_add(event->object, key, value)) {
		json_object_put(value);
		event->failed = true;
	}
}

static void put_string(struct event *event, const char *key, const char *text)
{
	put(event, key, json_object_new_string(text));
}

static void put_int(struct event *event, const char *key, uint64_t value)
{
	put(event, key, json_object_new_uint64(value));
}

/* json-c's null is no object. */
static void put_null(struct event *event, const char *key)
{
	if (json_object_object_add(event->object, key, NULL))
		event->failed = true;
}

static struct event start(const char *name)
{
	struct event event = { .object = json_object_new_object() };

	if (!event.object)
		event.failed = true;
	else if (name)
		put_string(&event, "event", name);
	return event;
}

static struct json_object *finish(struct event *event)
{
	if (!event->failed)
		return event->object;
	json_object_put(event->object);
	return NULL;
}

/* The parts of an address that are known; null for those that are not. */
static void put_identity(struct event *event,
			 const struct meterbus_address *address)
{
	const uint8_t *b = address->bytes;
	uint16_t manufacturer = b[4] | b[5] << 8;
	char text[METERBUS_ADDRESS_TEXT];
	char id[9], name[4];

	put_string(event, "address", meterbus_address_format(address, text));
	if (!address->secondary) {
		put_null(event, "id");
		return;
	}
	put_string(event, "id", meterbus_address_id(address, id));
	if (manufacturer == 0xFFFF)
		put_null(event, "manufacturer");
	else
		put_string(event, "manufacturer",
			   meterbus_manufacturer_name(manufacturer, name));
	if (b[6] == 0xFF)
		put_null(event, "version");
	else
		put_int(event, "version", b[6]);
	if (b[7] == 0xFF) {
		put_null(event, "medium");
		put_null(event, "medium_code");
	} else {
		put_string(event, "medium", meterbus_medium_name(b[7]));
		put_int(event, "medium_code", b[7]);
	}
}

static void put_hex(struct event *event, const char *key, const uint8_t *bytes,
		    size_t len)
{
	char text[2 * METERBUS_DATA_MAX + 1];

	if (len > METERBUS_DATA_MAX)
		len = METERBUS_DATA_MAX;
	for (size_t i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02X", bytes[i]);
	put(event, key, json_object_new_string_len(text, 2 * (int)len));
}

static struct json_object *try_object(const struct meterbus_try *one)
{
	struct event event = start(NULL);

	if (event.failed)
		return finish(&event);
	put_int(&event, "at_us", one->at_us);
	put_hex(&event, "request", one->request, one->request_len);
	put_int(&event, "tries", one->tries);
	put_string(&event, "outcome", meterbus_outcome_name(one->outcome));
	if (one->reason)
		put_string(&event, "reason", meterbus_reason_name(one->reason));
	if (one->answer_len) {
		put_int(&event, "delay_us", one->delay_us);
		put_hex(&event, "answer", one->answer, one->answer_len);
	}
	return finish(&event);
}

static struct json_object *evidence_array(const struct meterbus_found *found)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < found->try_count; i++) {
		struct json_object *one = try_object(&found->tries[i]);

		if (one && !json_object_array_add(array, one))
			continue;
		json_object_put(one);
		json_object_put(array);
		return NULL;
	}
	return array;
}

static bool take_try(struct json_object *object, struct meterbus_try *one)
{
	uint64_t delay, tries;
	size_t len;

	memset(one, 0, sizeof(*one));
	if (!json_object_is_type(object, json_type_object) ||
	    !json_take_number(object, "at_us", INT64_MAX, &one->at_us) ||
	    !json_take_number(object, "delay_us", UINT32_MAX, &delay) ||
	    !json_take_number(object, "tries", UINT8_MAX, &tries) ||
	    !json_take_name(object, "outcome", meterbus_outcome_name,
			    METERBUS_OUTCOME_COUNT, &one->outcome) ||
	    !json_take_name(object, "reason", meterbus_reason_name,
			    METERBUS_REASON_COUNT, &one->reason) ||
	    !json_take_hex(object, "request", one->request,
			   sizeof(one->request), &len) ||
	    !json_take_hex(object, "answer", one->answer,
			   sizeof(one->answer), &one->answer_len))
		return false;
	one->delay_us = delay;
	one->tries = tries;
	one->request_len = len;
	return true;
}

int meterbus_json_evidence(struct json_object *found,
			   struct meterbus_try tries[METERBUS_TRIES_MAX])
{
	struct json_object *array;
	size_t count;

	if (!json_object_object_get_ex(found, "evidence", &array))
		return 0;
	if (!json_object_is_type(array, json_type_array))
		return -1;
	count = json_object_array_length(array);
	if (count > METERBUS_TRIES_MAX)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (!take_try(json_object_array_get_idx(array, i), &tries[i]))
			return -1;
	return count;
}

struct json_object *meterbus_json_found(const struct meterbus_found *found)
{
	struct event event = start("meter");

	if (event.failed)
		return finish(&event);
	put_string(&event, "state", meterbus_meter_state_name(found->state));
	put_identity(&event, &found->address);
	if (found->primary < 0)
		put_null(&event, "primary");
	else
		put_int(&event, "primary", found->primary);
	if (found->baud)
		put_int(&event, "baud", found->baud);
	if (found->why && found->why[0])
		put_string(&event, "why", found->why);
	if (found->telegram)
		put_hex(&event, "raw", found->telegram, found->telegram_len);
	if (found->try_count)
		put(&event, "evidence", evidence_array(found));
	return finish(&event);
}

struct json_object *meterbus_json_finding(const struct meterbus_finding *finding)
{
	struct event event = start("finding");
	char text[METERBUS_ADDRESS_TEXT];

	if (event.failed)
		return finish(&event);
	put_string(&event, "kind", meterbus_finding_name(finding->kind));
	put_string(&event, "text", finding->text);
	if (finding->address)
		put_string(&event, "address",
			   meterbus_address_format(finding->address, text));
	if (finding->guard_us)
		put_int(&event, "guard_ms", finding->guard_us / 1000);
	return finish(&event);
}

struct json_object *
meterbus_json_progress(const struct meterbus_progress *progress)
{
	struct event event = start("progress");
	char text[METERBUS_ADDRESS_TEXT];

	if (event.failed)
		return finish(&event);
	put_string(&event, "address",
		   meterbus_address_format(progress->address, text));
	put_int(&event, "probes", progress->probes);
	put_int(&event, "left", progress->left);
	put_int(&event, "found", progress->found);
	put_int(&event, "seconds", progress->seconds);
	put_int(&event, "seconds_left", progress->seconds_left);
	return finish(&event);
}

struct json_object *
meterbus_json_summary(const struct meterbus_search_result *result,
		      const struct meterbus_error *err)
{
	unsigned long long ms = result->elapsed_ns / NS_PER_MS;
	struct event event = start("summary");
	char seconds[32];

	if (event.failed)
		return finish(&event);
	for (int i = 0; i < METERBUS_METER_STATES; i++)
		put_int(&event, meterbus_meter_state_name(i), result->count[i]);
	if (result->missing)
		put_int(&event, "missing", result->missing);
	if (result->strays)
		put_int(&event, "unexplained", result->strays);
	put_int(&event, "probes", result->probes);
	put_int(&event, "telegrams", result->transmissions);
	snprintf(seconds, sizeof(seconds), "%llu.%03llu", ms / 1000, ms % 1000);
	put(&event, "seconds",
	    json_object_new_double_s(ms / 1000.0, seconds));
	if (result->cancelled)
		put(&event, "stopped", json_object_new_boolean(true));
	if (err)
		put(&event, "error", meterbus_json_error(err));
	return finish(&event);
}

struct json_object *meterbus_json_error(const struct meterbus_error *err)
{
	struct event event = start(NULL);

	if (event.failed)
		return finish(&event);
	put_string(&event, "kind", meterbus_error_name(err->kind));
	put_string(&event, "text", err->text);
	return finish(&event);
}
