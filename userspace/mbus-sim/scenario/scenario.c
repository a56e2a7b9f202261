// SPDX-License-Identifier: GPL-2.0-or-later
#include "scenario.h"
#include "models.h"
#include "values.h"

#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct scenario, member)

static const struct field scenario_fields[] = {
	{.key = "description", value_text, AT(description)},
	{.key = "seed", value_seed, AT(seed)},
};

static const struct field bus_fields[] = {
	{.key = "baud", value_baud, AT(baud)},
	{.key = "gap", value_span, AT(gap)},
};

static const char *value_glitch(const struct field *f, const char *text,
				void *target)
{
	struct glitch *g = target;

	(void)f;
	g->len = sizeof(g->bytes);
	return value_hex(text, g->bytes, &g->len);
}

static const char *value_telegram(const struct field *f, const char *text,
				  void *target)
{
	struct recording *r = target;
	const char *why;

	(void)f;
	r->len = sizeof(r->bytes);
	why = value_hex(text, r->bytes, &r->len);
	return why ? why : telegram_check(r->bytes, r->len);
}

static const struct field converter_fields[] = {
	{.key = "turnaround", value_span, AT(converter.turnaround)},
	{.key = "collision-current",
	 value_int,
	 AT(converter.collision_ma),
	 0,
	 10000},
	{.key = "break", value_span, AT(converter.break_time)},
	{.key = "power-drop", value_span, AT(converter.power_drop)},
	{.key = "echo", value_flag, AT(converter.echo.on)},
	{.key = "echo-skip", value_int, AT(converter.echo.skip), 1, 261},
	{.key = "echo-first", value_int, AT(converter.echo.first), 1, 261},
	{.key = "echo-last", value_int, AT(converter.echo.last), 1, 261},
	{.key = "echo-flip", value_int, AT(converter.echo.flip), 1, 261},
	{.key = "echo-delay", value_span, AT(converter.echo.delay)},
	{.key = "before-answer", value_glitch, AT(converter.before_answer)},
	{.key = "after-answer", value_glitch, AT(converter.after_answer)},
	{.key = "before-request", value_glitch, AT(converter.before_request)},
	{.key = "after-request", value_glitch, AT(converter.after_request)},
	{.key = "glitch-pause", value_span, AT(converter.glitch_pause)},
	{.key = "switch-time", value_span, AT(converter.switch_time)},
	{.key = "switch-after", value_span, AT(converter.switch_after)},
	{.key = "latency", value_span, AT(converter.latency)},
};

static const struct field noise_fields[] = {
	{.key = "flip", value_int, AT(noise.flip_every), 0, 1000000},
	{.key = "drop", value_int, AT(noise.drop_every), 0, 1000000},
	{.key = "nul", value_int, AT(noise.nul_every), 0, 1000000},
	{.key = "idle", value_span, AT(noise.idle)},
	{.key = "stream", value_glitch, AT(noise.stream.bytes)},
	{.key = "stream-every", value_span, AT(noise.stream.every)},
	{.key = "stream-current",
	 value_int,
	 AT(noise.stream.milliamps),
	 0,
	 1000},
};

static const struct field tty_fields[] = {
	{.key = "late", value_span, AT(tty.late)},
	{.key = "stall", value_span, AT(tty.stall)},
	{.key = "stall-every", value_span, AT(tty.stall_every)},
	{.key = "parity", value_flag, AT(tty.parity)},
};

static const struct field other_master_fields[] = {
	{.key = "first", value_span, AT(other.first)},
	{.key = "every", value_span, AT(other.every)},
	{.key = "holds", value_span, AT(other.holds)},
	{.key = "telegram", value_telegram, AT(other.telegram)},
	{.key = "telegram-every", value_span, AT(other.telegram_every)},
	{.key = "seen", value_flag, AT(other.seen)},
};

static const struct part {
	const char *section;
	const struct field *fields;
	size_t nr;
} parts[] = {
	{"scenario", scenario_fields, ARRAY_SIZE(scenario_fields)},
	{"bus", bus_fields, ARRAY_SIZE(bus_fields)},
	{"converter", converter_fields, ARRAY_SIZE(converter_fields)},
	{"noise", noise_fields, ARRAY_SIZE(noise_fields)},
	{"tty", tty_fields, ARRAY_SIZE(tty_fields)},
	{"other-master", other_master_fields, ARRAY_SIZE(other_master_fields)},
};

static void defaults(struct scenario *sc)
{
	*sc = (struct scenario){
		.seed = 1,
		.baud = 2400,
		.gap = {.millibits = 33000},
		.converter =
			{
				.collision_ma = 30,
				.break_time = {.ns = 50 * NS_PER_MS},
				.glitch_pause = {.millibits = 1000},
			},
		.noise = {.stream = {.every = {.ns = 10 * NS_PER_MS}}},
		.tty = {.parity = true},
	};
}

static bool is_meter(const char *section)
{
	return !strncmp(section, "meter ", 6);
}

static void complain_unknown(struct settings *s, const struct setting *item,
			     const struct field *fields, size_t nr)
{
	char known[400] = "";
	size_t i, len = 0;

	for (i = 0; i < nr && len < sizeof(known) - 24; i++) {
		strcpy(known + len, i ? ", " : "");
		strncat(known + len, fields[i].key, 22);
		len = strlen(known);
	}
	settings_complain(s, item, "unknown key; known here: %s", known);
}

static void take(struct scenario *sc, struct settings *s,
		 const struct setting *item)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		if (strcmp(item->section, parts[i].section))
			continue;
		if (!values_take(s, item, parts[i].fields, parts[i].nr, sc))
			complain_unknown(s, item, parts[i].fields, parts[i].nr);
		return;
	}
	settings_complain(s, item,
			  "unknown section; known: scenario, bus, converter, "
			  "noise, tty, other-master and \"meter NAME\"");
}

static bool first_of_section(const struct settings *s, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (!strcmp(s->items[i].section, s->items[at].section))
			return false;
	return true;
}

static void check_gap(struct scenario *sc, struct settings *s)
{
	if (span_ns(&sc->gap, sc->baud) < bits_ns(CHAR_BITS, sc->baud))
		settings_complain(s, NULL,
				  "[bus] gap is shorter than a character; "
				  "33bits is the default");
	if (span_ns(&sc->converter.break_time, sc->baud) <
	    bits_ns(CHAR_BITS + 1, sc->baud))
		settings_complain(s, NULL,
				  "[converter] break is shorter than a "
				  "character at %d baud; make it longer",
				  sc->baud);
}

static bool is_set(const struct span *span)
{
	return span->ns || span->millibits;
}

static void check_converter(const struct scenario *sc, struct settings *s)
{
	const struct converter *c = &sc->converter;
	const struct echo *e = &c->echo;

	if (!e->on &&
	    (e->skip || e->first || e->last || e->flip || is_set(&e->delay)))
		settings_complain(s, NULL,
				  "[converter] has no echo, and a key about "
				  "its faults; add echo = yes");
	if (e->first && (e->last || e->skip))
		settings_complain(s, NULL,
				  "[converter] echo-first goes with neither "
				  "echo-last nor echo-skip");
	if (e->last && e->skip)
		settings_complain(s, NULL,
				  "[converter] echo-skip and echo-last say the "
				  "same thing; choose one");
	if (is_set(&c->switch_time) != is_set(&c->switch_after))
		settings_complain(
			s, NULL,
			"[converter] switch-time and switch-after go together");
}

static void check_times(const struct scenario *sc, struct settings *s)
{
	const struct stream *stream = &sc->noise.stream;
	const struct tty *tty = &sc->tty;
	const struct other_master *other = &sc->other;
	int64_t character = bits_ns(CHAR_BITS, sc->baud);

	if (stream->bytes.len && span_ns(&stream->every, sc->baud) < character)
		settings_complain(s, NULL,
				  "[noise] stream-every is shorter than a "
				  "character, %lld us at %d baud",
				  (long long)(character / NS_PER_US), sc->baud);
	if (is_set(&tty->stall) != is_set(&tty->stall_every))
		settings_complain(s, NULL,
				  "[tty] stall and stall-every go together");
	else if (is_set(&tty->stall) &&
		 span_ns(&tty->stall, sc->baud) * 2 >
			 span_ns(&tty->stall_every, sc->baud))
		settings_complain(
			s, NULL,
			"[tty] stall is more than half of stall-every");
	if (is_set(&other->every) != is_set(&other->holds))
		settings_complain(s, NULL,
				  "[other-master] every and holds go together");
	else if (span_ns(&other->holds, sc->baud) >
		 span_ns(&other->every, sc->baud))
		settings_complain(s, NULL,
				  "[other-master] holds is longer than every");
	if (!is_set(&other->every) &&
	    (is_set(&other->first) || other->telegram.len || other->seen ||
	     is_set(&other->telegram_every)))
		settings_complain(s, NULL,
				  "[other-master] has neither every nor holds; "
				  "it never has the bus");
}

bool scenario_build(struct scenario *sc, struct settings *s)
{
	size_t i;

	defaults(sc);
	/* The bus first: its rate is the default of the meters'. */
	for (i = 0; i < s->nr; i++)
		if (!is_meter(s->items[i].section))
			take(sc, s, &s->items[i]);
	check_gap(sc, s);
	check_converter(sc, s);
	check_times(sc, s);
	for (i = 0; i < s->nr; i++)
		if (is_meter(s->items[i].section) && first_of_section(s, i))
			models_add(sc, s, s->items[i].section);
	scenario_power_on(sc);
	return !s->errors;
}

void scenario_power_on(struct scenario *sc)
{
	size_t i;

	for (i = 0; i < sc->nr_meters; i++)
		sc->meters[i].random = sc->seed * 0x9e3779b97f4a7c15ULL + i;
}

void scenario_free(struct scenario *sc)
{
	size_t i;

	for (i = 0; i < sc->nr_models; i++) {
		free(sc->models[i]->telegrams);
		free(sc->models[i]);
	}
	free(sc->models);
	free(sc->meters);
	free(sc->description);
}
