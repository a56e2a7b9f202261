/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes on the line towards the PC, bit by bit: a meter's by its current, the
 * converter's echo, noise.
 */
#ifndef SIM_TRANSMISSION_H
#define SIM_TRANSMISSION_H

#include "../meter/meter.h"

struct transmission {
	int64_t start;
	int baud;
	uint8_t bytes[TELEGRAM_MAX];
	size_t len;
	int64_t byte_pause; /* after each byte */
	size_t pause_after; /* after this many bytes ... */
	int64_t pause; /* ... and its length; 0 bytes: none */
	bool no_parity; /* characters of ten bits */
	size_t next_bit; /* the one that begins next; all done: the end */
	int64_t next; /* when; NEVER: it has ended */
	bool space; /* the level it drives now */
	int milliamps; /* while in space */
	bool on_bus; /* it keeps the converter from turning to the PC */
	struct meter *meter; /* NULL: echo or noise */
	bool last; /* the last of the meter's answer */
};

struct transmissions {
	struct transmission *items;
	size_t nr;
	int spaces; /* transmissions in space now */
	int milliamps;
};

/* @bytes from @start on; they are copied. */
struct transmission *transmissions_add(struct transmissions *all, int64_t start,
				       int baud, const uint8_t *bytes,
				       size_t len);

/* Delays a transmission that has not begun. */
void transmission_delay(struct transmission *t, int64_t by);

/* When the next bit of any transmission begins, or its last ends; NEVER if none
 */
int64_t transmissions_next(const struct transmissions *all);

/* Goes on to the bit that begins at transmissions_next(). */
void transmissions_step(struct transmissions *all);

/* Removes one that has ended, into @gone; false if there is none. */
bool transmissions_take_ended(struct transmissions *all,
			      struct transmission *gone);

/* Cuts off all meters that send or are about to. */
void transmissions_cut_meters(struct transmissions *all);

/* Something on the bus sends: its first bit has begun, its last not ended. */
bool transmissions_on_bus(const struct transmissions *all);

int64_t transmission_end(const struct transmission *t);

#endif
