// SPDX-License-Identifier: GPL-2.0-or-later
#include "description.h"
#include "values.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Eight digits; hex ones are possible in one ID, but not in a range. */
static const char *number8(const char *text, struct range *r, char stop)
{
	size_t i;

	r->counted = true;
	for (i = 0; i < 8; i++) {
		if (!isxdigit((unsigned char)text[i]))
			return "is not 8 digits, as printed on the meter";
		if (toupper((unsigned char)text[i]) == 'F')
			return "has an F, which stands for any digit in a "
			       "search; no meter can be called that";
		r->counted = r->counted && isdigit((unsigned char)text[i]);
	}
	return text[8] == stop ? NULL :
				 "is not 8 digits, as printed on the meter";
}

static const char *value_serials(const struct field *f, const char *text,
				 void *target)
{
	struct range *r = target, last = {0};
	const char *dash = strchr(text, '-');
	const char *why;
	int used = 0;

	(void)f;
	if (sscanf(text, "random %3lu%n", &r->last, &used) == 1) {
		r->given = r->random = r->counted = true;
		r->first = 1;
		if (text[used] || r->last < 1 || r->last > METERS_MAX)
			return "is not random and a number of meters, 1 ... "
			       "250";
		return NULL;
	}
	why = number8(text, r, dash ? '-' : '\0');
	if (why)
		return why;
	r->given = true;
	r->first = strtoul(text, NULL, r->counted ? 10 : 16);
	r->last = r->first;
	if (!dash)
		return NULL;
	why = number8(dash + 1, &last, '\0');
	if (why)
		return why;
	if (!r->counted || !last.counted)
		return "is a range of hex digits; only decimal ones can be "
		       "counted";
	r->last = strtoul(dash + 1, NULL, 10);
	if (r->last < r->first)
		return "is a range that ends before it begins";
	if (r->last - r->first >= METERS_MAX)
		return "is a range of more than 250 meters, more than one bus "
		       "can feed";
	return NULL;
}

static const char *value_addresses(const struct field *f, const char *text,
				   void *target)
{
	struct range *r = target;
	unsigned int first, last;
	int used = 0;

	(void)f;
	if (sscanf(text, "%3u-%3u%n", &first, &last, &used) != 2 ||
	    text[used]) {
		if (sscanf(text, "%3u%n", &first, &used) != 1 || text[used])
			return "is neither a primary address nor a range of "
			       "them";
		last = first;
	}
	if (last > 250 || last < first)
		return "is not in 0 ... 250, the primary addresses";
	*r = (struct range){.given = true, .first = first, .last = last};
	return NULL;
}

static const char *value_manufacturer(const struct field *f, const char *text,
				      void *target)
{
	struct description *d = target;
	unsigned int code = 0;
	size_t i;

	(void)f;
	for (i = 0; i < 3; i++) {
		int c = toupper((unsigned char)text[i]);

		if (c < 'A' || c > 'Z')
			return "is not three letters, for example HYD";
		code = code << 5 | (c - 64);
	}
	if (text[3])
		return "is not three letters, for example HYD";
	d->manufacturer[0] = code;
	d->manufacturer[1] = code >> 8;
	d->has_manufacturer = true;
	return NULL;
}

static const char *value_byte(const struct field *f, const char *text,
			      void *target)
{
	char *end;
	unsigned long value = strtoul(text, &end, 16);

	(void)f;
	/* 28, 0x28 and 28h mean the same on type plates */
	if (end != text && *end == 'h')
		end++;
	if (end == text || *end || value > 0xff || *text == '-')
		return "is not a byte in hex, for example 28";
	*(int *)target = value;
	return NULL;
}

static const char *value_prepare(const struct field *f, const char *text,
				 void *target)
{
	struct model *m = target;
	int ci = 0;
	const char *why = value_byte(f, text, &ci);

	m->prepare = ci;
	return why;
}

static const char *value_wake_byte(const struct field *f, const char *text,
				   void *target)
{
	struct model *m = target;
	int byte = 0;
	const char *why = value_byte(f, text, &byte);

	m->wake_byte = byte;
	return why;
}

static const char *value_meter_baud(const struct field *f, const char *text,
				    void *target)
{
	struct model *m = target;

	m->auto_baud = !strcmp(text, "auto");
	return m->auto_baud ? NULL : value_baud(f, text, &m->baud);
}

static const char *value_recording(const struct field *f, const char *text,
				   void *target)
{
	struct recording *r = target;

	(void)f;
	r->len = sizeof(r->bytes);
	return value_hex(text, r->bytes, &r->len);
}

#define AT(member) offsetof(struct description, member)

static const char *const fcb_rules[] = {"normal", "strict", "ignore", "first",
					NULL};
static const char *const after_last[] = {"wrap", "ack", NULL};
static const char *const over_limit[] = {"error", "silence", NULL};
static const char *const fcb_memories[] = {"address", "meter", "device", NULL};
static const char *const selections[] = {"no", "yes", "acknowledge", "any",
					 NULL};
static const char *const deselects[] = {"yes", "reset", "no", NULL};
static const char *const mode2[] = {"no", "yes", "only", NULL};
static const char *const wakes_on[] = {"any", "own", "run", NULL};
static const char *const faults[] = {"none",  "checksum", "length", "lengths",
				     "start", "stop",	  "cut",    NULL};

static const struct field meter_fields[] = {
	{.key = "id", value_serials, AT(id)},
	{.key = "manufacturer", value_manufacturer, 0},
	{.key = "version", value_byte, AT(version)},
	{.key = "medium", value_byte, AT(medium)},
	{.key = "address", value_addresses, AT(address)},
	{.key = "answer-address", value_int, AT(answer_address), 0, 255},
	{.key = "fabrication", value_serials, AT(fabrication)},
	{.key = "baud", value_meter_baud, AT(model)},
	{.key = "baud-switch", value_flag, AT(model.baud_switch)},
	{.key = "delay", value_span, AT(model.delay)},
	{.key = "jitter", value_span, AT(model.jitter)},
	{.key = "late", value_span, AT(model.late)},
	{.key = "prepare", value_prepare, AT(model)},
	{.key = "unprepared", value_recording, AT(model.unprepared)},
	{.key = "busy", value_int, AT(model.busy), 0, 1000},
	{.key = "read-only", value_flag, AT(model.read_only)},
	{.key = "pause-after", value_int, AT(model.pause_after), 0, 260},
	{.key = "pause", value_span, AT(model.pause)},
	{.key = "alarm", value_recording, AT(model.alarm)},
	{.key = "patch", value_flag, AT(model.patch)},
	{.key = "access-counts", value_flag, AT(model.access_counts)},
	{.key = "fcb", value_choice, AT(model.fcb), .choices = fcb_rules},
	{.key = "after-last",
	 value_choice,
	 AT(model.after_last),
	 .choices = after_last},
	{.key = "readouts", value_int, AT(model.readouts), 0, 1000000},
	{.key = "over-limit",
	 value_choice,
	 AT(model.over_limit),
	 .choices = over_limit},
	{.key = "answer-every", value_int, AT(model.answer_every), 1, 1000},
	{.key = "silent", value_flag, AT(model.silent)},
	{.key = "dead", value_flag, AT(model.dead)},
	{.key = "selection",
	 value_choice,
	 AT(model.selection),
	 .choices = selections},
	{.key = "deselects",
	 value_choice,
	 AT(model.deselect),
	 .choices = deselects},
	{.key = "wildcards", value_flag, AT(model.wildcards)},
	{.key = "mode2", value_choice, AT(model.mode2), .choices = mode2},
	{.key = "fcb-memory",
	 value_choice,
	 AT(model.fcb_memory),
	 .choices = fcb_memories},
	{.key = "acks", value_int, AT(model.acks), 1, 10},
	{.key = "copies", value_int, AT(model.copies), 1, 10},
	{.key = "copy-pause", value_span, AT(model.copy_pause)},
	{.key = "ack-first", value_flag, AT(model.ack_first)},
	{.key = "byte-pause", value_span, AT(model.byte_pause)},
	{.key = "fault", value_choice, AT(model.fault), .choices = faults},
	{.key = "fault-every", value_int, AT(model.fault_every), 1, 1000},
	{.key = "hears-every", value_int, AT(model.hears_every), 1, 1000},
	{.key = "sleep", value_span, AT(model.sleep)},
	{.key = "wakes-on",
	 value_choice,
	 AT(model.wakes_on),
	 .choices = wakes_on},
	{.key = "wake-time", value_span, AT(model.wake_time)},
	{.key = "wake-byte", value_wake_byte, AT(model)},
	{.key = "wake-count", value_int, AT(model.wake_count), 1, 10000},
	{.key = "wake-run", value_span, AT(model.wake_run)},
	{.key = "wake-pause", value_span, AT(model.wake_pause)},
	{.key = "reset-ack", value_flag, AT(model.reset_ack)},
	{.key = "deaf-after-reset", value_span, AT(model.deaf_after_reset)},
	{.key = "current", value_int, AT(model.milliamps), 0, 1000},
};

void description_init(struct description *d, const struct scenario *sc)
{
	*d = (struct description){
		.version = -1,
		.medium = -1,
		.answer_address = -1,
		.model =
			{
				.patch = true,
				.access_counts = true,
				.delay = {.millibits = 33000},
				.baud = sc->baud,
				.baud_switch = true,
				.baud_fallback = 120 * NS_PER_S,
				.acks = 1,
				.copies = 1,
				.fault_every = 1,
				.answer_every = 1,
				.hears_every = 1,
				.wake_byte = 0x55,
				.reset_ack = true,
				.selection = SELECTION_YES,
				.wildcards = true,
				.milliamps = 15,
			},
	};
}

unsigned int description_telegram(const char *key)
{
	unsigned int n;
	int used = 0;

	if (strncmp(key, "telegram", 8))
		return 0;
	if (!key[8])
		return 1;
	if (sscanf(key + 8, "%2u%n", &n, &used) != 1 || key[8 + used] ||
	    n < 2 || n > DESCRIPTION_TELEGRAMS)
		return 0;
	return n;
}

void description_take(struct description *d, struct settings *s,
		      const struct setting *item)
{
	unsigned int n = description_telegram(item->key);
	const char *why;

	if (!n) {
		if (!values_take(s, item, meter_fields,
				 ARRAY_SIZE(meter_fields), d))
			settings_complain(
				s, item,
				"unknown key of a meter; "
				"Documentation/mbus-sim.md lists them");
		return;
	}
	why = value_recording(NULL, item->value, &d->telegrams[n - 1]);
	if (!why && !d->telegrams[n - 1].len)
		why = "is empty";
	if (why)
		settings_complain(s, item, "%s", why);
}
