/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listeners of the API: a socket with its libmicrohttpd daemon.
 */
#ifndef MBUSD_API_LISTENER_H
#define MBUSD_API_LISTENER_H

#include <stdbool.h>

#include <microhttpd.h>

#include "api/api.h"
#include "api/auth.h"
#include "api/deadline.h"
#include "api/journal.h"
#include "api/socket.h"

#define API_DIGEST_LEN 32

enum api_listener_kind {
	API_LISTENER_LOCAL,	/* the Unix socket */
	API_LISTENER_REMOTE,	/* TCP, with TLS and tokens */
	API_LISTENER_METRICS,	/* TCP on loopback, for /metrics only */
};

struct api_listener {
	struct api *api;
	struct api_listener *next;	/* in api->closed */
	enum api_listener_kind kind;
	struct MHD_Daemon *daemon;
	int fd;			/* the daemon's until it is closed */
	struct api_socket_file file;	/* local */
	char *listen;			/* remote, metrics */
	unsigned char digest[API_DIGEST_LEN]; /* remote: of key, certificate, token */
};

struct api {
	struct service *service;
	struct api_limits limits;
	struct journal *journal;
	struct api_deadlines *deadlines;
	struct api_auth *auth;
	unsigned int streams;
	/* Used by the thread that starts, reloads and stops; NULL: none. */
	struct api_listener *local, *remote, *metrics;
	/* No longer listening, but with open connections. */
	struct api_listener *closed;
};

/*
 * Opens, changes or closes a listener as @config says. Returns 0, or -1 with @err
 * and the listener unchanged. A listener that changes ends its event streams, so
 * that clients reconnect; other requests are answered.
 */
int api_listen_local(struct api *api, const struct config_api *config,
		   struct meterbus_error *err);
int api_listen_remote(struct api *api, const struct config_api *config,
		    struct meterbus_error *err);
int api_listen_metrics(struct api *api, const struct config_api *config,
		       struct meterbus_error *err);

/* Frees closed listeners without connections. Does not wait. */
void api_listeners_reap(struct api *api);
/* Closes and frees all, waits for their connections. */
void api_listeners_stop(struct api *api);

/*
 * Callbacks of libmicrohttpd, in api.c; @context is the listener. A request is
 * passed twice: with its headers and, if not answered then, when it is complete.
 * A connection when it was accepted, and before its socket is closed.
 */
enum MHD_Result api_on_request(void *context, struct MHD_Connection *connection,
			       const char *path, const char *method,
			       const char *version, const char *body,
			       size_t *body_len, void **place);
void api_on_completed(void *context, struct MHD_Connection *connection,
		      void **place, enum MHD_RequestTerminationCode code);
void api_on_connection(void *context, struct MHD_Connection *connection,
		       void **deadline,
		       enum MHD_ConnectionNotificationCode code);

#endif
