/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One at a time on a wire, readouts before searches. What it keeps apart are
 * the threads of this process; the driver does so among processes.
 */
#ifndef MBUSD_GATE_H
#define MBUSD_GATE_H

#include <pthread.h>
#include <stdbool.h>

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t left;
	bool taken;
	unsigned int first;	/* how many wait that go first */
	unsigned int others;	/* how many wait that do not */
	unsigned int passed;	/* that went first while others waited */
};

void gate_init(struct gate *gate);
void gate_destroy(struct gate *gate);

/*
 * @first: before all that are not, but not for ever: after GATE_PASS of them it
 * is the turn of another one.
 */
#define GATE_PASS 4
void gate_enter(struct gate *gate, bool first);
void gate_leave(struct gate *gate);

#endif
