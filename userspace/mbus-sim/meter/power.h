/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a meter hears anything at all: power, sleep, deafness. */
#ifndef SIM_POWER_H
#define SIM_POWER_H

#include "meter.h"

/*
 * Does @m hear the telegram @t, which is for it or not, at @now? A telegram
 * that wakes it is not heard, but for one behind a run of the wake byte.
 */
bool power_hears(struct meter *m, const struct telegram *t, bool is_for,
		 int64_t now);

#endif
