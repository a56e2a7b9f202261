/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MQTT discovery of Home Assistant: a message for each meter, which is a device
 * there, with a sensor for each of its values and a button to read it.
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
	const char *read_topic;		/* a name sent there is read; NULL: no button */
	unsigned int expire_s;		/* values are invalid after that; 0: never */
};

/* Returns 0, or -1 to stop. Each message is to be retained. */
typedef int discovery_publish_fn(void *context, const char *topic,
				 const char *payload);

/*
 * The message for a meter, by @reading, its first good readout (reading_text()).
 * Returns 0; -1 without memory or as @publish says.
 */
int discovery_publish(const struct discovery *discovery,
		      struct json_object *reading,
		      discovery_publish_fn *publish, void *context);

/* The message for the daemon itself, through which meters are reached. */
int discovery_publish_daemon(const struct discovery *discovery,
			     discovery_publish_fn *publish, void *context);

/* Removes the device of @meter, which is no longer configured. */
int discovery_remove(const char *prefix, const char *site, const char *meter,
		     discovery_publish_fn *publish, void *context);

#endif
