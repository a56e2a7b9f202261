// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <meterbus/format.h>

#include "api/routes.h"
#include "store/reading.h"

/* How long a reading may wait for its turn; what a client may ask for. */
#define TIMEOUT_S	60
#define TIMEOUT_MAX_S	300
/* How long an answer waits for the disk. */
#define STORE_MS	5000

/* ---------------------------------------------------------- readings */

struct ask {
	const char *name;	/* of the meter, or NULL */
	const struct meterbus_address *address;
	bool force;
	unsigned int timeout_s;
	const struct form *form; /* as which the reading is printed, too */
	struct reading *reading;
	struct meterbus_error err;
	int ret;
};

static void do_read(void *context, struct reader *reader)
{
	struct ask *ask = context;

	ask->ret = reader_read(reader, ask->name, ask->address, ask->force,
			       ask->timeout_s, &ask->reading, &ask->err);
}

/* ----------------------------------------------------- other forms of it */

/* What <meterbus/format.h> has. */
struct form {
	const char *name;
	void (*write)(FILE *out, const struct reading *reading);
};

static void write_table(FILE *out, const struct reading *reading)
{
	for (size_t i = 0; i < reading->count; i++) {
		if (i)
			fputc('\n', out);
		meterbus_table_write(out, &reading->telegrams[i]);
	}
}

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

static const struct form forms[] = {
	{ "json", NULL },
	{ "table", write_table },
	{ "csv", write_csv },
	{ "influx", write_influx },
	{ "annotated", write_annotated },
	{ "xml", write_xml },
	{ "xml-normalized", write_normalized },
};

static bool get_form(const struct api_request *request, struct ask *ask,
		     struct meterbus_error *err)
{
	const char *name = api_parameter(request, "format");

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (!strcmp(name ? name : "json", forms[i].name))
			ask->form = &forms[i];
	if (ask->form)
		return true;
	meterbus_fail(err, METERBUS_E_USAGE,
		      "format=%.40s: write json, table, csv, influx, annotated, xml or xml-normalized",
		      name);
	return false;
}

/* As a JSON string with the key "text". */
static void print_form(FILE *out, const struct form *form,
		       const struct reading *reading)
{
	struct json_object *object = NULL;
	char *text = NULL;
	size_t len;
	FILE *stream;

	stream = open_memstream(&text, &len);
	if (!stream)
		return;
	form->write(stream, reading);
	if (fclose(stream) == 0)
		object = json_object_new_string_len(text, (int)len);
	free(text);
	if (object)
		fprintf(out, ",\"text\":%s",
			json_object_to_json_string_ext(
				object, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

/* What was noticed on the bus while it was read. */
static struct json_object *list_findings(const char *bus,
					 struct subscription *subscription)
{
	struct json_object *list = json_object_new_array();
	struct json_object *object, *of;
	const struct news_item *item;
	unsigned int lost;

	while ((item = news_next(subscription, &lost))) {
		object = strcmp(item->event, "finding") ?
				 NULL :
				 json_tokener_parse(item->json);
		news_put(item);
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
 * The reading's own text, which is exact, with members added at its end. To be
 * freed by the caller; NULL without memory.
 */
static char *make_answer(const struct ask *ask, const char *bus,
			 struct subscription *subscription)
{
	struct json_object *findings = list_findings(bus, subscription);
	char *text = NULL;
	size_t len;
	FILE *out;

	out = open_memstream(&text, &len);
	if (out) {
		const char *reading = reading_text(ask->reading, &len);

		fprintf(out, "%.*s", (int)len - 1, reading);
		if (ask->form->write)
			print_form(out, ask->form, ask->reading);
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

/* Whoever waits longer than a client may stall is not stalling. */
static void allow_waiting(struct api_request *request, unsigned int seconds)
{
	MHD_set_connection_option(request->connection,
				  MHD_CONNECTION_OPTION_TIMEOUT, seconds);
}

/* The id is that in the store: an answer without one is not stored yet. */
static void wait_stored(struct api_request *request, const struct ask *ask)
{
	if (*ask->reading->readout->meter)
		recorder_wait(service_recorder(request->service), STORE_MS);
}

static enum MHD_Result reply_reading(struct api_request *request,
				     const struct ask *ask,
				     const struct config_bus *bus,
				     struct subscription *subscription)
{
	enum MHD_Result result;
	char *text = NULL;

	if (ask->reading) {
		wait_stored(request, ask);
		text = make_answer(ask, bus->name, subscription);
		if (!text)
			return MHD_NO;
	}
	if (ask->ret == 0 && text)
		return api_reply_line(request, MHD_HTTP_OK, text);
	request->reading = text;
	result = api_reply_error(request, &ask->err);
	request->reading = NULL;
	free(text);
	return result;
}

static enum MHD_Result read_now(struct api_request *request,
				const struct config_bus *bus, struct ask *ask)
{
	struct subscription *subscription;
	enum MHD_Result result;

	subscription = news_join(service_news(request->service));
	if (!subscription)
		return MHD_NO;
	allow_waiting(request, 0);
	if (service_use_reader(request->service, bus->name, do_read, ask))
		result = reply_reading(request, ask, bus, subscription);
	else
		result = api_no_bus(request);
	allow_waiting(request, request->limits->stall_s);
	reading_put(ask->reading);
	news_leave(subscription);
	return result;
}

static bool get_timeout(const struct api_request *request, struct ask *ask,
			struct meterbus_error *err)
{
	uint64_t timeout = TIMEOUT_S;

	if (!api_number(request, "timeout", 1, TIMEOUT_MAX_S, &timeout, err))
		return false;
	ask->timeout_s = timeout;
	return true;
}

enum MHD_Result api_read_meter(struct api_request *request)
{
	const struct config_meter *meter;
	struct meterbus_error err;
	struct ask ask = { 0 };

	meter = config_find_meter(request->config, request->segments[0]);
	if (!meter)
		return api_no_meter(request);
	ask.name = meter->name;
	if (!get_timeout(request, &ask, &err) ||
	    !get_form(request, &ask, &err) ||
	    !api_flag(request, "force", &ask.force, &err))
		return api_reply_error(request, &err);
	return read_now(request, meter->bus, &ask);
}

enum MHD_Result api_read_address(struct api_request *request)
{
	const char *text = api_parameter(request, "address");
	struct meterbus_address address;
	const struct config_bus *bus;
	struct ask ask = { .address = &address };
	struct meterbus_error err;

	bus = config_find_bus(request->config, request->segments[0]);
	if (!bus)
		return api_no_bus(request);
	if (!text)
		return api_refuse(request, MHD_HTTP_BAD_REQUEST,
				  METERBUS_E_USAGE,
				  "no meter given; write ?address=ADDRESS");
	if (!get_timeout(request, &ask, &err) ||
	    !get_form(request, &ask, &err) ||
	    !api_flag(request, "force", &ask.force, &err) ||
	    meterbus_address_parse(&address, text, &err) < 0)
		return api_reply_error(request, &err);
	return read_now(request, bus, &ask);
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
