// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>
#include <meterbus/json.h>

#include "api/request.h"
#include "base/text_stream.h"
#include "common/clock.h"
#include "store/reading.h"

#define JSON		"application/json"
#define BLOCK_SIZE	16384
/* The range of nanoseconds since 1970. */
#define YEAR_MIN	1970
#define YEAR_MAX	2200

static const unsigned int statuses[METERBUS_ERROR_KINDS] = {
	[METERBUS_OK]		= MHD_HTTP_OK,
	[METERBUS_E_USAGE]	= MHD_HTTP_BAD_REQUEST,
	[METERBUS_E_NO_BUS]	= MHD_HTTP_NOT_FOUND,
	[METERBUS_E_NO_TTY]	= MHD_HTTP_NOT_FOUND,
	[METERBUS_E_PERMISSION]	= MHD_HTTP_FORBIDDEN,
	[METERBUS_E_BUSY]	= MHD_HTTP_CONFLICT,
	[METERBUS_E_UNPLUGGED]	= MHD_HTTP_SERVICE_UNAVAILABLE,
	[METERBUS_E_SILENCE]	= MHD_HTTP_GATEWAY_TIMEOUT,
	[METERBUS_E_COLLISION]	= MHD_HTTP_BAD_GATEWAY,
	[METERBUS_E_GARBLED]	= MHD_HTTP_BAD_GATEWAY,
	[METERBUS_E_UNREADABLE]	= MHD_HTTP_BAD_GATEWAY,
	[METERBUS_E_DECODE]	= MHD_HTTP_BAD_GATEWAY,
	[METERBUS_E_SYSTEM]	= MHD_HTTP_INTERNAL_SERVER_ERROR,
	[METERBUS_E_NO_LINK]	= MHD_HTTP_SERVICE_UNAVAILABLE,
};

const char *api_parameter(const struct api_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection,
					   MHD_GET_ARGUMENT_KIND, name);
}

bool api_number(const struct api_request *request, const char *name,
		uint64_t min, uint64_t max, uint64_t *value,
		struct meterbus_error *err)
{
	const char *text = api_parameter(request, name);
	uint64_t number = 0;

	if (!text)
		return true;
	for (const char *c = text; *c; c++) {
		if (*c < '0' || *c > '9' || c - text > 18)
			goto wrong;
		number = 10 * number + (*c - '0');
	}
	if (*text && number >= min && number <= max) {
		*value = number;
		return true;
	}
wrong:
	meterbus_fail(err, METERBUS_E_USAGE,
		      "%s=%.40s: write a number from %llu to %llu", name, text,
		      (unsigned long long)min, (unsigned long long)max);
	return false;
}

bool api_flag(const struct api_request *request, const char *name, bool *value,
	      struct meterbus_error *err)
{
	const char *text = api_parameter(request, name);

	if (!text)
		return true;
	if (!strcmp(text, "true") || !strcmp(text, "false")) {
		*value = text[0] == 't';
		return true;
	}
	meterbus_fail(err, METERBUS_E_USAGE, "%s=%.40s: write true or false",
		      name, text);
	return false;
}

/* Exactly @digits digits at *@text. */
static bool take_digits(const char **text, int digits, int *value)
{
	*value = 0;
	while (digits--) {
		if (**text < '0' || **text > '9')
			return false;
		*value = 10 * *value + (*(*text)++ - '0');
	}
	return true;
}

static bool take(const char **text, char c)
{
	return *(*text)++ == c;
}

static bool parse_date(const char **text, struct tm *tm)
{
	struct tm copy;

	if (!take_digits(text, 4, &tm->tm_year) || !take(text, '-') ||
	    !take_digits(text, 2, &tm->tm_mon) || !take(text, '-') ||
	    !take_digits(text, 2, &tm->tm_mday) || tm->tm_year < YEAR_MIN ||
	    tm->tm_year > YEAR_MAX)
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	/* 31 February would become March. */
	copy = *tm;
	timegm(&copy);
	return copy.tm_mon == tm->tm_mon && copy.tm_mday == tm->tm_mday;
}

static bool parse_clock(const char **text, struct tm *tm, int64_t *ns)
{
	int64_t digit = NS_PER_S / 10;

	if (!take_digits(text, 2, &tm->tm_hour) || !take(text, ':') ||
	    !take_digits(text, 2, &tm->tm_min) || !take(text, ':') ||
	    !take_digits(text, 2, &tm->tm_sec) || tm->tm_hour > 23 ||
	    tm->tm_min > 59 || tm->tm_sec > 60)
		return false;
	*ns = 0;
	if (**text != '.')
		return true;
	for ((*text)++; **text >= '0' && **text <= '9'; (*text)++) {
		*ns += (**text - '0') * digit;
		digit /= 10;
	}
	return (*text)[-1] != '.';
}

/* Z, +01:00; an unescaped + in a query is a space. */
static bool parse_offset(const char **text, int *seconds)
{
	char sign = *(*text)++;
	int hours, minutes;

	*seconds = 0;
	if (sign == 'Z')
		return true;
	if ((sign != '+' && sign != ' ' && sign != '-') ||
	    !take_digits(text, 2, &hours) || !take(text, ':') ||
	    !take_digits(text, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*seconds = (hours * 60 + minutes) * 60 * (sign == '-' ? -1 : 1);
	return true;
}

static bool parse_time(const char *text, int64_t *time_ns)
{
	struct tm tm = { 0 };
	int64_t ns = 0;
	int offset = 0;

	if (!parse_date(&text, &tm))
		return false;
	if (*text && (!take(&text, 'T') || !parse_clock(&text, &tm, &ns) ||
		      !parse_offset(&text, &offset) || *text))
		return false;
	*time_ns = (timegm(&tm) - offset) * NS_PER_S + ns;
	return true;
}

bool api_time(const struct api_request *request, const char *name,
	      int64_t *time_ns, struct meterbus_error *err)
{
	const char *text = api_parameter(request, name);

	if (!text || parse_time(text, time_ns))
		return true;
	meterbus_fail(err, METERBUS_E_USAGE,
		      "%s=%.40s: write a time as 2026-01-31T06:00:00Z, or a date as 2026-01-31",
		      name, text);
	return false;
}

/* Takes over @response; NULL (no memory) closes the connection. */
static enum MHD_Result queue(struct api_request *request, unsigned int status,
			     const char *type, struct MHD_Response *response)
{
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	if (type)
		MHD_add_response_header(response, "Content-Type", type);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (status == MHD_HTTP_UNAUTHORIZED)
		MHD_add_response_header(response, "WWW-Authenticate",
					"Bearer realm=\"mbusd\"");
	if (request->allow)
		MHD_add_response_header(response, "Allow", request->allow);
	result = MHD_queue_response(request->connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static struct MHD_Response *from_json(struct json_object *object)
{
	struct MHD_Response *response;
	char *text = NULL;
	size_t len;
	FILE *out;

	if (!object)
		return NULL;
	out = text_stream_open(&text, &len);
	if (!out) {
		json_object_put(object);
		return NULL;
	}
	api_print(out, object);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	response = MHD_create_response_from_buffer(len, text,
						   MHD_RESPMEM_MUST_FREE);
	if (!response)
		free(text);
	return response;
}

enum MHD_Result api_reply(struct api_request *request, unsigned int status,
			  struct json_object *object)
{
	return queue(request, status, JSON, from_json(object));
}

enum MHD_Result api_reply_line(struct api_request *request,
			       unsigned int status, char *text)
{
	struct MHD_Response *response;
	size_t len = strlen(text);

	/* The line end takes the place of the NUL. */
	text[len] = '\n';
	response = MHD_create_response_from_buffer(len + 1, text,
						   MHD_RESPMEM_MUST_FREE);
	if (!response)
		free(text);
	return queue(request, status, JSON, response);
}

enum MHD_Result api_reply_created(struct api_request *request,
				  const char *location,
				  struct json_object *object)
{
	struct MHD_Response *response = from_json(object);

	if (response)
		MHD_add_response_header(response, "Location", location);
	return queue(request, MHD_HTTP_ACCEPTED, JSON, response);
}

enum MHD_Result api_reply_text(struct api_request *request, const char *type,
			       char *text, size_t len)
{
	struct MHD_Response *response;

	response = MHD_create_response_from_buffer(len, text,
						   MHD_RESPMEM_MUST_FREE);
	if (!response)
		free(text);
	return queue(request, MHD_HTTP_OK, type, response);
}

enum MHD_Result api_reply_constant(struct api_request *request,
				   const char *type, const char *text,
				   size_t len)
{
	return queue(request, MHD_HTTP_OK, type,
		     MHD_create_response_from_buffer(len, (void *)text,
						     MHD_RESPMEM_PERSISTENT));
}

enum MHD_Result api_reply_nothing(struct api_request *request)
{
	return queue(request, MHD_HTTP_NO_CONTENT, NULL,
		     MHD_create_response_from_buffer(0, NULL,
						     MHD_RESPMEM_PERSISTENT));
}

/* Called by libmicrohttpd in the connection's thread; may wait. */
static ssize_t read_stream(void *context, uint64_t position, char *buffer,
			   size_t max)
{
	struct api_stream *stream = context;
	size_t len;

	(void)position;
	while (stream->sent == stream->len) {
		if (!stream->next(stream))
			return MHD_CONTENT_READER_END_OF_STREAM;
		if (!stream->text)
			return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	len = stream->len - stream->sent;
	if (len > max)
		len = max;
	memcpy(buffer, stream->text + stream->sent, len);
	stream->sent += len;
	return (ssize_t)len;
}

static void free_stream(void *context)
{
	struct api_stream *stream = context;

	free(stream->text);
	stream->free(stream);
}

enum MHD_Result api_reply_stream(struct api_request *request, const char *type,
				 struct api_stream *stream)
{
	struct MHD_Response *response;

	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN,
						     BLOCK_SIZE, read_stream,
						     stream, free_stream);
	if (!response)
		free_stream(stream);
	return queue(request, MHD_HTTP_OK, type, response);
}

static enum MHD_Result reply_error(struct api_request *request,
				   unsigned int status,
				   const struct meterbus_error *err)
{
	struct json_object *error = meterbus_json_error(err);
	char *text;
	int len = -1;

	if (error)
		len = asprintf(&text, "{\"error\":%s%s%s}",
			       json_object_to_json_string_ext(
				       error,
				       JSON_C_TO_STRING_PLAIN |
					       JSON_C_TO_STRING_NOSLASHESCAPE),
			       request->reading ? ",\"reading\":" : "",
			       request->reading ? request->reading : "");
	json_object_put(error);
	return len < 0 ? MHD_NO : api_reply_line(request, status, text);
}

enum MHD_Result api_reply_error(struct api_request *request,
				const struct meterbus_error *err)
{
	return reply_error(request, statuses[err->kind], err);
}

enum MHD_Result api_refuse(struct api_request *request, unsigned int status,
			   enum meterbus_error_kind kind, const char *format,
			   ...)
{
	struct meterbus_error err;
	char text[sizeof(err.text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	meterbus_fail(&err, kind, "%s", text);
	return reply_error(request, status, &err);
}

enum MHD_Result api_no_bus(struct api_request *request)
{
	return api_refuse(request, MHD_HTTP_NOT_FOUND, METERBUS_E_NO_BUS,
			  "mbusd has no bus '%s'; see /v1/buses",
			  request->segments[0]);
}

enum MHD_Result api_no_meter(struct api_request *request)
{
	return api_refuse(request, MHD_HTTP_NOT_FOUND, METERBUS_E_USAGE,
			  "mbusd has no meter '%s'; see /v1/meters",
			  request->segments[0]);
}

void api_print(FILE *out, struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PLAIN |
				JSON_C_TO_STRING_NOSLASHESCAPE);

	if (text)
		fprintf(out, "%s\n", text);
	json_object_put(object);
}

void api_print_error(FILE *out, const struct meterbus_error *err)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return;
	api_put(object, "error", meterbus_json_error(err));
	api_print(out, object);
}

void api_put(struct json_object *object, const char *key,
	     struct json_object *value)
{
	if (json_object_object_add(object, key, value))
		json_object_put(value);
}

void api_put_text(struct json_object *object, const char *key,
		  const char *text)
{
	api_put(object, key,
		text && *text ? json_object_new_string(text) : NULL);
}

void api_put_number(struct json_object *object, const char *key,
		    uint64_t number)
{
	api_put(object, key, json_object_new_uint64(number));
}

void api_put_time(struct json_object *object, const char *key,
		  int64_t time_ns)
{
	char text[READING_TIME_SIZE];

	api_put_text(object, key, time_ns ? reading_time(text, time_ns) : NULL);
}
