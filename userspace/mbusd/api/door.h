/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways into the API: a socket and the libmicrohttpd daemon on it each.
 */
#ifndef MBUSD_API_DOOR_H
#define MBUSD_API_DOOR_H

#include <stdbool.h>

#include <microhttpd.h>

#include "api/api.h"
#include "api/guard.h"
#include "api/journal.h"
#include "api/socket.h"

#define API_DIGEST_LEN 32

struct api_door {
	struct api *api;
	struct api_door *next;	/* of those that are closed */
	bool remote;		/* by TCP, with TLS and the token */
	struct MHD_Daemon *daemon;
	int fd;			/* listens; the daemon's until it is closed */
	struct api_socket_file file;	/* local */
	char *listen;			/* remote */
	unsigned char digest[API_DIGEST_LEN]; /* of key, certificate, token */
};

struct api {
	struct service *service;
	struct api_limits limits;
	struct journal *journal;
	struct api_guard *guard;
	unsigned int streams;
	/* By who starts, reloads and stops; NULL for none. */
	struct api_door *local, *remote;
	/* Nobody comes in by them, but some that have are still there. */
	struct api_door *closed;
};

/*
 * Opens, changes or closes a door so that it is as @config has it. Returns 0,
 * or -1 with @err and that door as it was. Event streams of a door that changes
 * end, and clients come again; other requests are answered.
 */
int api_door_local(struct api *api, const struct config_api *config,
		   struct meterbus_error *err);
int api_door_remote(struct api *api, const struct config_api *config,
		    struct meterbus_error *err);

/* Frees closed doors that nobody is behind any more. Does not wait. */
void api_doors_reap(struct api *api);
/* Closes and frees all, waits for who is behind them. */
void api_doors_stop(struct api *api);

/*
 * api.c, for libmicrohttpd; @context is the door. A request comes twice: when
 * its headers are there and, if that has not answered, when all of it is. A
 * connection comes when it was accepted, and before its socket is closed.
 */
enum MHD_Result api_on_request(void *context, struct MHD_Connection *connection,
			       const char *path, const char *method,
			       const char *version, const char *body,
			       size_t *body_len, void **place);
void api_on_completed(void *context, struct MHD_Connection *connection,
		      void **place, enum MHD_RequestTerminationCode code);
void api_on_connection(void *context, struct MHD_Connection *connection,
		       void **guarded,
		       enum MHD_ConnectionNotificationCode code);

#endif
