// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Webhook: a POST for each readout, with its JSON.
 */
#include "output/http.h"
#include "output/output.h"

struct output_state {
	struct http *http;
};

static const struct config_field fields[] = {
	HTTP_FIELDS,
	HTTP_USER_FIELDS,
	HTTP_TOKEN_FIELD(false),
};

static enum output_result
send_reading(void *context, const struct reading *reading,
			struct meterbus_error *err)
{
	struct output_state *state = context;
	const char *text;
	size_t len;

	text = reading_text(reading, &len);
	switch (http_post(state->http, text, len, err)) {
	case HTTP_TAKEN:
		return OUTPUT_TAKEN;
	case HTTP_LATER:
		return OUTPUT_LATER;
	case HTTP_FAILED:
		return OUTPUT_FAILED;
	case HTTP_REFUSED:
		return OUTPUT_REFUSED;
	}
	return OUTPUT_LATER;
}

static int open_output(void *context, struct output_worker *worker,
		       const struct config *config,
		       const struct config_output *output, int stop_fd,
		       struct meterbus_error *err)
{
	const struct http_settings *settings = output->settings;
	struct output_state *state = context;

	(void)worker;
	(void)config;
	state->http = http_new(settings, output->timeout_s, settings->url,
			       "application/json", "Bearer", stop_fd, err);
	return state->http ? 0 : -1;
}

static void close_output(void *context)
{
	struct output_state *state = context;

	http_free(state->http);
}

/* One at a time, as a receiver may not notice repeats. */
const struct output_kind output_webhook = {
	.config = {
		.type = "webhook",
		.fields = fields,
		.field_count = sizeof(fields) / sizeof(fields[0]),
		.size = sizeof(struct http_settings),
		.schemes = HTTP_SCHEMES,
	},
	.name = "webhook",
	.batch = 1,
	.state_size = sizeof(struct output_state),
	.open = open_output,
	.send = send_reading,
	.close = close_output,
};
