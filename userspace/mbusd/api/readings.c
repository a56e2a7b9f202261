// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "api/routes.h"
#include "base/text_stream.h"
#include "store/reading.h"
#include "store/store.h"

#define LINES "application/x-ndjson"

/*
 * Answers are made in pages, without a transaction of the store between them, so
 * that slow clients neither use memory nor block the store.
 */
#define PAGE 32

struct page_stream {
	struct api_stream base;
	struct config *config;
	struct store *store;
	/* Reads the next page from the store. */
	int (*fetch)(struct page_stream *stream, struct meterbus_error *err);

	/* History: what is left. */
	struct store_query query;
	uint64_t left;		/* readings that may still come */
	int64_t last_ns, last_id;
	uint64_t at_last;	/* readings so far that have last_ns */

	/* Latest: the last meter of the page before. */
	char last_meter[CONFIG_NAME_MAX + 1];

	unsigned int in_page;
	bool last_page;
	FILE *out;		/* the page's text, while it is made */
};

static void print_reading(struct page_stream *stream,
			  const struct store_readout *readout)
{
	const struct config_meter *meter;
	struct reading *reading;

	meter = config_find_meter(stream->config, readout->meter);
	reading = reading_new(stream->config, meter, readout);
	if (!reading)
		return;
	fprintf(stream->out, "%s\n", reading_text(reading, NULL));
	reading_put(reading);
}

/* Readings may have equal times, and the query is limited by time only. */
static bool was_sent(const struct page_stream *stream,
		     const struct store_readout *readout)
{
	if (readout->time_ns != stream->last_ns || !stream->at_last)
		return false;
	return stream->query.newest_first ? readout->id >= stream->last_id :
					    readout->id <= stream->last_id;
}

static bool on_history(void *context, const struct store_readout *readout)
{
	struct page_stream *stream = context;

	if (was_sent(stream, readout))
		return true;
	print_reading(stream, readout);
	stream->at_last = readout->time_ns == stream->last_ns ?
				  stream->at_last + 1 :
				  1;
	stream->last_ns = readout->time_ns;
	stream->last_id = readout->id;
	stream->left--;
	return ++stream->in_page < PAGE && stream->left;
}

static int fetch_history(struct page_stream *stream, struct meterbus_error *err)
{
	struct store_query *query = &stream->query;

	if (stream->at_last && query->newest_first)
		query->until_ns = stream->last_ns + 1;
	else if (stream->at_last)
		query->since_ns = stream->last_ns;
	query->limit = PAGE + stream->at_last;
	return store_history(stream->store, query, on_history, stream, err);
}

static bool on_latest(void *context, const struct store_readout *readout)
{
	struct page_stream *stream = context;

	strncpy(stream->last_meter, readout->meter, CONFIG_NAME_MAX);
	/* Meters that are no longer configured still have readouts. */
	if (!config_find_meter(stream->config, readout->meter))
		return true;
	print_reading(stream, readout);
	return ++stream->in_page < PAGE;
}

static int fetch_latest(struct page_stream *stream, struct meterbus_error *err)
{
	return store_latest(stream->store, stream->last_meter, on_latest,
			    stream, err);
}

/* Makes the text of the next page. */
static int make_page(struct page_stream *stream, struct meterbus_error *err)
{
	struct api_stream *base = &stream->base;
	int ret;

	free(base->text);
	base->text = NULL;
	base->len = base->sent = 0;
	stream->in_page = 0;
	stream->out = text_stream_open(&base->text, &base->len);
	if (!stream->out)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	ret = stream->fetch(stream, err);
	stream->last_page = ret < 0 || stream->in_page < PAGE || !stream->left;
	if (ret < 0)
		api_print_error(stream->out, err);
	if (fclose(stream->out) == 0)
		return ret;
	free(base->text);
	base->text = NULL;
	base->len = 0;
	return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
}

static bool next_page(struct api_stream *base)
{
	struct page_stream *stream = (struct page_stream *)base;
	struct meterbus_error err;

	if (stream->last_page)
		return false;
	/* After an error the last line has the reason. */
	make_page(stream, &err);
	return true;
}

static void free_stream(struct api_stream *base)
{
	struct page_stream *stream = (struct page_stream *)base;

	if (stream->store)
		store_close(stream->store);
	config_put(stream->config);
	free((char *)stream->query.meter);
	free(stream);
}

/* Makes the first page here, so that its errors have a status. */
static enum MHD_Result send_stream(struct api_request *request,
				   struct page_stream *stream)
{
	struct meterbus_error err;

	stream->base.next = next_page;
	stream->base.free = free_stream;
	stream->config = config_get(request->config);
	if (store_open(&stream->store, request->config->store, STORE_READ,
		       &err) < 0)
		goto failed;
	if (make_page(stream, &err) < 0)
		goto failed;
	return api_reply_stream(request, LINES, &stream->base);
failed:
	free(stream->base.text);
	free_stream(&stream->base);
	return api_reply_error(request, &err);
}

static bool get_query(const struct api_request *request,
		      struct store_query *query, uint64_t *limit,
		      struct meterbus_error *err)
{
	const char *order = api_parameter(request, "order");
	const char *outcome = api_parameter(request, "outcome");

	*limit = UINT64_MAX;
	if (!api_time(request, "since", &query->since_ns, err) ||
	    !api_time(request, "until", &query->until_ns, err) ||
	    !api_number(request, "limit", 1, INT64_MAX, limit, err))
		return false;
	/* For the store 0 means no end. */
	if (api_parameter(request, "until") && query->until_ns <= 0)
		query->until_ns = 1;
	if (order && strcmp(order, "oldest") && strcmp(order, "newest")) {
		meterbus_fail(err, METERBUS_E_USAGE,
			      "order=%.40s: write oldest or newest",
			      order);
		return false;
	}
	query->newest_first = order && order[0] == 'n';
	if (outcome && strcmp(outcome, "read") && strcmp(outcome, "any")) {
		meterbus_fail(err, METERBUS_E_USAGE,
			      "outcome=%.40s: write read or any", outcome);
		return false;
	}
	query->read_only = outcome && outcome[0] == 'r';
	return true;
}

static enum MHD_Result send_history(struct api_request *request,
				    const char *meter)
{
	struct page_stream *stream;
	struct meterbus_error err;
	struct store_query query = { 0 };
	uint64_t limit;

	if (!get_query(request, &query, &limit, &err))
		return api_reply_error(request, &err);
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return MHD_NO;
	stream->query = query;
	stream->query.meter = meter ? strdup(meter) : NULL;
	stream->left = limit;
	stream->fetch = fetch_history;
	return send_stream(request, stream);
}

enum MHD_Result api_readings(struct api_request *request)
{
	return send_history(request, NULL);
}

enum MHD_Result api_meter_readings(struct api_request *request)
{
	if (!config_find_meter(request->config, request->segments[0]))
		return api_no_meter(request);
	return send_history(request, request->segments[0]);
}

enum MHD_Result api_latest_readings(struct api_request *request)
{
	struct page_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return MHD_NO;
	stream->fetch = fetch_latest;
	stream->left = UINT64_MAX;
	return send_stream(request, stream);
}
