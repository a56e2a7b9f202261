// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "store/db.h"
#include "store/spill.h"

/* To be freed; NULL without memory. */
static char *name_of(const char *store, const char *end)
{
	char *name;

	return asprintf(&name, "%s.spill%s", store, end) < 0 ? NULL : name;
}

static int failed(const char *what, const char *path,
		  struct meterbus_error *err)
{
	return meterbus_fail(err, METERBUS_E_SYSTEM, "cannot %s %s: %s", what,
			     path, strerror(errno));
}

/* -------------------------------------------------------------- writing */

static void put_text(struct json_object *object, const char *key,
		     const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text));
}

static void put_number(struct json_object *object, const char *key,
		       int64_t number)
{
	json_object_object_add(object, key, json_object_new_int64(number));
}

static struct json_object *hex_of(const struct store_telegram *telegram)
{
	char text[2 * METERBUS_TELEGRAM_MAX + 1] = "";

	for (size_t i = 0; i < telegram->len; i++)
		snprintf(text + 2 * i, 3, "%02X", telegram->bytes[i]);
	return json_object_new_string(text);
}

static bool write_line(FILE *out, const struct store_readout *readout)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list = json_object_new_array();
	const char *text;

	if (!object || !list) {
		json_object_put(object);
		json_object_put(list);
		return false;
	}
	put_text(object, "meter", readout->meter);
	put_text(object, "bus", readout->bus);
	put_text(object, "address", readout->address);
	put_number(object, "time_ns", readout->time_ns);
	put_number(object, "elapsed_ms", readout->elapsed_ms);
	put_text(object, "outcome",
		 meterbus_readout_outcome(readout->outcome));
	put_text(object, "why", readout->why);
	for (size_t i = 0; i < readout->telegram_count; i++)
		json_object_array_add(list, hex_of(&readout->telegrams[i]));
	json_object_object_add(object, "telegrams", list);
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	if (text)
		fprintf(out, "%s\n", text);
	json_object_put(object);
	return text;
}

static bool write_all(FILE *out, const struct queue *queue)
{
	for (const struct queue_item *i = queue->first; i; i = i->next)
		if (!write_line(out, i->reading->readout))
			return false;
	return fflush(out) == 0 && !ferror(out) && fsync(fileno(out)) == 0;
}

int spill_write(const char *store, const struct queue *queue,
		struct meterbus_error *err)
{
	char *path = name_of(store, ""), *draft = name_of(store, ".new");
	FILE *out = NULL;
	int ret = -1;
	int fd = -1;

	if (!path || !draft) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		goto end;
	}
	fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd >= 0)
		out = fdopen(fd, "w");
	if (!out || !write_all(out, queue) || rename(draft, path) < 0)
		failed("write", draft, err);
	else
		ret = 0;
	if (out)
		fclose(out);
	else if (fd >= 0)
		close(fd);
	if (ret < 0)
		unlink(draft);
end:
	free(path);
	free(draft);
	return ret;
}

/* -------------------------------------------------------------- reading */

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);

	return json_object_is_type(value, json_type_string) ?
		       json_object_get_string(value) : NULL;
}

static bool parse_hex(const char *text, uint8_t *bytes, size_t *len)
{
	unsigned int byte;

	*len = strlen(text) / 2;
	if (strlen(text) % 2 || *len > METERBUS_TELEGRAM_MAX ||
	    strspn(text, "0123456789ABCDEF") != 2 * *len)
		return false;
	for (size_t i = 0; i < *len; i++) {
		sscanf(text + 2 * i, "%2x", &byte);
		bytes[i] = byte;
	}
	return true;
}

struct telegrams {
	uint8_t bytes[METERBUS_READOUT_MAX][METERBUS_TELEGRAM_MAX];
};

static bool take_telegrams(struct store_readout *readout,
			   struct telegrams *telegrams,
			   struct json_object *object)
{
	struct json_object *list = json_object_object_get(object, "telegrams");
	struct store_telegram *telegram;
	const char *text;

	if (!json_object_is_type(list, json_type_array) ||
	    json_object_array_length(list) > METERBUS_READOUT_MAX)
		return false;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		text = json_object_get_string(json_object_array_get_idx(list,
									i));
		telegram = &readout->telegrams[i];
		if (!text || !parse_hex(text, telegrams->bytes[i],
					&telegram->len))
			return false;
		telegram->bytes = telegrams->bytes[i];
		readout->telegram_count++;
	}
	return true;
}

static bool take_readout(struct store_readout *readout,
			 struct telegrams *telegrams,
			 struct json_object *object)
{
	const char *outcome = text_of(object, "outcome");

	*readout = (struct store_readout){
		.meter = text_of(object, "meter"),
		.bus = text_of(object, "bus"),
		.address = text_of(object, "address"),
		.why = text_of(object, "why"),
		.time_ns = json_object_get_int64(
			json_object_object_get(object, "time_ns")),
		.elapsed_ms = json_object_get_int64(
			json_object_object_get(object, "elapsed_ms")),
	};
	if (!readout->meter || !readout->bus || !readout->address ||
	    !readout->why || !outcome || !readout->time_ns)
		return false;
	readout->outcome = store_outcome(outcome);
	return take_telegrams(readout, telegrams, object);
}

static bool take_line(const char *line, const struct config *config,
		      struct queue *queue)
{
	struct json_object *object = json_tokener_parse(line);
	struct reading *reading = NULL;
	struct store_readout readout;
	struct telegrams telegrams;
	bool taken = false;

	if (json_object_is_type(object, json_type_object) &&
	    take_readout(&readout, &telegrams, object))
		reading = reading_new(config,
				      config_find_meter(config, readout.meter),
				      &readout);
	if (reading)
		taken = queue_add(queue, reading, true);
	reading_put(reading);
	json_object_put(object);
	return taken;
}

int spill_read(const char *store, const struct config *config,
	       struct queue *queue, size_t *count, size_t *broken,
	       struct meterbus_error *err)
{
	char *path = name_of(store, "");
	FILE *in = path ? fopen(path, "re") : NULL;
	char *line = NULL;
	size_t size = 0;
	int ret = 0;

	*count = *broken = 0;
	if (!path)
		ret = meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	else if (!in && errno != ENOENT)
		ret = failed("read", path, err);
	while (in && getline(&line, &size, in) >= 0) {
		if (take_line(line, config, queue))
			++*count;
		else
			++*broken;
	}
	free(line);
	if (in)
		fclose(in);
	free(path);
	return ret;
}

void spill_remove(const char *store, bool keep)
{
	char *path = name_of(store, ""), *kept = name_of(store, ".bad");

	if (path && kept && keep)
		rename(path, kept);
	else if (path)
		unlink(path);
	free(path);
	free(kept);
}
