// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Telegrams in JSON: readouts, what monitor prints, Buffers of Node.js.
 */
#include <json-c/json.h>
#include <string.h>

#include "ui/hex.h"
#include "ui/input_lines.h"

/* NULL if @object has no such string. */
static const char *json_string(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

/* "raw", or the first text that is the digits of a telegram, as of others. */
static const char *find_hex(struct json_object *object)
{
	const char *raw = json_string(object, "raw");
	uint8_t bytes[METERBUS_TELEGRAM_MAX];
	char why[HEX_WHY_SIZE];

	if (raw || !json_object_is_type(object, json_type_object))
		return raw;
	json_object_object_foreach(object, key, value) {
		const char *text = json_string(object, key);
		size_t len = 0;

		(void)value;
		if (text && !hex_parse(bytes, &len, text, 0, why) &&
		    input_measure(bytes, len) == (int)len && len)
			return text;
	}
	return NULL;
}

/* @object has bytes, @source when and where they were seen. */
static enum input_result take_raw(struct input_telegram *telegram,
				  struct json_object *object,
				  struct json_object *source,
				  char why[INPUT_WHY_SIZE])
{
	const char *raw = find_hex(object);
	const char *bus = json_string(source, "bus");
	const char *time = json_string(source, "time");
	enum input_result result;
	char hex_why[HEX_WHY_SIZE];
	size_t len = 0;

	if (!raw) {
		snprintf(why, INPUT_WHY_SIZE, "JSON without a telegram");
		return INPUT_BAD;
	}
	if (bus)
		snprintf(telegram->bus, sizeof(telegram->bus), "%s", bus);
	if (time)
		telegram->time_ns = input_time(time, "%Y-%m-%dT%H:%M:%S");
	if (hex_parse(telegram->bytes, &len, raw, 0, hex_why)) {
		snprintf(why, INPUT_WHY_SIZE, "%s", hex_why);
		return INPUT_BAD;
	}
	result = len ? input_check(telegram, len, why) : INPUT_END;
	if (result == INPUT_END) {
		snprintf(why, INPUT_WHY_SIZE, "telegram without bytes");
		return INPUT_BAD;
	}
	return result;
}

enum input_result json_next(struct input *input,
			    struct input_telegram *telegram,
			    char why[INPUT_WHY_SIZE])
{
	struct json_object *telegrams;

	json_object_object_get_ex(input->readout, "telegrams", &telegrams);
	if (input->next_telegram == json_object_array_length(telegrams)) {
		json_object_put(input->readout);
		input->readout = NULL;
		return INPUT_END;
	}
	return take_raw(telegram,
			json_object_array_get_idx(telegrams,
						  input->next_telegram++),
			input->readout, why);
}

/* {"type":"Buffer","data":[104,...]}: its bytes go to the stream. */
static bool take_buffer(struct input *input, struct json_object *object)
{
	struct json_object *data;
	const char *type = json_string(object, "type");

	if (!type || strcmp(type, "Buffer") ||
	    !json_object_object_get_ex(object, "data", &data) ||
	    !json_object_is_type(data, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(data); i++) {
		int64_t byte = json_object_get_int64(
			json_object_array_get_idx(data, i));

		if (byte < 0 || byte > 255 ||
		    input->stream_end == INPUT_STREAM)
			return false;
		input->stream[input->stream_end++] = byte;
	}
	return true;
}

enum input_result json_line(struct input *input,
			    struct input_telegram *telegram, const char *line,
			    char why[INPUT_WHY_SIZE])
{
	struct json_object *object, *telegrams;
	enum json_tokener_error error;
	enum input_result result;
	const char *kind;

	object = json_tokener_parse_verbose(line, &error);
	if (!json_object_is_type(object, json_type_object)) {
		snprintf(why, INPUT_WHY_SIZE, "invalid JSON: %s",
			 json_tokener_error_desc(error));
		json_object_put(object);
		return INPUT_BAD;
	}
	if (json_object_object_get_ex(object, "telegrams", &telegrams) &&
	    json_object_is_type(telegrams, json_type_array)) {
		input->readout = object;
		input->next_telegram = 0;
		return json_next(input, telegram, why);
	}
	if (take_buffer(input, object)) {
		json_object_put(object);
		return INPUT_END;
	}
	/* From monitor: heads, findings and outcomes are skipped. */
	kind = json_string(object, "kind");
	result = json_object_object_get_ex(object, "recording", NULL) ||
				 (kind && strcmp(kind, "frame")) ?
			 INPUT_END :
			 take_raw(telegram, object, object, why);
	json_object_put(object);
	return result;
}

