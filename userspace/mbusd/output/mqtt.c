// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MQTT: a message for each readout, on a topic of its meter.
 */
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/discovery.h"
#include "base/log.h"
#include "output/mqtt_client.h"
#include "output/output.h"
#include "store/reading.h"
#include "output/topic.h"

/* The level below the prefix that is no meter. */
#define STATUS "status"
/* Of messages that are no readouts. */
#define NO_READOUT 0

struct output_state {
	const struct config_output *output;
	struct mqtt *mqtt;
	char *client_id;
	char *status_topic;
	void *announced;	/* tsearch(): names of meters */

	/* During one deliver(). */
	const struct store_readout *const *readouts;
	size_t taken;		/* so many, from the first on */
	bool denied;
	struct meterbus_error denial;
	/*
	 * Messages behind one that was denied are taken, and will be repeated
	 * with it: one at a time until the broker likes them again.
	 */
	bool careful;
};

static void leave_out(const struct output_state *state,
		      const struct store_readout *readout, const char *why)
{
	struct meterbus_error err;

	meterbus_fail(&err, METERBUS_E_USAGE, "%s refuses it: %s",
		      state->output->url, why);
	output_left_out(state->output, readout, err.text);
}

static void done(void *context, uint64_t tag, enum mqtt_verdict verdict,
		 const char *why)
{
	struct output_state *state = context;
	const struct store_readout *readout;

	if (tag == NO_READOUT) {
		if (verdict != MQTT_TAKEN)
			log_warning("output %s: %s refuses a message about status or discovery: %s",
				    state->output->name, state->output->url,
				    why);
		return;
	}
	if (state->denied)
		return;
	readout = state->readouts[state->taken];
	if (verdict == MQTT_DENIED) {
		state->denied = true;
		state->careful = true;
		meterbus_fail(&state->denial, METERBUS_E_PERMISSION,
			      "%s does not take readouts of meter %s: %s; it has to let user %s write to %s/#",
			      state->output->url, readout->meter, why,
			      state->output->user ? state->output->user :
						    "(none)",
			      state->output->topic);
		return;
	}
	if (verdict == MQTT_REFUSED)
		leave_out(state, readout, why);
	else
		state->careful = false;
	state->taken++;
}

/* ----------------------------------------------------------- discovery */

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* A broker may have lost what it was told before the connection broke. */
static void forget_announced(struct output_state *state)
{
	tdestroy(state->announced, free);
	state->announced = NULL;
}

static int publish_discovery(void *context, const char *topic,
			     const char *payload)
{
	struct output_state *state = context;

	return mqtt_publish(state->mqtt, topic, payload, strlen(payload), true,
			    NO_READOUT, &state->denial);
}

static int announce(struct output_state *state, const struct config *config,
		    const struct store_readout *readout, const char *topic,
		    struct json_object *reading, struct meterbus_error *err)
{
	struct discovery discovery = {
		.prefix = state->output->discovery,
		.site = config->site,
		.meter = readout->meter,
		.state_topic = topic,
		.status_topic = state->status_topic,
	};
	char *name;

	if (!discovery.prefix || readout->outcome != METERBUS_OK ||
	    tfind(readout->meter, &state->announced, compare))
		return 0;
	if (discovery_publish(&discovery, reading, publish_discovery, state)) {
		*err = state->denial;
		return -1;
	}
	name = strdup(readout->meter);
	if (name && !tsearch(name, &state->announced, compare))
		free(name);
	return 0;
}

/* ------------------------------------------------------------ readouts */

/*
 * A failure does not replace the retained readout: what a meter had at last is
 * more use to who comes later.
 */
static int send_reading(struct output_state *state,
			const struct config *config,
			const struct store_readout *readout, const char *topic,
			struct json_object *reading, struct meterbus_error *err)
{
	const char *text;
	size_t len;

	text = json_object_to_json_string_length(
		reading,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	if (!text)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	if (announce(state, config, readout, topic, reading, err) < 0)
		return -1;
	return mqtt_publish(state->mqtt, topic, text, len,
			    state->output->retain &&
				    readout->outcome == METERBUS_OK,
			    (uint64_t)readout->id, err);
}

static int send_readout(struct output_state *state,
			const struct config *config,
			const struct store_readout *readout,
			struct meterbus_error *err)
{
	struct json_object *reading;
	char *topic;
	int ret = -1;

	reading = reading_json(config, config_find_meter(config, readout->meter),
			       readout);
	topic = topic_below(state->output->topic, readout->meter, STATUS);
	if (reading && topic)
		ret = send_reading(state, config, readout, topic, reading, err);
	else
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	json_object_put(reading);
	free(topic);
	return ret;
}

static int connect_if_needed(struct output_state *state,
			     struct meterbus_error *err)
{
	if (mqtt_connected(state->mqtt))
		return 0;
	forget_announced(state);
	return mqtt_connect(state->mqtt, err);
}

static size_t deliver(void *context, const struct config *config,
		      const struct store_readout *const *readouts, size_t count,
		      struct meterbus_error *err)
{
	struct output_state *state = context;
	struct meterbus_error settle_err;
	int ret = 0;

	state->readouts = readouts;
	state->taken = 0;
	state->denied = false;
	if (connect_if_needed(state, err) < 0)
		return 0;
	for (size_t i = 0; i < count && ret == 0 && !state->denied; i++) {
		ret = send_readout(state, config, readouts[i], err);
		if (ret == 0 && state->careful)
			ret = mqtt_settle(state->mqtt, err);
	}
	/* Not those that a broken connection has taken with it. */
	if (mqtt_connected(state->mqtt) &&
	    mqtt_settle(state->mqtt, &settle_err) < 0 && ret == 0)
		*err = settle_err;
	if (state->denied)
		*err = state->denial;
	return state->taken;
}

static int idle(void *context, struct pollfd *wake, struct meterbus_error *err)
{
	struct output_state *state = context;
	int ret;

	wake->fd = -1;
	ret = connect_if_needed(state, err);
	if (ret == 0)
		ret = mqtt_keep(state->mqtt, err);
	if (ret < 0)
		return -1;
	wake->fd = mqtt_fd(state->mqtt);
	wake->events = POLLIN;
	return 0;
}

static void close_output(void *context)
{
	struct output_state *state = context;

	if (state->mqtt)
		mqtt_free(state->mqtt);
	forget_announced(state);
	free(state->client_id);
	free(state->status_topic);
}

static int open_output(void *context, const struct config *config,
		       const struct config_output *output, int stop_fd,
		       struct meterbus_error *err)
{
	struct output_state *state = context;
	struct mqtt_settings settings = {
		.url = output->url,
		.user = output->user,
		.password = output->password,
		.ca_file = output->ca_file,
		.cert_file = output->cert_file,
		.key_file = output->key_file,
		.timeout_s = output->timeout_s,
		.stop_fd = stop_fd,
		.done = done,
		.context = state,
	};

	state->output = output;
	if (asprintf(&state->client_id, "mbusd/%s/%s", config->site,
		     output->name) < 0)
		state->client_id = NULL;
	if (asprintf(&state->status_topic, "%s/" STATUS, output->topic) < 0)
		state->status_topic = NULL;
	settings.client_id = state->client_id;
	settings.status_topic = state->status_topic;
	if (!state->client_id || !state->status_topic)
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	else
		state->mqtt = mqtt_new(&settings, err);
	if (state->mqtt)
		return 0;
	close_output(state);
	return -1;
}

const struct output_kind output_mqtt = {
	.name = "mqtt",
	.batch = 256,
	.state_size = sizeof(struct output_state),
	.open = open_output,
	.deliver = deliver,
	.idle = idle,
	.close = close_output,
};
