// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ui/hex.h"
#include "ui/input.h"

#define NSEC_PER_SEC 1000000000LL

#define ACK		0xE5
#define START_SHORT	0x10
#define START_LONG	0x68

void input_start(struct input *input, FILE *in, const char *name)
{
	memset(input, 0, sizeof(*input));
	input->in = in;
	input->name = name;
}

void input_end(struct input *input)
{
	free(input->text);
	json_object_put(input->readout);
}

char *input_place(const struct input *input, char out[INPUT_PLACE_SIZE])
{
	if (input->binary)
		snprintf(out, INPUT_PLACE_SIZE, "%.250s, byte %llu",
			 input->name,
			 (unsigned long long)input->telegram_offset);
	else
		snprintf(out, INPUT_PLACE_SIZE, "%.250s:%zu", input->name,
			 input->line);
	return out;
}

/* Parses the bytes of @telegram, which are complete. */
static enum input_result check(struct input_telegram *telegram, size_t len,
			       char why[INPUT_WHY_SIZE])
{
	struct meterbus_error err;

	if (!meterbus_telegram_parse(&telegram->telegram, telegram->bytes, len,
				     &err))
		return INPUT_TELEGRAM;
	snprintf(why, INPUT_WHY_SIZE, "%s", err.text);
	return INPUT_BAD;
}

/* ------------------------------------------------------------- binary */

static enum input_result fill(struct input *input)
{
	size_t got;

	memmove(input->buffer, input->buffer + input->begin,
		input->end - input->begin);
	input->end -= input->begin;
	input->begin = 0;
	got = fread(input->buffer + input->end, 1,
		    sizeof(input->buffer) - input->end, input->in);
	input->end += got;
	return got ? INPUT_TELEGRAM :
	       ferror(input->in) ? INPUT_FAILED : INPUT_END;
}

/* Fills the buffer to a telegram's length, or to the end of the file. */
static enum input_result fill_telegram(struct input *input)
{
	enum input_result result;

	while (input->end - input->begin < METERBUS_TELEGRAM_MAX) {
		result = fill(input);
		if (result == INPUT_FAILED)
			return result;
		if (result == INPUT_END)
			break;
	}
	return input->begin < input->end ? INPUT_TELEGRAM : INPUT_END;
}

/* The length of the telegram that starts here; 0: none does. */
static size_t telegram_length(const struct input *input)
{
	const uint8_t *bytes = input->buffer + input->begin;
	size_t left = input->end - input->begin, len = 0;
	struct meterbus_telegram telegram;

	if (bytes[0] == ACK)
		len = 1;
	else if (bytes[0] == START_SHORT)
		len = 5;
	else if (bytes[0] == START_LONG && left > 3)
		len = bytes[1] + 6;
	if (!len || len > left ||
	    meterbus_telegram_parse(&telegram, bytes, len, NULL))
		return 0;
	return len;
}

static void skip(struct input *input, size_t len)
{
	input->begin += len;
	input->offset += len;
}

static enum input_result next_binary(struct input *input,
				     struct input_telegram *telegram,
				     char why[INPUT_WHY_SIZE])
{
	uint64_t junk = 0;
	enum input_result result;
	size_t len;

	for (;;) {
		result = fill_telegram(input);
		if (result == INPUT_FAILED)
			return result;
		len = result == INPUT_END ? 0 : telegram_length(input);
		if (result == INPUT_END || len)
			break;
		skip(input, 1);
		junk++;
	}
	input->telegram_offset = input->offset - junk;
	if (junk) {
		snprintf(why, INPUT_WHY_SIZE, "%llu byte%s outside any telegram",
			 (unsigned long long)junk, junk == 1 ? "" : "s");
		return INPUT_BAD;
	}
	if (!len)
		return INPUT_END;
	memcpy(telegram->bytes, input->buffer + input->begin, len);
	skip(input, len);
	return check(telegram, len, why);
}

/* --------------------------------------------------------------- text */

/* Hex in @line from @start; INPUT_END if there is none. */
static enum input_result take_hex(struct input_telegram *telegram,
				  const char *line, size_t start,
				  char why[INPUT_WHY_SIZE])
{
	char hex_why[HEX_WHY_SIZE];
	size_t len = 0;

	if (hex_parse(telegram->bytes, &len, line, start, hex_why)) {
		snprintf(why, INPUT_WHY_SIZE, "%s", hex_why);
		return INPUT_BAD;
	}
	return len ? check(telegram, len, why) : INPUT_END;
}

/* Like "2024-09-10T20:33:05.123456Z"; 0 if @text is not a time. */
static int64_t parse_time(const char *text, const char *format)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, format, &tm);
	int64_t ns;

	if (!rest)
		return 0;
	/* Nanoseconds do not fit after 2262. */
	if (__builtin_mul_overflow((int64_t)timegm(&tm), NSEC_PER_SEC, &ns) ||
	    ns > INT64_MAX - NSEC_PER_SEC)
		return 0;
	if (*rest == '.')
		for (int64_t unit = NSEC_PER_SEC / 10;
		     *++rest >= '0' && *rest <= '9'; unit /= 10)
			ns += (*rest - '0') * unit;
	return *rest == 'Z' ? ns : 0;
}

/* "SEND (005)" or "RECV (005)", as libmbus and pyMeterBus write it. */
static const char *find_debug(const char *line)
{
	static const char *const words[] = { "SEND (", "RECV (" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *at = strstr(line, words[i]);
		size_t digits;

		if (!at)
			continue;
		at += strlen(words[i]);
		digits = strspn(at, "0123456789");
		if (digits && at[digits] == ')')
			return at + digits + 1;
	}
	return NULL;
}

static enum input_result take_debug(struct input_telegram *telegram,
				    const char *line, const char *hex,
				    char why[INPUT_WHY_SIZE])
{
	if (*line == '[')
		telegram->time_ns = parse_time(line + 1, "%Y-%m-%d %H:%M:%S");
	if (*hex == ':')
		hex++;
	return take_hex(telegram, line, hex - line, why);
}

/* "20:33:05.123456 <- ..."; NULL if mbusctl monitor did not print @line. */
static const char *find_monitor(const char *line)
{
	static const char shape[] = "00:00:00.000000 ";

	if (!strncmp(line, "-- ", 3))
		return line;
	for (size_t i = 0; shape[i]; i++)
		if (shape[i] == '0' ? line[i] < '0' || line[i] > '9' :
				      line[i] != shape[i])
			return NULL;
	return line + strlen(shape);
}

/* Findings and outcomes are skipped. */
static enum input_result take_monitor(struct input_telegram *telegram,
				      const char *line, const char *event,
				      char why[INPUT_WHY_SIZE])
{
	const char *hex = strstr(event, ": ");

	if (strncmp(event, "->", 2) && strncmp(event, "<-", 2))
		return INPUT_END;
	if (!hex) {
		snprintf(why, INPUT_WHY_SIZE, "no bytes in this line");
		return INPUT_BAD;
	}
	return take_hex(telegram, line, hex + 2 - line, why);
}

/* --------------------------------------------------------------- JSON */

/* NULL if @object has no such string. */
static const char *json_string(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

/* @object has bytes, @source when and where they were seen. */
static enum input_result take_raw(struct input_telegram *telegram,
				  struct json_object *object,
				  struct json_object *source,
				  char why[INPUT_WHY_SIZE])
{
	const char *raw = json_string(object, "raw");
	const char *bus = json_string(source, "bus");
	const char *time = json_string(source, "time");
	enum input_result result;

	if (!raw) {
		snprintf(why, INPUT_WHY_SIZE, "JSON without a telegram");
		return INPUT_BAD;
	}
	if (bus)
		snprintf(telegram->bus, sizeof(telegram->bus), "%s", bus);
	if (time)
		telegram->time_ns = parse_time(time, "%Y-%m-%dT%H:%M:%S");
	result = take_hex(telegram, raw, 0, why);
	if (result == INPUT_END) {
		snprintf(why, INPUT_WHY_SIZE, "telegram without bytes");
		return INPUT_BAD;
	}
	return result;
}

static enum input_result next_of_readout(struct input *input,
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

static enum input_result take_json(struct input *input,
				   struct input_telegram *telegram,
				   const char *line, char why[INPUT_WHY_SIZE])
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
		return next_of_readout(input, telegram, why);
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

/* INPUT_END: this line needs no telegram and has none. */
static enum input_result take_line(struct input *input,
				   struct input_telegram *telegram,
				   char why[INPUT_WHY_SIZE])
{
	const char *line = input->text, *found;

	if (line[strspn(line, " \t")] == '{')
		return take_json(input, telegram, line, why);
	found = find_debug(line);
	if (found)
		return take_debug(telegram, line, found, why);
	found = find_monitor(line);
	if (found)
		return take_monitor(telegram, line, found, why);
	return take_hex(telegram, line, 0, why);
}

static enum input_result next_text(struct input *input,
				   struct input_telegram *telegram,
				   char why[INPUT_WHY_SIZE])
{
	enum input_result result;

	for (;;) {
		telegram->bus[0] = '\0';
		telegram->time_ns = 0;
		if (input->readout) {
			result = next_of_readout(input, telegram, why);
		} else {
			if (getline(&input->text, &input->text_size,
				    input->in) < 0)
				return feof(input->in) ? INPUT_END :
							 INPUT_FAILED;
			input->line++;
			result = take_line(input, telegram, why);
		}
		if (result != INPUT_END)
			return result;
	}
}

/* ----------------------------------------------------------- detection */

/*
 * Binary starts with the first byte of a telegram, which is not a hexadecimal
 * digit, or with a control character; text does not.
 */
static bool starts_binary(int first)
{
	return first == ACK || first == START_LONG ||
	       (first >= 0 && first < ' ' &&
		(!first || !strchr("\t\n\v\f\r", first)));
}

enum input_result input_next(struct input *input,
			     struct input_telegram *telegram,
			     char why[INPUT_WHY_SIZE])
{
	if (!input->started) {
		int first = getc(input->in);

		input->started = true;
		input->binary = starts_binary(first);
		if (first != EOF)
			ungetc(first, input->in);
	}
	telegram->bus[0] = '\0';
	telegram->time_ns = 0;
	return input->binary ? next_binary(input, telegram, why) :
			       next_text(input, telegram, why);
}
