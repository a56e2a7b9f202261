/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens on a wire without a request: noise, a module that sends all
 * the time, another master.
 */
#ifndef SIM_DISTURBANCE_H
#define SIM_DISTURBANCE_H

#include "wire.h"

/* Sets when each of them comes first. */
void disturbance_init(struct wire *w);

/* At w->next_noise, w->next_stream and w->next_other. */
void noise_add(struct wire *w);
void stream_add(struct wire *w);
void other_master_sends(struct wire *w);

/* Does the other master have the bus at @t; and is the PC cut off from it? */
bool other_master_holds(const struct wire *w, int64_t t);
bool other_master_hides(const struct wire *w, int64_t t);

#endif
