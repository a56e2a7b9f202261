/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request: its parameters and its answers. All functions are called by the
 * thread of its connection.
 */
#ifndef MBUSD_API_REQUEST_H
#define MBUSD_API_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>
#include <microhttpd.h>

#include <meterbus/error.h>

#include "api/api.h"
#include "api/auth.h"
#include "api/deadline.h"
#include "api/journal.h"
#include "config/config.h"
#include "service.h"

#define API_SEGMENTS_MAX 2

struct api_request {
	struct service *service;
	struct journal *journal;
	const struct api_limits *limits;
	unsigned int *streams;		/* open event streams, atomic */
	struct config *config;		/* as it was when the request came */
	struct MHD_Connection *connection;
	struct api_deadline *deadline;
	const char *method;
	enum api_role role;
	/* Parts of the path where the route has {...}. */
	char segments[API_SEGMENTS_MAX][CONFIG_NAME_MAX + 1];
	/* Added to an error; NULL: none. */
	const char *allow;		/* methods of the path */
	const char *reading;		/* a partial reading, as JSON */
};

/* The parameter's value in the query; NULL without it. */
const char *api_parameter(const struct api_request *request, const char *name);

/*
 * Parameters by type. They do not change *@value if there is none, and return
 * false with @err if it is invalid.
 */
bool api_number(const struct api_request *request, const char *name,
		uint64_t min, uint64_t max, uint64_t *value,
		struct meterbus_error *err);
bool api_flag(const struct api_request *request, const char *name, bool *value,
	      struct meterbus_error *err);
/* RFC 3339, or a date alone for its 00:00 UTC. */
bool api_time(const struct api_request *request, const char *name,
	      int64_t *time_ns, struct meterbus_error *err);

/* Answers with @object, which it takes over; NULL is a lack of memory. */
enum MHD_Result api_reply(struct api_request *request, unsigned int status,
			  struct json_object *object);
/* Answers with @text, one JSON object from malloc(), which it takes over. */
enum MHD_Result api_reply_line(struct api_request *request,
			       unsigned int status, char *text);
/* api_reply() with @location in the header. */
enum MHD_Result api_reply_created(struct api_request *request,
				  const char *location,
				  struct json_object *object);
/* Takes over @text, from malloc(). */
enum MHD_Result api_reply_text(struct api_request *request, const char *type,
			       char *text, size_t len);
/* @text is static. */
enum MHD_Result api_reply_constant(struct api_request *request,
				   const char *type, const char *text,
				   size_t len);
enum MHD_Result api_reply_nothing(struct api_request *request);

/* The first member of a stream's state. */
struct api_stream {
	/*
	 * Replaces the text by the next one, and may wait; NULL closes the
	 * connection. False at the end.
	 */
	bool (*next)(struct api_stream *stream);
	void (*free)(struct api_stream *stream);	/* all but the text */
	char *text;		/* from malloc() */
	size_t len, sent;	/* of it */
};

/* @stream is freed, also when this fails. */
enum MHD_Result api_reply_stream(struct api_request *request, const char *type,
				 struct api_stream *stream);

/* Answers with an error, the status by its kind. */
enum MHD_Result api_reply_error(struct api_request *request,
				const struct meterbus_error *err);
enum MHD_Result api_refuse(struct api_request *request, unsigned int status,
			   enum meterbus_error_kind kind, const char *format,
			   ...) __attribute__((format(printf, 4, 5)));

/* The bus or meter of the path does not exist. */
enum MHD_Result api_no_bus(struct api_request *request);
enum MHD_Result api_no_meter(struct api_request *request);

/* The last line of a stream that fails: {"error": ...}. */
void api_print_error(FILE *out, const struct meterbus_error *err);
/* @object as one line; takes it over. */
void api_print(FILE *out, struct json_object *object);

/* Adds to an object; a lack of memory shows as a missing member. */
void api_put(struct json_object *object, const char *key,
	     struct json_object *value);
/* NULL and "" become null. */
void api_put_text(struct json_object *object, const char *key,
		  const char *text);
void api_put_number(struct json_object *object, const char *key,
		    uint64_t number);
/* RFC 3339; 0 becomes null. */
void api_put_time(struct json_object *object, const char *key,
		  int64_t time_ns);

#endif
