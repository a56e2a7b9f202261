/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of a [meter ...] section and their values. */
#ifndef SIM_DESCRIPTION_H
#define SIM_DESCRIPTION_H

#include "scenario.h"

#define DESCRIPTION_TELEGRAMS 16

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

/* A section as written; becomes a model and its meters. */
struct description {
	struct model model;
	struct range id, address, fabrication;
	uint8_t manufacturer[2];
	bool has_manufacturer;
	int version, medium; /* -1: from the recording */
	int answer_address;
	struct recording
		telegrams[DESCRIPTION_TELEGRAMS]; /* empty: not given */
};

/* With the defaults of @sc. */
void description_init(struct description *d, const struct scenario *sc);

/* The value of one key; a wrong one is reported on stderr. */
void description_take(struct description *d, struct settings *s,
		      const struct setting *item);

/* "telegram", "telegram2" ...: which, from 1 on; 0: another key. */
unsigned int description_telegram(const char *key);

#endif
