// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>

#include "output/topic.h"

static bool needs_escape(unsigned char c, bool utf8)
{
	return c < ' ' || c == 0x7F || strchr("+#/%", c) ||
	       (c >= 0x80 && !utf8);
}

char *topic_below(const char *prefix, const char *name, const char *reserved)
{
	/* Also refuses C1 control characters and noncharacters. */
	bool utf8 = mosquitto_validate_utf8(name, (int)strlen(name)) ==
		    MOSQ_ERR_SUCCESS;
	size_t len = strlen(prefix);
	char *topic = malloc(len + 3 * strlen(name) + 2);
	bool escape = reserved && !strcmp(name, reserved);
	char *at;

	if (!topic)
		return NULL;
	at = stpcpy(stpcpy(topic, prefix), "/");
	for (; *name; name++, escape = false) {
		if (escape || needs_escape((unsigned char)*name, utf8))
			at += sprintf(at, "%%%02X", (unsigned char)*name);
		else
			*at++ = *name;
	}
	*at = '\0';
	return topic;
}

char *topic_plain(const char *name)
{
	char *plain = malloc(strlen(name) + 10);
	uint32_t sum = 0x811C9DC5;	/* FNV-1a */
	bool changed = false;
	char *at = plain;

	if (!plain)
		return NULL;
	for (; *name; name++) {
		unsigned char c = *name;
		bool allowed = c < 0x80 &&
			       (isalnum(c) || c == '_' || c == '-');

		*at++ = allowed ? (char)c : '_';
		changed = changed || !allowed;
		sum = (sum ^ c) * 0x01000193;
	}
	*at = '\0';
	if (changed)
		sprintf(at, "_%08X", sum);
	return plain;
}
