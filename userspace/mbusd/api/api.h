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

/* Limits for clients. */
struct api_limits {
	unsigned int connections;	/* at a time, per socket */
	unsigned int streams;		/* event streams, of all sockets */
	unsigned int request_s;		/* from the connection to a complete request */
	unsigned int stall_s;		/* without reading any of an answer */
	unsigned int answer_s;		/* from the request to the answer's end */
	unsigned int keepalive_s;	/* interval of comments in idle event streams */
	unsigned int per_address;	/* connections, on TCP; 0: no limit */
	unsigned int refusal_ms;	/* delay of the answer to a failed login */
};

/*
 * Fails if a socket of [api] cannot be opened. @limits is NULL for the defaults.
 */
struct api *api_start(struct service *service, const struct api_limits *limits,
		      struct meterbus_error *err);
/*
 * Changes to the service's new configuration: sockets, certificate, tokens. If a
 * socket cannot be opened, that is logged and the old one stays.
 */
void api_reload(struct api *api);
/* To be called every few seconds. */
void api_tick(struct api *api);
/*
 * Ends event streams and waits for requests.
 */
void api_stop(struct api *api);

#endif
