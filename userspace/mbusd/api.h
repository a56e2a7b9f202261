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

/* Fails if a socket of [api] cannot be had. */
struct api *api_start(struct service *service, struct meterbus_error *err);
/* Ends all requests and event streams. */
void api_stop(struct api *api);

#endif
