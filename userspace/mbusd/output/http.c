// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>
#include <json-c/json.h>

#include "common/clock.h"
#include "output/http.h"

#define GRACE_MS	1000
/* The first bytes of an answer; the rest is ignored. */
#define ANSWER_SIZE	2048

struct http {
	const struct http_settings *settings;
	unsigned int timeout_s;
	int stop_fd;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	char server[128];	/* url without its path, which may be a secret */
	char error[CURL_ERROR_SIZE];
	char answer[ANSWER_SIZE];
	size_t answer_len;
};

static void init_library(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t keep_answer(char *data, size_t size, size_t count, void *context)
{
	struct http *http = context;
	size_t len = size * count;
	size_t room = sizeof(http->answer) - 1 - http->answer_len;

	if (len < room)
		room = len;
	memcpy(http->answer + http->answer_len, data, room);
	http->answer_len += room;
	http->answer[http->answer_len] = '\0';
	return len;
}

/* With an empty value libcurl sends no such header. */
static bool add_header(struct http *http, const char *name, const char *a,
		       const char *b)
{
	struct curl_slist *list;
	char *line;

	if (asprintf(&line, "%s:%s%s%s%s", name, *a ? " " : "", a,
		     *b ? " " : "", b) < 0)
		return false;
	list = curl_slist_append(http->headers, line);
	free(line);
	if (list)
		http->headers = list;
	return list;
}

static bool set_up(struct http *http, const char *url, const char *content_type,
		   const char *token_kind)
{
	const struct http_settings *settings = http->settings;
	CURL *easy = http->easy;

	/* "Expect: 100-continue" delays a second if the server does not know it. */
	if (!add_header(http, "Content-Type", content_type, "") ||
	    !add_header(http, "Expect", "", ""))
		return false;
	if (settings->token &&
	    !add_header(http, "Authorization", token_kind, settings->token))
		return false;
	if (settings->user) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERNAME, settings->user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD,
				 settings->password ? settings->password : "");
	}
	if (settings->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file);
	if (settings->cert_file) {
		curl_easy_setopt(easy, CURLOPT_SSLCERT, settings->cert_file);
		curl_easy_setopt(easy, CURLOPT_SSLKEY, settings->key_file);
	}
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "mbusd");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)http->timeout_s);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->error);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep_answer);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
	return curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK;
}

/* "https://host:port" */
static int server_len(const char *url)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	return (int)(host - url + strcspn(host, "/?#"));
}

struct http *http_new(const struct http_settings *settings,
		      unsigned int timeout_s, const char *url,
		      const char *content_type, const char *token_kind,
		      int stop_fd, struct meterbus_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http *http = calloc(1, sizeof(*http));

	pthread_once(&once, init_library);
	if (http) {
		http->settings = settings;
		snprintf(http->server, sizeof(http->server), "%.*s",
			 server_len(settings->url), settings->url);
		http->timeout_s = timeout_s;
		http->stop_fd = stop_fd;
		http->multi = curl_multi_init();
		http->easy = curl_easy_init();
		if (http->multi && http->easy &&
		    set_up(http, url, content_type, token_kind))
			return http;
		http_free(http);
	}
	meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	return NULL;
}

void http_free(struct http *http)
{
	curl_easy_cleanup(http->easy);
	curl_multi_cleanup(http->multi);
	curl_slist_free_all(http->headers);
	free(http);
}

/*
 * The result of the request. When the output has to stop, the receiver gets a
 * moment to answer, as the request would be repeated after a restart.
 */
static CURLcode perform(struct http *http)
{
	struct curl_waitfd stop = { .fd = http->stop_fd,
				    .events = CURL_WAIT_POLLIN };
	int64_t end_ms = INT64_MAX;
	int running, left;
	CURLMsg *message;

	for (;;) {
		if (curl_multi_perform(http->multi, &running) != CURLM_OK)
			return CURLE_FAILED_INIT;
		if (!running)
			break;
		if (now_ms() >= end_ms)
			return CURLE_ABORTED_BY_CALLBACK;
		curl_multi_poll(http->multi, &stop, end_ms == INT64_MAX,
				end_ms == INT64_MAX ? 1000 : 50, NULL);
		if (stop.revents && end_ms == INT64_MAX)
			end_ms = now_ms() + GRACE_MS;
	}
	message = curl_multi_info_read(http->multi, &left);
	return message ? message->data.result : CURLE_FAILED_INIT;
}

/* InfluxDB and others send the reason in JSON. */
static const char *explanation(struct http *http, struct json_object **object)
{
	static const char *const keys[] = { "error", "message" };
	struct json_object *text;

	*object = json_tokener_parse(http->answer);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (json_object_is_type(*object, json_type_object) &&
		    json_object_object_get_ex(*object, keys[i], &text) &&
		    json_object_is_type(text, json_type_string))
			return json_object_get_string(text);
	return http->answer;
}

static const char *remedy(long status)
{
	switch (status) {
	case 401:
	case 403:
		return "; check user, password-file and token-file";
	case 301:
	case 302:
	case 307:
	case 308:
		return "; correct the url";
	default:
		return "";
	}
}

static enum http_verdict verdict_of(long status)
{
	switch (status) {
	case 400:
	case 409:
	case 413:
	case 422:
		return HTTP_REFUSED;
	case 401:
	case 403:
	case 407:
	case 429:
		return HTTP_LATER;
	default:
		return status < 400 ? HTTP_LATER : HTTP_FAILED;
	}
}

static enum http_verdict judge(struct http *http, struct meterbus_error *err)
{
	struct json_object *object;
	const char *text;
	long status = 0;

	curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status < 300)
		return HTTP_TAKEN;
	text = explanation(http, &object);
	meterbus_fail(err, METERBUS_E_SYSTEM, "%s answers %ld%s%.120s%s",
		      http->server, status, *text ? ": " : "", text,
		      remedy(status));
	json_object_put(object);
	return verdict_of(status);
}

enum http_verdict http_post(struct http *http, const char *body, size_t len,
			    struct meterbus_error *err)
{
	CURLcode code;

	http->answer_len = 0;
	http->answer[0] = '\0';
	http->error[0] = '\0';
	curl_easy_setopt(http->easy, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(http->easy, CURLOPT_POSTFIELDSIZE_LARGE,
			 (curl_off_t)len);
	curl_multi_add_handle(http->multi, http->easy);
	code = perform(http);
	curl_multi_remove_handle(http->multi, http->easy);
	if (code == CURLE_OK)
		return judge(http, err);
	meterbus_fail(err, METERBUS_E_SYSTEM, "%s does not answer: %s",
		      http->server,
		      http->error[0] ? http->error : curl_easy_strerror(code));
	return HTTP_LATER;
}

char *http_escape(const char *text)
{
	char *escaped = curl_easy_escape(NULL, text, 0);
	char *copy = escaped ? strdup(escaped) : NULL;

	curl_free(escaped);
	return copy;
}
