// SPDX-License-Identifier: GPL-2.0-or-later
#include "models.h"
#include "description.h"

#include <string.h>

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

static void check_recordings(struct settings *s, const char *section,
			     const struct description *d)
{
	const struct model *m = &d->model;
	size_t i;

	if (!m->patch)
		return;
	for (i = 0; i < s->nr; i++) {
		const struct setting *item = &s->items[i];
		unsigned int n = description_telegram(item->key);

		if (strcmp(item->section, section))
			continue;
		if (n && d->telegrams[n - 1].len)
			check_recording(s, item, &d->telegrams[n - 1]);
		if (!strcmp(item->key, "alarm") && m->alarm.len)
			check_recording(s, item, &m->alarm);
		if (!strcmp(item->key, "unprepared") && m->unprepared.len)
			check_recording(s, item, &m->unprepared);
	}
}

/* Keeps the recordings; a number left out would be a hole in the readout. */
static void keep_telegrams(struct settings *s, const char *section,
			   struct description *d)
{
	const struct recording *telegrams = d->telegrams;
	struct model *m = &d->model;
	unsigned int i, nr = 0;

	for (i = 0; i < DESCRIPTION_TELEGRAMS; i++) {
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

static void swap(uint8_t *to, const uint8_t *from, size_t len)
{
	while (len--)
		*to++ = from[len];
}

/* From the variable data header of the first recording, if it has one. */
static bool recorded_identity(const struct model *m, struct identity *identity)
{
	const struct recording *r = m->telegrams;

	if (!m->nr_telegrams || r->len < 21)
		return false;
	if (r->bytes[6] == 0x72) {
		memcpy(identity, r->bytes + 7, sizeof(*identity));
		return true;
	}
	if (r->bytes[6] != 0x76)
		return false;
	swap(identity->id, r->bytes + 7, 4);
	swap(identity->manufacturer, r->bytes + 11, 2);
	identity->version = r->bytes[13];
	identity->medium = r->bytes[14];
	return true;
}

/* Values missing in the section are taken from the recording. */
static bool complete(struct settings *s, const char *section,
		     struct description *d, struct identity *identity)
{
	if (recorded_identity(&d->model, identity)) {
		/* values given below replace it */
	} else if (!d->id.given) {
		settings_complain(s, NULL,
				  "[%s] has neither an id nor a recorded "
				  "telegram to take it from",
				  section);
		return false;
	} else if (!d->has_manufacturer || d->version < 0 || d->medium < 0) {
		settings_complain(s, NULL,
				  "[%s] has no recorded telegram with CI 72 or "
				  "76; give manufacturer, version and medium",
				  section);
		return false;
	}
	if (d->has_manufacturer)
		memcpy(identity->manufacturer, d->manufacturer, 2);
	if (d->version >= 0)
		identity->version = d->version;
	if (d->medium >= 0)
		identity->medium = d->medium;
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
		if (!memcmp(sc->meters[i].identity.id, id, 4))
			return true;
	return false;
}

/* Unique among the meters, and the same for the same seed. */
static void random_id(const struct scenario *sc, uint64_t *random,
		      uint8_t id[4])
{
	do
		store_bcd(id, random_next(random) % 100000000, true);
	while (has_id(sc, id));
}

static void add_meters(struct scenario *sc, struct settings *s,
		       const char *section, struct model *model,
		       const struct description *d,
		       const struct identity *identity)
{
	unsigned long i, nr = d->id.given ? d->id.last - d->id.first + 1 : 1;
	uint64_t random = sc->seed;

	if (!fits(&d->address, nr) || !fits(&d->fabrication, nr)) {
		settings_complain(s, NULL,
				  "[%s] has %lu IDs and another number of "
				  "addresses or fabrication numbers",
				  section, nr);
		return;
	}
	for (i = 0; i < nr; i++) {
		uint8_t id[4] = {0};
		struct meter *m;

		if (d->id.random)
			random_id(sc, &random, id);
		sc->meters =
			grow(sc->meters, sc->nr_meters, sizeof(*sc->meters));
		m = &sc->meters[sc->nr_meters++];
		*m = (struct meter){
			.model = model,
			.identity = *identity,
			.address = d->address.first,
			.answer_address = d->answer_address,
			.device = i,
			.has_fabrication = d->fabrication.given,
			.baud = model->baud,
		};
		if (d->id.random)
			memcpy(m->identity.id, id, sizeof(id));
		else if (d->id.given)
			store_bcd(m->identity.id, d->id.first + i,
				  d->id.counted);
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

/* Keys that mean nothing without another. */
static void check_model(struct settings *s, const char *section,
			const struct model *m)
{
	bool sleeps = m->sleep.ns || m->sleep.millibits;
	bool has_run = m->wake_count || m->wake_run.ns || m->wake_run.millibits;

	if (!sleeps && (m->wakes_on != WAKE_ANY || has_run))
		settings_complain(s, NULL,
				  "[%s] wakes and never sleeps; say with sleep "
				  "after what time it does",
				  section);
	if (m->wakes_on == WAKE_RUN && !has_run)
		settings_complain(s, NULL,
				  "[%s] wakes on a run of any length; give "
				  "wake-count or wake-run",
				  section);
	if (m->wakes_on != WAKE_RUN && has_run)
		settings_complain(s, NULL,
				  "[%s] has a wake-count or wake-run, which "
				  "need wakes-on = run",
				  section);
}

void models_add(struct scenario *sc, struct settings *s, const char *section)
{
	unsigned int errors = s->errors;
	struct description d;
	struct identity identity = {0};
	struct model *model;
	size_t i;

	description_init(&d, sc);
	for (i = 0; i < s->nr; i++)
		if (!strcmp(s->items[i].section, section))
			description_take(&d, s, &s->items[i]);
	if (s->errors != errors)
		return;
	check_recordings(s, section, &d);
	check_model(s, section, &d.model);
	keep_telegrams(s, section, &d);

	sc->models = grow(sc->models, sc->nr_models, sizeof(*sc->models));
	model = grow(NULL, 0, sizeof(*model));
	*model = d.model;
	sc->models[sc->nr_models++] = model;
	if (complete(s, section, &d, &identity))
		add_meters(sc, s, section, model, &d, &identity);
}
