// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MQTT: a message for each readout, on a topic of its meter; commands on topics.
 */
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "output/discovery.h"
#include "base/log.h"
#include "output/mqtt_client.h"
#include "output/output.h"
#include "store/reading.h"
#include "output/topic.h"

/* A level below the prefix that no meter has. */
#define STATUS "status"
/* Another, only if commands are received: COMMAND/read, COMMAND/search. */
#define COMMAND "command"
/* Tag of messages other than readouts. */
#define NO_READOUT 0
/* Of a schedule, until Home Assistant takes a value for outdated. */
#define EXPIRE_PERIODS 3

struct settings {
	char *url;
	char *user;
	char *password;		/* read from password-file */
	char *ca_file, *cert_file, *key_file;
	char *topic;		/* prefix, default "mbus/SITE" */
	char *discovery;	/* Home Assistant's prefix; NULL: none */
	bool retain;		/* brokers keep each meter's last reading */
	bool commands;		/* are received */
};

struct output_state {
	const struct config_output *output;
	struct output_worker *worker;
	const struct settings *settings;
	struct mqtt *mqtt;
	char *client_id;
	char *status_topic;
	char *command_topic;	/* of all commands */
	char *read_topic;
	void *announced;	/* tsearch(): names of meters */
	const struct config *cleaned; /* other meters were removed; NULL: not yet */

	/* During one deliver(). */
	struct reading *const *readings;
	size_t taken;		/* so many, from the first on */
	bool denied;
	struct meterbus_error denial;
	/*
	 * Messages behind a denied one have been taken and will be repeated
	 * with it: one at a time until the broker takes one again.
	 */
	bool one_by_one;
};

/* A topic to publish below: no wildcards, no empty levels. */
static int parse_topic(const struct config_field *field, const char *text,
		       void *target, struct meterbus_error *err)
{
	size_t len = strlen(text);

	if (!len || len > 200 || strpbrk(text, "+#") || text[0] == '/' ||
	    text[0] == '$' || text[len - 1] == '/' || strstr(text, "//"))
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "'%.60s' is not a topic; write words separated by /, without + and #",
				     text);
	return config_text(field, text, target, err);
}

static const struct config_field fields[] = {
#define AT(member) offsetof(struct settings, member)
	{ .key = "url", config_text, AT(url), .needed = true },
	{ .key = "user", config_text, AT(user) },
	{ .key = "password-file", config_secret, AT(password) },
	{ .key = "ca-file", config_readable, AT(ca_file) },
	{ .key = "cert-file", config_readable, AT(cert_file) },
	{ .key = "key-file", config_private, AT(key_file) },
	{ .key = "topic", parse_topic, AT(topic) },
	{ .key = "discovery", parse_topic, AT(discovery) },
	{ .key = "retain", config_switch, AT(retain), .size = sizeof(bool) },
	{ .key = "commands", config_switch, AT(commands), .size = sizeof(bool) },
#undef AT
};

static void set_defaults(void *context, const struct config *config)
{
	struct settings *settings = context;

	if (!settings->topic &&
	    asprintf(&settings->topic, "mbus/%s", config->site) < 0)
		settings->topic = NULL;
}

static void leave_out(const struct output_state *state,
		      const struct store_readout *readout, const char *why)
{
	struct meterbus_error err;

	meterbus_fail(&err, METERBUS_E_USAGE, "%s refuses it: %s",
		      state->settings->url, why);
	output_park(state->worker, readout, err.text);
}

static void done(void *context, uint64_t tag, enum mqtt_verdict verdict,
		 const char *why)
{
	struct output_state *state = context;
	const struct store_readout *readout;

	if (tag == NO_READOUT) {
		if (verdict != MQTT_TAKEN)
			log_warning("output %s: %s refuses a message about status or discovery: %s",
				    state->output->name, state->settings->url,
				    why);
		return;
	}
	if (state->denied)
		return;
	readout = state->readings[state->taken]->readout;
	if (verdict == MQTT_DENIED) {
		state->denied = true;
		state->one_by_one = true;
		meterbus_fail(&state->denial, METERBUS_E_PERMISSION,
			      "%s refuses readouts of meter %s: %s; allow user %s to write to %s/#",
			      state->settings->url, readout->meter, why,
			      state->settings->user ? state->settings->user :
						      "(none)",
			      state->settings->topic);
		return;
	}
	if (verdict == MQTT_REFUSED)
		leave_out(state, readout, why);
	else
		state->one_by_one = false;
	state->taken++;
}

/* ------------------------------------------------------------ commands */

static void received(void *context, const char *topic, const char *payload,
		     size_t len)
{
	struct output_state *state = context;
	const char *command = strrchr(topic, '/') + 1;

	if (!len || strlen(payload) != len)
		log_warning("output %s: %s is without the name of a meter or bus; send the name as payload",
			    state->output->name, topic);
	else if (!strcmp(command, "read"))
		output_command(state->worker, COMMAND_READ, payload);
	else if (!strcmp(command, "search"))
		output_command(state->worker, COMMAND_SEARCH, payload);
	else
		log_warning("output %s: %s is no command; there are read and search",
			    state->output->name, topic);
}

static void refused(void *context, const char *why)
{
	struct output_state *state = context;

	log_warning("output %s: %s refuses to deliver commands: %s; allow user %s to read %s",
		    state->output->name, state->settings->url, why,
		    state->settings->user ? state->settings->user : "(none)",
		    state->command_topic);
}

/* ----------------------------------------------------------- discovery */

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* A broker may have lost retained messages when the connection broke. */
static void forget_announced(struct output_state *state)
{
	tdestroy(state->announced, free);
	state->announced = NULL;
	state->cleaned = NULL;
}

static int publish_discovery(void *context, const char *topic,
			     const char *payload)
{
	struct output_state *state = context;

	return mqtt_publish(state->mqtt, topic, payload, strlen(payload), true,
			    NO_READOUT, &state->denial);
}

/* Some readouts may fail before values count as outdated. */
static unsigned int expire_s(const struct config *config, const char *name)
{
	const struct config_meter *meter = config_find_meter(config, name);

	if (!meter)
		return 0;
	return (unsigned int)(EXPIRE_PERIODS *
			      schedule_period(&meter->schedule, time(NULL)));
}

static int publish_daemon(struct output_state *state,
			  const struct config *config)
{
	const struct discovery discovery = {
		.prefix = state->settings->discovery,
		.site = config->site,
		.status_topic = state->status_topic,
	};

	meterbus_fail(&state->denial, METERBUS_E_SYSTEM, "out of memory");
	return discovery_publish_daemon(&discovery, publish_discovery, state);
}

/* Called with each meter of the store: removes those not in the configuration. */
static bool remove_meter(void *context, const char *name)
{
	struct output_state *state = context;
	const struct settings *settings = state->settings;
	const struct config *config = state->cleaned;
	char *topic, **at;

	if (config_find_meter(config, name))
		return true;
	if (discovery_remove(settings->discovery, config->site, name,
			     publish_discovery, state) < 0)
		return false;
	at = tfind(name, &state->announced, compare);
	if (at) {
		char *known = *at;

		tdelete(name, &state->announced, compare);
		free(known);
	}
	if (!settings->retain)
		return true;
	topic = topic_below(settings->topic, name, STATUS);
	if (topic)
		publish_discovery(state, topic, "");
	free(topic);
	return topic;
}

/* Devices of meters that left the configuration, also before a restart. */
static int remove_meters(struct output_state *state,
			 const struct config *config, struct meterbus_error *err)
{
	if (!state->settings->discovery || state->cleaned == config)
		return 0;
	if (publish_daemon(state, config) < 0) {
		*err = state->denial;
		return -1;
	}
	state->cleaned = config;
	return output_each_meter(state->worker, remove_meter, state, err);
}

/* Returns 0, also without discovery or if it was announced before. */
static int announce(struct output_state *state, const struct config *config,
		    const struct reading *reading, const char *topic,
		    struct meterbus_error *err)
{
	const char *meter = reading->readout->meter;
	const struct config_meter *known = config_find_meter(config, meter);
	struct discovery discovery = {
		.prefix = state->settings->discovery,
		.site = config->site,
		.meter = meter,
		.title = known ? known->title : NULL,
		.state_topic = topic,
		.status_topic = state->status_topic,
		.read_topic = known ? state->read_topic : NULL,
		.expire_s = expire_s(config, meter),
	};
	struct json_object *object;
	char *name;
	int ret;

	if (!discovery.prefix || reading->readout->outcome != METERBUS_OK ||
	    tfind(meter, &state->announced, compare))
		return 0;
	meterbus_fail(&state->denial, METERBUS_E_SYSTEM, "out of memory");
	object = json_tokener_parse(reading_text(reading, NULL));
	ret = object ? discovery_publish(&discovery, object, publish_discovery,
					 state) : -1;
	json_object_put(object);
	if (ret < 0) {
		*err = state->denial;
		return -1;
	}
	name = strdup(meter);
	if (name && !tsearch(name, &state->announced, compare))
		free(name);
	return 0;
}

/* ------------------------------------------------------------ readouts */

/*
 * A failure does not replace the retained readout, as later subscribers need the
 * last values.
 */
static int send_reading(struct output_state *state, const struct config *config,
			const struct reading *reading,
			struct meterbus_error *err)
{
	const struct store_readout *readout = reading->readout;
	const char *text;
	char *topic;
	size_t len;
	int ret;

	topic = topic_below(state->settings->topic, readout->meter, STATUS);
	if (!topic)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	text = reading_text(reading, &len);
	ret = announce(state, config, reading, topic, err);
	if (ret == 0)
		ret = mqtt_publish(state->mqtt, topic, text, len,
				   state->settings->retain &&
					   readout->outcome == METERBUS_OK,
				   (uint64_t)readout->id, err);
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
		      struct reading *const *readings, size_t count,
		      struct meterbus_error *err)
{
	struct output_state *state = context;
	struct meterbus_error flush_err;
	int ret = 0;

	state->readings = readings;
	state->taken = 0;
	state->denied = false;
	if (connect_if_needed(state, err) < 0 ||
	    remove_meters(state, config, err) < 0)
		return 0;
	for (size_t i = 0; i < count && ret == 0 && !state->denied; i++) {
		ret = send_reading(state, config, readings[i], err);
		if (ret == 0 && state->one_by_one)
			ret = mqtt_flush(state->mqtt, err);
	}
	/* Messages of a broken connection are repeated later. */
	if (mqtt_connected(state->mqtt) &&
	    mqtt_flush(state->mqtt, &flush_err) < 0 && ret == 0)
		*err = flush_err;
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
	free(state->command_topic);
	free(state->read_topic);
}

/* Returns whether there is memory for them. */
static bool make_topics(struct output_state *state)
{
	const struct settings *settings = state->settings;

	if (asprintf(&state->status_topic, "%s/" STATUS, settings->topic) < 0)
		state->status_topic = NULL;
	if (!settings->commands)
		return state->status_topic;
	if (asprintf(&state->command_topic, "%s/" COMMAND "/+",
		     settings->topic) < 0)
		state->command_topic = NULL;
	if (asprintf(&state->read_topic, "%s/" COMMAND "/read",
		     settings->topic) < 0)
		state->read_topic = NULL;
	return state->status_topic && state->command_topic &&
	       state->read_topic;
}

static int open_output(void *context, struct output_worker *worker,
		       const struct config *config,
		       const struct config_output *output, int stop_fd,
		       struct meterbus_error *err)
{
	const struct settings *own = output->settings;
	struct output_state *state = context;
	struct mqtt_settings settings = {
		.url = own->url,
		.user = own->user,
		.password = own->password,
		.ca_file = own->ca_file,
		.cert_file = own->cert_file,
		.key_file = own->key_file,
		.timeout_s = output->timeout_s,
		.stop_fd = stop_fd,
		.done = done,
		.received = received,
		.refused = refused,
		.context = state,
	};

	state->output = output;
	state->worker = worker;
	state->settings = own;
	if (asprintf(&state->client_id, "mbusd/%s/%s", config->site,
		     output->name) < 0)
		state->client_id = NULL;
	settings.client_id = state->client_id;
	if (make_topics(state) && state->client_id) {
		settings.status_topic = state->status_topic;
		settings.subscription = state->command_topic;
		state->mqtt = mqtt_new(&settings, err);
	} else {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	}
	if (state->mqtt)
		return 0;
	close_output(state);
	return -1;
}

const struct output_kind output_mqtt = {
	.config = {
		.type = "mqtt",
		.fields = fields,
		.field_count = sizeof(fields) / sizeof(fields[0]),
		.size = sizeof(struct settings),
		.schemes = { "mqtt://", "mqtts://" },
		.set_defaults = set_defaults,
	},
	.name = "mqtt",
	.batch = 256,
	.state_size = sizeof(struct output_state),
	.open = open_output,
	.deliver = deliver,
	.idle = idle,
	.close = close_output,
};
