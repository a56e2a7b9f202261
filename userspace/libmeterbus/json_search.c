// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <stdlib.h>

#include <meterbus/decode.h>
#include <meterbus/json.h>

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
	char text[2 * METERBUS_TELEGRAM_MAX + 1];

	if (len > METERBUS_TELEGRAM_MAX)
		len = METERBUS_TELEGRAM_MAX;
	for (size_t i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02X", bytes[i]);
	put(event, key, json_object_new_string_len(text, 2 * (int)len));
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
