/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking mbusd, by HTTP on its Unix socket (Documentation/mbusd-api.yaml).
 */
#ifndef MBUSCTL_DAEMON_H
#define MBUSCTL_DAEMON_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include <meterbus/address.h>
#include <meterbus/error.h>
#include <meterbus/master.h>
#include <meterbus/search.h>

#include "command.h"

#define DAEMON_SOCKET "/run/mbusd/api.sock"

/*
 * For the getopt_long() table of a command that asks mbusd;
 * daemon_option() returns -1 to go on or an exit status.
 */
enum { DAEMON_SOCKET_OPTION = 4000 };
#define DAEMON_OPTIONS							\
	{ "socket", required_argument, NULL, DAEMON_SOCKET_OPTION }
int daemon_option(const struct command *command, int letter);

/*
 * Called with one line of the answer after the other, without its end, which it
 * may change. Returns false to have no more of them.
 */
typedef bool daemon_line_fn(void *context, char *line);

/*
 * Sends a request and waits for the whole answer. Returns 0, or -1 with what
 * mbusd said, or METERBUS_E_SYSTEM if none runs, METERBUS_E_PERMISSION if it
 * may not be asked. *@answer is the object that came with an error (for
 * json_object_put()) or NULL; @answer may be NULL.
 */
int daemon_ask(const char *method, const char *path, daemon_line_fn *line,
	       void *context, struct json_object **answer,
	       struct meterbus_error *err);

/* @text as part of a path or a query, for free(). */
char *daemon_escape(const char *text);

/* The object in @line, or in the answer to a GET of @path; NULL with @err. */
struct json_object *daemon_get(const char *path, struct meterbus_error *err);

/* A member's text, "" if there is none. */
const char *daemon_text(struct json_object *object, const char *key);

/* A bus of mbusd. */
struct daemon_bus {
	char name[65];		/* in its configuration */
	char device[65];	/* "mbus0", or the name if it has none */
};

/*
 * The bus that -b means, if an mbusd serves it: its name there, or what
 * meterbus_bus_find() takes; without -b the only one there is. False if there
 * is none, or nobody to ask.
 */
bool daemon_serves(struct daemon_bus *bus);

/*
 * As meterbus_read(), meterbus_search_primary() and _secondary() (@mask is
 * NULL for primary addresses), by mbusd. Callbacks are those of the master of
 * @search, or @master; its link is not used.
 */
int daemon_read(const struct daemon_bus *bus, struct meterbus_master *master,
		const struct meterbus_address *address,
		struct meterbus_readout *readout, struct meterbus_error *err);
int daemon_search(const struct daemon_bus *bus, struct meterbus_search *search,
		  const struct meterbus_address *mask,
		  struct meterbus_search_result *result,
		  struct meterbus_error *err);

#endif
