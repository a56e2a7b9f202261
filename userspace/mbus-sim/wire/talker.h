/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makes spaces on the line towards the PC, bit by bit: a meter with its
 * current, the converter with its echo, noise.
 */
#ifndef SIM_TALKER_H
#define SIM_TALKER_H

#include "../meter/meter.h"

struct talker {
	int64_t start;
	int baud;
	uint8_t bytes[TELEGRAM_MAX];
	size_t len;
	int64_t byte_pause; /* after each byte */
	size_t pause_after; /* and after so many bytes ... */
	int64_t pause; /* ... this long; 0 bytes: none */
	bool no_parity; /* characters of ten bits */
	size_t next_bit; /* the one that begins next; all done: the end */
	int64_t next; /* when; NEVER: it has ended */
	bool space; /* what it drives now */
	int milliamps; /* while in space */
	bool on_bus; /* it keeps the converter from turning to the PC */
	struct meter *meter; /* NULL: echo or noise */
	bool last; /* the meter has no more to say after this */
};

struct talkers {
	struct talker *items;
	size_t nr;
	int spaces; /* talkers in space now */
	int milliamps;
};

/* @bytes from @start on; they are copied. */
struct talker *talkers_add(struct talkers *all, int64_t start, int baud,
			   const uint8_t *bytes, size_t len);

/* It begins so much later; it has not begun. */
void talker_delay(struct talker *t, int64_t by);

/* When the next bit of any talker begins, or its last ends; NEVER if none */
int64_t talkers_next(const struct talkers *all);

/* Goes on to the bit that begins at talkers_next(). */
void talkers_step(struct talkers *all);

/* Takes out one that has ended and copies it to @gone; false if none has. */
bool talkers_reap(struct talkers *all, struct talker *gone);

/* All meters fall silent, in the midst of what they send or are about to. */
void talkers_cut_meters(struct talkers *all);

/* Something on the bus sends: its first bit has begun, its last not ended. */
bool talkers_on_bus(const struct talkers *all);

int64_t talker_end(const struct talker *t);

#endif
