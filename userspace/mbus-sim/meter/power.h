/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a meter receives at all: power, sleep, pauses after SND_NKE. */
#ifndef SIM_POWER_H
#define SIM_POWER_H

#include "meter.h"

/*
 * Does @m receive the telegram @t, addressed to it or not, at @now? A telegram
 * that wakes it is not received, except behind a run of the wake byte.
 */
bool power_hears(struct meter *m, const struct telegram *t, bool is_for,
		 int64_t now);

#endif
