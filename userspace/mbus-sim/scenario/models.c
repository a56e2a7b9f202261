// SPDX-License-Identifier: GPL-2.0-or-later
#include "models.h"
#include "values.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODEL_TELEGRAMS 16

/* More than one bus can feed. */
#define METERS_MAX 250

/*
 * "31892740-31892754": numbers for as many meters; or one, then first only.
 * "random 60": as many, from anywhere.
 */
struct range {
	bool given;
	bool random; /* first is 1 and last is how many */
	bool counted; /* a range, or one that could begin a range */
	unsigned long first, last;
};

/* A section as it was written; becomes a model and its meters. */
struct description {
	struct model model;
	struct range id, address, fabrication;
	uint8_t manufacturer[2];
	bool has_manufacturer;
	int version, medium; /* -1: from the recording */
	int answer_address;
};

/* Eight digits; hex ones are possible in one ID, but not in a range. */
static const char *number8(const char *text, struct range *r, char stop)
{
	size_t i;

	r->counted = true;
	for (i = 0; i < 8; i++) {
		if (!isxdigit((unsigned char)text[i]))
			return "is not 8 digits, as printed on the meter";
		if (toupper((unsigned char)text[i]) == 'F')
			return "has an F, which stands for any digit in a search; no meter can be called that";
		r->counted = r->counted && isdigit((unsigned char)text[i]);
	}
	return text[8] == stop ? NULL :
				 "is not 8 digits, as printed on the meter";
}

static const char *value_serials(const struct field *f, const char *text,
				 void *target)
{
	struct range *r = target, last = { 0 };
	const char *dash = strchr(text, '-');
	const char *why;
	int used = 0;

	(void)f;
	if (sscanf(text, "random %3lu%n", &r->last, &used) == 1) {
		r->given = r->random = r->counted = true;
		r->first = 1;
		if (text[used] || r->last < 1 || r->last > METERS_MAX)
			return "is not random and a number of meters, 1 ... 250";
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
		return "is a range of hex digits; only decimal ones can be counted";
	r->last = strtoul(dash + 1, NULL, 10);
	if (r->last < r->first)
		return "is a range that ends before it begins";
	if (r->last - r->first >= METERS_MAX)
		return "is a range of more than 250 meters, more than one bus can feed";
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
			return "is neither a primary address nor a range of them";
		last = first;
	}
	if (last > 250 || last < first)
		return "is not in 0 ... 250, the primary addresses";
	*r = (struct range){ .given = true, .first = first, .last = last };
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
	/* 28, 0x28 and 28h all mean the same in what meters are printed with */
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

static const char *const fcb_rules[] = { "normal", "strict", "ignore", "first",
					 NULL };
static const char *const after_last[] = { "wrap", "ack", NULL };
static const char *const over_limit[] = { "error", "silence", NULL };

static const struct field meter_fields[] = {
	{ .key = "id", value_serials, AT(id) },
	{ .key = "manufacturer", value_manufacturer, 0 },
	{ .key = "version", value_byte, AT(version) },
	{ .key = "medium", value_byte, AT(medium) },
	{ .key = "address", value_addresses, AT(address) },
	{ .key = "answer-address", value_int, AT(answer_address), 0, 255 },
	{ .key = "fabrication", value_serials, AT(fabrication) },
	{ .key = "baud", value_meter_baud, AT(model) },
	{ .key = "baud-switch", value_flag, AT(model.baud_switch) },
	{ .key = "delay", value_span, AT(model.delay) },
	{ .key = "jitter", value_span, AT(model.jitter) },
	{ .key = "late", value_span, AT(model.late) },
	{ .key = "prepare", value_prepare, AT(model) },
	{ .key = "unprepared", value_recording, AT(model.unprepared) },
	{ .key = "busy", value_int, AT(model.busy), 0, 1000 },
	{ .key = "read-only", value_flag, AT(model.read_only) },
	{ .key = "pause-after", value_int, AT(model.pause_after), 0, 260 },
	{ .key = "pause", value_span, AT(model.pause) },
	{ .key = "alarm", value_recording, AT(model.alarm) },
	{ .key = "patch", value_flag, AT(model.patch) },
	{ .key = "access-counts", value_flag, AT(model.access_counts) },
	{ .key = "fcb", value_choice, AT(model.fcb), .choices = fcb_rules },
	{ .key = "after-last",
	  value_choice,
	  AT(model.after_last),
	  .choices = after_last },
	{ .key = "readouts", value_int, AT(model.readouts), 0, 1000000 },
	{ .key = "over-limit",
	  value_choice,
	  AT(model.over_limit),
	  .choices = over_limit },
	{ .key = "answer-every", value_int, AT(model.answer_every), 1, 1000 },
	{ .key = "silent", value_flag, AT(model.silent) },
	{ .key = "dead", value_flag, AT(model.dead) },
	{ .key = "selection", value_flag, AT(model.selection) },
	{ .key = "wildcards", value_flag, AT(model.wildcards) },
	{ .key = "mode2", value_flag, AT(model.mode2) },
	{ .key = "current", value_int, AT(model.milliamps), 0, 1000 },
};

static void defaults(struct description *d, const struct scenario *sc)
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
				.answer_every = 1,
				.selection = true,
				.wildcards = true,
				.milliamps = 15,
			},
	};
}

/* A recording that is to be patched has to be a telegram. */
static void check_recording(struct settings *s, const struct setting *item,
			    const struct recording *r)
{
	const char *why = telegram_check(r->bytes, r->len);

	if (!why && r->bytes[0] != 0x68)
		why = "is not a long telegram (68 L L 68)";
	if (!why && (r->bytes[4] & 0x4f) != C_RSP_UD)
		why = "is not an answer: its C field is no RSP_UD (08)";
	if (why)
		settings_complain(
			s, item,
			"%s; correct it, or send it as it is with patch = no",
			why);
}

/* "telegram", "telegram2" ... in the order of their numbers. */
static unsigned int telegram_number(const char *key)
{
	unsigned int n;
	int used = 0;

	if (strncmp(key, "telegram", 8))
		return 0;
	if (!key[8])
		return 1;
	if (sscanf(key + 8, "%2u%n", &n, &used) != 1 || key[8 + used] ||
	    n < 2 || n > MODEL_TELEGRAMS)
		return 0;
	return n;
}

static void take(struct settings *s, const struct setting *item,
		 struct description *d, struct recording *telegrams)
{
	unsigned int n = telegram_number(item->key);
	const char *why;

	if (!n) {
		if (!values_take(s, item, meter_fields,
				 ARRAY_SIZE(meter_fields), d))
			settings_complain(
				s, item,
				"unknown key of a meter; Documentation/mbus-sim.md lists them");
		return;
	}
	why = value_recording(NULL, item->value, &telegrams[n - 1]);
	if (!why && !telegrams[n - 1].len)
		why = "is empty";
	if (why)
		settings_complain(s, item, "%s", why);
}

static void check(struct settings *s, const char *section,
		  struct description *d, const struct recording *telegrams)
{
	struct model *m = &d->model;
	size_t i;

	if (!m->patch)
		return;
	for (i = 0; i < s->nr; i++) {
		const struct setting *item = &s->items[i];
		unsigned int n = telegram_number(item->key);

		if (strcmp(item->section, section))
			continue;
		if (n && telegrams[n - 1].len)
			check_recording(s, item, &telegrams[n - 1]);
		if (!strcmp(item->key, "alarm") && m->alarm.len)
			check_recording(s, item, &m->alarm);
		if (!strcmp(item->key, "unprepared") && m->unprepared.len)
			check_recording(s, item, &m->unprepared);
	}
}

/* Keeps the recordings; a number left out would be a hole in the readout. */
static void keep_telegrams(struct settings *s, const char *section,
			   struct model *m, const struct recording *telegrams)
{
	unsigned int i, nr = 0;

	for (i = 0; i < MODEL_TELEGRAMS; i++) {
		if (!telegrams[i].len)
			continue;
		if (i != nr)
			settings_complain(
				s, NULL,
				"[%s] has telegram%u but not the one before it",
				section, i + 1);
		m->telegrams = grow(m->telegrams, nr, sizeof(*m->telegrams));
		m->telegrams[nr++] = telegrams[i];
	}
	m->nr_telegrams = nr;
}

static void store_bcd(uint8_t *bytes, unsigned long value, bool counted)
{
	unsigned int base = counted ? 10 : 16;
	size_t i;

	for (i = 0; i < 4; i++) {
		bytes[i] = value % base;
		value /= base;
		bytes[i] |= value % base << 4;
		value /= base;
	}
}

/* The variable data header of the first recording, if it has one. */
static const uint8_t *recorded_header(const struct model *m)
{
	const struct recording *r = m->telegrams;

	if (!m->nr_telegrams || r->len < 21 || r->bytes[6] != 0x72)
		return NULL;
	return r->bytes + 7;
}

/* What the section leaves out, the meter recorded there knows of itself. */
static bool complete(struct settings *s, const char *section,
		     struct description *d, struct identity *who)
{
	const uint8_t *header = recorded_header(&d->model);

	if (header) {
		memcpy(who, header, 8);
	} else if (!d->id.given) {
		settings_complain(
			s, NULL,
			"[%s] has neither an id nor a recorded telegram to take it from",
			section);
		return false;
	} else if (!d->has_manufacturer || d->version < 0 || d->medium < 0) {
		settings_complain(
			s, NULL,
			"[%s] has no recorded telegram with CI 72; give manufacturer, version and medium",
			section);
		return false;
	}
	if (d->has_manufacturer)
		memcpy(who->manufacturer, d->manufacturer, 2);
	if (d->version >= 0)
		who->version = d->version;
	if (d->medium >= 0)
		who->medium = d->medium;
	if (!d->address.given && d->model.nr_telegrams &&
	    d->model.telegrams[0].len > 5 &&
	    d->model.telegrams[0].bytes[5] <= 250) {
		d->address.first = d->model.telegrams[0].bytes[5];
		d->address.last = d->address.first;
	}
	return true;
}

static bool fits(const struct range *r, unsigned long nr)
{
	return r->first == r->last || r->last - r->first + 1 == nr;
}

static bool has_id(const struct scenario *sc, const uint8_t id[4])
{
	size_t i;

	for (i = 0; i < sc->nr_meters; i++)
		if (!memcmp(sc->meters[i].who.id, id, 4))
			return true;
	return false;
}

/* Like no meter's before it, and the same for the same seed. */
static void random_id(const struct scenario *sc, uint64_t *random,
		      uint8_t id[4])
{
	do
		store_bcd(id, random_next(random) % 100000000, true);
	while (has_id(sc, id));
}

static void add_meters(struct scenario *sc, struct settings *s,
		       const char *section, struct model *model,
		       const struct description *d, const struct identity *who)
{
	unsigned long i, nr = d->id.given ? d->id.last - d->id.first + 1 : 1;
	uint64_t random = sc->seed;

	if (!fits(&d->address, nr) || !fits(&d->fabrication, nr)) {
		settings_complain(
			s, NULL,
			"[%s] has %lu IDs and another number of addresses or fabrication numbers",
			section, nr);
		return;
	}
	for (i = 0; i < nr; i++) {
		uint8_t id[4] = { 0 };
		struct meter *m;

		if (d->id.random)
			random_id(sc, &random, id);
		sc->meters =
			grow(sc->meters, sc->nr_meters, sizeof(*sc->meters));
		m = &sc->meters[sc->nr_meters++];
		*m = (struct meter){
			.model = model,
			.who = *who,
			.address = d->address.first,
			.answer_address = d->answer_address,
			.has_fabrication = d->fabrication.given,
			.baud = model->baud,
		};
		if (d->id.random)
			memcpy(m->who.id, id, sizeof(id));
		else if (d->id.given)
			store_bcd(m->who.id, d->id.first + i, d->id.counted);
		if (d->address.first != d->address.last)
			m->address += i;
		store_bcd(m->fabrication,
			  d->fabrication.first +
				  (d->fabrication.first == d->fabrication.last ?
					   0 :
					   i),
			  d->fabrication.counted);
	}
}

void models_add(struct scenario *sc, struct settings *s, const char *section)
{
	struct recording telegrams[MODEL_TELEGRAMS] = { 0 };
	unsigned int errors = s->errors;
	struct description d;
	struct identity who = { 0 };
	struct model *model;
	size_t i;

	defaults(&d, sc);
	for (i = 0; i < s->nr; i++)
		if (!strcmp(s->items[i].section, section))
			take(s, &s->items[i], &d, telegrams);
	if (s->errors != errors)
		return;
	check(s, section, &d, telegrams);
	keep_telegrams(s, section, &d.model, telegrams);

	sc->models = grow(sc->models, sc->nr_models, sizeof(*sc->models));
	model = grow(NULL, 0, sizeof(*model));
	*model = d.model;
	sc->models[sc->nr_models++] = model;
	if (complete(s, section, &d, &who))
		add_meters(sc, s, section, model, &d, &who);
}
