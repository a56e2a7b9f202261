// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "base/bytes.h"
#include "format/json_take.h"

const char *json_take_text(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

bool json_take_number(struct json_object *object, const char *key,
		      uint64_t max, uint64_t *number)
{
	struct json_object *value;

	*number = 0;
	if (!json_object_object_get_ex(object, key, &value))
		return true;
	if (!json_object_is_type(value, json_type_int) ||
	    json_object_get_int64(value) < 0)
		return false;
	*number = json_object_get_uint64(value);
	return *number <= max;
}

bool json_take_name(struct json_object *object, const char *key,
		    const char *(*name)(unsigned int index),
		    unsigned int count, uint8_t *index)
{
	const char *text = json_take_text(object, key);

	*index = 0;
	if (!text)
		return true;
	for (unsigned int i = 0; i < count; i++) {
		if (!strcmp(text, name(i))) {
			*index = i;
			return true;
		}
	}
	return false;
}

bool json_take_hex(struct json_object *object, const char *key, uint8_t *bytes,
		   size_t size, size_t *len)
{
	const char *text = json_take_text(object, key);
	size_t digits = text ? strlen(text) : 0;

	*len = digits / 2;
	if (digits % 2 || *len > size)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (bytes_hex_digit(text[i]) < 0)
			return false;
		bytes[i / 2] = bytes[i / 2] << 4 |
			       bytes_hex_digit(text[i]);
	}
	return true;
}
