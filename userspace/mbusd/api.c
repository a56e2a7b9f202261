// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sockets, what comes in by them, and who may ask. Each connection has a
 * thread of its own (libmicrohttpd), so that a request may wait for a bus or
 * for the store; how many there are is limited.
 */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "api_routes.h"
#include "api_socket.h"
#include "log.h"

/* Request line and headers together; libmicrohttpd refuses more. */
#define REQUEST_MAX	16384
#define STACK_SIZE	(512 * 1024)
#define PEM_MAX		(1 << 20)
#define TLS_PRIORITIES	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

static const struct api_limits usual_limits = {
	.connections	= 64,
	.streams	= 32,
	.request_s	= 10,
	.stall_s	= 60,
	.answer_s	= 900,
	.keepalive_s	= 15,
};

struct api {
	struct service *service;
	struct config *config;	/* as it was at the start: sockets, token */
	struct api_limits limits;
	struct journal *journal;
	struct api_guard *guard;
	unsigned int streams;
	struct api_socket_file file;
	struct MHD_Daemon *local, *remote;
};

/* ---------------------------------------------------------- requests */

static bool digest(const char *text, size_t len,
		   unsigned char out[EVP_MAX_MD_SIZE])
{
	return EVP_Digest(text, len, out, NULL, EVP_sha256(), NULL) == 1;
}

/*
 * Digests are compared, and in constant time: how long it takes tells neither
 * the length of the token nor how much of it was right.
 */
static bool token_is_right(const struct api *api,
			   struct MHD_Connection *connection)
{
	unsigned char got[EVP_MAX_MD_SIZE], want[EVP_MAX_MD_SIZE];
	const char *header = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, "Authorization");
	const char *token = api->config->api.token;

	if (!header || strncasecmp(header, "Bearer ", 7) || !token)
		return false;
	header += 7;
	return digest(header, strlen(header), got) &&
	       digest(token, strlen(token), want) &&
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

/*
 * By libmicrohttpd: first when the headers are there, then, if that has not
 * answered, when all of the request is.
 */
static enum MHD_Result on_request(struct api *api, bool remote,
				  struct MHD_Connection *connection,
				  const char *path, const char *method,
				  size_t *body_len, void **context)
{
	struct api_request *request = *context;

	if (request)
		return *body_len ? MHD_NO : api_route(request, path);
	request = *context = new_request(api, connection, method);
	if (!request)
		return MHD_NO;
	api_guard_set(request->guarded, api->limits.answer_s);
	if (remote && !token_is_right(api, connection))
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

static enum MHD_Result on_local(void *context,
				struct MHD_Connection *connection,
				const char *path, const char *method,
				const char *version, const char *body,
				size_t *body_len, void **request)
{
	(void)version;
	(void)body;
	return on_request(context, false, connection, path, method, body_len,
			  request);
}

static enum MHD_Result on_remote(void *context,
				 struct MHD_Connection *connection,
				 const char *path, const char *method,
				 const char *version, const char *body,
				 size_t *body_len, void **request)
{
	(void)version;
	(void)body;
	return on_request(context, true, connection, path, method, body_len,
			  request);
}

static void on_completed(void *context, struct MHD_Connection *connection,
			 void **place, enum MHD_RequestTerminationCode code)
{
	struct api_request *request = *place;
	struct api *api = context;

	(void)connection;
	(void)code;
	if (!request)
		return;
	*place = NULL;
	/* The next one has to come in time, too. */
	api_guard_set(request->guarded, api->limits.request_s);
	config_put(request->config);
	free(request);
}

/* Called when a connection was accepted, and before its socket is closed. */
static void on_connection(void *context, struct MHD_Connection *connection,
			  void **guarded,
			  enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info;
	struct api *api = context;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (*guarded)
			api_guard_remove(*guarded);
		*guarded = NULL;
		return;
	}
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_CONNECTION_FD);
	*guarded = api_guard_add(api->guard, info->connect_fd,
				 api->limits.request_s);
}

static void on_log(void *context, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void on_log(void *context, const char *format, va_list args)
{
	char text[256];

	(void)context;
	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	log_debug("api: %s", text);
}

/* ------------------------------------------------------------- start */

/* Takes over @fd. @key and @cert are NULL without TLS. */
static struct MHD_Daemon *listen_with(struct api *api, int fd,
				      MHD_AccessHandlerCallback handler,
				      const char *key, const char *cert)
{
	unsigned int flags = MHD_USE_INTERNAL_POLLING_THREAD |
			     MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL |
			     MHD_USE_ITC | MHD_USE_ERROR_LOG |
			     (key ? MHD_USE_TLS : 0);
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)key },
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)cert },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)TLS_PRIORITIES },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
	struct MHD_Daemon *daemon;

	daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, handler, api,
		MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
		MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, api,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, api,
		MHD_OPTION_UNESCAPE_CALLBACK, api_unescape, NULL,
		MHD_OPTION_CONNECTION_LIMIT, api->limits.connections,
		MHD_OPTION_CONNECTION_TIMEOUT, api->limits.stall_s,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_MAX,
		MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_SIZE,
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_ARRAY, key ? tls : none, MHD_OPTION_END);
	if (!daemon)
		close(fd);
	return daemon;
}

static int start_local(struct api *api, struct meterbus_error *err)
{
	const struct config_api *config = &api->config->api;
	int fd;

	if (!config->socket || !config->socket[0])
		return 0;
	fd = api_socket_unix(&api->file, config->socket, config->group, err);
	if (fd < 0)
		return -1;
	api->local = listen_with(api, fd, on_local, NULL, NULL);
	if (api->local)
		return 0;
	return meterbus_fail(err, METERBUS_E_SYSTEM,
			     "cannot serve %s: no memory or threads left",
			     config->socket);
}

static char *read_pem(const char *path, struct meterbus_error *err)
{
	char *text = calloc(1, PEM_MAX + 1);
	FILE *file = fopen(path, "re");

	if (file && text && fread(text, 1, PEM_MAX, file) && !ferror(file)) {
		fclose(file);
		return text;
	}
	meterbus_fail(err, errno == EACCES ? METERBUS_E_PERMISSION :
					     METERBUS_E_USAGE,
		      "[api] cannot read %s: %s", path,
		      file ? "it is empty" : strerror(errno));
	if (file)
		fclose(file);
	free(text);
	return NULL;
}

static void free_secret(char *text)
{
	if (text)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
}

static int start_remote(struct api *api, struct meterbus_error *err)
{
	const struct config_api *config = &api->config->api;
	char *key = NULL, *cert = NULL;
	int fd = -1;
	int ret = -1;

	if (!config->listen)
		return 0;
	/* config.c has seen to it that they are all there. */
	key = read_pem(config->key_file, err);
	if (key)
		cert = read_pem(config->cert_file, err);
	if (cert)
		fd = api_socket_tcp(config->listen, err);
	if (fd >= 0)
		api->remote = listen_with(api, fd, on_remote, key, cert);
	if (api->remote) {
		log_notice("api: listening on %s", config->listen);
		ret = 0;
	} else if (fd >= 0) {
		meterbus_fail(err, METERBUS_E_USAGE,
			      "[api] %s and %s are no certificate and its key, in PEM",
			      config->cert_file, config->key_file);
	}
	free_secret(key);
	free(cert);
	return ret;
}

struct api *api_start(struct service *service, const struct api_limits *limits,
		      struct meterbus_error *err)
{
	struct api *api = calloc(1, sizeof(*api));

	if (!api) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	api->service = service;
	api->config = service_config(service);
	api->limits = limits ? *limits : usual_limits;
	api->journal = journal_start(service_news(service));
	api->guard = api_guard_start();
	if (!api->journal || !api->guard) {
		meterbus_fail(err, METERBUS_E_SYSTEM,
			      "the API cannot start: no memory or threads left");
	} else if (start_local(api, err) == 0 && start_remote(api, err) == 0) {
		return api;
	}
	api_stop(api);
	return NULL;
}

void api_stop(struct api *api)
{
	if (!api)
		return;
	api_socket_remove(&api->file);
	if (api->journal)
		journal_stop(api->journal);
	if (api->local)
		MHD_stop_daemon(api->local);
	if (api->remote)
		MHD_stop_daemon(api->remote);
	if (api->journal)
		journal_free(api->journal);
	if (api->guard)
		api_guard_stop(api->guard);
	config_put(api->config);
	free(api);
}
