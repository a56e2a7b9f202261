// SPDX-License-Identifier: GPL-2.0-or-later
#include "reader/wire_lock.h"

void wire_lock_init(struct wire_lock *lock)
{
	*lock = (struct wire_lock){ 0 };
	pthread_mutex_init(&lock->mutex, NULL);
	pthread_cond_init(&lock->released, NULL);
}

void wire_lock_destroy(struct wire_lock *lock)
{
	pthread_cond_destroy(&lock->released);
	pthread_mutex_destroy(&lock->mutex);
}

/* Called with the mutex held. */
static bool may_take(const struct wire_lock *lock, bool urgent)
{
	bool others_turn = lock->others &&
			   lock->overtaken >= WIRE_LOCK_OVERTAKE;

	if (lock->taken)
		return false;
	return urgent ? !others_turn : !lock->urgent || others_turn;
}

void wire_lock_take(struct wire_lock *lock, bool urgent)
{
	unsigned int *waiting = urgent ? &lock->urgent : &lock->others;

	pthread_mutex_lock(&lock->mutex);
	++*waiting;
	while (!may_take(lock, urgent))
		pthread_cond_wait(&lock->released, &lock->mutex);
	--*waiting;
	lock->overtaken = urgent && lock->others ? lock->overtaken + 1 : 0;
	lock->taken = true;
	pthread_mutex_unlock(&lock->mutex);
}

void wire_lock_release(struct wire_lock *lock)
{
	pthread_mutex_lock(&lock->mutex);
	lock->taken = false;
	pthread_cond_broadcast(&lock->released);
	pthread_mutex_unlock(&lock->mutex);
}
