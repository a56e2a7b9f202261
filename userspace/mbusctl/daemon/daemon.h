/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Client of mbusd's HTTP API (Documentation/mbusd-api.yaml).
 */
#ifndef MBUSCTL_DAEMON_H
#define MBUSCTL_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include <meterbus/error.h>

#include "ui/command.h"

#define DAEMON_SOCKET "/run/mbusd/api.sock"

/*
 * For the getopt_long() table of a command that uses mbusd; daemon_option()
 * returns -1 to continue or an exit status.
 */
enum { DAEMON_SOCKET_OPTION = 4000 };
#define DAEMON_OPTIONS							\
	{ "socket", required_argument, NULL, DAEMON_SOCKET_OPTION }
int daemon_option(const struct command *command, int letter);

/* --socket was given: not reaching mbusd is an error. */
bool daemon_is_wanted(void);
/* There is a socket that this user may use. */
bool daemon_is_there(void);

/*
 * Called for each line of the answer, without its newline; it may change the
 * line. Returns false to end the request.
 */
typedef bool daemon_line_fn(void *context, char *line);

/*
 * Sends a request and waits for the whole answer. After stop_requested() it
 * calls @stop, if there is one, and ends the request if that returns true.
 * Returns 0, or -1 with the error of mbusd, METERBUS_E_SYSTEM if no mbusd
 * listens, METERBUS_E_PERMISSION if its socket is not accessible. *@answer is
 * the object of an error answer (for json_object_put()) or NULL; @answer may
 * be NULL.
 */
struct daemon_request {
	const char *method;
	const char *path;
	daemon_line_fn *line;	/* may be NULL */
	daemon_line_fn *error_line; /* of an error's answer; may be NULL */
	bool (*stop)(void *context);
	void *context;
};
int daemon_ask(const struct daemon_request *request,
	       struct json_object **answer, struct meterbus_error *err);

/* @text as part of a path or a query, for free(). */
char *daemon_escape(const char *text);

/* The object that a GET of @path returns; NULL with @err. */
struct json_object *daemon_get(const char *path, struct meterbus_error *err);

/* Sets @err from the member "error" of @object; returns -1. */
int daemon_error(struct json_object *object, struct meterbus_error *err);

/* For daemon_request.stop: signals do not end this request. */
bool daemon_never_stop(void *context);

/*
 * What mbusd answers, parsed: NULL if it is no JSON. Control characters in its
 * texts, which could do anything to a terminal, are replaced.
 */
struct json_object *daemon_parse(const char *line);

/*
 * The same, but numbers of the key "value" keep all their digits for
 * daemon_exact_number(), which returns NULL if the member is something else.
 */
struct json_object *daemon_parse_exact(const char *line);
const char *daemon_exact_number(struct json_object *object, const char *key);

/*
 * A member, if @object is an object that has it and it is of that type (text:
 * neither object nor list); else "", 0, NULL, NULL. Any of them may be asked of NULL and of what is no object.
 */
const char *daemon_text(struct json_object *object, const char *key);
int64_t daemon_number(struct json_object *object, const char *key);
struct json_object *daemon_object(struct json_object *object, const char *key);
struct json_object *daemon_list(struct json_object *object, const char *key);
/* Of a list, NULL among them. */
size_t daemon_list_length(struct json_object *list);
struct json_object *daemon_list_item(struct json_object *list, size_t index);

#endif
