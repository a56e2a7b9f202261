/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: members of JSON objects that come from outside.
 */
#ifndef LIBMETERBUS_JSON_TAKE_H
#define LIBMETERBUS_JSON_TAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

/* NULL if there is none, or it is no string. */
const char *json_take_text(struct json_object *object, const char *key);

/* A number that is not there is zero; one that does not fit is refused. */
bool json_take_number(struct json_object *object, const char *key,
		      uint64_t max, uint64_t *number);

/*
 * The index of the text among the names; zero if it is not there, false if it
 * is none of them.
 */
bool json_take_name(struct json_object *object, const char *key,
		    const char *(*name)(unsigned int index),
		    unsigned int count, uint8_t *index);

/* Hexadecimal, at most @size bytes; none if it is not there. */
bool json_take_hex(struct json_object *object, const char *key, uint8_t *bytes,
		   size_t size, size_t *len);

#endif
