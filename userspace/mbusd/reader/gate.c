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

void gate_enter(struct gate *gate, bool first)
{
	pthread_mutex_lock(&gate->lock);
	gate->first += first;
	while (gate->taken || (!first && gate->first))
		pthread_cond_wait(&gate->left, &gate->lock);
	gate->first -= first;
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
