/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way to the meters: the bytes of the PC and of another master through the
 * converter, and what comes of them: echo, glitches, answers.
 */
#ifndef SIM_TO_METERS_H
#define SIM_TO_METERS_H

#include "wire.h"

/* When @s begins its next byte or ends the current one; NEVER if idle. */
int64_t to_meters_begins(const struct sender *s);
int64_t to_meters_ends(const struct sender *s);

/* These events. */
void to_meters_begin(struct wire *w, struct sender *s);
void to_meters_end(struct wire *w, struct sender *s);

#endif
