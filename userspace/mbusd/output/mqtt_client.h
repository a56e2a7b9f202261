/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection to an MQTT broker (5, or 3.1.1 if it knows no better) that
 * publishes with QoS 1, in order, and tells what became of each message.
 */
#ifndef MBUSD_MQTT_H
#define MBUSD_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/error.h>

enum mqtt_verdict {
	MQTT_TAKEN,
	MQTT_REFUSED,	/* this message, for good: too large */
	MQTT_DENIED,	/* for now: not authorized, quota used up */
};

/* Strings live as long as the connection. */
struct mqtt_settings {
	const char *url;	/* "mqtt://HOST[:PORT]", "mqtts://..." */
	const char *client_id;
	const char *user, *password;	/* may be NULL */
	const char *ca_file, *cert_file, *key_file; /* may be NULL */
	/*
	 * Retained "online" while connected and "offline" else, the latter
	 * also as last will.
	 */
	const char *status_topic;
	unsigned int timeout_s;
	int stop_fd;		/* ends all waiting once it is readable */
	/*
	 * Called for each message by mqtt_connect(), mqtt_publish() and
	 * mqtt_settle(), in the order they were published. @why is for people.
	 * A connection that breaks tells nothing of those that were under way.
	 */
	void (*done)(void *context, uint64_t tag, enum mqtt_verdict verdict,
		     const char *why);
	void *context;
};

struct mqtt;

/* Does not connect. NULL with @err. */
struct mqtt *mqtt_new(const struct mqtt_settings *settings,
		      struct meterbus_error *err);
/* Says goodbye, within a second. */
void mqtt_free(struct mqtt *mqtt);

bool mqtt_connected(const struct mqtt *mqtt);

/*
 * These return 0, or -1 with @err, and then there is no connection any more
 * unless it was stop_fd. tag 0 is used for "online".
 */
int mqtt_connect(struct mqtt *mqtt, struct meterbus_error *err);
/* Waits while too many are under way. */
int mqtt_publish(struct mqtt *mqtt, const char *topic, const char *payload,
		 size_t len, bool retain, uint64_t tag,
		 struct meterbus_error *err);
/* Waits until none is under way; a second at most if it is to stop. */
int mqtt_settle(struct mqtt *mqtt, struct meterbus_error *err);
/* Does what is to be done without waiting. */
int mqtt_keep(struct mqtt *mqtt, struct meterbus_error *err);

/* For poll(). */
int mqtt_fd(const struct mqtt *mqtt);

#endif
