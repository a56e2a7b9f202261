// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What comes in, and who may ask. Each connection has a thread of its own
 * (libmicrohttpd), so that a request may wait for a bus or for the store; how
 * many there are is limited.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "api/door.h"
#include "api/routes.h"
#include "base/log.h"

static const struct api_limits usual_limits = {
	.connections	= 64,
	.streams	= 32,
	.request_s	= 10,
	.stall_s	= 60,
	.answer_s	= 900,
	.keepalive_s	= 15,
};

/* ---------------------------------------------------------- requests */

static bool digest(const char *text, unsigned char out[EVP_MAX_MD_SIZE])
{
	return EVP_Digest(text, strlen(text), out, NULL, EVP_sha256(),
			  NULL) == 1;
}

/*
 * Digests are compared, and in constant time: how long it takes tells neither
 * the length of the token nor how much of it was right.
 */
static bool token_is_right(const struct api_request *request)
{
	unsigned char got[EVP_MAX_MD_SIZE], want[EVP_MAX_MD_SIZE];
	const char *header = MHD_lookup_connection_value(
		request->connection, MHD_HEADER_KIND, "Authorization");
	const char *token = request->config->api.token;

	if (!header || strncasecmp(header, "Bearer ", 7) || !token)
		return false;
	header += 7;
	return digest(header, got) && digest(token, want) &&
	       CRYPTO_memcmp(got, want, EVP_MD_size(EVP_sha256())) == 0;
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
	request->guarded = info->socket_context;
	request->method = method;
	return request;
}

enum MHD_Result api_on_request(void *context, struct MHD_Connection *connection,
			       const char *path, const char *method,
			       const char *version, const char *body,
			       size_t *body_len, void **place)
{
	const struct api_door *door = context;
	struct api_request *request = *place;
	struct api *api = door->api;

	(void)version;
	(void)body;
	if (request)
		return *body_len ? MHD_NO : api_route(request, path);
	request = *place = new_request(api, connection, method);
	if (!request)
		return MHD_NO;
	api_guard_set(request->guarded, api->limits.answer_s);
	if (door->remote && !token_is_right(request))
		return api_refuse(request, MHD_HTTP_UNAUTHORIZED,
				  METERBUS_E_PERMISSION,
				  "the token is missing or wrong: send 'Authorization: Bearer' and the token of mbusd's token_file");
	/* Refused before any of it is read, however long it is. */
	if (has_body(connection))
		return api_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE,
				  METERBUS_E_USAGE,
				  "no request takes a body: parameters go into the query");
	return MHD_YES;
}

void api_on_completed(void *context, struct MHD_Connection *connection,
		      void **place, enum MHD_RequestTerminationCode code)
{
	const struct api_door *door = context;
	struct api_request *request = *place;

	(void)connection;
	(void)code;
	if (!request)
		return;
	*place = NULL;
	/* The next one has to come in time, too. */
	api_guard_set(request->guarded, door->api->limits.request_s);
	config_put(request->config);
	free(request);
}

void api_on_connection(void *context, struct MHD_Connection *connection,
		       void **guarded, enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info;
	const struct api_door *door = context;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (*guarded)
			api_guard_remove(*guarded);
		*guarded = NULL;
		return;
	}
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_CONNECTION_FD);
	*guarded = api_guard_add(door->api->guard, door, info->connect_fd,
				 door->api->limits.request_s);
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
	api->journal = journal_start(service_news(service));
	api->guard = api_guard_start();
	config = service_config(service);
	if (!api->journal || !api->guard)
		meterbus_fail(err, METERBUS_E_SYSTEM,
			      "the API cannot start: no memory or threads left");
	else if (api_door_local(api, &config->api, err) == 0)
		ret = api_door_remote(api, &config->api, err);
	config_put(config);
	if (ret == 0)
		return api;
	api_stop(api);
	return NULL;
}

void api_reload(struct api *api)
{
	static int (*const doors[])(struct api *api,
				    const struct config_api *config,
				    struct meterbus_error *err) = {
		api_door_local,
		api_door_remote,
	};
	struct config *config = service_config(api->service);
	struct meterbus_error err;

	for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++)
		if (doors[i](api, &config->api, &err) < 0)
			log_error("%s; the old setting stays in use; correct it and reload",
				  err.text);
	config_put(config);
}

void api_tick(struct api *api)
{
	api_doors_reap(api);
}

void api_stop(struct api *api)
{
	if (!api)
		return;
	if (api->journal)
		journal_stop(api->journal);
	api_doors_stop(api);
	if (api->journal)
		journal_free(api->journal);
	if (api->guard)
		api_guard_stop(api->guard);
	free(api);
}
