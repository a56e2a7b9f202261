// SPDX-License-Identifier: GPL-2.0-or-later
#include "reader/gate.h"

void gate_init(struct gate *gate)
{
	*gate = (struct gate){ 0 };
	pthread_mutex_init(&gate->lock, NULL);
	pthread_cond_init(&gate->left, NULL);
}

void gate_destroy(struct gate *gate)
{
	pthread_cond_destroy(&gate->left);
	pthread_mutex_destroy(&gate->lock);
}

/* Called with the lock held. */
static bool may_enter(const struct gate *gate, bool first)
{
	bool others_turn = gate->others && gate->passed >= GATE_PASS;

	if (gate->taken)
		return false;
	return first ? !others_turn : !gate->first || others_turn;
}

void gate_enter(struct gate *gate, bool first)
{
	unsigned int *waiting = first ? &gate->first : &gate->others;

	pthread_mutex_lock(&gate->lock);
	++*waiting;
	while (!may_enter(gate, first))
		pthread_cond_wait(&gate->left, &gate->lock);
	--*waiting;
	gate->passed = first && gate->others ? gate->passed + 1 : 0;
	gate->taken = true;
	pthread_mutex_unlock(&gate->lock);
}

void gate_leave(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->taken = false;
	pthread_cond_broadcast(&gate->left);
	pthread_mutex_unlock(&gate->lock);
}
