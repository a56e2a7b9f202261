// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <meterbus/format.h>

#include "api/routes.h"
#include "base/text_stream.h"
#include "store/reading.h"

/* How long a request waits for the bus, by default and at most. */
#define TIMEOUT_S	60
#define TIMEOUT_MAX_S	300
/* How long an answer waits for the disk. */
#define STORE_MS	5000

/* ---------------------------------------------------------- readings */

struct read_action {
	const char *name;	/* of the meter, or NULL */
	const struct meterbus_address *address;
	bool force;
	unsigned int timeout_s;
	const struct text_format *format; /* of the member "text" */
	struct reading *reading;
	struct meterbus_error err;
	int ret;
};

static void do_read(void *context, struct reader *reader)
{
	struct read_action *action = context;

	action->ret = reader_read(reader, action->name, action->address, action->force,
			       action->timeout_s, &action->reading, &action->err);
}

/* ------------------------------------------------------ text formats */

/* Formats of <meterbus/format.h>. */
struct text_format {
	const char *name;
	void (*write)(FILE *out, const struct reading *reading);
};

static void write_csv(FILE *out, const struct reading *reading)
{
	for (size_t i = 0; i < reading->count; i++)
		meterbus_csv_write(out, &reading->telegrams[i]);
}

static void write_influx(FILE *out, const struct reading *reading)
{
	for (size_t i = 0; i < reading->count; i++)
		meterbus_influx_write(out, &reading->telegrams[i]);
}

static void write_annotated(FILE *out, const struct reading *reading)
{
	for (size_t i = 0; i < reading->count; i++) {
		meterbus_annotate(out, &reading->telegrams[i]);
		fputc('\n', out);
	}
}

static void write_xml(FILE *out, const struct reading *reading)
{
	meterbus_xml_write(out, reading->telegrams, reading->count,
			   METERBUS_XML_PLAIN, NULL);
}

static void write_normalized(FILE *out, const struct reading *reading)
{
	meterbus_xml_write(out, reading->telegrams, reading->count,
			   METERBUS_XML_NORMALIZED, NULL);
}

static const struct text_format formats[] = {
	{ "json", NULL },
	{ "csv", write_csv },
	{ "influx", write_influx },
	{ "annotated", write_annotated },
	{ "xml", write_xml },
	{ "xml-normalized", write_normalized },
};

static bool get_format(const struct api_request *request, struct read_action *action,
		     struct meterbus_error *err)
{
	const char *name = api_parameter(request, "format");

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(name ? name : "json", formats[i].name))
			action->format = &formats[i];
	if (action->format)
		return true;
	meterbus_fail(err, METERBUS_E_USAGE,
		      "format=%.40s: write json, csv, influx, annotated, xml or xml-normalized",
		      name);
	return false;
}

/* As a JSON string with the key "text". */
static void print_text(FILE *out, const struct text_format *format,
		       const struct reading *reading)
{
	struct json_object *object = NULL;
	char *text = NULL;
	size_t len;
	FILE *stream;

	stream = text_stream_open(&text, &len);
	if (!stream)
		return;
	format->write(stream, reading);
	if (fclose(stream) == 0)
		object = json_object_new_string_len(text, (int)len);
	free(text);
	if (object)
		fprintf(out, ",\"text\":%s",
			json_object_to_json_string_ext(
				object, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

/* Findings of the bus while the meter was read. */
static struct json_object *list_findings(const char *bus,
					 struct subscription *subscription)
{
	struct json_object *list = json_object_new_array();
	struct json_object *object, *of;
	const struct event *item;
	unsigned int lost;

	while ((item = events_next(subscription, &lost))) {
		object = strcmp(item->event, "finding") ?
				 NULL :
				 json_tokener_parse(item->json);
		event_put(item);
		if (!json_object_object_get_ex(object, "bus", &of) ||
		    strcmp(json_object_get_string(of), bus) ||
		    json_object_object_get_ex(object, "scan", NULL)) {
			json_object_put(object);
			continue;
		}
		json_object_object_del(object, "event");
		json_object_array_add(list, object);
	}
	return list;
}

/*
 * The text of the reading with further members. The caller frees it; NULL without
 * memory.
 */
static char *make_answer(const struct read_action *action, const char *bus,
			 struct subscription *subscription)
{
	struct json_object *findings = list_findings(bus, subscription);
	char *text = NULL;
	size_t len;
	FILE *out;

	out = text_stream_open(&text, &len);
	if (out) {
		const char *reading = reading_text(action->reading, &len);

		fprintf(out, "%.*s", (int)len - 1, reading);
		if (action->format->write)
			print_text(out, action->format, action->reading);
		fprintf(out, ",\"findings\":%s}",
			json_object_to_json_string_ext(
				findings,
				JSON_C_TO_STRING_PLAIN |
					JSON_C_TO_STRING_NOSLASHESCAPE));
		if (fclose(out) != 0) {
			free(text);
			text = NULL;
		}
	}
	json_object_put(findings);
	return text;
}

/* Waiting for the bus is no stalling of the client. */
static void allow_waiting(struct api_request *request, unsigned int seconds)
{
	MHD_set_connection_option(request->connection,
				  MHD_CONNECTION_OPTION_TIMEOUT, seconds);
}

/* The id of the answer is that in the store; 0 if it is not stored in time. */
static void wait_stored(struct api_request *request, const struct read_action *action)
{
	if (*action->reading->readout->meter)
		recorder_wait(service_recorder(request->service), STORE_MS);
}

static enum MHD_Result reply_reading(struct api_request *request,
				     const struct read_action *action,
				     const struct config_bus *bus,
				     struct subscription *subscription)
{
	enum MHD_Result result;
	char *text = NULL;

	if (action->reading) {
		wait_stored(request, action);
		text = make_answer(action, bus->name, subscription);
		if (!text)
			return MHD_NO;
	}
	if (action->ret == 0 && text)
		return api_reply_line(request, MHD_HTTP_OK, text);
	request->reading = text;
	result = api_reply_error(request, &action->err);
	request->reading = NULL;
	free(text);
	return result;
}

/* A readout beyond the budget shortens the life of a battery. */
static bool get_force(const struct api_request *request,
		      struct read_action *action, struct meterbus_error *err)
{
	if (!api_flag(request, "force", &action->force, err))
		return false;
	if (!action->force || request->role >= API_ROLE_ADMIN)
		return true;
	meterbus_fail(err, METERBUS_E_PERMISSION,
		      "force=true exceeds the budget of a battery: this needs the role admin, you have %s",
		      api_role_name(request->role));
	return false;
}

static enum MHD_Result read_now(struct api_request *request,
				const struct config_bus *bus, struct read_action *action)
{
	struct subscription *subscription;
	enum MHD_Result result;

	subscription = events_subscribe(service_events(request->service));
	if (!subscription)
		return MHD_NO;
	allow_waiting(request, 0);
	if (service_use_reader(request->service, bus->name, do_read, action))
		result = reply_reading(request, action, bus, subscription);
	else
		result = api_no_bus(request);
	allow_waiting(request, request->limits->stall_s);
	reading_put(action->reading);
	events_unsubscribe(subscription);
	return result;
}

static bool get_timeout(const struct api_request *request, struct read_action *action,
			struct meterbus_error *err)
{
	uint64_t timeout = TIMEOUT_S;

	if (!api_number(request, "timeout", 1, TIMEOUT_MAX_S, &timeout, err))
		return false;
	action->timeout_s = timeout;
	return true;
}

enum MHD_Result api_read_meter(struct api_request *request)
{
	const struct config_meter *meter;
	struct meterbus_error err;
	struct read_action action = { 0 };

	meter = config_find_meter(request->config, request->segments[0]);
	if (!meter)
		return api_no_meter(request);
	action.name = meter->name;
	if (!get_timeout(request, &action, &err) ||
	    !get_format(request, &action, &err) ||
	    !get_force(request, &action, &err))
		return api_reply_error(request, &err);
	return read_now(request, meter->bus, &action);
}

enum MHD_Result api_read_address(struct api_request *request)
{
	const char *text = api_parameter(request, "address");
	struct meterbus_address address;
	const struct config_bus *bus;
	struct read_action action = { .address = &address };
	struct meterbus_error err;

	bus = config_find_bus(request->config, request->segments[0]);
	if (!bus)
		return api_no_bus(request);
	if (!text)
		return api_refuse(request, MHD_HTTP_BAD_REQUEST,
				  METERBUS_E_USAGE,
				  "no meter given; write ?address=ADDRESS");
	if (!get_timeout(request, &action, &err) ||
	    !get_format(request, &action, &err) ||
	    !get_force(request, &action, &err) ||
	    meterbus_address_parse(&address, text, &err) < 0)
		return api_reply_error(request, &err);
	return read_now(request, bus, &action);
}

/* ---------------------------------------------------------- searches */

struct search {
	struct meterbus_address mask;
	bool primary;
	unsigned int id;
	struct meterbus_error err;
	int ret;
};

static void do_scan(void *context, struct reader *reader)
{
	struct search *search = context;

	search->ret = reader_scan(reader,
				  search->primary ? NULL : &search->mask,
				  &search->id, &search->err);
}

static bool get_search(const struct api_request *request,
		       struct search *search, struct meterbus_error *err)
{
	const char *kind = api_parameter(request, "kind");
	const char *mask = api_parameter(request, "mask");

	search->mask.secondary = true;
	memset(search->mask.bytes, 0xFF, sizeof(search->mask.bytes));
	search->primary = kind && !strcmp(kind, "primary");
	if (kind && !search->primary && strcmp(kind, "secondary")) {
		meterbus_fail(err, METERBUS_E_USAGE,
			      "kind=%.40s: write primary or secondary", kind);
		return false;
	}
	if (!mask)
		return true;
	if (meterbus_address_parse(&search->mask, mask, err) < 0)
		return false;
	if (!search->mask.secondary) {
		meterbus_fail(err, METERBUS_E_USAGE,
			      "'%.40s' is a primary address, a mask has 8 or 16 digits",
			      mask);
		return false;
	}
	if (search->primary) {
		meterbus_fail(err, METERBUS_E_USAGE,
			      "a mask is for the secondary search only");
		return false;
	}
	return true;
}

enum MHD_Result api_scan(struct api_request *request)
{
	const char *bus = request->segments[0];
	struct search search = { 0 };
	char location[CONFIG_NAME_MAX + 48];
	struct json_object *object;

	if (!config_find_bus(request->config, bus))
		return api_no_bus(request);
	if (!get_search(request, &search, &search.err))
		return api_reply_error(request, &search.err);
	if (!service_use_reader(request->service, bus, do_scan, &search))
		return api_no_bus(request);
	if (search.ret < 0)
		return api_reply_error(request, &search.err);
	journal_scan_begin(request->journal, bus, search.id);
	snprintf(location, sizeof(location), "/v1/buses/%s/scans/%u", bus,
		 search.id);
	object = json_object_new_object();
	api_put_text(object, "bus", bus);
	api_put_number(object, "scan", search.id);
	return api_reply_created(request, location, object);
}
