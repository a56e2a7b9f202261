// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <meterbus/bus.h>
#include <meterbus/json.h>

#include "daemon/daemon.h"
#include "daemon/bus.h"
#include "ui/hex.h"

#define NS_PER_MS	1000000ULL
/* At least the number of kinds that meterbus_finding_name() knows. */
#define FINDING_KINDS_MAX 32

/* ------------------------------------------------------------- the bus */

/* "mbusN" for -b or the only bus; "" if there is none. */
static void find_device(char *device, size_t size)
{
	unsigned int number;

	device[0] = '\0';
	if (!globals.bus && meterbus_bus_list(&number, 1) != 1)
		return;
	if (globals.bus &&
	    meterbus_bus_find(globals.bus, &number, NULL) < 0)
		return;
	snprintf(device, size, "mbus%u", number);
}

static bool is_meant(struct json_object *bus, const char *device, bool only)
{
	if (globals.bus && !strcmp(daemon_text(bus, "bus"), globals.bus))
		return true;
	if (*device)
		return !strcmp(daemon_text(bus, "device"), device);
	/* No bus in the system: the only one of mbusd is behind a gateway. */
	return only && !globals.bus && !meterbus_bus_list(NULL, 0);
}

static void take_bus(struct daemon_bus *bus, struct json_object *object)
{
	const char *device = daemon_text(object, "device");

	snprintf(bus->name, sizeof(bus->name), "%s",
		 daemon_text(object, "bus"));
	snprintf(bus->device, sizeof(bus->device), "%s",
		 *device ? device : bus->name);
	bus->baud = daemon_number(object, "baud");
}

bool daemon_bus_find(struct daemon_bus *bus)
{
	struct json_object *object, *list;
	struct meterbus_error err;
	char device[16];
	size_t count;

	bus->name[0] = '\0';
	if (!daemon_is_wanted() && !daemon_is_there())
		return false;
	object = daemon_get("/v1/buses", &err);
	if (!object && daemon_is_wanted())
		exit(fail_error(&err));
	list = daemon_list(object, "buses");
	count = daemon_list_length(list);
	find_device(device, sizeof(device));
	for (size_t i = 0; i < count && !bus->name[0]; i++) {
		struct json_object *one = daemon_list_item(list, i);

		if (is_meant(one, device, count == 1))
			take_bus(bus, one);
	}
	json_object_put(object);
	return bus->name[0];
}

static char *bus_path(const struct daemon_bus *bus, const char *what,
		      const char *key, const char *value)
{
	char *name = daemon_escape(bus->name);
	char *text = value ? daemon_escape(value) : NULL;
	char *path = NULL;

	if (asprintf(&path, "/v1/buses/%s/%s%s%s%s%s", name, what,
		     key ? "?" : "", key ? key : "", value ? "=" : "",
		     value ? text : "") < 0)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	free(name);
	free(text);
	return path;
}

/* ------------------------------------------------------------ findings */

/* False if the member is no address. */
static bool get_address(struct json_object *object,
			struct meterbus_address *address)
{
	return meterbus_address_parse(address, daemon_text(object, "address"),
				      NULL) == 0;
}

static void report_finding(const struct daemon_bus *bus,
			 struct json_object *object)
{
	struct meterbus_address address;
	struct meterbus_finding finding = {
		.text = daemon_text(object, "text"),
		.guard_us = daemon_number(object, "guard_ms") * 1000,
	};
	const char *name;

	for (int kind = 0; kind < FINDING_KINDS_MAX; kind++) {
		name = meterbus_finding_name(kind);
		if (name && !strcmp(name, daemon_text(object, "kind")))
			finding.kind = kind;
	}
	if (get_address(object, &address))
		finding.address = &address;
	if (bus->finding)
		bus->finding(bus->context, &finding);
}

/* ------------------------------------------------------------- readouts */

static void add_telegram(struct meterbus_readout *readout, const char *hex)
{
	struct meterbus_telegram telegram;
	char why[HEX_WHY_SIZE];
	uint8_t *bytes;
	size_t len = 0;

	if (readout->count == METERBUS_READOUT_MAX)
		return;
	bytes = readout->telegrams[readout->count].bytes;
	/* Only telegrams that parse are passed on. */
	if (hex_parse(bytes, &len, hex, 0, why) < 0 ||
	    meterbus_telegram_parse(&telegram, bytes, len, NULL) < 0)
		return;
	readout->telegrams[readout->count].len = len;
	if (!readout->count++)
		readout->primary = telegram.a;
	if (!readout->identified)
		readout->identified = meterbus_telegram_meter(&telegram,
							      &readout->meter);
}

static void take_reading(const struct daemon_bus *bus,
			 struct daemon_reading *reading)
{
	struct json_object *list = daemon_list(reading->object, "findings");

	for (size_t i = 0; i < daemon_list_length(list); i++)
		report_finding(bus, daemon_list_item(list, i));
	list = daemon_list(reading->object, "telegrams");
	for (size_t i = 0; i < daemon_list_length(list); i++)
		add_telegram(&reading->readout,
			     daemon_text(daemon_list_item(list, i), "raw"));
}

/*
 * Cuts off what was added to the reading for us. Within a text the quotes
 * would be escaped: these are keys.
 */
static void cut_line(char *line)
{
	static const char *const added[] = { ",\"text\":\"", ",\"findings\":[" };
	char *found, *next;

	for (size_t i = 0; i < 2; i++) {
		found = NULL;
		for (next = strstr(line, added[i]); next;
		     next = strstr(next + 1, added[i]))
			found = next;
		if (!found || (!i && !strstr(found, added[1])))
			continue;
		strcpy(found, "}");
		return;
	}
}

static bool keep_reading(void *context, char *line)
{
	struct daemon_reading *reading = context;

	reading->object = daemon_parse(line);
	reading->line = strdup(line);
	if (reading->line)
		cut_line(reading->line);
	return true;
}

/* {"error":{...},"reading":{...}}, of which the latter may be missing. */
static bool keep_failed_reading(void *context, char *line)
{
	static const char key[] = "},\"reading\":";
	char *found = strstr(line, key);
	size_t len = strlen(line);

	if (!found || line[len - 1] != '}')
		return true;
	line[len - 1] = '\0';
	return keep_reading(context, found + strlen(key));
}

static char *reading_path(const struct daemon_bus *bus,
			  const struct daemon_meter *meter, const char *format)
{
	char text[METERBUS_ADDRESS_TEXT];
	char *name, *path = NULL;
	int len;

	if (meter->name)
		name = daemon_escape(meter->name);
	else
		name = daemon_escape(bus->name);
	if (meter->name)
		len = asprintf(&path, "/v1/meters/%s/read?format=%s", name,
			       format);
	else
		len = asprintf(&path,
			       "/v1/buses/%s/read?address=%s&format=%s", name,
			       meterbus_address_format(&meter->address, text),
			       format);
	free(name);
	if (len < 0)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	return path;
}

int daemon_bus_read(const struct daemon_bus *bus,
		    const struct daemon_meter *meter, const char *format,
		    struct daemon_reading *reading, struct meterbus_error *err)
{
	char *path = reading_path(bus, meter, format);
	const struct daemon_request request = {
		.method = "POST", .path = path, .line = keep_reading,
		.error_line = keep_failed_reading, .context = reading,
	};
	int ret;

	memset(reading, 0, sizeof(*reading));
	ret = daemon_ask(&request, NULL, err);
	free(path);
	if (ret == 0 && !reading->object)
		return daemon_error(NULL, err);
	take_reading(bus, reading);
	return ret;
}

void daemon_reading_free(struct daemon_reading *reading)
{
	json_object_put(reading->object);
	free(reading->line);
}

int daemon_meter_find(const char *name, struct daemon_meter *meter,
		      struct daemon_bus *bus, struct meterbus_error *err)
{
	char *escaped = daemon_escape(name), *path = NULL;
	struct json_object *object = NULL;
	int ret = -1;

	if (asprintf(&path, "/v1/meters/%s", escaped) < 0)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	free(escaped);
	object = daemon_get(path, err);
	free(path);
	if (object && !get_address(object, &meter->address))
		daemon_error(NULL, err);
	else if (object)
		ret = 0;
	meter->name = name;
	snprintf(bus->name, sizeof(bus->name), "%s",
		 daemon_text(object, "bus"));
	snprintf(bus->device, sizeof(bus->device), "%s", bus->name);
	json_object_put(object);
	return ret;
}

/* ------------------------------------------------------------- searches */

struct follow {
	const struct daemon_bus *bus;
	struct meterbus_search *search;
	struct meterbus_search_result *result;
	struct meterbus_error *err;
	char *path;		/* of the search */
	bool cancelled;
	bool ended;
	int ret;
};

static enum meterbus_meter_state state_named(const char *name)
{
	for (int state = 0; state < METERBUS_METER_STATES; state++)
		if (!strcmp(meterbus_meter_state_name(state), name))
			return state;
	return METERBUS_METER_SUSPECT;
}

static void report_found(const struct follow *follow, struct json_object *object)
{
	struct meterbus_try tries[METERBUS_TRIES_MAX];
	int try_count = meterbus_json_evidence(object, tries);
	uint8_t bytes[METERBUS_TELEGRAM_MAX];
	char why[HEX_WHY_SIZE];
	struct meterbus_found found = {
		.state = state_named(daemon_text(object, "state")),
		.primary = -1,
		.baud = daemon_number(object, "baud"),
		.why = daemon_text(object, "why"),
		.tries = tries,
		.try_count = try_count > 0 ? try_count : 0,
	};

	if (!get_address(object, &found.address))
		return;
	if (*daemon_text(object, "primary"))
		found.primary = (int)daemon_number(object, "primary");
	if (*daemon_text(object, "raw") &&
	    hex_parse(bytes, &found.telegram_len, daemon_text(object, "raw"),
		      0, why) == 0)
		found.telegram = bytes;
	if (follow->search->found)
		follow->search->found(follow->search->context, &found);
}

static void report_progress(const struct follow *follow,
			  struct json_object *object)
{
	struct meterbus_address address;
	struct meterbus_progress progress = {
		.probes = daemon_number(object, "probes"),
		.left = daemon_number(object, "left"),
		.found = daemon_number(object, "found"),
		.seconds = daemon_number(object, "seconds"),
		.seconds_left = daemon_number(object, "seconds_left"),
		.address = &address,
	};

	if (get_address(object, &address) && follow->search->progress)
		follow->search->progress(follow->search->context, &progress);
}

/* "35.412" in nanoseconds. */
static uint64_t parse_seconds(const char *text)
{
	unsigned long long seconds = 0, ms = 0;

	sscanf(text, "%llu.%3llu", &seconds, &ms);
	return (seconds * 1000 + ms) * NS_PER_MS;
}

static void take_summary(struct follow *follow, struct json_object *object)
{
	struct meterbus_search_result *result = follow->result;
	struct json_object *error = daemon_object(object, "error");

	follow->ended = true;
	for (int i = 0; i < METERBUS_METER_STATES; i++)
		result->count[i] = daemon_number(object, meterbus_meter_state_name(i));
	result->probes = daemon_number(object, "probes");
	result->transmissions = daemon_number(object, "telegrams");
	result->elapsed_ns = parse_seconds(daemon_text(object, "seconds"));
	result->cancelled = !strcmp(daemon_text(object, "stopped"), "true");
	if (error)
		follow->ret = daemon_error(object, follow->err);
}

/* Called by daemon_ask() with lines of server-sent events. */
static bool on_event(void *context, char *line)
{
	struct follow *follow = context;
	struct json_object *object;
	const char *event;

	if (strncmp(line, "data: ", 6))
		return true;
	object = daemon_parse(line + 6);
	event = daemon_text(object, "event");
	if (!strcmp(event, "meter"))
		report_found(follow, object);
	else if (!strcmp(event, "finding"))
		report_finding(follow->bus, object);
	else if (!strcmp(event, "progress"))
		report_progress(follow, object);
	else if (!strcmp(event, "summary"))
		take_summary(follow, object);
	json_object_put(object);
	return !follow->ended;
}

/* Ends the search; mbusd then sends the summary of what was found. */
static bool cancel(void *context)
{
	struct follow *follow = context;
	const struct daemon_request request = {
		.method = "DELETE", .path = follow->path,
		.stop = daemon_never_stop,
	};

	if (!follow->cancelled)
		daemon_ask(&request, NULL, NULL);
	follow->cancelled = true;
	return false;
}

static int follow_search(struct follow *follow, struct meterbus_error *err)
{
	char *path = NULL;
	struct daemon_request request = {
		.method = "GET", .line = on_event, .stop = cancel,
		.context = follow,
	};
	int ret;

	if (asprintf(&path, "%s/events", follow->path) < 0)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	request.path = path;
	ret = daemon_ask(&request, NULL, err);
	free(path);
	if (ret < 0)
		return ret;
	if (!follow->ended)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "mbusd closed the connection before the search was complete");
	return follow->ret;
}

static bool keep_object(void *context, char *line)
{
	struct json_object **object = context;

	*object = daemon_parse(line);
	return true;
}

int daemon_bus_search(const struct daemon_bus *bus,
		      struct meterbus_search *search,
		      const struct meterbus_address *mask,
		      struct meterbus_search_result *result,
		      struct meterbus_error *err)
{
	struct json_object *started = NULL;
	char text[METERBUS_ADDRESS_TEXT];
	char *path = bus_path(bus, "scans", mask ? "mask" : "kind",
			      mask ? meterbus_address_format(mask, text) :
				     "primary");
	const struct daemon_request request = {
		.method = "POST", .path = path, .line = keep_object,
		.context = &started,
	};
	struct follow follow = {
		.bus = bus, .search = search, .result = result, .err = err,
	};
	int ret;

	memset(result, 0, sizeof(*result));
	ret = daemon_ask(&request, NULL, err);
	free(path);
	if (ret == 0) {
		snprintf(text, sizeof(text), "scans/%u",
			 (unsigned int)daemon_number(started, "scan"));
		follow.path = bus_path(bus, text, NULL, NULL);
		ret = follow_search(&follow, err);
		free(follow.path);
	}
	json_object_put(started);
	return ret;
}
