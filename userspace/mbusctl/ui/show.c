// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints records of a bus as text or JSON.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <meterbus/recording.h>

#include "common/clock.h"
#include "ui/command.h"
#include "ui/describe.h"
#include "ui/show.h"

#define OFFSET_TOLERANCE_NS 1000000

int64_t wall_offset_now(int64_t before)
{
	int64_t now = wall_offset_ns();

	return llabs(now - before) > OFFSET_TOLERANCE_NS ? now : before;
}

static struct timespec wall_time(uint64_t monotonic_ns, int64_t wall_offset)
{
	int64_t ns = wall_offset + (int64_t)monotonic_ns;

	return (struct timespec){ .tv_sec = ns / NS_PER_S,
				  .tv_nsec = ns % NS_PER_S };
}

static unsigned int microseconds(const struct timespec *time)
{
	return time->tv_nsec / 1000;
}

static void print_time(uint64_t monotonic_ns, int64_t wall_offset)
{
	struct timespec time = wall_time(monotonic_ns, wall_offset);
	char text[16];
	struct tm tm;

	localtime_r(&time.tv_sec, &tm);
	strftime(text, sizeof(text), "%H:%M:%S", &tm);
	printf("%s.%06u ", text, microseconds(&time));
}

static void print_flag(const char *name, void *context)
{
	(void)context;
	printf(" [%s]", name);
}

static void print_frame(const struct meterbus_record *record)
{
	char text[DESCRIPTION_SIZE];
	char hex[HEX_TEXT_SIZE(METERBUS_DATA_MAX)];

	describe_telegram(text, record->data, record->head.len);
	printf("%s %s", record->head.direction == METERBUS_DIRECTION_SENT ? "->" :
									"<-",
	       text);
	if (record->head.direction == METERBUS_DIRECTION_SENT &&
	    record->head.tries > 1)
		printf(" [try %u]", record->head.tries);
	each_flag(record->head.flags, print_flag, NULL);
	printf(": %s\n", hex_text(hex, record->data, record->head.len, ' '));
}

static void print_finding(const struct meterbus_record *record)
{
	char hex[HEX_TEXT_SIZE(METERBUS_DATA_MAX)];

	printf("!! %s", meterbus_reason_text(record->head.reason));
	each_flag(record->head.flags, print_flag, NULL);
	printf(": %s\n", hex_text(hex, record->data, record->head.len, ' '));
}

static void print_outcome(const struct meterbus_record *record)
{
	char text[DESCRIPTION_SIZE];

	describe_telegram(text, record->data, record->head.len);
	printf("== %s", meterbus_outcome_name(record->head.outcome));
	if (record->head.reason)
		printf(" (%s)", meterbus_reason_text(record->head.reason));
	if (record->head.tries != 1)
		printf(" after %u tries", record->head.tries);
	each_flag(record->head.flags, print_flag, NULL);
	printf(" for %s\n", text);
}

void show_record(const struct meterbus_record *record, int64_t wall_offset)
{
	if (record->head.lost)
		printf("-- %u records lost: the reader was too slow\n",
		       record->head.lost);
	switch (record->head.kind) {
	case METERBUS_KIND_FRAME:
		print_time(record->head.first_ns, wall_offset);
		print_frame(record);
		break;
	case METERBUS_KIND_FINDING:
		print_time(record->head.first_ns, wall_offset);
		print_finding(record);
		break;
	case METERBUS_KIND_OUTCOME:
		print_time(record->head.last_ns, wall_offset);
		print_outcome(record);
		break;
	}
}

void show_record_json(const struct meterbus_record *record, const char *bus,
		      int64_t wall_offset)
{
	struct json_object *object;
	char text[DESCRIPTION_SIZE];

	object = meterbus_record_json(record, bus, wall_offset);
	if (record->head.kind != METERBUS_KIND_FINDING)
		json_object_object_add(
			object, "telegram",
			json_object_new_string(describe_telegram(
				text, record->data, record->head.len)));
	print_json(object);
	json_object_put(object);
}
