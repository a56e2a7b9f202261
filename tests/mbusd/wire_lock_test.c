// SPDX-License-Identifier: GPL-2.0-only
/* Readouts and a search on one wire. */
#include <pthread.h>
#include <sched.h>

#include "kselftest_harness.h"

#include "../../userspace/mbusd/reader/wire_lock.h"

FIXTURE(wire_lock)
{
	struct wire_lock lock;
	char order[WIRE_LOCK_OVERTAKE + 4]; /* which took the lock, 'r' or 's' */
	int count;		/* of them; changed with the lock held */
};

FIXTURE_SETUP(wire_lock)
{
	memset(self, 0, sizeof(*self));
	wire_lock_init(&self->lock);
}

FIXTURE_TEARDOWN(wire_lock)
{
	wire_lock_destroy(&self->lock);
}

static void *readout(void *context)
{
	FIXTURE_DATA(wire_lock) *self = context;

	wire_lock_take(&self->lock, true);
	self->order[self->count++] = 'r';
	wire_lock_release(&self->lock);
	return NULL;
}

static void *search(void *context)
{
	FIXTURE_DATA(wire_lock) *self = context;

	wire_lock_take(&self->lock, false);
	self->order[self->count++] = 's';
	wire_lock_release(&self->lock);
	return NULL;
}

static unsigned int waiting_urgent(struct wire_lock *lock)
{
	unsigned int urgent;

	pthread_mutex_lock(&lock->mutex);
	urgent = lock->urgent;
	pthread_mutex_unlock(&lock->mutex);
	return urgent;
}

TEST_F(wire_lock, a_later_readout_precedes_the_search)
{
	pthread_t threads[2];

	wire_lock_take(&self->lock, false);
	pthread_create(&threads[0], NULL, search, self);
	pthread_create(&threads[1], NULL, readout, self);
	while (!waiting_urgent(&self->lock))
		sched_yield();
	wire_lock_release(&self->lock);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	EXPECT_STREQ("rs", self->order);
}

static unsigned int waiting_others(struct wire_lock *lock)
{
	unsigned int others;

	pthread_mutex_lock(&lock->mutex);
	others = lock->others;
	pthread_mutex_unlock(&lock->mutex);
	return others;
}

TEST_F(wire_lock, continuous_readouts_do_not_block_a_search)
{
	pthread_t threads[WIRE_LOCK_OVERTAKE + 3];

	wire_lock_take(&self->lock, false);
	pthread_create(&threads[0], NULL, search, self);
	while (!waiting_others(&self->lock))
		sched_yield();
	for (int i = 1; i < WIRE_LOCK_OVERTAKE + 3; i++)
		pthread_create(&threads[i], NULL, readout, self);
	while (waiting_urgent(&self->lock) < WIRE_LOCK_OVERTAKE + 2)
		sched_yield();
	wire_lock_release(&self->lock);
	for (int i = 0; i < WIRE_LOCK_OVERTAKE + 3; i++)
		pthread_join(threads[i], NULL);
	EXPECT_STREQ("rrrrsrr", self->order);
}

TEST_F(wire_lock, a_search_continues_without_readouts)
{
	search(self);
	search(self);
	EXPECT_STREQ("ss", self->order);
}

TEST_HARNESS_MAIN
