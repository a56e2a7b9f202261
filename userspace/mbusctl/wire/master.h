/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The master of a bus as all commands use it: what it notices goes to stderr,
 * a signal stops it, and the quirks of meters come from where the user says.
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
 * Opens the bus that -b names, with a master on it. Returns STATUS_OK, and then
 * meterbus_bus_close() is due, or what fail() returned.
 */
int open_master(struct meterbus_master *master, struct meterbus_bus *bus);

/*
 * What @command has done for the meter at @address (NULL: to all), as a line or
 * with --json as an object. Returns STATUS_OK.
 */
int print_done(const struct command *command, const struct meterbus_bus *bus,
	       const struct meterbus_address *address, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * The one address of a command without options of its own but --force, which
 * is refused if @force is NULL. Returns -1 to go on with argv[optind] behind
 * the address, or an exit status.
 */
int take_address(const struct command *command, int argc, char **argv,
		 struct meterbus_address *address, bool *force);

/* True of the addresses that all meters hear, 254 and 255. */
bool is_for_all(const struct meterbus_address *address);

/* STATUS_OK, or what fail() returned if all meters would hear @command. */
int refuse_all(const struct command *command,
	       const struct meterbus_address *address, bool force);

/* True of 255, and of what is done to it nobody knows. */
bool nobody_answers(const struct meterbus_address *address);

void start_master(struct meterbus_master *master, struct meterbus_bus *bus);

#define QUIRKS_FILE_MAX 64

/* Zeroed: the quirks that are known. */
struct quirks_choice {
	const struct meterbus_quirks *named;	/* for every meter */
	size_t count;				/* else from a file, if any */
	struct meterbus_quirks file[QUIRKS_FILE_MAX];
};

/* --quirks @text: a name or a file. Returns -1 to go on, or an exit status. */
int quirks_choose(struct quirks_choice *choice, const char *text);

/* Those to read @address with; NULL: none. */
const struct meterbus_quirks *quirks_for(const struct quirks_choice *choice,
					 const struct meterbus_address *address);

/*
 * After a readout of the meter called @name without quirks: says so if there
 * are some for the meter that answered.
 */
void quirks_hint(const struct quirks_choice *choice,
		 const struct meterbus_master *master,
		 const struct meterbus_readout *readout, const char *name);

#endif
