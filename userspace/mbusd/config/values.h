/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses values of keys, by table.
 */
#ifndef MBUSD_CONFIG_VALUES_H
#define MBUSD_CONFIG_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include <meterbus/error.h>

struct config_field {
	const char *key;
	/* Returns 0, or -1 with a message that begins with @text. */
	int (*parse)(const struct config_field *field, const char *text,
		     void *target, struct meterbus_error *err);
	size_t offset;		/* of the target in the table's structure */
	unsigned int min, max;
	/*
	 * Outputs: the size of the value, 0 for a char *; whether the key is
	 * required.
	 */
	size_t size;
	bool needed;
};

typedef int config_parse_fn(const struct config_field *field, const char *text,
			    void *target, struct meterbus_error *err);

config_parse_fn config_text;	 /* char *; not empty */
config_parse_fn config_name;	 /* char *; CONFIG_NAME_MAX */
config_parse_fn config_path;	 /* char *; absolute */
config_parse_fn config_socket;	 /* char *; absolute, or "none" for "" */
/* Files: absolute paths, or names of credentials of the service. */
config_parse_fn config_readable; /* char *; the path of a readable file */
config_parse_fn config_private;	 /* the same, but not world-readable */
config_parse_fn config_program;	 /* char *; absolute, executable */
config_parse_fn config_secret;	 /* char *; the first line of the file */
config_parse_fn config_group;	 /* char *; a group there is */
config_parse_fn config_host;	 /* char *; HOST:PORT */
config_parse_fn config_number;	 /* unsigned int; min..max */
config_parse_fn config_switch;	 /* bool: "yes", "no" */
config_parse_fn config_port;	 /* int; min..max */
config_parse_fn config_baud;	 /* unsigned int */
config_parse_fn config_ms;	 /* int; "60" or "60ms", min..max */
config_parse_fn config_echo;	 /* int, enum meterbus_echo */
config_parse_fn config_duration; /* uint64_t, seconds: "10d"; "forever" is 0 */
config_parse_fn config_key;	 /* uint8_t[METERBUS_KEY_LEN] */
config_parse_fn config_address;	 /* struct meterbus_address */
config_parse_fn config_schedule; /* struct schedule */

/* The rule of CONFIG_NAME_MAX. */
int config_check_name(const char *text, struct meterbus_error *err);

#endif
