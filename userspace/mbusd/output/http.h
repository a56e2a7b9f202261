/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A server that takes HTTP POST: one request at a time, on a connection that is
 * kept.
 */
#ifndef MBUSD_HTTP_H
#define MBUSD_HTTP_H

#include <stddef.h>

#include <meterbus/error.h>

#include "config/config.h"

enum http_verdict {
	HTTP_TAKEN,
	HTTP_REFUSED,	/* this body, for good: 400, 409, 413, 422 */
	HTTP_LATER,	/* everything else, no answer among it */
};

struct http;

/*
 * For @output, with its users, tokens and certificates; it must live as long.
 * @url begins with that of the output. @token_kind stands before the token
 * ("Bearer"). @stop_fd ends a request, which first gets a second to end itself.
 * NULL with @err.
 */
struct http *http_new(const struct config_output *output, const char *url,
		      const char *content_type, const char *token_kind,
		      int stop_fd, struct meterbus_error *err);
void http_free(struct http *http);

/* @err tells why it was not taken, in the server's words if it has any. */
enum http_verdict http_post(struct http *http, const char *body, size_t len,
			    struct meterbus_error *err);

/* @text as part of a query, to be freed by the caller; NULL without memory. */
char *http_escape(const char *text);

#endif
