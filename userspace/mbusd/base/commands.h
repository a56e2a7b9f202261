/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that receivers of outputs send: a bounded queue between the outputs'
 * threads and the service, which executes one at a time (service.c).
 */
#ifndef MBUSD_COMMANDS_H
#define MBUSD_COMMANDS_H

#include <stdbool.h>

enum command_kind {
	COMMAND_READ,		/* the meter of that name */
	COMMAND_SEARCH,		/* all secondary addresses of the bus of that name */
};

struct command {
	enum command_kind kind;
	/* A name that was sent; longer ones are cut, which no configured one has. */
	char name[80];
	char output[80];	/* whose receiver sent it, for the log */
};

struct commands;

struct commands *commands_new(void);	/* NULL without memory */
void commands_free(struct commands *commands);

/* From any thread, without waiting. False if the queue is full. */
bool commands_add(struct commands *commands, const struct command *command);
/* Waits for one. False after commands_end(). */
bool commands_take(struct commands *commands, struct command *command);
void commands_end(struct commands *commands);

#endif
