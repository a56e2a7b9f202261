/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "port.h"
#include "wire/wire.h"

struct runner {
	struct wire wire;
	struct port port;
	struct log *log;
	int64_t began; /* CLOCK_MONOTONIC that counts as 0 */
	int64_t until; /* NEVER: no limit */
	int signals, timer;
};

/*
 * Blocks the signals that end a run; before anything is made that an ending
 * has to undo. 0, or -1 with errno set.
 */
int run_prepare(struct runner *r);

/* Real time, from now on. Returns the exit status. */
int run(struct runner *r);

#endif
