// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * InfluxDB 1.x and 2.x: a point for each value, another for a failure. Points
 * replace those with the same tags and time, so repeats do no harm.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/format.h>

#include "base/text_stream.h"
#include "output/http.h"
#include "output/output.h"
#include "store/reading.h"

struct settings {
	struct http_settings http;
	char *database, *retention_policy;	/* 1.x; no policy: the default */
	char *org, *bucket;			/* 2.x */
};

static const struct config_field fields1[] = {
	HTTP_FIELDS,
	HTTP_USER_FIELDS,
	{ .key = "database", config_text, offsetof(struct settings, database),
	  .needed = true },
	{ .key = "retention-policy", config_text,
	  offsetof(struct settings, retention_policy) },
};

static const struct config_field fields2[] = {
	HTTP_FIELDS,
	HTTP_TOKEN_FIELD(true),
	{ .key = "org", config_text, offsetof(struct settings, org),
	  .needed = true },
	{ .key = "bucket", config_text, offsetof(struct settings, bucket),
	  .needed = true },
};

/* Of a meter, with site and name; further labels are omitted. */
#define TAGS_MAX 64
/* Readings of one request. */
#define BATCH 200

struct output_state {
	struct output_worker *worker;
	struct http *http;
	struct meterbus_influx influx;
	struct meterbus_tag tags[TAGS_MAX];
	char names[TAGS_MAX][CONFIG_NAME_MAX + sizeof("label_")];
};

/* ---------------------------------------------------------------- lines */

/* Other tags and fields of points, and names reserved by InfluxDB. */
static bool is_reserved(const char *name)
{
	static const char *const reserved[] = {
		"site", "meter", "time", "outcome", "bus", "id", "medium", "a",
		"manufacturer", "version", "quantity", "unit", "function",
		"storage", "tariff", "subunit", "modifiers", "name",
		/* Fields. */
		"value", "exact", "text", "time_point", "why",
	};

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (!strcmp(name, reserved[i]))
			return true;
	return name[0] == '_';
}

/* Returns how many there are. */
static size_t make_tags(struct output_state *state,
			const struct config *config,
			const struct config_meter *meter,
			const struct store_readout *readout)
{
	size_t count = 0;

	state->tags[count++] = (struct meterbus_tag){ "site", config->site };
	state->tags[count++] = (struct meterbus_tag){ "meter", readout->meter };
	for (size_t i = 0;
	     meter && i < meter->label_count && count < TAGS_MAX; i++) {
		const struct config_label *label = &meter->labels[i];
		char *name = state->names[count];

		snprintf(name, sizeof(state->names[count]), "%s%s",
			 is_reserved(label->name) ? "label_" : "", label->name);
		state->tags[count++] =
			(struct meterbus_tag){ name, label->value };
	}
	return count;
}

static void write_failure(FILE *out, struct output_state *state, size_t count,
			  const struct store_readout *readout)
{
	const struct meterbus_tag why = { "why", readout->why };
	struct meterbus_tag tags[TAGS_MAX + 2];

	memcpy(tags, state->tags, count * sizeof(*tags));
	tags[count++] = (struct meterbus_tag){ "bus", readout->bus };
	tags[count++] = (struct meterbus_tag){
		"outcome", meterbus_readout_outcome(readout->outcome)
	};
	meterbus_influx_point(out, "mbus_failure", tags, count, &why, 1,
			      readout->time_ns);
}

static void write_reading(FILE *out, struct output_state *state,
			  const struct config *config,
			  const struct reading *reading)
{
	const struct store_readout *readout = reading->readout;

	state->influx.tags = state->tags;
	state->influx.tag_count =
		make_tags(state, config,
			  config_find_meter(config, readout->meter), readout);
	memset(&state->influx.names, 0, sizeof(state->influx.names));
	for (size_t i = 0; i < reading->count; i++)
		meterbus_influx_add(out, &state->influx,
				    &reading->telegrams[i]);
	if (readout->outcome != METERBUS_OK)
		write_failure(out, state, state->influx.tag_count, readout);
}

/* To be freed by the caller; NULL without memory. */
static char *make_body(struct output_state *state, const struct config *config,
		       struct reading *const *readings, size_t count,
		       size_t *len)
{
	char *body = NULL;
	FILE *out = text_stream_open(&body, len);

	if (!out)
		return NULL;
	for (size_t i = 0; i < count; i++)
		write_reading(out, state, config, readings[i]);
	if (fclose(out) == 0)
		return body;
	free(body);
	return NULL;
}

/* ------------------------------------------------------------- delivery */

static enum http_verdict post(struct output_state *state,
			      const struct config *config,
			      struct reading *const *readings, size_t count,
			      struct meterbus_error *err)
{
	enum http_verdict verdict = HTTP_TAKEN;
	size_t len;
	char *body = make_body(state, config, readings, count, &len);

	if (!body) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return HTTP_LATER;
	}
	/* A readout may be without any value. */
	if (len)
		verdict = http_post(state->http, body, len, err);
	free(body);
	return verdict;
}

/*
 * InfluxDB answers 400 for a body of which it takes only a part. Sending halves
 * finds the readout; points that are sent again replace themselves.
 */
static size_t deliver(void *context, const struct config *config,
		      struct reading *const *readings, size_t count,
		      struct meterbus_error *err)
{
	struct output_state *state = context;
	size_t half = count / 2, sent;

	switch (post(state, config, readings, count, err)) {
	case HTTP_TAKEN:
		return count;
	case HTTP_LATER:
	case HTTP_FAILED:
		return 0;
	case HTTP_REFUSED:
		break;
	}
	if (count == 1) {
		output_park(state->worker, readings[0]->readout, err->text);
		return 1;
	}
	sent = deliver(state, config, readings, half, err);
	if (sent < half)
		return sent;
	return half +
	       deliver(state, config, readings + half, count - half, err);
}

/* ----------------------------------------------------------------- life */

/* Of the url, without the / that may be at its end. */
static int url_len(const struct settings *settings)
{
	size_t len = strlen(settings->http.url);

	return (int)(len - (settings->http.url[len - 1] == '/'));
}

static char *make_url1(const struct settings *settings)
{
	char *database = http_escape(settings->database), *policy = NULL;
	char *url = NULL;
	int ret = -1;

	if (settings->retention_policy)
		policy = http_escape(settings->retention_policy);
	if (database && (policy || !settings->retention_policy))
		ret = asprintf(&url, "%.*s/write?db=%s&precision=ns%s%s",
			       url_len(settings), settings->http.url, database,
			       policy ? "&rp=" : "", policy ? policy : "");
	free(database);
	free(policy);
	return ret < 0 ? NULL : url;
}

static char *make_url2(const struct settings *settings)
{
	char *org = http_escape(settings->org);
	char *bucket = http_escape(settings->bucket);
	char *url = NULL;
	int ret = -1;

	if (org && bucket)
		ret = asprintf(&url,
			       "%.*s/api/v2/write?org=%s&bucket=%s&precision=ns",
			       url_len(settings), settings->http.url, org, bucket);
	free(org);
	free(bucket);
	return ret < 0 ? NULL : url;
}

static int open_url(struct output_state *state, struct output_worker *worker,
		    const struct config_output *output, char *url, int stop_fd,
		    struct meterbus_error *err)
{
	const struct settings *settings = output->settings;

	if (!url)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	state->worker = worker;
	state->http = http_new(&settings->http, output->timeout_s, url,
			       "text/plain; charset=utf-8", "Token", stop_fd,
			       err);
	free(url);
	return state->http ? 0 : -1;
}

static int open_output1(void *context, struct output_worker *worker,
			const struct config *config,
			const struct config_output *output, int stop_fd,
			struct meterbus_error *err)
{
	(void)config;
	return open_url(context, worker, output, make_url1(output->settings),
			stop_fd, err);
}

static int open_output2(void *context, struct output_worker *worker,
			const struct config *config,
			const struct config_output *output, int stop_fd,
			struct meterbus_error *err)
{
	(void)config;
	return open_url(context, worker, output, make_url2(output->settings),
			stop_fd, err);
}

static void close_output(void *context)
{
	struct output_state *state = context;

	http_free(state->http);
}

const struct output_kind output_influx1 = {
	.config = {
		.type = "influx1",
		.fields = fields1,
		.field_count = sizeof(fields1) / sizeof(fields1[0]),
		.size = sizeof(struct settings),
		.schemes = HTTP_SCHEMES,
	},
	.name = "influx",
	.batch = BATCH,
	.state_size = sizeof(struct output_state),
	.open = open_output1,
	.deliver = deliver,
	.close = close_output,
};

const struct output_kind output_influx2 = {
	.config = {
		.type = "influx2",
		.fields = fields2,
		.field_count = sizeof(fields2) / sizeof(fields2[0]),
		.size = sizeof(struct settings),
		.schemes = HTTP_SCHEMES,
	},
	.name = "influx",
	.batch = BATCH,
	.state_size = sizeof(struct output_state),
	.open = open_output2,
	.deliver = deliver,
	.close = close_output,
};
