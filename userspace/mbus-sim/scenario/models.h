/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The [meter ...] sections of a scenario. */
#ifndef SIM_MODELS_H
#define SIM_MODELS_H

#include "scenario.h"

/* Makes the meter, or the range of meters, that @section describes. */
void models_add(struct scenario *sc, struct settings *s, const char *section);

#endif
