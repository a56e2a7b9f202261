/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exclusive use of a wire by one thread of this process, readouts before
 * searches. The driver does the same among processes.
 */
#ifndef MBUSD_WIRE_LOCK_H
#define MBUSD_WIRE_LOCK_H

#include <pthread.h>
#include <stdbool.h>

struct wire_lock {
	pthread_mutex_t mutex;	/* protects what follows */
	pthread_cond_t released;
	bool taken;
	unsigned int urgent;	/* threads that wait with @urgent */
	unsigned int others;	/* threads that wait without */
	unsigned int overtaken;	/* urgent ones that overtook the others in a row */
};

void wire_lock_init(struct wire_lock *lock);
void wire_lock_destroy(struct wire_lock *lock);

/*
 * @urgent threads overtake the others, but only WIRE_LOCK_OVERTAKE of them in a
 * row: then one of the others is next.
 */
#define WIRE_LOCK_OVERTAKE 4
void wire_lock_take(struct wire_lock *lock, bool urgent);
void wire_lock_release(struct wire_lock *lock);

#endif
