/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of 'mbusctl setup': questions, files, programs that it runs, the
 * port and the meters.
 */
#ifndef MBUSCTL_SETUP_H
#define MBUSCTL_SETUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <meterbus/search.h>
#include <meterbus/settings.h>
#include <meterbus/tty.h>

/* Given as options, or later as answers; NULL: unknown. */
struct setup {
	const char *tty;		/* by name or path */
	const char *tcp, *rfc2217;	/* HOST:PORT */
	const char *name;		/* of the bus */
	const char *site;
	const char *schedule;
	const char *broker;		/* URL; "" for none */
	const char *broker_user;
	const char *broker_password_file;
	int home_assistant;		/* -1: unknown */
	const char *etc;		/* folder of the configuration */
	bool yes;			/* take defaults, ask nothing */
	bool no_start, no_rules;

	/* While it runs. */
	char bus[16];			/* mbusN */
	bool attached;			/* by setup, which has to detach it */
	struct meterbus_port port;
	bool has_port;
	struct meterbus_status status;
};

/* --- ask.c: without an answer, @option is reported as missing. */

/* The answer, to be freed; @preset (or NULL) if it is empty or --yes. */
char *setup_ask(const struct setup *setup, const char *option,
		const char *question, const char *preset);
/* The same, without echo on a terminal. */
char *setup_ask_secret(const struct setup *setup, const char *option,
		       const char *question);
bool setup_ask_yes(const struct setup *setup, const char *option,
		   const char *question, bool preset);

/* --- files.c */

/*
 * Makes @path have @text: 1 if it was written, 0 if it had that already, -1
 * after fail().
 */
int setup_write(const char *path, const char *text, unsigned int mode);
/* Changes owner and group to root and mbusd, if that group exists. */
void setup_share(const char *path);
/* Addresses in mbusd.conf and conf.d below @etc: is that meter there? */
bool setup_is_configured(const char *etc, const struct meterbus_address *address);

/* --- program.c: @words end with NULL; "mbusctl" is this program, "mbusd" the
 * one beside it.
 */

/* Its exit status, 127 if there is no such program; the first line of its output. */
int setup_run(const char *const *words, char *line, size_t size);

#endif
