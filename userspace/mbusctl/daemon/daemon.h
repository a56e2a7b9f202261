/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking mbusd, by HTTP on its Unix socket (Documentation/mbusd-api.yaml).
 */
#ifndef MBUSCTL_DAEMON_H
#define MBUSCTL_DAEMON_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include <meterbus/error.h>

#include "ui/command.h"

#define DAEMON_SOCKET "/run/mbusd/api.sock"

/*
 * For the getopt_long() table of a command that asks mbusd;
 * daemon_option() returns -1 to go on or an exit status.
 */
enum { DAEMON_SOCKET_OPTION = 4000 };
#define DAEMON_OPTIONS							\
	{ "socket", required_argument, NULL, DAEMON_SOCKET_OPTION }
int daemon_option(const struct command *command, int letter);

/* --socket was given: then not to reach mbusd is an error. */
bool daemon_is_wanted(void);
/* Whether there is a socket that may be used. */
bool daemon_is_there(void);

/*
 * Called with one line of the answer after the other, without its end, which it
 * may change. Returns false to have no more of them.
 */
typedef bool daemon_line_fn(void *context, char *line);

/*
 * Sends a request and waits for the whole answer, until stop_requested() and,
 * if there is one, @stop, which may do something about it, returns true.
 * Returns 0, or -1 with what
 * mbusd said, or METERBUS_E_SYSTEM if none runs, METERBUS_E_PERMISSION if it
 * may not be asked. *@answer is the object that came with an error (for
 * json_object_put()) or NULL; @answer may be NULL.
 */
struct daemon_request {
	const char *method;
	const char *path;
	daemon_line_fn *line;	/* may be NULL */
	bool (*stop)(void *context);
	void *context;
};
int daemon_ask(const struct daemon_request *request,
	       struct json_object **answer, struct meterbus_error *err);

/* @text as part of a path or a query, for free(). */
char *daemon_escape(const char *text);

/* The object in @line, or in the answer to a GET of @path; NULL with @err. */
struct json_object *daemon_get(const char *path, struct meterbus_error *err);

/* The member "error" of @object, or that there is none, in @err; returns -1. */
int daemon_error(struct json_object *object, struct meterbus_error *err);

/* For daemon_request.stop: signals do not matter to this one. */
bool daemon_go_on(void *context);

/* A member's text, "" if there is none. */
const char *daemon_text(struct json_object *object, const char *key);

#endif
