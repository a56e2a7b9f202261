/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time in the simulator: signed nanoseconds since its start. Nothing here is
 * floating point, so a run is the same run on every machine.
 */
#ifndef SIM_UNITS_H
#define SIM_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../common/clock.h"

#define NS_PER_US 1000LL
#define NEVER	  INT64_MAX

/* One character is start, 8 data, even parity, stop (EN 13757-2, 8E1). */
#define CHAR_BITS 11

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

/* A time given in the scenario as "37ms" or "33bits", or their sum. */
struct span {
	int64_t ns;
	int64_t millibits;
};

/* How long @bits bit times last at @baud. */
static inline int64_t bits_ns(int64_t bits, int baud)
{
	return bits * NS_PER_S / baud;
}

static inline int64_t span_ns(const struct span *s, int baud)
{
	return s->ns + s->millibits * (NS_PER_S / 1000) / baud;
}

/*
 * Reads "500us", "37ms", "2s", "33bits" or a bare number, which is
 * milliseconds; up to three decimals. Returns NULL, or what is wrong with
 * @text.
 */
const char *span_parse(const char *text, struct span *span);

/* The line rates of EN 13757-2 and -3: 300 ... 38400. */
bool baud_known(int baud);

/* A small deterministic generator: the same seed gives the same run. */
uint64_t random_next(uint64_t *state);

/* Room for one more than the @nr elements of @size; never fails, but exits. */
void *grow(void *array, size_t nr, size_t size);

/* As strdup(); never fails, but exits. */
char *copy_text(const char *text);

#endif
