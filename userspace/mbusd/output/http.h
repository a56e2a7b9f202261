/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An HTTP client for POST: one request at a time on a persistent connection.
 */
#ifndef MBUSD_HTTP_H
#define MBUSD_HTTP_H

#include <stddef.h>

#include <meterbus/error.h>

#include "config/config.h"

enum http_verdict {
	HTTP_TAKEN,
	HTTP_REFUSED,	/* this body, permanently: 400, 409, 413, 422 */
	HTTP_FAILED,	/* an answer that may be about this body: 404, 500 ... */
	HTTP_LATER,	/* no answer, 3xx, 401, 403, 429: not about this body */
};

struct http;

/* The keys that outputs by HTTP share; first in the settings of each. */
struct http_settings {
	char *url;
	char *user;
	char *password;		/* read from password-file */
	char *token;		/* read from token-file */
	char *ca_file, *cert_file, *key_file;
};

/* Their fields; not all have users or tokens. */
#define HTTP_FIELDS \
	{ .key = "url", config_text, offsetof(struct http_settings, url), \
	  .needed = true }, \
	{ .key = "ca-file", config_readable, \
	  offsetof(struct http_settings, ca_file) }, \
	{ .key = "cert-file", config_readable, \
	  offsetof(struct http_settings, cert_file) }, \
	{ .key = "key-file", config_private, \
	  offsetof(struct http_settings, key_file) }
#define HTTP_USER_FIELDS \
	{ .key = "user", config_text, offsetof(struct http_settings, user) }, \
	{ .key = "password-file", config_secret, \
	  offsetof(struct http_settings, password) }
#define HTTP_TOKEN_FIELD(needs) \
	{ .key = "token-file", config_secret, \
	  offsetof(struct http_settings, token), .needed = (needs) }
#define HTTP_SCHEMES { "http://", "https://" }

/*
 * For @settings, which must live as long. @url begins with theirs. @token_kind
 * precedes the token ("Bearer"). A request ends a second after @stop_fd is
 * readable. NULL with @err.
 */
struct http *http_new(const struct http_settings *settings,
		      unsigned int timeout_s, const char *url,
		      const char *content_type, const char *token_kind,
		      int stop_fd, struct meterbus_error *err);
void http_free(struct http *http);

/* @err has the reason if it was not taken, as the server gives it. */
enum http_verdict http_post(struct http *http, const char *body, size_t len,
			    struct meterbus_error *err);

/* @text as part of a query, to be freed by the caller; NULL without memory. */
char *http_escape(const char *text);

#endif
