/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libcurl, loaded when a command first asks mbusd: it brings thirty libraries
 * with it, whose loading is two thirds of the start of a command that only
 * decodes or reads.
 */
#ifndef MBUSCTL_DAEMON_LIBCURL_H
#define MBUSCTL_DAEMON_LIBCURL_H

#include <curl/curl.h>
#include <meterbus/error.h>

struct libcurl {
	CURL *(*easy_init)(void);
	void (*easy_cleanup)(CURL *curl);
	CURLcode (*easy_setopt)(CURL *curl, CURLoption option, ...);
	CURLcode (*easy_getinfo)(CURL *curl, CURLINFO info, ...);
	CURLcode (*easy_perform)(CURL *curl);
	const char *(*easy_strerror)(CURLcode code);
	char *(*easy_escape)(CURL *curl, const char *text, int length);
	void (*free)(void *text);
};

/*
 * Loads libcurl at the first call. Returns NULL with @err set, also if that is
 * NULL, if it is not installed or lacks a function. Not for use by several
 * threads at once.
 */
const struct libcurl *libcurl_load(struct meterbus_error *err);

#endif
