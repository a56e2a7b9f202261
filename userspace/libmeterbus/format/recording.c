// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Recordings written and read. Whatever is read is checked: a recording that
 * came by mail is input from outside.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <meterbus/recording.h>

#include "common/clock.h"
#include "format/json_take.h"

#define VERSION		1
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* A record's line is shorter by far; longer ones are no recording. */
#define LINE_MAX_BYTES	65536

struct meterbus_recording {
	FILE *in;
	char name[256];
	char *line;
	size_t size;
	unsigned long number;
	bool cut;
	struct meterbus_recording_head head;
};

/* --- writing */

void meterbus_recording_head(struct meterbus_recording_head *head,
			     const struct meterbus_status *status)
{
	memset(head, 0, sizeof(*head));
	snprintf(head->bus, sizeof(head->bus), "mbus%u", status->info.bus);
	snprintf(head->tty, sizeof(head->tty), "%s", status->info.tty);
	head->baud = status->info.baud;
	head->timing = status->timing;
	head->clock_ns = now_ns();
	head->wall_ns = (int64_t)head->clock_ns + wall_offset_ns();
}

static void add_text(struct json_object *object, const char *key,
		     const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text));
}

static void add_number(struct json_object *object, const char *key,
		       uint64_t number)
{
	json_object_object_add(object, key, json_object_new_uint64(number));
}

static void add_time(struct json_object *object, const char *key, int64_t ns)
{
	time_t seconds = ns / NS_PER_S;
	char text[64];
	char date[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%06uZ", date,
		 (unsigned int)(ns % NS_PER_S / 1000));
	add_text(object, key, text);
}

struct json_object *
meterbus_recording_head_json(const struct meterbus_recording_head *head)
{
	struct json_object *object = json_object_new_object();
	struct json_object *timing = json_object_new_object();

	if (!object || !timing) {
		json_object_put(object);
		json_object_put(timing);
		return NULL;
	}
	add_number(object, "recording", VERSION);
	add_text(object, "bus", head->bus);
	add_text(object, "tty", head->tty);
	add_number(object, "baud", head->baud);
	add_number(timing, "guard_us", head->timing.guard_us);
	add_number(timing, "slack_us", head->timing.slack_us);
	add_number(timing, "gap_us", head->timing.gap_us);
	add_number(timing, "window_us", head->timing.window_us);
	add_number(timing, "repeats", head->timing.repeats);
	json_object_object_add(object, "timing", timing);
	add_time(object, "time", head->wall_ns);
	add_number(object, "clock_ns", head->clock_ns);
	add_number(object, "wall_ns", head->wall_ns);
	return object;
}

static struct json_object *flags_json(uint32_t flags)
{
	struct json_object *array = json_object_new_array();
	unsigned int bit;

	for (bit = 0; array && bit < 32; bit++)
		if (flags & 1U << bit)
			json_object_array_add(
				array, json_object_new_string(
					       meterbus_flag_name(bit)));
	return array;
}

static char *hex(char *out, const uint8_t *bytes, size_t len)
{
	size_t i;

	out[0] = '\0';
	for (i = 0; i < len; i++)
		sprintf(out + 2 * i, "%02X", bytes[i]);
	return out;
}

struct json_object *meterbus_record_json(const struct meterbus_record *record,
					 const char *bus,
					 int64_t wall_offset_ns)
{
	const struct meterbus_bus_record *head = &record->head;
	struct json_object *object = json_object_new_object();
	size_t len = head->len < METERBUS_DATA_MAX ? head->len : METERBUS_DATA_MAX;
	char raw[2 * METERBUS_DATA_MAX + 1];

	if (!object)
		return NULL;
	add_text(object, "bus", bus);
	add_time(object, "time", wall_offset_ns + (int64_t)head->first_ns);
	add_time(object, "end", wall_offset_ns + (int64_t)head->last_ns);
	add_number(object, "ns", head->first_ns);
	add_number(object, "end_ns", head->last_ns);
	add_number(object, "seq", head->seq);
	add_number(object, "lost", head->lost);
	add_text(object, "kind", meterbus_kind_name(head->kind));
	if (head->direction)
		add_text(object, "direction",
			 head->direction == METERBUS_DIRECTION_SENT ? "sent" :
								  "received");
	if (head->kind == METERBUS_KIND_OUTCOME)
		add_text(object, "outcome",
			 meterbus_outcome_name(head->outcome));
	if (head->reason)
		add_text(object, "reason", meterbus_reason_name(head->reason));
	if (head->tries)
		add_number(object, "tries", head->tries);
	json_object_object_add(object, "flags", flags_json(head->flags));
	add_text(object, "raw", hex(raw, record->data, len));
	return object;
}

/* --- reading */

static int fail_line(const struct meterbus_recording *recording,
		     const char *why, struct meterbus_error *err)
{
	return meterbus_fail(err, METERBUS_E_DECODE, "%s, line %lu: %s",
			     recording->name, recording->number, why);
}

/* 1 with a line, 0 at the end, -1. */
static int next_line(struct meterbus_recording *recording,
		     struct meterbus_error *err)
{
	ssize_t len;

	errno = 0;
	len = getline(&recording->line, &recording->size, recording->in);
	if (len < 0) {
		if (feof(recording->in))
			return 0;
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "%s: cannot be read: %s", recording->name,
				     strerror(errno));
	}
	recording->number++;
	if (len > LINE_MAX_BYTES)
		return fail_line(recording, "too long to be of a recording",
				 err);
	if (recording->line[len - 1] != '\n') {
		recording->cut = true;
		return 0;
	}
	return 1;
}

static bool flags_of(struct json_object *object, uint32_t *flags)
{
	struct json_object *array;
	const char *text;
	unsigned int bit;
	size_t i;

	*flags = 0;
	if (!json_object_object_get_ex(object, "flags", &array))
		return true;
	if (!json_object_is_type(array, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(array); i++) {
		text = json_object_get_string(
			json_object_array_get_idx(array, i));
		for (bit = 0; text && bit < 32; bit++)
			if (!strcmp(text, meterbus_flag_name(bit)))
				break;
		if (!text || bit == 32)
			return false;
		*flags |= 1U << bit;
	}
	return true;
}

static const char *take_record(struct json_object *object,
			       struct meterbus_record *record)
{
	struct meterbus_bus_record *head = &record->head;
	const char *direction = json_take_text(object, "direction");
	uint64_t seq, lost, tries, first, last;
	size_t len;

	memset(record, 0, sizeof(*record));
	if (!json_take_number(object, "ns", INT64_MAX, &first) ||
	    !json_take_number(object, "end_ns", INT64_MAX, &last) ||
	    !json_take_number(object, "seq", UINT32_MAX, &seq) ||
	    !json_take_number(object, "lost", UINT32_MAX, &lost) ||
	    !json_take_number(object, "tries", UINT8_MAX, &tries))
		return "a number is out of range";
	head->first_ns = first;
	head->last_ns = last;
	head->seq = seq;
	head->lost = lost;
	head->tries = tries;
	if (!json_take_text(object, "kind") ||
	    !json_take_name(object, "kind", meterbus_kind_name,
			    METERBUS_KIND_OUTCOME + 1, &head->kind) ||
	    !head->kind)
		return "\"kind\" is not frame, finding or outcome";
	if (!json_take_name(object, "outcome", meterbus_outcome_name,
			    METERBUS_OUTCOME_COUNT, &head->outcome))
		return "there is no such outcome";
	if (!json_take_name(object, "reason", meterbus_reason_name,
			    METERBUS_REASON_COUNT, &head->reason))
		return "there is no such reason";
	if (direction && strcmp(direction, "sent") &&
	    strcmp(direction, "received"))
		return "\"direction\" is not sent or received";
	if (direction)
		head->direction = !strcmp(direction, "sent") ?
					  METERBUS_DIRECTION_SENT :
					  METERBUS_DIRECTION_RECEIVED;
	if (!flags_of(object, &head->flags))
		return "there is no such flag";
	if (!json_take_text(object, "raw") ||
	    !json_take_hex(object, "raw", record->data, sizeof(record->data),
			   &len))
		return "\"raw\" is not hexadecimal, or too long";
	head->len = len;
	return NULL;
}

static const char *take_head(struct json_object *object,
			     struct meterbus_recording_head *head)
{
	const char *bus = json_take_text(object, "bus");
	const char *tty = json_take_text(object, "tty");
	struct json_object *timing = NULL;
	uint64_t version, baud, clock, wall, guard, slack, gap, window, repeats;

	if (!json_take_number(object, "recording", UINT32_MAX, &version) ||
	    version != VERSION)
		return "a recording of a version this program does not know";
	json_object_object_get_ex(object, "timing", &timing);
	if (!json_take_number(object, "baud", UINT32_MAX, &baud) ||
	    !json_take_number(object, "clock_ns", INT64_MAX, &clock) ||
	    !json_take_number(object, "wall_ns", INT64_MAX, &wall) ||
	    !json_take_number(timing, "guard_us", METERBUS_TIME_MAX_US, &guard) ||
	    !json_take_number(timing, "slack_us", METERBUS_TIME_MAX_US, &slack) ||
	    !json_take_number(timing, "gap_us", METERBUS_TIME_MAX_US, &gap) ||
	    !json_take_number(timing, "window_us", METERBUS_TIME_MAX_US, &window) ||
	    !json_take_number(timing, "repeats", METERBUS_REPEATS_MAX, &repeats))
		return "a number is out of range";
	memset(head, 0, sizeof(*head));
	snprintf(head->bus, sizeof(head->bus), "%s", bus ? bus : "");
	snprintf(head->tty, sizeof(head->tty), "%s", tty ? tty : "");
	head->baud = baud;
	head->clock_ns = clock;
	head->wall_ns = wall;
	head->timing.guard_us = guard;
	head->timing.slack_us = slack;
	head->timing.gap_us = gap;
	head->timing.window_us = window;
	head->timing.repeats = repeats;
	return NULL;
}

/* 1: a record, 2: a head, 0: the end, -1. */
static int next_object(struct meterbus_recording *recording,
		       struct meterbus_record *record,
		       struct meterbus_error *err)
{
	struct json_object *object;
	const char *why;
	bool is_head;
	int ret;

	ret = next_line(recording, err);
	if (ret <= 0)
		return ret;
	object = json_tokener_parse(recording->line);
	if (!json_object_is_type(object, json_type_object)) {
		json_object_put(object);
		return fail_line(recording, "no JSON object", err);
	}
	is_head = json_object_object_get_ex(object, "recording", NULL);
	if (!is_head && !recording->head.bus[0])
		why = "no recording: that begins with a line {\"recording\":1,...";
	else if (is_head)
		why = take_head(object, &recording->head);
	else
		why = take_record(object, record);
	json_object_put(object);
	if (why)
		return fail_line(recording, why, err);
	return is_head ? 2 : 1;
}

struct meterbus_recording *meterbus_recording_open(FILE *in, const char *name,
						   struct meterbus_error *err)
{
	struct meterbus_recording *recording = calloc(1, sizeof(*recording));
	struct meterbus_record none;
	int got;

	if (!recording) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	recording->in = in;
	snprintf(recording->name, sizeof(recording->name), "%s", name);
	got = next_object(recording, &none, err);
	if (got == 2)
		return recording;
	if (got == 0)
		meterbus_fail(err, METERBUS_E_DECODE, "%s: no recording, it is empty",
			      name);
	meterbus_recording_close(recording);
	return NULL;
}

void meterbus_recording_close(struct meterbus_recording *recording)
{
	if (!recording)
		return;
	free(recording->line);
	free(recording);
}

const struct meterbus_recording_head *
meterbus_recording_head_of(const struct meterbus_recording *recording)
{
	return &recording->head;
}

int meterbus_recording_next(struct meterbus_recording *recording,
			    struct meterbus_record *record,
			    struct meterbus_error *err)
{
	int got;

	do {
		got = next_object(recording, record, err);
	} while (got == 2);
	return got;
}

bool meterbus_recording_cut(const struct meterbus_recording *recording)
{
	return recording->cut;
}
