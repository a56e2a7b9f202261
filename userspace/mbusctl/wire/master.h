/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The master of a bus, as commands use it: findings are printed on stderr, a
 * signal stops it, and quirks are chosen by the user.
 */
#ifndef MBUSCTL_MASTER_H
#define MBUSCTL_MASTER_H

#include <meterbus/bus.h>
#include <meterbus/master.h>
#include <meterbus/quirks.h>

struct command;

/* Returns STATUS_OK or what fail() returned. */
int parse_address(struct meterbus_address *address, const char *text);

/*
 * Opens the bus of -b and starts a master on it. Returns STATUS_OK, then the
 * caller calls close_master(), or what fail() returned.
 */
int open_master(struct meterbus_master **master, struct meterbus_bus **bus);
void close_master(struct meterbus_master *master, struct meterbus_bus *bus);

/*
 * Prints the result of @command for the meter at @address (NULL: all meters)
 * as a line, or with --json as an object. Returns STATUS_OK.
 */
int print_done(const struct command *command, const struct meterbus_bus *bus,
	       const struct meterbus_address *address, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Parses the address of a command that has no option of its own but --force,
 * which is allowed if @force is not NULL. Returns -1 to continue, with optind
 * after the address, or an exit status.
 */
int take_address(const struct command *command, int argc, char **argv,
		 struct meterbus_address *address, bool *force);

/* True for 254 and 255, which address all meters. */
bool is_for_all(const struct meterbus_address *address);

/* STATUS_OK, or what fail() returned if @address is that of all meters. */
int refuse_all(const struct command *command,
	       const struct meterbus_address *address, bool force);

/* True for 255 (broadcast), which no meter answers. */
bool is_broadcast(const struct meterbus_address *address);

/* As a master's callback: writes the finding to stderr. */
void note_finding(void *context, const struct meterbus_finding *finding);

/* A master on @bus alone; NULL after fail() without memory. */
struct meterbus_master *start_master(struct meterbus_bus *bus);

#define QUIRKS_FILE_MAX 64

/* All zero: the known quirks. */
struct quirks_choice {
	const struct meterbus_quirks *named;	/* for every meter */
	size_t count;				/* else those of a file, if any */
	struct meterbus_quirks file[QUIRKS_FILE_MAX];
};

/* --quirks @text: name or file. Returns -1 to continue or an exit status. */
int quirks_choose(struct quirks_choice *choice, const char *text);

/* The quirks of @address; NULL: none. */
const struct meterbus_quirks *quirks_for(const struct quirks_choice *choice,
					 const struct meterbus_address *address);

/*
 * After a readout of @name at @address without quirks: prints a note if there
 * are quirks for the meter that answered.
 */
void quirks_hint(const struct quirks_choice *choice,
		 const struct meterbus_address *address,
		 const struct meterbus_readout *readout, const char *name);

#endif
