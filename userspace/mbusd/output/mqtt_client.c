// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mosquitto.h>
#include <mqtt_protocol.h>

#include "common/clock.h"
#include "output/mqtt_client.h"
#include "output/resolve.h"

#define KEEPALIVE_S	60
#define GRACE_MS	1000	/* for acknowledgements when it has to stop */
/* Messages in flight; brokers allow 20 by default. */
#define WINDOW		20
#define SHORT_LIFE_MS	60000
#define SHORT_LIVES_MAX	3
#define SYSTEM_CERTIFICATES "/etc/ssl/certs"

struct flight {
	int mid;
	uint64_t tag;
	bool done;
	int reason;		/* of MQTT 5; 0 with 3.1.1 */
};

struct mqtt {
	struct mqtt_settings settings;
	char *host;
	int port;
	bool tls;
	int protocol;
	struct mosquitto *mosq;	/* NULL: no connection, and none begun */
	bool up;
	int64_t up_ms;		/* since when */
	unsigned int short_lives; /* connections that did not last, in a row */
	bool ended;		/* by the broker; reason has its code */
	int reason;		/* of CONNACK or DISCONNECT */
	char error[160];	/* last error message of the library */
	bool stopping;
	int corked;
	int64_t deadline_ms;	/* of the next sign of the broker */
	struct flight flights[WINDOW]; /* a ring */
	size_t first, count;
};

/* ------------------------------------------- callbacks of the library */

static void on_connect(struct mosquitto *mosq, void *context, int reason,
		       int flags, const mosquitto_property *properties)
{
	struct mqtt *mqtt = context;

	(void)mosq;
	(void)flags;
	(void)properties;
	mqtt->reason = reason;
	mqtt->up = reason == 0;
	mqtt->up_ms = now_ms();
	mqtt->ended = reason != 0;
}

static void on_disconnect(struct mosquitto *mosq, void *context, int reason,
			  const mosquitto_property *properties)
{
	struct mqtt *mqtt = context;

	(void)mosq;
	(void)properties;
	/* Reasons of MQTT 5 begin at 128; below are errors of the library. */
	if (reason >= 128)
		mqtt->reason = reason;
	mqtt->ended = true;
}

static void on_publish(struct mosquitto *mosq, void *context, int mid,
		       int reason, const mosquitto_property *properties)
{
	struct mqtt *mqtt = context;

	(void)mosq;
	(void)properties;
	for (size_t i = 0; i < mqtt->count; i++) {
		struct flight *flight =
			&mqtt->flights[(mqtt->first + i) % WINDOW];

		if (flight->mid != mid || flight->done)
			continue;
		flight->done = true;
		flight->reason = reason;
		return;
	}
}

static void on_subscribe(struct mosquitto *mosq, void *context, int mid,
			 int count, const int *granted,
			 const mosquitto_property *properties)
{
	struct mqtt *mqtt = context;

	(void)mosq;
	(void)mid;
	(void)properties;
	if (count < 1 || granted[0] < MQTT_RC_UNSPECIFIED)
		return;
	mqtt->settings.refused(mqtt->settings.context,
			       mosquitto_reason_string(granted[0]));
}

/* A retained message was for somebody before this connection. */
static void on_message(struct mosquitto *mosq, void *context,
		       const struct mosquitto_message *message,
		       const mosquitto_property *properties)
{
	struct mqtt *mqtt = context;

	(void)mosq;
	(void)properties;
	/* The library puts a zero behind the payload; without one it is NULL. */
	if (!message->retain)
		mqtt->settings.received(mqtt->settings.context, message->topic,
					message->payload ? message->payload : "",
					(size_t)message->payloadlen);
}

/* The only source of TLS errors. */
static void on_log(struct mosquitto *mosq, void *context, int level,
		   const char *text)
{
	struct mqtt *mqtt = context;

	(void)mosq;
	if (level == MOSQ_LOG_ERR)
		snprintf(mqtt->error, sizeof(mqtt->error), "%s", text);
}

/* A daemon has no one to enter a passphrase. */
static int no_passphrase(char *text, int size, int writing, void *context)
{
	(void)text;
	(void)size;
	(void)writing;
	(void)context;
	return 0;
}

/* --------------------------------------------------------- connection */

static void drop(struct mqtt *mqtt)
{
	if (mqtt->mosq)
		mosquitto_destroy(mqtt->mosq);
	mqtt->mosq = NULL;
	mqtt->up = false;
	mqtt->corked = false;
	mqtt->first = 0;
	mqtt->count = 0;
}

static const char *reason_text(const struct mqtt *mqtt)
{
	return mqtt->protocol == MQTT_PROTOCOL_V5 ?
		       mosquitto_reason_string(mqtt->reason) :
		       mosquitto_connack_string(mqtt->reason);
}

static int fail_refused(struct mqtt *mqtt, struct meterbus_error *err)
{
	switch (mqtt->reason) {
	case CONNACK_REFUSED_BAD_USERNAME_PASSWORD:
	case CONNACK_REFUSED_NOT_AUTHORIZED:
	case MQTT_RC_BAD_USERNAME_OR_PASSWORD:
	case MQTT_RC_NOT_AUTHORIZED:
		return meterbus_fail(err, METERBUS_E_PERMISSION,
				     "%s refuses %s%s: %s; check user and password-file",
				     mqtt->settings.url,
				     mqtt->settings.user ? "user " : "a client without user",
				     mqtt->settings.user ? mqtt->settings.user : "",
				     reason_text(mqtt));
	case MQTT_RC_SESSION_TAKEN_OVER:
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "%s has another client '%s': two sites have the same name; change [mbusd] site of one",
				     mqtt->settings.url,
				     mqtt->settings.client_id);
	default:
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "%s ends the connection: %s",
				     mqtt->settings.url, reason_text(mqtt));
	}
}

/* Many brokers do not report another client with the same name. */
static const char *hint(struct mqtt *mqtt)
{
	if (!mqtt->up || now_ms() - mqtt->up_ms > SHORT_LIFE_MS)
		mqtt->short_lives = 0;
	else
		mqtt->short_lives++;
	return mqtt->short_lives < SHORT_LIVES_MAX ?
		       "" :
		       "; repeatedly: if another site has the same name, change [mbusd] site of one";
}

/* @code of the library, with errno as it was then. */
static int fail_connection(struct mqtt *mqtt, int code, int error,
			   struct meterbus_error *err)
{
	const char *why = mosquitto_strerror(code);

	if (mqtt->reason)
		return fail_refused(mqtt, err);
	if (code == MOSQ_ERR_TLS || (code == MOSQ_ERR_ERRNO && error == EPROTO))
		why = mqtt->error[0] ? mqtt->error : "TLS fails";
	else if (code == MOSQ_ERR_ERRNO && error)
		why = strerror(error);
	else if (code == MOSQ_ERR_EAI)
		why = "unknown host";
	else if (code == MOSQ_ERR_SUCCESS || code == MOSQ_ERR_CONN_LOST)
		why = "it was closed";
	return meterbus_fail(err, METERBUS_E_SYSTEM, "cannot connect to %s: %s%s",
			     mqtt->settings.url, why, hint(mqtt));
}

static int lose(struct mqtt *mqtt, int code, int error,
		struct meterbus_error *err)
{
	fail_connection(mqtt, code, error, err);
	drop(mqtt);
	return -1;
}

/*
 * Sends several messages in one segment, so that the broker wakes once.
 */
static void cork(struct mqtt *mqtt, int corked)
{
	if (mqtt->corked == corked)
		return;
	setsockopt(mosquitto_socket(mqtt->mosq), IPPROTO_TCP, TCP_CORK, &corked,
		   sizeof(corked));
	mqtt->corked = corked;
}

/*
 * With Nagle's algorithm the broker delays further acknowledgements until the
 * kernel has confirmed the first. TCP_QUICKACK has to be set each time.
 */
static void acknowledge_quickly(struct mqtt *mqtt)
{
	const int on = 1;

	setsockopt(mosquitto_socket(mqtt->mosq), IPPROTO_TCP, TCP_QUICKACK, &on,
		   sizeof(on));
}

static void progress(struct mqtt *mqtt)
{
	mqtt->deadline_ms = now_ms() + mqtt->settings.timeout_s * 1000LL;
}

/* Reports messages in order, up to the first that is not done. */
static void report_done(struct mqtt *mqtt)
{
	while (mqtt->count && mqtt->flights[mqtt->first].done) {
		struct flight flight = mqtt->flights[mqtt->first];
		enum mqtt_verdict verdict = MQTT_DENIED;

		mqtt->first = (mqtt->first + 1) % WINDOW;
		mqtt->count--;
		if (flight.reason < 128)
			verdict = MQTT_TAKEN;
		else if (flight.reason == MQTT_RC_PACKET_TOO_LARGE ||
			 flight.reason == MQTT_RC_TOPIC_NAME_INVALID ||
			 flight.reason == MQTT_RC_PAYLOAD_FORMAT_INVALID)
			verdict = MQTT_REFUSED;
		mqtt->settings.done(mqtt->settings.context, flight.tag, verdict,
				    mosquitto_reason_string(flight.reason));
		progress(mqtt);
	}
}

/* Reads and writes without waiting. */
static int work(struct mqtt *mqtt, struct meterbus_error *err)
{
	int code, error;

	errno = 0;
	code = mosquitto_loop(mqtt->mosq, 0, 1);
	error = errno;
	report_done(mqtt);
	if (code == MOSQ_ERR_SUCCESS && !mqtt->ended)
		return 0;
	return lose(mqtt, code, error, err);
}

/* Waits for the broker, then reads and writes. */
static int wait_and_work(struct mqtt *mqtt, struct meterbus_error *err)
{
	struct pollfd fds[] = {
		{ .fd = mosquitto_socket(mqtt->mosq), .events = POLLIN },
		{ .fd = mqtt->stopping ? -1 : mqtt->settings.stop_fd,
		  .events = POLLIN },
	};
	int64_t left = mqtt->deadline_ms - now_ms();

	cork(mqtt, false);
	acknowledge_quickly(mqtt);
	if (mosquitto_want_write(mqtt->mosq))
		fds[0].events |= POLLOUT;
	if (left <= 0) {
		meterbus_fail(err, METERBUS_E_SYSTEM,
			      "%s does not answer within %u s",
			      mqtt->settings.url, mqtt->settings.timeout_s);
		drop(mqtt);
		return -1;
	}
	poll(fds, 2, (int)left);
	if (fds[1].revents) {
		mqtt->stopping = true;
		mqtt->deadline_ms = now_ms() + GRACE_MS;
	}
	return work(mqtt, err);
}

static int set_tls(struct mqtt *mqtt, struct meterbus_error *err)
{
	const struct mqtt_settings *settings = &mqtt->settings;
	int code;

	code = mosquitto_tls_set(mqtt->mosq, settings->ca_file,
				 settings->ca_file ? NULL :
						     SYSTEM_CERTIFICATES,
				 settings->cert_file, settings->key_file,
				 no_passphrase);
	if (code == MOSQ_ERR_SUCCESS)
		return 0;
	return meterbus_fail(err, METERBUS_E_SYSTEM,
			     "cannot use ca-file, cert-file and key-file for %s: %s",
			     settings->url, mosquitto_strerror(code));
}

static int set_up(struct mqtt *mqtt, struct meterbus_error *err)
{
	const struct mqtt_settings *settings = &mqtt->settings;
	struct mosquitto *mosq;

	mosq = mosquitto_new(settings->client_id, true, mqtt);
	mqtt->mosq = mosq;
	if (!mosq)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	mosquitto_connect_v5_callback_set(mosq, on_connect);
	mosquitto_disconnect_v5_callback_set(mosq, on_disconnect);
	mosquitto_publish_v5_callback_set(mosq, on_publish);
	mosquitto_subscribe_v5_callback_set(mosq, on_subscribe);
	mosquitto_message_v5_callback_set(mosq, on_message);
	mosquitto_log_callback_set(mosq, on_log);
	mosquitto_int_option(mosq, MOSQ_OPT_PROTOCOL_VERSION, mqtt->protocol);
	mosquitto_int_option(mosq, MOSQ_OPT_TCP_NODELAY, 1);
	if (mosquitto_will_set(mosq, settings->status_topic, strlen("offline"),
			       "offline", 1, true) ||
	    mosquitto_username_pw_set(mosq, settings->user,
				      settings->password))
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "%s: topic or user is not UTF-8 or too long, or user is missing",
				     settings->url);
	return mqtt->tls ? set_tls(mqtt, err) : 0;
}

/* One attempt with mqtt->protocol. */
static int try_connect(struct mqtt *mqtt, struct meterbus_error *err)
{
	int code;

	mqtt->reason = 0;
	mqtt->ended = false;
	mqtt->error[0] = '\0';
	if (set_up(mqtt, err) < 0) {
		drop(mqtt);
		return -1;
	}
	progress(mqtt);
	errno = 0;
	code = mosquitto_connect_async(mqtt->mosq, mqtt->host, mqtt->port,
				       KEEPALIVE_S);
	if (code != MOSQ_ERR_SUCCESS)
		return lose(mqtt, code, errno, err);
	while (!mqtt->up)
		if (wait_and_work(mqtt, err) < 0)
			return -1;
	return 0;
}

static int subscribe(struct mqtt *mqtt, struct meterbus_error *err)
{
	int code;

	if (!mqtt->settings.subscription)
		return 0;
	errno = 0;
	code = mosquitto_subscribe(mqtt->mosq, NULL,
				   mqtt->settings.subscription, 1);
	return code == MOSQ_ERR_SUCCESS ? 0 : lose(mqtt, code, errno, err);
}

int mqtt_connect(struct mqtt *mqtt, struct meterbus_error *err)
{
	int ret;

	if (resolve_host(mqtt->host, mqtt->settings.timeout_s,
			 mqtt->settings.stop_fd, err) < 0)
		return -1;
	ret = try_connect(mqtt, err);
	if (ret < 0 && mqtt->protocol == MQTT_PROTOCOL_V5 &&
	    mqtt->reason == MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION) {
		mqtt->protocol = MQTT_PROTOCOL_V311;
		ret = try_connect(mqtt, err);
	}
	if (ret < 0 || subscribe(mqtt, err) < 0)
		return -1;
	return mqtt_publish(mqtt, mqtt->settings.status_topic, "online",
			    strlen("online"), true, 0, err);
}

bool mqtt_connected(const struct mqtt *mqtt)
{
	return mqtt->up;
}

int mqtt_fd(const struct mqtt *mqtt)
{
	return mqtt->mosq ? mosquitto_socket(mqtt->mosq) : -1;
}

int mqtt_keep(struct mqtt *mqtt, struct meterbus_error *err)
{
	return work(mqtt, err);
}

/* ------------------------------------------------------------ messages */

static void add_flight(struct mqtt *mqtt, int mid, uint64_t tag, int reason)
{
	struct flight *flight =
		&mqtt->flights[(mqtt->first + mqtt->count) % WINDOW];

	*flight = (struct flight){ mid, tag, reason != 0, reason };
	mqtt->count++;
}

/* Half of the window, so that the two do not wake each other for each message. */
static int make_room(struct mqtt *mqtt, struct meterbus_error *err)
{
	while (mqtt->count > WINDOW / 2 && !mqtt->stopping)
		if (wait_and_work(mqtt, err) < 0)
			return -1;
	return 0;
}

int mqtt_publish(struct mqtt *mqtt, const char *topic, const char *payload,
		 size_t len, bool retain, uint64_t tag,
		 struct meterbus_error *err)
{
	int code, mid = 0;

	if (!mqtt->count)
		progress(mqtt);
	if (mqtt->count == WINDOW && make_room(mqtt, err) < 0)
		return -1;
	if (mqtt->stopping)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "stopped");
	cork(mqtt, true);
	errno = 0;
	code = mosquitto_publish(mqtt->mosq, &mid, topic, (int)len, payload, 1,
				 retain);
	switch (code) {
	case MOSQ_ERR_SUCCESS:
		add_flight(mqtt, mid, tag, 0);
		return 0;
	case MOSQ_ERR_PAYLOAD_SIZE:
	case MOSQ_ERR_OVERSIZE_PACKET:
		add_flight(mqtt, 0, tag, MQTT_RC_PACKET_TOO_LARGE);
		return 0;
	case MOSQ_ERR_INVAL:
	case MOSQ_ERR_MALFORMED_UTF8:
		add_flight(mqtt, 0, tag, MQTT_RC_TOPIC_NAME_INVALID);
		return 0;
	default:
		return lose(mqtt, code, errno, err);
	}
}

int mqtt_flush(struct mqtt *mqtt, struct meterbus_error *err)
{
	report_done(mqtt);
	while (mqtt->count)
		if (wait_and_work(mqtt, err) < 0)
			return -1;
	return 0;
}

/* ---------------------------------------------------------------- life */

/* "HOST", "HOST:PORT", "[ADDRESS]:PORT", optionally with a /. */
static int parse_url(struct mqtt *mqtt, struct meterbus_error *err)
{
	const char *url = mqtt->settings.url, *host, *end, *port;
	size_t len;

	mqtt->tls = !strncmp(url, "mqtts://", strlen("mqtts://"));
	mqtt->port = mqtt->tls ? 8883 : 1883;
	host = strstr(url, "://");
	host = host ? host + 3 : url;
	end = host + strcspn(host, *host == '[' ? "]" : ":/");
	port = *end == ']' ? end + 1 : end;
	if (*host == '[')
		host++;
	len = (size_t)(end - host);
	if (*port == ':') {
		char *rest;

		mqtt->port = (int)strtol(port + 1, &rest, 10);
		port = rest;
	}
	if (!len || (*port && strcmp(port, "/")) || mqtt->port < 1 ||
	    mqtt->port > 65535)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "%s is not the address of a broker; write mqtt://HOST:PORT",
				     url);
	mqtt->host = strndup(host, len);
	if (!mqtt->host)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	return 0;
}

static void init_library(void)
{
	mosquitto_lib_init();
}

struct mqtt *mqtt_new(const struct mqtt_settings *settings,
		      struct meterbus_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct mqtt *mqtt = calloc(1, sizeof(*mqtt));

	if (!mqtt) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	pthread_once(&once, init_library);
	mqtt->settings = *settings;
	mqtt->protocol = MQTT_PROTOCOL_V5;
	if (parse_url(mqtt, err) == 0)
		return mqtt;
	free(mqtt);
	return NULL;
}

/*
 * Publishes "offline" itself, as brokers do not send the last will after a
 * disconnect.
 */
static void disconnect(struct mqtt *mqtt)
{
	struct meterbus_error err;

	mqtt->stopping = false;
	mqtt->settings.stop_fd = -1;
	if (mqtt_publish(mqtt, mqtt->settings.status_topic, "offline",
			 strlen("offline"), true, 0, &err) < 0)
		return;
	mqtt->stopping = true;
	mqtt->deadline_ms = now_ms() + GRACE_MS;
	if (mqtt_flush(mqtt, &err) == 0)
		mosquitto_disconnect(mqtt->mosq);
}

void mqtt_free(struct mqtt *mqtt)
{
	if (mqtt->up)
		disconnect(mqtt);
	drop(mqtt);
	free(mqtt->host);
	free(mqtt);
}
