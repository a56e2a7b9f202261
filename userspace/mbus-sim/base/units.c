// SPDX-License-Identifier: GPL-2.0-or-later
#include "units.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct unit {
	const char *name;
	int64_t ns;
	int64_t millibits;
} units[] = {
	{"", NS_PER_MS, 0}, {"ms", NS_PER_MS, 0}, {"us", NS_PER_US, 0},
	{"s", NS_PER_S, 0}, {"bits", 0, 1000},	  {"bit", 0, 1000},
};

/* Past this a time is a slip of the keyboard, and could overflow below. */
#define LARGEST 1000000

const char *span_parse(const char *text, struct span *span)
{
	int64_t thousandths = 0;
	int decimals = 0;
	const char *p = text;
	size_t i;

	if (!isdigit((unsigned char)*p))
		return "is not a time; write for example 37ms or 33bits";
	for (; isdigit((unsigned char)*p); p++) {
		thousandths = thousandths * 10 + (*p - '0') * 1000;
		if (thousandths > LARGEST * 1000LL)
			return "is too long a time";
	}
	if (*p == '.') {
		int64_t weight = 100;

		for (p++; isdigit((unsigned char)*p); p++, decimals++) {
			thousandths += (*p - '0') * weight;
			weight /= 10;
		}
		if (!decimals || decimals > 3)
			return "needs one to three digits after the point";
	}
	while (*p == ' ')
		p++;
	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(p, units[i].name))
			continue;
		span->ns = thousandths * units[i].ns / 1000;
		span->millibits = thousandths * units[i].millibits / 1000;
		return NULL;
	}
	return "has an unknown unit; use us, ms, s or bits";
}

bool baud_known(int baud)
{
	static const int rates[] = {300,  600,	1200,  2400,
				    4800, 9600, 19200, 38400};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rates); i++)
		if (rates[i] == baud)
			return true;
	return false;
}

/* A 64-bit linear congruential step, its high bits folded onto the low. */
uint64_t random_next(uint64_t *state)
{
	uint64_t x;

	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	x = *state;
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	return x ^ (x >> 29);
}

static void *must(void *memory)
{
	if (!memory) {
		fputs("mbus-sim: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	return memory;
}

void *grow(void *array, size_t nr, size_t size)
{
	/* Doubling at powers of two needs no capacity to be kept. */
	if (nr & (nr - 1))
		return array;
	return must(reallocarray(array, nr ? nr * 2 : 1, size));
}

char *copy_text(const char *text)
{
	return must(strdup(text));
}
