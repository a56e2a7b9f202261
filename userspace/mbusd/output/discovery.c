// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sensors are made from the readout as it is published, as Home Assistant
 * finds their values in that again.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/version.h>

#include "output/discovery.h"
#include "output/discovery_class.h"
#include "output/topic.h"

#define KEY_SIZE	256
#define TEMPLATE_SIZE	512

/* What distinguishes a record of a readout, out of its JSON. */
struct record {
	const char *quantity;
	const char *unit;
	const char *function;
	int storage, tariff, subunit;
	struct json_object *modifiers;
	struct json_object *value;	/* a number or a text */
	const char *name;		/* for programs, unique in the readout */
	unsigned int repeat;	/* records before it that are the same */
	char old_key[KEY_SIZE];	/* of all that: what stood for the name before 0.2 */
};

struct maker {
	const struct discovery *discovery;
	discovery_publish_fn *publish;
	void *context;
	char *site, *meter;		/* for topics */
	struct json_object *device, *components;
	struct json_object *old_topics;	/* array of texts */
	const char *medium;
	bool failed;
};

/* ------------------------------------------------------- small things */

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

static int number_of(struct json_object *object, const char *key)
{
	return json_object_get_int(json_object_object_get(object, key));
}

/* Takes over @value. Either is NULL without memory. */
static void put(struct maker *maker, struct json_object *object,
		const char *key, struct json_object *value)
{
	if (object && value && json_object_object_add(object, key, value) == 0)
		return;
	json_object_put(value);
	maker->failed = true;
}

static void put_text(struct maker *maker, struct json_object *object,
		     const char *key, const char *text)
{
	if (text && *text)
		put(maker, object, key, json_object_new_string(text));
}

/* Into an array. */
static void add_text(struct maker *maker, struct json_object *array,
		     const char *text)
{
	struct json_object *value = json_object_new_string(text);

	if (value && !maker->failed && json_object_array_add(array, value) == 0)
		return;
	json_object_put(value);
	maker->failed = true;
}

static void put_id(struct maker *maker, struct json_object *object,
		   const char *key)
{
	char *text;

	if (asprintf(&text, "mbusd/%s/%s/%s", maker->site, maker->meter,
		     key) < 0) {
		maker->failed = true;
		return;
	}
	put_text(maker, object, "unique_id", text);
	free(text);
}

/* Appends to a text of @size, as much as fits. */
static void append(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void append(char *text, size_t size, const char *format, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + len, size - len, format, args);
	va_end(args);
}

static const char *modifier(const struct record *record, size_t i)
{
	return json_object_get_string(
		json_object_array_get_idx(record->modifiers, i));
}

static size_t modifier_count(const struct record *record)
{
	return json_object_array_length(record->modifiers);
}

/* ------------------------------------------------------------ records */

static void add_words(char key[KEY_SIZE], const char *words)
{
	char word[2] = "";

	append(key, KEY_SIZE, "%s", *key ? "_" : "");
	for (; *words; words++) {
		word[0] = isalnum((unsigned char)*words) ?
				  (char)tolower((unsigned char)*words) : '_';
		append(key, KEY_SIZE, "%s", word);
	}
}

static void make_old_key(struct record *record)
{
	char *key = record->old_key;

	key[0] = '\0';
	add_words(key, record->quantity);
	if (strcmp(record->function, "instantaneous"))
		add_words(key, record->function);
	if (record->storage)
		append(key, KEY_SIZE, "_storage_%d", record->storage);
	if (record->tariff)
		append(key, KEY_SIZE, "_tariff_%d", record->tariff);
	if (record->subunit)
		append(key, KEY_SIZE, "_subunit_%d", record->subunit);
	for (size_t i = 0; i < modifier_count(record); i++)
		add_words(key, modifier(record, i));
}

static bool is_number(struct json_object *value)
{
	return json_object_is_type(value, json_type_double) ||
	       json_object_is_type(value, json_type_int);
}

static bool read_record(struct record *record, struct json_object *object)
{
	struct json_object *value;

	*record = (struct record){
		.quantity = text_of(object, "quantity"),
		.unit = text_of(object, "unit"),
		.function = text_of(object, "function"),
		.storage = number_of(object, "storage"),
		.tariff = number_of(object, "tariff"),
		.subunit = number_of(object, "subunit"),
		.modifiers = json_object_object_get(object, "modifiers"),
		.name = text_of(object, "name"),
	};
	if (!record->name || !record->quantity || !record->unit || !record->function ||
	    !record->modifiers ||
	    !json_object_object_get_ex(object, "value", &value) ||
	    (!is_number(value) && !json_object_is_type(value, json_type_string)))
		return false;
	record->value = value;
	make_old_key(record);
	return true;
}

/* ------------------------------------------------------------ sensors */

/*
 * Selects by the record's name, not by its position. A failed readout has no
 * records and does not change the sensor.
 */
static void make_template(char text[TEMPLATE_SIZE], const struct record *record)
{
	snprintf(text, TEMPLATE_SIZE,
		 "{%%set r=value_json.telegrams|selectattr('records','defined')|map(attribute='records')|sum(start=[])|selectattr('name','defined')|selectattr('name','eq','%s')|list%%}{%%if r and r[0].value is %s%%}{{r[0].value}}{%%endif%%}",
		 record->name, is_number(record->value) ? "number" : "string");
}

static void make_name(char name[KEY_SIZE], const struct record *record)
{
	name[0] = '\0';
	append(name, KEY_SIZE, "%s", record->quantity);
	name[0] = (char)toupper((unsigned char)name[0]);
	if (strcmp(record->function, "instantaneous"))
		append(name, KEY_SIZE, ", %s", record->function);
	if (record->storage)
		append(name, KEY_SIZE, ", storage %d", record->storage);
	if (record->tariff)
		append(name, KEY_SIZE, ", tariff %d", record->tariff);
	if (record->subunit)
		append(name, KEY_SIZE, ", subunit %d", record->subunit);
	for (size_t i = 0; i < modifier_count(record); i++)
		append(name, KEY_SIZE, ", %s", modifier(record, i));
	if (record->repeat)
		append(name, KEY_SIZE, " %u", record->repeat + 1);
}

static struct json_object *new_sensor(struct maker *maker, const char *name,
				      const char *key)
{
	struct json_object *sensor = json_object_new_object();

	if (!sensor)
		return NULL;
	put_text(maker, sensor, "platform", "sensor");
	put_text(maker, sensor, "name", name);
	put_id(maker, sensor, key);
	return sensor;
}

/* Takes over @sensor. */
static int add_sensor(struct maker *maker, const char *key,
		      struct json_object *sensor)
{
	put(maker, maker->components, key, sensor);
	return maker->failed ? -1 : 0;
}

/* Decimals of a number as it is in the JSON text, which is exact. */
static int precision(struct json_object *value)
{
	const char *text = json_object_to_json_string(value);
	const char *point = text ? strchr(text, '.') : NULL;

	return point ? (int)strspn(point + 1, "0123456789") : 0;
}

static int make_sensor(struct maker *maker, const struct record *record)
{
	const struct discovery_class *class =
		is_number(record->value) ?
			discovery_class_find(record->quantity, record->unit,
					     record->modifiers) :
			NULL;
	char name[KEY_SIZE], template[TEMPLATE_SIZE];
	struct json_object *sensor;

	make_name(name, record);
	make_template(template, record);
	sensor = new_sensor(maker, name, record->name);
	if (!sensor)
		return -1;
	put_text(maker, sensor, "value_template", template);
	if (is_number(record->value)) {
		put_text(maker, sensor, "unit_of_measurement", record->unit);
		put(maker, sensor, "suggested_display_precision",
		    json_object_new_int(precision(record->value)));
	}
	if (maker->discovery->expire_s)
		put(maker, sensor, "expire_after",
		    json_object_new_int((int)maker->discovery->expire_s));
	if (class) {
		put_text(maker, sensor, "device_class",
			 discovery_class_device(class, maker->medium));
		put_text(maker, sensor, "state_class", class->state_class);
	}
	if (!class || class->diagnostic)
		put_text(maker, sensor, "entity_category", "diagnostic");
	/* Dates, states, values of the past and what is not understood. */
	if (!class || record->storage ||
	    strcmp(record->function, "instantaneous"))
		put(maker, sensor, "enabled_by_default",
		    json_object_new_boolean(false));
	return add_sensor(maker, record->name, sensor);
}

static void put_topic(struct maker *maker, struct json_object *list,
		      const char *topic, const char *template)
{
	struct json_object *entry = json_object_new_object();

	if (!entry || json_object_array_add(list, entry)) {
		json_object_put(entry);
		maker->failed = true;
		return;
	}
	put_text(maker, entry, "topic", topic);
	put_text(maker, entry, "value_template", template);
}

/*
 * Available while the daemon runs, and values also only while the last readout
 * of the meter was good.
 */
static void put_availability(struct maker *maker, struct json_object *object,
			     bool of_values)
{
	struct json_object *list = json_object_new_array();

	put(maker, object, "availability", list);
	if (maker->failed)
		return;
	put_topic(maker, list, maker->discovery->status_topic, NULL);
	if (of_values)
		put_topic(maker, list, maker->discovery->state_topic,
			  "{{'online' if value_json.outcome=='read' else 'offline'}}");
	put_text(maker, object, "availability_mode", "all");
}

static int make_outcome(struct maker *maker)
{
	struct json_object *sensor = new_sensor(maker, "Readout", "outcome");

	if (!sensor)
		return -1;
	put_text(maker, sensor, "value_template", "{{value_json.outcome}}");
	put_text(maker, sensor, "entity_category", "diagnostic");
	put_availability(maker, sensor, false);
	return add_sensor(maker, "outcome", sensor);
}

static int make_button(struct maker *maker)
{
	struct json_object *button;

	if (!maker->discovery->read_topic)
		return 0;
	button = json_object_new_object();
	if (!button) {
		maker->failed = true;
		return -1;
	}
	put_text(maker, button, "platform", "button");
	put_text(maker, button, "name", "Read now");
	put_id(maker, button, "read");
	put_text(maker, button, "command_topic", maker->discovery->read_topic);
	put_text(maker, button, "payload_press", maker->discovery->meter);
	put_text(maker, button, "entity_category", "diagnostic");
	put_availability(maker, button, false);
	return add_sensor(maker, "read_now", button);
}

/* ------------------------------------------------------------ readout */

/* What the meter says of itself, in its first telegram that does. */
static struct json_object *find_meter(struct json_object *telegrams)
{
	struct json_object *meter;

	for (size_t i = 0; i < json_object_array_length(telegrams); i++)
		if (json_object_object_get_ex(
			    json_object_array_get_idx(telegrams, i), "meter",
			    &meter))
			return meter;
	return NULL;
}

/* The device of the daemon, through which a meter is reached. */
static void put_daemon(struct maker *maker, struct json_object *device)
{
	char *id;

	if (asprintf(&id, "mbusd/%s", maker->site) < 0) {
		maker->failed = true;
		return;
	}
	put_text(maker, device, "via_device", id);
	free(id);
}

static void make_device(struct maker *maker, struct json_object *telegrams)
{
	struct json_object *meter = find_meter(telegrams);
	struct json_object *identifiers = json_object_new_array();
	struct json_object *version;
	char *id;

	maker->device = json_object_new_object();
	if (!maker->device || !identifiers ||
	    asprintf(&id, "mbusd/%s/%s", maker->site, maker->meter) < 0) {
		json_object_put(identifiers);
		maker->failed = true;
		return;
	}
	put(maker, maker->device, "identifiers", identifiers);
	add_text(maker, identifiers, id);
	free(id);
	put_daemon(maker, maker->device);
	put_text(maker, maker->device, "name",
		 maker->discovery->title ? maker->discovery->title :
					   maker->discovery->meter);
	/* Without a meter there are no texts of it. */
	maker->medium = text_of(meter, "medium");
	put_text(maker, maker->device, "manufacturer",
		 text_of(meter, "manufacturer"));
	put_text(maker, maker->device, "model", maker->medium);
	put_text(maker, maker->device, "serial_number", text_of(meter, "id"));
	if (json_object_object_get_ex(meter, "version", &version))
		put_text(maker, maker->device, "sw_version",
			 json_object_get_string(version));
}

/* How many of those that were sent have the same key; remembers this one. */
static unsigned int count_repeats(struct maker *maker, struct json_object *seen,
				  const char *key)
{
	unsigned int count = (unsigned int)number_of(seen, key);

	put(maker, seen, key, json_object_new_int((int)count + 1));
	return count;
}

/*
 * Before 0.2 each value had a retained message of its own, with an id of its
 * quantity, storage and so on. Both would be sensors.
 */
static void note_old_topic(struct maker *maker, const struct record *record)
{
	char key[KEY_SIZE + 16];
	char *topic;

	snprintf(key, sizeof(key), "%s", record->old_key);
	if (record->repeat)
		append(key, sizeof(key), "_%u", record->repeat + 1);
	if (asprintf(&topic, "%s/sensor/%s/%s--%s/config",
		     maker->discovery->prefix, maker->site, maker->meter,
		     key) < 0) {
		maker->failed = true;
		return;
	}
	add_text(maker, maker->old_topics, topic);
	free(topic);
}

static int make_records(struct maker *maker, struct json_object *seen,
			struct json_object *telegram)
{
	struct json_object *records, *object;
	struct record record;

	if (!json_object_object_get_ex(telegram, "records", &records))
		return 0;
	for (size_t i = 0; i < json_object_array_length(records); i++) {
		object = json_object_array_get_idx(records, i);
		if (!read_record(&record, object))
			continue;
		record.repeat = count_repeats(maker, seen, record.old_key);
		note_old_topic(maker, &record);
		if (make_sensor(maker, &record) < 0)
			return -1;
	}
	return 0;
}

static int make_sensors(struct maker *maker, struct json_object *telegrams)
{
	struct json_object *seen = json_object_new_object();
	int ret = seen ? make_outcome(maker) : -1;

	if (ret == 0)
		ret = make_button(maker);
	for (size_t i = 0;
	     ret == 0 && i < json_object_array_length(telegrams); i++)
		ret = make_records(maker, seen,
				   json_object_array_get_idx(telegrams, i));
	json_object_put(seen);
	return ret;
}

/* ------------------------------------------------------------ message */

static void put_origin(struct maker *maker, struct json_object *message)
{
	struct json_object *origin = json_object_new_object();

	put(maker, message, "origin", origin);
	if (maker->failed)
		return;
	put_text(maker, origin, "name", "mbusd");
	put_text(maker, origin, "sw_version", meterbus_version_text());
}

static char *device_topic(const char *prefix, const char *site,
			  const char *meter)
{
	char *topic;

	if (asprintf(&topic, "%s/device/%s/%s/config", prefix, site, meter) < 0)
		return NULL;
	return topic;
}

/* Nothing, if any part of @message could not be made. */
static int publish_message(struct maker *maker, const char *topic,
			   struct json_object *message)
{
	const char *text = NULL;

	if (!maker->failed)
		text = json_object_to_json_string_ext(
			message, JSON_C_TO_STRING_PLAIN |
					 JSON_C_TO_STRING_NOSLASHESCAPE);
	return text ? maker->publish(maker->context, topic, text) : -1;
}

static int send_message(struct maker *maker)
{
	struct json_object *message = json_object_new_object();
	char *topic = device_topic(maker->discovery->prefix, maker->site,
				   maker->meter);
	int ret = -1;

	put(maker, message, "device", json_object_get(maker->device));
	put_origin(maker, message);
	put_availability(maker, message, true);
	put_text(maker, message, "state_topic", maker->discovery->state_topic);
	put(maker, message, "components", json_object_get(maker->components));
	if (topic)
		ret = publish_message(maker, topic, message);
	json_object_put(message);
	free(topic);
	return ret;
}

static int remove_old_topics(struct maker *maker)
{
	size_t count = json_object_array_length(maker->old_topics);
	int ret = 0;

	for (size_t i = 0; i < count && ret == 0; i++)
		ret = maker->publish(maker->context,
				     json_object_get_string(
					     json_object_array_get_idx(
						     maker->old_topics, i)),
				     "");
	return ret;
}

int discovery_publish(const struct discovery *discovery,
		      struct json_object *reading,
		      discovery_publish_fn *publish, void *context)
{
	struct maker maker = {
		.discovery = discovery,
		.publish = publish,
		.context = context,
		.site = topic_plain(discovery->site),
		.meter = topic_plain(discovery->meter),
		.components = json_object_new_object(),
		.old_topics = json_object_new_array(),
	};
	struct json_object *telegrams;
	int ret = -1;

	telegrams = json_object_object_get(reading, "telegrams");
	if (maker.site && maker.meter && maker.components && maker.old_topics)
		make_device(&maker, telegrams);
	else
		maker.failed = true;
	if (!maker.failed && make_sensors(&maker, telegrams) == 0)
		ret = send_message(&maker);
	/* Last, as what is sent cannot be taken back. */
	if (ret == 0)
		ret = remove_old_topics(&maker);
	json_object_put(maker.device);
	json_object_put(maker.components);
	json_object_put(maker.old_topics);
	free(maker.site);
	free(maker.meter);
	return ret;
}

static int send_daemon(struct maker *maker)
{
	struct json_object *device = json_object_new_object();
	struct json_object *status = json_object_new_object();
	struct json_object *message = json_object_new_object();
	char *id = NULL, *topic = NULL, *unique = NULL;
	int ret = -1;

	put(maker, message, "device", device);
	put(maker, maker->components, "status", status);
	put_origin(maker, message);
	if (asprintf(&id, "mbusd/%s", maker->site) < 0 ||
	    asprintf(&unique, "%s/status", id) < 0 ||
	    asprintf(&topic, "%s/device/mbusd_%s/config",
		     maker->discovery->prefix, maker->site) < 0)
		maker->failed = true;
	if (maker->failed)
		goto end;
	put_text(maker, device, "identifiers", id);
	put_text(maker, device, "name", id);
	put_text(maker, device, "sw_version", meterbus_version_text());
	put_text(maker, status, "platform", "binary_sensor");
	put_text(maker, status, "name", "Connection");
	put_text(maker, status, "unique_id", unique);
	put_text(maker, status, "device_class", "connectivity");
	put_text(maker, status, "entity_category", "diagnostic");
	put_text(maker, status, "payload_on", "online");
	put_text(maker, status, "payload_off", "offline");
	put_text(maker, message, "state_topic",
		 maker->discovery->status_topic);
	put(maker, message, "components", json_object_get(maker->components));
	ret = publish_message(maker, topic, message);
end:
	json_object_put(message);
	free(id);
	free(unique);
	free(topic);
	return ret;
}

int discovery_publish_daemon(const struct discovery *discovery,
			     discovery_publish_fn *publish, void *context)
{
	struct maker maker = {
		.discovery = discovery,
		.publish = publish,
		.context = context,
		.site = topic_plain(discovery->site),
		.components = json_object_new_object(),
	};
	int ret = -1;

	if (maker.site && maker.components)
		ret = send_daemon(&maker);
	json_object_put(maker.components);
	free(maker.site);
	return ret;
}

int discovery_remove(const char *prefix, const char *site, const char *meter,
		     discovery_publish_fn *publish, void *context)
{
	char *plain_site = topic_plain(site), *plain_meter = topic_plain(meter);
	char *topic = NULL;
	int ret = -1;

	if (plain_site && plain_meter)
		topic = device_topic(prefix, plain_site, plain_meter);
	if (topic)
		ret = publish(context, topic, "");
	free(topic);
	free(plain_site);
	free(plain_meter);
	return ret;
}
