// SPDX-License-Identifier: GPL-2.0-or-later
#include "scenario.h"
#include "models.h"
#include "values.h"

#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct scenario, member)

static const struct field scenario_fields[] = {
	{ .key = "description", value_text, AT(description) },
	{ .key = "seed", value_seed, AT(seed) },
};

static const struct field bus_fields[] = {
	{ .key = "baud", value_baud, AT(baud) },
	{ .key = "gap", value_span, AT(gap) },
};

static const struct field converter_fields[] = {
	{ .key = "turnaround", value_span, AT(converter.turnaround) },
	{ .key = "collision-current",
	  value_int,
	  AT(converter.collision_ma),
	  0,
	  10000 },
	{ .key = "break", value_span, AT(converter.break_time) },
	{ .key = "power-drop", value_span, AT(converter.power_drop) },
	{ .key = "echo", value_flag, AT(converter.echo) },
	{ .key = "latency", value_span, AT(converter.latency) },
};

static const struct field noise_fields[] = {
	{ .key = "flip", value_int, AT(noise.flip_every), 0, 1000000 },
	{ .key = "drop", value_int, AT(noise.drop_every), 0, 1000000 },
	{ .key = "nul", value_int, AT(noise.nul_every), 0, 1000000 },
	{ .key = "idle", value_span, AT(noise.idle) },
};

static const struct part {
	const char *section;
	const struct field *fields;
	size_t nr;
} parts[] = {
	{ "scenario", scenario_fields, ARRAY_SIZE(scenario_fields) },
	{ "bus", bus_fields, ARRAY_SIZE(bus_fields) },
	{ "converter", converter_fields, ARRAY_SIZE(converter_fields) },
	{ "noise", noise_fields, ARRAY_SIZE(noise_fields) },
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
			},
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
	settings_complain(
		s, item,
		"unknown section; known: scenario, bus, converter, noise and \"meter NAME\"");
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
		settings_complain(
			s, NULL,
			"[bus] gap is shorter than a character; 33bits is the default");
	if (span_ns(&sc->converter.break_time, sc->baud) <
	    bits_ns(CHAR_BITS + 1, sc->baud))
		settings_complain(
			s, NULL,
			"[converter] break is shorter than a character at %d baud; make it longer",
			sc->baud);
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
