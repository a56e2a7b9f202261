// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/commands.h"

/* A reading takes a second: more would be of no use when they are done. */
#define QUEUE_MAX 64

struct commands {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct command queue[QUEUE_MAX];	/* a ring */
	size_t first, count;
	bool ended;
};

struct commands *commands_new(void)
{
	struct commands *commands = calloc(1, sizeof(*commands));

	if (!commands)
		return NULL;
	pthread_mutex_init(&commands->lock, NULL);
	pthread_cond_init(&commands->changed, NULL);
	return commands;
}

void commands_free(struct commands *commands)
{
	if (!commands)
		return;
	pthread_cond_destroy(&commands->changed);
	pthread_mutex_destroy(&commands->lock);
	free(commands);
}

bool commands_add(struct commands *commands, const struct command *command)
{
	bool fits;

	pthread_mutex_lock(&commands->lock);
	fits = commands->count < QUEUE_MAX;
	if (fits)
		commands->queue[(commands->first + commands->count++) %
				QUEUE_MAX] = *command;
	pthread_cond_signal(&commands->changed);
	pthread_mutex_unlock(&commands->lock);
	return fits;
}

bool commands_take(struct commands *commands, struct command *command)
{
	bool taken;

	pthread_mutex_lock(&commands->lock);
	while (!commands->count && !commands->ended)
		pthread_cond_wait(&commands->changed, &commands->lock);
	taken = !commands->ended;
	if (taken) {
		*command = commands->queue[commands->first];
		commands->first = (commands->first + 1) % QUEUE_MAX;
		commands->count--;
	}
	pthread_mutex_unlock(&commands->lock);
	return taken;
}

void commands_end(struct commands *commands)
{
	pthread_mutex_lock(&commands->lock);
	commands->ended = true;
	pthread_cond_broadcast(&commands->changed);
	pthread_mutex_unlock(&commands->lock);
}
