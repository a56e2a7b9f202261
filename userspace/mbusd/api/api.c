// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections, requests and their authentication. Each connection has a thread
 * (libmicrohttpd), so that a request may wait for a bus or the store; their number
 * is limited.
 */
#include <stdlib.h>
#include <string.h>

#include "api/listener.h"
#include "api/routes.h"
#include "base/log.h"

static const struct api_limits usual_limits = {
	.connections	= 64,
	.streams	= 32,
	.request_s	= 10,
	.stall_s	= 60,
	.answer_s	= 900,
	.keepalive_s	= 15,
	.per_address	= 16,
	.refusal_ms	= 1000,
};

/* ---------------------------------------------------------- requests */

static enum api_role role_of(const struct api_listener *listener,
			     struct api_request *request)
{
	switch (listener->kind) {
	case API_LISTENER_REMOTE:
		return api_role_of_token(&request->config->api,
					 request->connection);
	case API_LISTENER_METRICS:
		return API_ROLE_METRICS;
	default:
		return api_role_of_peer(&request->config->api,
					request->connection);
	}
}

/* Refuses a client without a role. */
static enum MHD_Result refuse_login(const struct api_listener *listener,
				    struct api_request *request)
{
	struct api *api = listener->api;

	api_auth_failed(api->auth, request->connection, api->limits.refusal_ms);
	if (listener->kind == API_LISTENER_REMOTE)
		return api_refuse(request, MHD_HTTP_UNAUTHORIZED,
				  METERBUS_E_PERMISSION,
				  "the token is missing or wrong: send 'Authorization: Bearer' and a token of mbusd.conf");
	return api_refuse(request, MHD_HTTP_FORBIDDEN, METERBUS_E_PERMISSION,
			  "you are not in a group that may use mbusd; see group and read-group in mbusd.conf(5)");
}

static bool has_body(struct MHD_Connection *connection)
{
	const char *length = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, "Content-Length");

	return (length && strcmp(length, "0")) ||
	       MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
					   "Transfer-Encoding");
}

static struct api_request *new_request(struct api *api,
				       struct MHD_Connection *connection,
				       const char *method)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct api_request *request;

	if (!info || !info->socket_context)
		return NULL;
	request = calloc(1, sizeof(*request));
	if (!request)
		return NULL;
	request->service = api->service;
	request->journal = api->journal;
	request->limits = &api->limits;
	request->streams = &api->streams;
	request->config = service_config(api->service);
	request->connection = connection;
	request->deadline = info->socket_context;
	request->method = method;
	return request;
}

enum MHD_Result api_on_request(void *context, struct MHD_Connection *connection,
			       const char *path, const char *method,
			       const char *version, const char *body,
			       size_t *body_len, void **place)
{
	const struct api_listener *listener = context;
	struct api_request *request = *place;
	struct api *api = listener->api;

	(void)version;
	(void)body;
	if (request)
		return *body_len ? MHD_NO : api_route(request, path);
	request = *place = new_request(api, connection, method);
	if (!request)
		return MHD_NO;
	api_deadline_set(request->deadline, api->limits.answer_s);
	request->role = role_of(listener, request);
	if (request->role == API_ROLE_NONE)
		return refuse_login(listener, request);
	/* Refused before the body is read. */
	if (has_body(connection))
		return api_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE,
				  METERBUS_E_USAGE,
				  "requests have no body; put parameters into the query");
	return MHD_YES;
}

void api_on_completed(void *context, struct MHD_Connection *connection,
		      void **place, enum MHD_RequestTerminationCode code)
{
	const struct api_listener *listener = context;
	struct api_request *request = *place;

	(void)connection;
	(void)code;
	if (!request)
		return;
	*place = NULL;
	/* For the next request. */
	api_deadline_set(request->deadline, listener->api->limits.request_s);
	config_put(request->config);
	free(request);
}

void api_on_connection(void *context, struct MHD_Connection *connection,
		       void **deadline, enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info;
	const struct api_listener *listener = context;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (*deadline)
			api_deadline_remove(*deadline);
		*deadline = NULL;
		return;
	}
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_CONNECTION_FD);
	*deadline = api_deadline_add(listener->api->deadlines, listener, info->connect_fd,
				 listener->api->limits.request_s);
}

/* -------------------------------------------------------------- life */

struct api *api_start(struct service *service, const struct api_limits *limits,
		      struct meterbus_error *err)
{
	struct api *api = calloc(1, sizeof(*api));
	struct config *config;
	int ret = -1;

	if (!api) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	api->service = service;
	api->limits = limits ? *limits : usual_limits;
	api->journal = journal_start(service_events(service));
	api->deadlines = api_deadlines_start();
	api->auth = api_auth_new();
	config = service_config(service);
	if (!api->journal || !api->deadlines || !api->auth)
		meterbus_fail(err, METERBUS_E_SYSTEM,
			      "cannot start the API: no memory or threads left");
	else if (api_listen_local(api, &config->api, err) == 0 &&
		 api_listen_remote(api, &config->api, err) == 0)
		ret = api_listen_metrics(api, &config->api, err);
	config_put(config);
	if (ret == 0)
		return api;
	api_stop(api);
	return NULL;
}

void api_reload(struct api *api)
{
	static int (*const listeners[])(struct api *api,
				    const struct config_api *config,
				    struct meterbus_error *err) = {
		api_listen_local,
		api_listen_remote,
		api_listen_metrics,
	};
	struct config *config = service_config(api->service);
	struct meterbus_error err;

	for (size_t i = 0; i < sizeof(listeners) / sizeof(listeners[0]); i++)
		if (listeners[i](api, &config->api, &err) < 0)
			log_error("%s; the old setting stays in use; correct it and reload",
				  err.text);
	config_put(config);
}

void api_tick(struct api *api)
{
	api_listeners_reap(api);
}

void api_stop(struct api *api)
{
	if (!api)
		return;
	if (api->journal)
		journal_stop(api->journal);
	if (api->auth)
		api_auth_stop(api->auth);
	api_listeners_stop(api);
	if (api->journal)
		journal_free(api->journal);
	if (api->deadlines)
		api_deadlines_stop(api->deadlines);
	if (api->auth)
		api_auth_free(api->auth);
	free(api);
}
