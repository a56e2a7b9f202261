// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "api/routes.h"

#define EVENT_STREAM "text/event-stream"

struct event_stream {
	struct api_stream base;
	struct journal *journal;
	unsigned int *streams;		/* one of them is this */
	unsigned int keepalive_s;
	/* The position in all events, or with a bus in those of a search. */
	uint64_t after;
	char bus[CONFIG_NAME_MAX + 1];
	unsigned int scan, scan_after, progress;
};

static void set_text(struct api_stream *stream, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void set_text(struct api_stream *stream, const char *format, ...)
{
	va_list args;
	int len;

	free(stream->text);
	va_start(args, format);
	len = vasprintf(&stream->text, format, args);
	va_end(args);
	if (len < 0)
		stream->text = NULL;
	stream->len = len < 0 ? 0 : len;
	stream->sent = 0;
}

/* Waits for the next event and makes its text; false at the end. */
static bool next_text(struct api_stream *base)
{
	struct event_stream *stream = (struct event_stream *)base;
	const struct event *item = NULL;
	enum journal_result result;
	uint64_t number = 0;

	if (stream->bus[0])
		result = journal_scan_read(stream->journal, stream->bus,
					   stream->scan, &stream->scan_after,
					   &stream->progress,
					   stream->keepalive_s, &item);
	else
		result = journal_read(stream->journal, &stream->after,
				      stream->keepalive_s, &item, &number);
	switch (result) {
	case JOURNAL_EVENT:
		if (stream->bus[0])
			set_text(base, "event: %s\ndata: %s\n\n",
				 item->event, item->json);
		else
			set_text(base,
				 "id: %llu\nevent: %s\ndata: %s\n\n",
				 (unsigned long long)number, item->event,
				 item->json);
		event_put(item);
		return true;
	case JOURNAL_LOST:
		set_text(base,
			 "event: lost\ndata: {\"event\":\"lost\",\"lost\":%llu}\n\n",
			 (unsigned long long)number);
		return true;
	case JOURNAL_QUIET:
		/* A comment, by which a client that went away is noticed. */
		set_text(base, ":\n\n");
		return true;
	case JOURNAL_END:
		break;
	}
	return false;
}

static void free_stream(struct api_stream *base)
{
	struct event_stream *stream = (struct event_stream *)base;

	__atomic_fetch_sub(stream->streams, 1, __ATOMIC_RELAXED);
	free(stream);
}

static struct event_stream *new_stream(struct api_request *request)
{
	struct event_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	if (__atomic_add_fetch(request->streams, 1, __ATOMIC_RELAXED) >
	    request->limits->streams) {
		__atomic_fetch_sub(request->streams, 1, __ATOMIC_RELAXED);
		free(stream);
		return NULL;
	}
	stream->base.next = next_text;
	stream->base.free = free_stream;
	stream->streams = request->streams;
	stream->journal = request->journal;
	stream->keepalive_s = request->limits->keepalive_s;
	/* Sent at once, so that the client sees that it is connected. */
	set_text(&stream->base, "retry: 3000\n\n");
	return stream;
}

static enum MHD_Result send_stream(struct api_request *request,
				   struct event_stream *stream)
{
	/* Without end; only stalling is limited. */
	api_deadline_set(request->deadline, 0);
	return api_reply_stream(request, EVENT_STREAM, &stream->base);
}

static enum MHD_Result refuse_stream(struct api_request *request)
{
	return api_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE,
			  METERBUS_E_BUSY,
			  "all %u event streams are in use; end one",
			  request->limits->streams);
}

enum MHD_Result api_events(struct api_request *request)
{
	const char *last = MHD_lookup_connection_value(
		request->connection, MHD_HEADER_KIND, "Last-Event-ID");
	uint64_t after = journal_newest(request->journal);
	struct event_stream *stream;

	/* An EventSource that reconnects sends its position. */
	if (last && last[0] >= '0' && last[0] <= '9')
		after = strtoull(last, NULL, 10);
	stream = new_stream(request);
	if (!stream)
		return refuse_stream(request);
	stream->after = after;
	return send_stream(request, stream);
}

/* ---------------------------------------------------------- searches */

/* The search in the path, false with *@result if there is none. */
static bool find_scan(struct api_request *request, unsigned int *id,
		      bool *running, enum MHD_Result *result)
{
	const char *text = request->segments[1];
	char *end;
	unsigned long number;

	if (!config_find_bus(request->config, request->segments[0])) {
		*result = api_no_bus(request);
		return false;
	}
	errno = 0;
	number = strtoul(text, &end, 10);
	*id = (unsigned int)number;
	if (text[0] >= '0' && text[0] <= '9' && !*end && !errno &&
	    *id == number &&
	    journal_scan_known(request->journal, request->segments[0], *id,
			       running))
		return true;
	*result = api_refuse(request, MHD_HTTP_NOT_FOUND, METERBUS_E_USAGE,
			     "there is no search %.20s of bus '%s'; mbusd keeps the last one of each bus",
			     text, request->segments[0]);
	return false;
}

enum MHD_Result api_scan_events(struct api_request *request)
{
	struct event_stream *stream;
	enum MHD_Result result;
	unsigned int id;
	bool running;

	if (!find_scan(request, &id, &running, &result))
		return result;
	stream = new_stream(request);
	if (!stream)
		return refuse_stream(request);
	strcpy(stream->bus, request->segments[0]);
	stream->scan = id;
	return send_stream(request, stream);
}

/* All its events until now. */
static struct json_object *list_events(struct api_request *request,
				       unsigned int id)
{
	struct json_object *list = json_object_new_array();
	unsigned int after = 0, progress = 0;
	const struct event *item;

	while (journal_scan_read(request->journal, request->segments[0], id,
				 &after, &progress, 0,
				 &item) == JOURNAL_EVENT) {
		json_object_array_add(list, json_tokener_parse(item->json));
		event_put(item);
	}
	return list;
}

enum MHD_Result api_scan_state(struct api_request *request)
{
	struct json_object *object;
	enum MHD_Result result;
	unsigned int id;
	bool running;

	if (!find_scan(request, &id, &running, &result))
		return result;
	object = json_object_new_object();
	api_put_text(object, "bus", request->segments[0]);
	api_put_number(object, "scan", id);
	api_put(object, "running", json_object_new_boolean(running));
	api_put(object, "events", list_events(request, id));
	return api_reply(request, MHD_HTTP_OK, object);
}

static void cancel(void *context, struct reader *reader)
{
	unsigned int *id = context;

	/* It may have ended. */
	reader_scan_cancel(reader, *id);
}

enum MHD_Result api_scan_cancel(struct api_request *request)
{
	enum MHD_Result result;
	unsigned int id;
	bool running;

	if (!find_scan(request, &id, &running, &result))
		return result;
	service_use_reader(request->service, request->segments[0], cancel, &id);
	return api_reply_nothing(request);
}
