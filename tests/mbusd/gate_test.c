// SPDX-License-Identifier: GPL-2.0-only
/* Readouts and a search on one wire. */
#include <pthread.h>
#include <sched.h>

#include "kselftest_harness.h"

#include "../../userspace/mbusd/reader/gate.h"

FIXTURE(gate)
{
	struct gate gate;
	char order[GATE_PASS + 4]; /* which went through, 'r' or 's' */
	int count;		/* of them; changed within the gate */
};

FIXTURE_SETUP(gate)
{
	memset(self, 0, sizeof(*self));
	gate_init(&self->gate);
}

FIXTURE_TEARDOWN(gate)
{
	gate_destroy(&self->gate);
}

static void *readout(void *context)
{
	FIXTURE_DATA(gate) *self = context;

	gate_enter(&self->gate, true);
	self->order[self->count++] = 'r';
	gate_leave(&self->gate);
	return NULL;
}

static void *search(void *context)
{
	FIXTURE_DATA(gate) *self = context;

	gate_enter(&self->gate, false);
	self->order[self->count++] = 's';
	gate_leave(&self->gate);
	return NULL;
}

static unsigned int waiting_first(struct gate *gate)
{
	unsigned int first;

	pthread_mutex_lock(&gate->lock);
	first = gate->first;
	pthread_mutex_unlock(&gate->lock);
	return first;
}

TEST_F(gate, a_readout_that_comes_later_goes_before_the_search)
{
	pthread_t threads[2];

	gate_enter(&self->gate, false);
	pthread_create(&threads[0], NULL, search, self);
	pthread_create(&threads[1], NULL, readout, self);
	while (!waiting_first(&self->gate))
		sched_yield();
	gate_leave(&self->gate);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	EXPECT_STREQ("rs", self->order);
}

static unsigned int waiting_others(struct gate *gate)
{
	unsigned int others;

	pthread_mutex_lock(&gate->lock);
	others = gate->others;
	pthread_mutex_unlock(&gate->lock);
	return others;
}

TEST_F(gate, readouts_without_end_do_not_keep_a_search_from_its_turn)
{
	pthread_t threads[GATE_PASS + 3];

	gate_enter(&self->gate, false);
	pthread_create(&threads[0], NULL, search, self);
	while (!waiting_others(&self->gate))
		sched_yield();
	for (int i = 1; i < GATE_PASS + 3; i++)
		pthread_create(&threads[i], NULL, readout, self);
	while (waiting_first(&self->gate) < GATE_PASS + 2)
		sched_yield();
	gate_leave(&self->gate);
	for (int i = 0; i < GATE_PASS + 3; i++)
		pthread_join(threads[i], NULL);
	EXPECT_STREQ("rrrrsrr", self->order);
}

TEST_F(gate, a_search_goes_on_when_nobody_reads)
{
	search(self);
	search(self);
	EXPECT_STREQ("ss", self->order);
}

TEST_HARNESS_MAIN
