/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of a kind of output, in a table by which they are read, checked,
 * compared and freed.
 */
#ifndef MBUSD_CONFIG_OUTPUT_H
#define MBUSD_CONFIG_OUTPUT_H

#include <stddef.h>

#include "config/config.h"
#include "config/values.h"

struct config_output_kind {
	const char *type;	/* "mqtt", as in type = mqtt */
	/* Offsets in a zeroed structure of @size bytes. */
	const struct config_field *fields;
	size_t field_count;
	size_t size;
	/* Of a key "url", which is a char *: "http://", "https://". */
	const char *schemes[2];
	/* After all sections were read; may be NULL. */
	void (*set_defaults)(void *settings, const struct config *config);
};

#endif
