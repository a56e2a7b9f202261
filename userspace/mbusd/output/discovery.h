/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MQTT discovery of Home Assistant: messages that tell it which values a meter
 * has. A meter is a device, each of its present values a sensor.
 */
#ifndef MBUSD_DISCOVERY_H
#define MBUSD_DISCOVERY_H

#include <json-c/json.h>

struct discovery {
	const char *prefix;		/* "homeassistant" */
	const char *site;
	const char *meter;
	const char *title;		/* of the device; NULL: the meter's name */
	const char *state_topic;	/* where the meter's readouts are */
	const char *status_topic;	/* "online", "offline" */
};

/* Returns 0, or -1 to stop. Each message is to be retained. */
typedef int discovery_publish_fn(void *context, const char *topic,
				 const char *payload);

/*
 * The messages that @reading, the meter's first good readout (reading_json()),
 * gives reason for. Returns 0; -1 without memory or as @publish says.
 */
int discovery_publish(const struct discovery *discovery,
		      struct json_object *reading,
		      discovery_publish_fn *publish, void *context);

#endif
