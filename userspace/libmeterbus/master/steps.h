/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The steps of ask(): each sets ask->result and what it has learnt, and returns
 * 0, or -1 with @err. The bus is held.
 */
#ifndef METERBUS_MASTER_STEPS_H
#define METERBUS_MASTER_STEPS_H

#include "master/exchange.h"

/*
 * Selection or SND_NKE. What the converter itself calls a collision is one;
 * other damage may be noise, also where nobody is, and is asked for again: a
 * search that believes in meters which are not there goes on for days.
 */
int open_meter(struct ask *ask, uint8_t repeats, struct meterbus_error *err);

/*
 * One request, repeated with the same FCB while its answer is damaged. Two
 * meters with the same question answer the same way again; noise does not.
 */
int request(struct ask *ask, uint32_t gap_us, struct meterbus_error *err);

/* The delay of the last answer, if it is the latest so far. */
void note_delay(struct ask *ask);

/* The last answer was damaged, in another way than the one before. */
void note_collided(struct ask *ask);

/* Those of the meter, or none; never NULL. */
const struct meterbus_quirks *quirks_of(const struct ask *ask);
bool is_converter_signal(const struct meterbus_exchange *exchange);

#endif
