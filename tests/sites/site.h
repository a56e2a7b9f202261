/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A made-up site: meters, a converter, a PC, and up to two impairments. It is
 * the text of a scenario, so that mbus-sim can replay it.
 */
#ifndef TESTS_SITES_SITE_H
#define TESTS_SITES_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SITE_METERS_MAX	     60
#define SITE_IMPAIRMENTS_MAX 2

struct impairment;

/* What the master does there. */
enum site_job {
	JOB_SECONDARY, /* searches by secondary address */
	JOB_PRIMARY, /* searches by primary address */
	JOB_READ_SECONDARY, /* reads each meter by its secondary address */
	JOB_READ_PRIMARY, /* and by its primary address */
	NR_JOBS,
};

struct site {
	uint64_t seed;
	const struct impairment *impairments[SITE_IMPAIRMENTS_MAX];
	size_t nr_impairments;
	enum site_job job;
	size_t nr_meters;
	int baud;
	unsigned int delay_ms; /* of its meters, up to 20 ms more */
	char *text; /* the scenario */
	size_t text_len;

	/* While the text is written. */
	FILE *out;
	uint64_t random;
	bool has_echo;
	uint8_t ids[SITE_METERS_MAX][4];
	uint8_t addresses[SITE_METERS_MAX];
};

/* The same for the same seed and impairments; exits without memory. */
void site_make(struct site *site, uint64_t seed,
	       const struct impairment *const *chosen, size_t nr);
void site_free(struct site *site);

const char *site_job_name(enum site_job job);

/* To write a site: a number below @below; a line of text. */
unsigned int site_any(struct site *site, unsigned int below);
/* That the standard allows at its rate. */
unsigned int site_any_delay(struct site *site);
__attribute__((format(printf, 2, 3))) void site_put(struct site *site,
						    const char *format, ...);

#endif
