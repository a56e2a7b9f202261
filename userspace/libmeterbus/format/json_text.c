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

char *meterbus_json_decode(const uint8_t *raw, size_t len,
			   struct meterbus_error *err)
{
	struct json_object *readout = meterbus_json_readout(NULL, NULL);
	char *text;

	if (readout && meterbus_json_add(readout, raw, len, err) < 0) {
		json_object_put(readout);
		return NULL;
	}
	text = meterbus_json_text(readout);
	if (!text)
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	return text;
}
