// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Readouts that outputs could not deliver.
 */
#include "api/routes.h"
#include "store/parked.h"

/* Listed at once; the count in /v1/outputs is that of all. */
#define LIST_MAX 1000

static enum MHD_Result no_output(struct api_request *request)
{
	return api_refuse(request, MHD_HTTP_NOT_FOUND, METERBUS_E_USAGE,
			  "mbusd has no output '%s'; see /v1/outputs",
			  request->segments[0]);
}

static bool describe(void *context, const struct store_parked *parked)
{
	struct json_object *list = context;
	struct json_object *object = json_object_new_object();

	if (!object)
		return false;
	api_put_number(object, "id", (uint64_t)parked->readout);
	api_put_text(object, "meter", parked->meter);
	api_put_time(object, "time", parked->time_ns);
	api_put_number(object, "tries", parked->attempts.count);
	api_put_time(object, "since", parked->attempts.since_ns);
	api_put_text(object, "why", parked->why);
	api_put(object, "sending", json_object_new_boolean(parked->again));
	json_object_array_add(list, object);
	return json_object_array_length(list) < LIST_MAX;
}

enum MHD_Result api_parked(struct api_request *request)
{
	const char *name = request->segments[0];
	struct json_object *object, *list;
	struct meterbus_error err;
	struct store *store;
	int ret;

	if (!config_find_output(request->config, name))
		return no_output(request);
	if (store_open(&store, request->config->store, STORE_READ, &err) < 0)
		return api_reply_error(request, &err);
	object = json_object_new_object();
	list = json_object_new_array();
	api_put_text(object, "output", name);
	api_put(object, "parked", list);
	ret = store_list_parked(store, name, 0, describe, list, &err);
	store_close(store);
	if (ret == 0)
		return api_reply(request, MHD_HTTP_OK, object);
	json_object_put(object);
	return api_reply_error(request, &err);
}

enum MHD_Result api_send_parked(struct api_request *request)
{
	const char *name = request->segments[0];
	struct json_object *object;
	struct meterbus_error err;
	uint64_t readout = 0;
	unsigned int count;

	if (!config_find_output(request->config, name))
		return no_output(request);
	if (!api_number(request, "readout", 1, INT64_MAX, &readout, &err) ||
	    outbox_send_again(service_outbox(request->service), name,
			      (int64_t)readout, &count, &err) < 0)
		return api_reply_error(request, &err);
	if (readout && !count)
		return api_refuse(request, MHD_HTTP_NOT_FOUND, METERBUS_E_USAGE,
				  "readout %llu of output %s is not parked",
				  (unsigned long long)readout, name);
	object = json_object_new_object();
	api_put_text(object, "output", name);
	api_put_number(object, "sending", count);
	return api_reply(request, MHD_HTTP_ACCEPTED, object);
}
