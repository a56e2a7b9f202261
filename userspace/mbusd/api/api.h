/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP+JSON for programs, on a Unix socket and, if configured, on TCP with TLS
 * and a token (Documentation/mbusd-api.yaml).
 */
#ifndef MBUSD_API_H
#define MBUSD_API_H

#include <meterbus/error.h>

#include "service.h"

struct api;

/* What a client may take up. */
struct api_limits {
	unsigned int connections;	/* at a time, of each socket */
	unsigned int streams;		/* of them and all sockets: event streams */
	unsigned int request_s;		/* from the connection to a whole request */
	unsigned int stall_s;		/* without taking anything of an answer */
	unsigned int answer_s;		/* from the request to the answer's end */
	unsigned int keepalive_s;	/* a sign of life in idle event streams */
};

/*
 * Fails if a socket of [api] cannot be had. @limits is NULL for the usual ones.
 */
struct api *api_start(struct service *service, const struct api_limits *limits,
		      struct meterbus_error *err);
/*
 * Goes on with the service's new configuration: sockets, certificate, token. A
 * socket that cannot be had is told, and what was before is served.
 */
void api_reload(struct api *api);
/* To be called every few seconds. */
void api_tick(struct api *api);
/*
 * Ends event streams and waits for requests; a meter that is being read is read
 * to the end.
 */
void api_stop(struct api *api);

#endif
