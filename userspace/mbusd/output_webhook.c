// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Webhook: a POST for each readout, with its JSON.
 */
#include <stdlib.h>

#include "http.h"
#include "log.h"
#include "output.h"
#include "reading.h"

struct output_state {
	const struct config_output *output;
	struct http *http;
};

static int send_readout(struct output_state *state, const struct config *config,
			const struct store_readout *readout,
			struct meterbus_error *err)
{
	enum http_verdict verdict;
	size_t len;
	char *text;

	text = reading_text(config, config_find_meter(config, readout->meter),
			    readout, &len);
	if (!text)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	verdict = http_post(state->http, text, len, err);
	free(text);
	if (verdict == HTTP_REFUSED)
		log_error("output %s: readout %lld of meter %s is left out: %s",
			  state->output->name, (long long)readout->id,
			  readout->meter, err->text);
	return verdict == HTTP_LATER ? -1 : 0;
}

static size_t deliver(void *context, const struct config *config,
		      const struct store_readout *const *readouts, size_t count,
		      struct meterbus_error *err)
{
	(void)count;	/* 1, see .batch */
	return send_readout(context, config, readouts[0], err) == 0;
}

static void close_output(void *context)
{
	struct output_state *state = context;

	http_free(state->http);
	free(state);
}

static void *open_output(const struct config *config,
			 const struct config_output *output, int stop_fd,
			 struct meterbus_error *err)
{
	struct output_state *state = malloc(sizeof(*state));

	(void)config;
	if (!state) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	state->output = output;
	state->http = http_new(output, output->url, "application/json",
			       "Bearer", stop_fd, err);
	if (state->http)
		return state;
	free(state);
	return NULL;
}

/* One at a time: nothing tells the receiver that it has had one before. */
const struct output_kind output_webhook = {
	.name = "webhook",
	.batch = 1,
	.open = open_output,
	.deliver = deliver,
	.close = close_output,
};
