/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers of meters, and of a recording, to one telegram. */
#ifndef SIM_ANSWERS_H
#define SIM_ANSWERS_H

#include "wire.h"

/* @t, which ended at @end, has reached the meters. */
void answers_add(struct wire *w, const struct telegram *t, int64_t end);

#endif
