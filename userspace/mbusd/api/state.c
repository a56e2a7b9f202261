// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <meterbus/version.h>

#include "api/routes.h"
#include "api/metrics.h"
#include "common/clock.h"
#include "store/store.h"

/* ------------------------------------------------------------ buses */

static void get_status(void *context, struct reader *reader)
{
	reader_status(reader, context);
}

static struct json_object *describe_bus(const struct api_request *request,
					const struct config_bus *bus)
{
	struct json_object *object = json_object_new_object();
	struct reader_status status = { 0 };

	if (!object)
		return NULL;
	/* Stays zeroed if a reload removes the bus. */
	service_use_reader(request->service, bus->name, get_status, &status);
	api_put_text(object, "bus", bus->name);
	api_put_text(object, "state", reader_state_name(status.state));
	api_put_text(object, "device", status.device);
	api_put_text(object, "tty", status.tty);
	api_put_number(object, "baud", bus->baud);
	api_put_text(object, "meter", status.meter);
	api_put_text(object, "problem", status.problem);
	api_put_time(object, "next", status.next * NS_PER_S);
	api_put_number(object, "meters", bus->meter_count);
	api_put_number(object, "reads", status.reads);
	api_put_number(object, "failures", status.failures);
	return object;
}

enum MHD_Result api_buses(struct api_request *request)
{
	const struct config *config = request->config;
	struct json_object *object = json_object_new_object();
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < config->bus_count; i++)
		json_object_array_add(list,
				      describe_bus(request, config->buses[i]));
	api_put(object, "buses", list);
	return api_reply(request, MHD_HTTP_OK, object);
}

enum MHD_Result api_bus(struct api_request *request)
{
	const struct config_bus *bus;

	bus = config_find_bus(request->config, request->segments[0]);
	if (!bus)
		return api_no_bus(request);
	return api_reply(request, MHD_HTTP_OK, describe_bus(request, bus));
}

/* ----------------------------------------------------------- meters */

static bool describe_last(void *context, const struct store_readout *readout)
{
	struct json_object *object = json_object_new_object();
	struct json_object **last = context;

	if (!object)
		return false;
	api_put_number(object, "id", readout->id);
	api_put_time(object, "time", readout->time_ns);
	api_put_text(object, "outcome", meterbus_readout_outcome(readout->outcome));
	if (readout->outcome != METERBUS_OK)
		api_put_text(object, "why", readout->why);
	*last = object;
	return false;
}

static struct json_object *describe_labels(const struct config_meter *meter)
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; object && i < meter->label_count; i++)
		api_put(object, meter->labels[i].name,
			json_object_new_string(meter->labels[i].value));
	return object;
}

static int describe_meter(const struct config_meter *meter,
			  struct store *store, struct json_object **out,
			  struct meterbus_error *err)
{
	const struct store_query query = {
		.meter = meter->name, .limit = 1, .newest_first = true,
	};
	struct json_object *object = json_object_new_object();
	struct json_object *last = NULL;
	char text[METERBUS_ADDRESS_TEXT];

	*out = object;
	if (!object)
		return 0;
	if (store_history(store, &query, describe_last, &last, err) < 0) {
		json_object_put(object);
		return -1;
	}
	api_put_text(object, "meter", meter->name);
	api_put_text(object, "title", meter->title);
	api_put_text(object, "bus", meter->bus->name);
	api_put_text(object, "address",
		     meterbus_address_format(&meter->address, text));
	api_put_text(object, "quirks",
		     meter->quirks ? meter->quirks->name : NULL);
	api_put(object, "key", json_object_new_boolean(meter->has_key));
	api_put(object, "reads_per_day",
		meter->reads_per_day ?
			json_object_new_uint64(meter->reads_per_day) :
			NULL);
	api_put(object, "labels", describe_labels(meter));
	api_put_time(object, "next",
		     schedule_next(&meter->schedule, time(NULL)) * NS_PER_S);
	api_put(object, "last", last);
	return 0;
}

enum MHD_Result api_meters(struct api_request *request)
{
	struct config *config = request->config;
	struct json_object *object, *list, *meter;
	struct meterbus_error err;
	struct store *store;
	int ret = 0;

	if (store_open(&store, config->store, STORE_READ, &err) < 0)
		return api_reply_error(request, &err);
	object = json_object_new_object();
	list = json_object_new_array();
	api_put(object, "meters", list);
	for (size_t i = 0; i < config->meter_count && ret == 0; i++) {
		ret = describe_meter(config->meters[i], store, &meter, &err);
		if (ret == 0)
			json_object_array_add(list, meter);
	}
	store_close(store);
	if (ret == 0)
		return api_reply(request, MHD_HTTP_OK, object);
	json_object_put(object);
	return api_reply_error(request, &err);
}

enum MHD_Result api_meter(struct api_request *request)
{
	const struct config_meter *meter;
	struct json_object *object;
	struct meterbus_error err;
	struct store *store;
	int ret;

	meter = config_find_meter(request->config, request->segments[0]);
	if (!meter)
		return api_no_meter(request);
	if (store_open(&store, request->config->store, STORE_READ, &err) < 0)
		return api_reply_error(request, &err);
	ret = describe_meter(meter, store, &object, &err);
	store_close(store);
	if (ret < 0)
		return api_reply_error(request, &err);
	return api_reply(request, MHD_HTTP_OK, object);
}

/* ---------------------------------------------------------- outputs */

static struct json_object *describe_output(const struct output_status *output)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	api_put_text(object, "output", output->name);
	api_put_text(object, "kind", output->kind);
	api_put(object, "connected",
		json_object_new_boolean(output->connected));
	api_put_number(object, "delivered", output->delivered);
	api_put_number(object, "failures", output->failures);
	api_put_number(object, "backlog", output->backlog);
	api_put_number(object, "parked", output->parked);
	api_put_text(object, "problem", output->problem);
	return object;
}

enum MHD_Result api_outputs(struct api_request *request)
{
	struct outbox *outbox = service_outbox(request->service);
	struct json_object *object = json_object_new_object();
	struct json_object *list = json_object_new_array();
	size_t max = request->config->output_count;
	struct output_status *outputs;
	size_t count;

	api_put(object, "outputs", list);
	outputs = calloc(max + 1, sizeof(*outputs));
	if (outputs) {
		/* A reload may have added some. */
		count = outbox_status(outbox, outputs, max);
		for (size_t i = 0; i < count && i < max; i++)
			json_object_array_add(list,
					      describe_output(&outputs[i]));
	}
	free(outputs);
	return api_reply(request, MHD_HTTP_OK, object);
}

/* ------------------------------------------------------------- rest */

static struct json_object *describe_store(struct service *service,
					  const struct config *config)
{
	struct json_object *object = json_object_new_object();
	struct recorder_status status;

	if (!object)
		return NULL;
	recorder_status(service_recorder(service), &status);
	api_put_text(object, "path", config->store);
	api_put_number(object, "stored", status.stored);
	api_put_number(object, "waiting", status.waiting);
	api_put_time(object, "oldest_waiting", status.oldest_ns);
	api_put_number(object, "lost", status.lost);
	api_put_text(object, "problem", status.problem);
	api_put_text(object, "last_error", status.last_error);
	api_put_time(object, "last_error_time", status.error_ns);
	api_put_number(object, "bytes", status.bytes);
	api_put_number(object, "free_bytes", status.free_bytes);
	api_put(object, "growth_per_day", json_object_new_int64(status.growth));
	return object;
}

enum MHD_Result api_status(struct api_request *request)
{
	const struct config *config = request->config;
	time_t started = service_started(request->service);
	struct json_object *object = json_object_new_object();

	if (!object)
		return MHD_NO;
	api_put_text(object, "version", meterbus_version_text());
	api_put_text(object, "site", config->site);
	api_put_time(object, "started", started * NS_PER_S);
	api_put_time(object, "time", wall_ns());
	api_put_text(object, "config", config->path);
	api_put_text(object, "store", config->store);
	api_put(object, "store_state",
		describe_store(request->service, config));
	api_put_number(object, "buses", config->bus_count);
	api_put_number(object, "meters", config->meter_count);
	api_put_number(object, "outputs", config->output_count);
	return api_reply(request, MHD_HTTP_OK, object);
}

enum MHD_Result api_findings(struct api_request *request)
{
	struct json_object *object = json_object_new_object();

	api_put(object, "findings",
		journal_findings(request->journal,
				 api_parameter(request, "bus")));
	return api_reply(request, MHD_HTTP_OK, object);
}

enum MHD_Result api_metrics(struct api_request *request)
{
	struct meterbus_error err;
	size_t len;
	char *text = metrics_text(request->service, &len, &err);

	if (!text)
		return api_reply_error(request, &err);
	return api_reply_text(request, METRICS_CONTENT_TYPE, text, len);
}
