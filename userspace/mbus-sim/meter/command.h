/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SND_UD: writes of a master (EN 13757-3), selections excepted. */
#ifndef SIM_COMMAND_H
#define SIM_COMMAND_H

#include "meter.h"

/* Carries out @t, unless it is a repetition. */
void command_take(struct meter *m, const struct telegram *t);

#endif
