/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Roles of clients: by token on TCP, by user and group on the Unix socket.
 */
#ifndef MBUSD_API_AUTH_H
#define MBUSD_API_AUTH_H

#include <stdbool.h>

#include <microhttpd.h>

#include "config/config.h"

/* Each may do what those before it may. */
enum api_role {
	API_ROLE_NONE,
	API_ROLE_METRICS,	/* /metrics */
	API_ROLE_READ,		/* state, readings, events */
	API_ROLE_OPERATE,	/* readouts, searches, deliveries */
	API_ROLE_ADMIN,		/* readouts beyond a meter's budget */
};

const char *api_role_name(enum api_role role);

/* By the token of the header "Authorization". */
enum api_role api_role_of_token(const struct config_api *config,
				struct MHD_Connection *connection);
/* By the peer of the Unix socket. */
enum api_role api_role_of_peer(const struct config_api *config,
			       struct MHD_Connection *connection);

struct api_auth;

struct api_auth *api_auth_new(void);	/* NULL without memory */
/* From now on api_auth_failed() does not wait. */
void api_auth_stop(struct api_auth *auth);
void api_auth_free(struct api_auth *auth);

/*
 * Logs a failed login and waits for @delay_ms, so that guessing tokens takes
 * long. Called by the thread of the connection.
 */
void api_auth_failed(struct api_auth *auth, struct MHD_Connection *connection,
		     unsigned int delay_ms);

#endif
