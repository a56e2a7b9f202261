/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection to an MQTT broker (5, or 3.1.1 if it does not know 5) that publishes
 * with QoS 1, in order, and reports the result of each message. It may receive
 * messages, too.
 */
#ifndef MBUSD_MQTT_H
#define MBUSD_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/error.h>

enum mqtt_verdict {
	MQTT_TAKEN,
	MQTT_REFUSED,	/* this message, permanently: too large */
	MQTT_DENIED,	/* for now: not authorized, quota used up */
};

/* Strings live as long as the connection. */
struct mqtt_settings {
	const char *url;	/* "mqtt://HOST[:PORT]", "mqtts://..." */
	const char *client_id;
	const char *user, *password;	/* may be NULL */
	const char *ca_file, *cert_file, *key_file; /* may be NULL */
	/*
	 * Retained: "online" while connected, else "offline", also as last will.
	 */
	const char *status_topic;
	unsigned int timeout_s;
	int stop_fd;		/* ends all waiting once it is readable */
	/*
	 * Called for each message by mqtt_connect(), mqtt_publish() and
	 * mqtt_flush(), in the order of publishing, not for messages lost with
	 * the connection. @why is for people.
	 */
	void (*done)(void *context, uint64_t tag, enum mqtt_verdict verdict,
		     const char *why);
	/*
	 * To receive messages of; NULL: none. @received is called by any of the
	 * functions below with each that is not retained; @payload ends with a
	 * zero behind @len bytes. @refused: the broker does not allow it.
	 */
	const char *subscription;
	void (*received)(void *context, const char *topic, const char *payload,
			 size_t len);
	void (*refused)(void *context, const char *why);
	void *context;
};

struct mqtt;

/* Does not connect. NULL with @err. */
struct mqtt *mqtt_new(const struct mqtt_settings *settings,
		      struct meterbus_error *err);
/* Disconnects within a second. */
void mqtt_free(struct mqtt *mqtt);

bool mqtt_connected(const struct mqtt *mqtt);

/*
 * These return 0, or -1 with @err and without a connection, except for stop_fd.
 * Tag 0 is used for "online".
 */
int mqtt_connect(struct mqtt *mqtt, struct meterbus_error *err);
/* Waits while too many are not acknowledged. */
int mqtt_publish(struct mqtt *mqtt, const char *topic, const char *payload,
		 size_t len, bool retain, uint64_t tag,
		 struct meterbus_error *err);
/* Waits until all are acknowledged; a second at most once stop_fd is readable. */
int mqtt_flush(struct mqtt *mqtt, struct meterbus_error *err);
/* Reads and writes without waiting. */
int mqtt_keep(struct mqtt *mqtt, struct meterbus_error *err);

/* For poll(). */
int mqtt_fd(const struct mqtt *mqtt);

#endif
