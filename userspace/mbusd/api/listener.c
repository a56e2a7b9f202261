// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/listener.h"
#include "api/routes.h"
#include "base/log.h"

/* Request line and headers together; libmicrohttpd refuses more. */
#define REQUEST_MAX	16384
#define STACK_SIZE	(512 * 1024)
#define PEM_MAX		(1 << 20)
/* Without CBC, whose padding leaks. */
#define TLS_PRIORITIES	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:" \
			"-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM"

/* Key and certificate of the server. */
struct identity {
	char *key, *cert;	/* PEM; NULL without TLS */
	unsigned char digest[API_DIGEST_LEN];
};

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

static struct MHD_Daemon *start_daemon(struct api_listener *listener,
				       const struct identity *identity)
{
	const struct api_limits *limits = &listener->api->limits;
	unsigned int flags = MHD_USE_INTERNAL_POLLING_THREAD |
			     MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL |
			     MHD_USE_ITC | MHD_USE_ERROR_LOG |
			     (identity->key ? MHD_USE_TLS : 0);
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, identity->key },
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, identity->cert },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)TLS_PRIORITIES },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };

	return MHD_start_daemon(
		flags, 0, NULL, NULL, api_on_request, listener,
		MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
		MHD_OPTION_LISTEN_SOCKET, listener->fd,
		MHD_OPTION_NOTIFY_CONNECTION, api_on_connection, listener,
		MHD_OPTION_NOTIFY_COMPLETED, api_on_completed, listener,
		MHD_OPTION_UNESCAPE_CALLBACK, api_unescape, NULL,
		MHD_OPTION_CONNECTION_LIMIT, limits->connections,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		listener->kind == API_LISTENER_LOCAL ? 0U : limits->per_address,
		MHD_OPTION_CONNECTION_TIMEOUT, limits->stall_s,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_MAX,
		MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_SIZE,
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_ARRAY, identity->key ? tls : none, MHD_OPTION_END);
}

/* Waits for its connections. */
static void free_listener(struct api_listener *listener)
{
	if (listener->daemon)
		MHD_stop_daemon(listener->daemon);
	if (listener->fd >= 0)
		close(listener->fd);
	free(listener->listen);
	free(listener);
}

/* @handed_on: another listener uses its socket. */
static void close_listener(struct api *api, struct api_listener *listener, bool handed_on)
{
	if (!listener)
		return;
	MHD_quiesce_daemon(listener->daemon);
	if (!handed_on)
		shutdown(listener->fd, SHUT_RDWR);
	api_socket_remove(&listener->file);
	api_deadlines_expire(api->deadlines, listener);
	listener->next = api->closed;
	api->closed = listener;
}

void api_listeners_reap(struct api *api)
{
	struct api_listener **link = &api->closed, *listener;
	const union MHD_DaemonInfo *info;

	while ((listener = *link)) {
		info = MHD_get_daemon_info(listener->daemon,
					   MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
		if (info && info->num_connections) {
			link = &listener->next;
			continue;
		}
		*link = listener->next;
		free_listener(listener);
	}
}

void api_listeners_stop(struct api *api)
{
	struct api_listener *listener;

	close_listener(api, api->local, false);
	close_listener(api, api->remote, false);
	close_listener(api, api->metrics, false);
	api->local = api->remote = api->metrics = NULL;
	while ((listener = api->closed)) {
		api->closed = listener->next;
		free_listener(listener);
	}
}

static struct api_listener *new_listener(struct api *api,
					 enum api_listener_kind kind,
					 struct meterbus_error *err)
{
	struct api_listener *listener = calloc(1, sizeof(*listener));

	if (!listener) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	listener->api = api;
	listener->kind = kind;
	listener->fd = -1;
	return listener;
}

/* What has no TLS. */
static const struct identity nobody;

/* ------------------------------------------------------------- local */

static struct api_listener *open_local(struct api *api,
				   const struct config_api *config,
				   struct meterbus_error *err)
{
	struct api_listener *listener =
		new_listener(api, API_LISTENER_LOCAL, err);

	if (!listener)
		return NULL;
	listener->fd = api_socket_unix(&listener->file, config->socket, config->group,
				       config->read_group, err);
	if (listener->fd >= 0) {
		listener->daemon = start_daemon(listener, &nobody);
		if (listener->daemon)
			return listener;
		meterbus_fail(err, METERBUS_E_SYSTEM,
			      "cannot serve %s: no memory or threads left",
			      config->socket);
		api_socket_remove(&listener->file);
	}
	free_listener(listener);
	return NULL;
}

int api_listen_local(struct api *api, const struct config_api *config,
		   struct meterbus_error *err)
{
	const struct api_listener *old = api->local;
	struct api_listener *listener = NULL;

	if (config->socket && config->socket[0]) {
		if (old && !strcmp(old->file.path, config->socket) &&
		    api_socket_is_there(&old->file))
			return api_socket_share(config->socket, config->group,
						config->read_group, err);
		listener = open_local(api, config, err);
		if (!listener)
			return -1;
	}
	close_listener(api, api->local, false);
	api->local = listener;
	return 0;
}

/* ------------------------------------------------------------ remote */

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

static void free_identity(struct identity *identity)
{
	free_secret(identity->key);
	free(identity->cert);
}

/* A digest, to detect changes at a reload. */
static bool digest_identity(struct identity *identity,
			    const struct config_api *config)
{
	const char *parts[] = {
		identity->key,	       identity->cert,	   config->token,
		config->operate_token, config->read_token,
	};
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good;

	good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);
	for (size_t i = 0; good && i < sizeof(parts) / sizeof(parts[0]); i++)
		good = EVP_DigestUpdate(context, parts[i] ? parts[i] : "",
					parts[i] ? strlen(parts[i]) + 1 : 1);
	good = good && EVP_DigestFinal_ex(context, identity->digest, NULL);
	EVP_MD_CTX_free(context);
	return good;
}

static int get_identity(struct identity *identity,
			const struct config_api *config,
			struct meterbus_error *err)
{
	/* config_load() checks that they are given. */
	identity->cert = NULL;
	identity->key = read_pem(config->key_file, err);
	if (!identity->key)
		return -1;
	identity->cert = read_pem(config->cert_file, err);
	if (!identity->cert) {
		free_identity(identity);
		return -1;
	}
	if (digest_identity(identity, config))
		return 0;
	free_identity(identity);
	return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
}

/* @same: shares the socket of that listener; NULL: none. */
static struct api_listener *open_remote(struct api *api,
				    const struct config_api *config,
				    const struct identity *identity,
				    const struct api_listener *same,
				    struct meterbus_error *err)
{
	struct api_listener *listener =
		new_listener(api, API_LISTENER_REMOTE, err);

	if (!listener)
		return NULL;
	memcpy(listener->digest, identity->digest, sizeof(listener->digest));
	listener->listen = strdup(config->listen);
	listener->fd = same ? fcntl(same->fd, F_DUPFD_CLOEXEC, 0) :
			  api_socket_tcp("listen", config->listen, err);
	if (listener->fd >= 0 && listener->listen)
		listener->daemon = start_daemon(listener, identity);
	if (listener->daemon)
		return listener;
	if (same || listener->fd >= 0)
		meterbus_fail(err, METERBUS_E_USAGE,
			      "[api] %s and %s are not a certificate and its key in PEM format",
			      config->cert_file, config->key_file);
	free_listener(listener);
	return NULL;
}

static int replace_remote(struct api *api, const struct config_api *config,
			  const struct identity *identity,
			  struct meterbus_error *err)
{
	struct api_listener *old = api->remote, *listener;
	bool same = old && !strcmp(old->listen, config->listen);

	if (same && !memcmp(old->digest, identity->digest, sizeof(old->digest)))
		return 0;
	listener = open_remote(api, config, identity, same ? old : NULL, err);
	if (!listener)
		return -1;
	close_listener(api, old, same);
	api->remote = listener;
	log_notice("api: listening on %s", config->listen);
	return 0;
}

int api_listen_remote(struct api *api, const struct config_api *config,
		    struct meterbus_error *err)
{
	struct identity identity;
	int ret;

	if (!config->listen) {
		close_listener(api, api->remote, false);
		api->remote = NULL;
		return 0;
	}
	if (get_identity(&identity, config, err) < 0)
		return -1;
	ret = replace_remote(api, config, &identity, err);
	free_identity(&identity);
	return ret;
}

/* ----------------------------------------------------------- metrics */

static struct api_listener *open_metrics(struct api *api, const char *where,
					 struct meterbus_error *err)
{
	struct api_listener *listener =
		new_listener(api, API_LISTENER_METRICS, err);

	if (!listener)
		return NULL;
	listener->listen = strdup(where);
	listener->fd = api_socket_tcp("metrics-listen", where, err);
	if (listener->fd >= 0) {
		if (listener->listen)
			listener->daemon = start_daemon(listener, &nobody);
		if (listener->daemon)
			return listener;
		meterbus_fail(err, METERBUS_E_SYSTEM,
			      "cannot serve metrics on %s: no memory or threads left",
			      where);
	}
	free_listener(listener);
	return NULL;
}

int api_listen_metrics(struct api *api, const struct config_api *config,
		       struct meterbus_error *err)
{
	const struct api_listener *old = api->metrics;
	struct api_listener *listener = NULL;

	if (config->metrics_listen) {
		if (old && !strcmp(old->listen, config->metrics_listen))
			return 0;
		listener = open_metrics(api, config->metrics_listen, err);
		if (!listener)
			return -1;
		log_notice("api: metrics on http://%s/metrics",
			   config->metrics_listen);
	}
	close_listener(api, api->metrics, false);
	api->metrics = listener;
	return 0;
}
