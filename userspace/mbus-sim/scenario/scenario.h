/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on the wire: the bus, its converter, its noise, its meters. */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "../meter/meter.h"
#include "settings.h"

struct converter {
	struct span turnaround; /* 0: full duplex */
	int collision_ma; /* this much current at once; 0: never */
	struct span break_time;
	struct span power_drop; /* meters have no power so long after; 0: do */
	bool echo;
	struct span latency; /* bytes to the PC are held this long */
};

struct noise {
	unsigned int flip_every; /* each Nth byte to the PC: one bit flipped */
	unsigned int drop_every; /* each Nth byte to the PC: lost */
	unsigned int nul_every; /* each Nth answer: a NUL before it */
	struct span idle; /* a random byte about this often on an idle line */
};

struct scenario {
	char *description;
	uint64_t seed;
	int baud;
	struct span gap;
	struct converter converter;
	struct noise noise;
	struct model **models; /* each allocated, meters point at them */
	size_t nr_models;
	struct meter *meters;
	size_t nr_meters;
};

/*
 * Makes a scenario of the settings. Every fault is told on stderr, with its
 * line and a remedy; false if there was any.
 */
bool scenario_build(struct scenario *sc, struct settings *s);

/* Power on: all meters as new, their jitter from the seed. */
void scenario_power_on(struct scenario *sc);

void scenario_free(struct scenario *sc);

#endif
