// SPDX-License-Identifier: LGPL-2.1-or-later
#include <json-c/json.h>
#include <string.h>

#include <meterbus/json.h>

char *meterbus_json_text(struct json_object *object)
{
	const char *text = NULL;
	char *copy;

	if (object)
		text = json_object_to_json_string_ext(
			object,
			JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	copy = text ? strdup(text) : NULL;
	json_object_put(object);
	return copy;
}
