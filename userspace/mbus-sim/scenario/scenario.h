/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a wire: the bus, its converter, its noise, its meters. */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "../meter/meter.h"
#include "settings.h"

/* Bytes that come from nowhere, for example of a switch that bounces. */
struct glitch {
	uint8_t bytes[8];
	size_t len; /* 0: none */
};

/* The echo of each transmission of the PC; all zero: it is complete. */
struct echo {
	bool on;
	unsigned int skip; /* this many first bytes do not come back */
	unsigned int first; /* only this many first bytes do; 0: all */
	unsigned int last; /* only this many last bytes do; 0: all */
	unsigned int flip; /* the byte, from 1 on, with a wrong bit; 0: none */
	struct span delay; /* delay after the byte was sent */
};

struct converter {
	struct span turnaround; /* 0: full duplex */
	int collision_ma; /* this much current at once; 0: never */
	struct span break_time;
	struct span power_drop; /* meters lose power this long after; 0: never */
	struct echo echo;
	struct glitch before_answer, after_answer; /* of the meters */
	struct glitch before_request, after_request; /* of the PC */
	struct span glitch_pause; /* between those and the telegram */
	struct span latency; /* bytes to the PC are held this long */
	struct span switch_time; /* time to switch to the PC ... */
	struct span switch_after; /* ... after this time of silence */
};

/* The PC's end of the cable, and the PC. */
struct tty {
	struct span late; /* delay of received bytes */
	struct span stall; /* it does nothing for this long ... */
	struct span stall_every; /* ... about this often; 0: never */
	bool parity; /* 8E1, else 8N1 */
};

/* A module that sends and is not asked. */
struct stream {
	struct glitch bytes; /* one after the other, for ever */
	struct span every; /* from byte to byte */
	int milliamps; /* 0: it is in the converter, not on the bus */
};

struct noise {
	unsigned int flip_every; /* each Nth byte to the PC: one bit flipped */
	unsigned int drop_every; /* each Nth byte to the PC: lost */
	unsigned int nul_every; /* each Nth answer: a NUL before it */
	struct span idle; /* a random byte about this often on an idle line */
	struct stream stream;
};

/* Another master on the other input of the converter. */
struct other_master {
	struct span first; /* when it has the bus first */
	struct span every; /* and how often; 0: never */
	struct span holds; /* for this long; the PC's bytes are lost */
	struct recording telegram; /* it sends; empty: none */
	struct span telegram_every; /* how often meanwhile; 0: once */
	bool seen; /* the PC sees what the meters answer to it */
};

struct scenario {
	char *description;
	uint64_t seed;
	int baud;
	struct span gap;
	struct converter converter;
	struct noise noise;
	struct tty tty;
	struct other_master other;
	struct model **models; /* each allocated, meters point at them */
	size_t nr_models;
	struct meter *meters;
	size_t nr_meters;
};

/*
 * Makes a scenario of the settings. Every fault is reported on stderr, with
 * its line and a remedy; false if there was any.
 */
bool scenario_build(struct scenario *sc, struct settings *s);

/* Power on: all meters as new, their jitter from the seed. */
void scenario_power_on(struct scenario *sc);

void scenario_free(struct scenario *sc);

#endif
