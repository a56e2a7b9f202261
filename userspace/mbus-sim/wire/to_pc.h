/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way to the PC: the sum of what drives the line, the converter's break,
 * the PC's UART, and the adapter that delivers. Each function is an event.
 */
#ifndef SIM_TO_PC_H
#define SIM_TO_PC_H

#include "wire.h"

/* A bit of a transmission begins or ends. */
void to_pc_step(struct wire *w);

/* The converter's break is over. */
void to_pc_end_break(struct wire *w);

/* The UART looks at the level. */
void to_pc_sample(struct wire *w);

/* When the adapter delivers its bytes; NEVER if it has none. */
int64_t to_pc_due(const struct wire *w);
void to_pc_deliver(struct wire *w);

#endif
