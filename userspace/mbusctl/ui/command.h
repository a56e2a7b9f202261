/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands of mbusctl: one file each, which registers itself with COMMAND().
 */
#ifndef MBUSCTL_COMMAND_H
#define MBUSCTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <meterbus/bus.h>
#include <meterbus/error.h>

/* Exit status by kind, the same for every command (mbusctl.8). */
enum status {
	STATUS_OK		= 0,
	STATUS_SYSTEM		= 1,	/* the system refused something */
	STATUS_USAGE		= 2,	/* the command line makes no sense */
	STATUS_NO_BUS		= 3,	/* no such bus or tty */
	STATUS_PERMISSION	= 4,
	STATUS_SILENCE		= 5,	/* nobody answered, nothing was found */
	STATUS_COLLISION	= 6,	/* several meters answered at once */
	STATUS_GARBLED		= 7,	/* the answer was damaged */
	STATUS_UNREADABLE	= 8,	/* acknowledged, but no readout */
	STATUS_DECODE		= 9,	/* contents not understood */
	STATUS_UNPLUGGED	= 10,
	STATUS_BUSY		= 11,	/* other programs keep the bus */
};

struct command {
	const char *name;
	const char *arguments;	/* for the usage line; may be NULL */
	const char *summary;	/* for the list of commands */
	const char *help;	/* for --help: options, one a line; may be NULL */
	/*
	 * argv[0] is "mbusctl NAME", so that getopt's messages say where they
	 * come from. Returns an exit status.
	 */
	int (*run)(int argc, char **argv);
};

/* The linker collects these; main.c walks them. */
#define COMMAND(ident, ...)						\
	static const struct command ident = { __VA_ARGS__ };		\
	static const struct command *const ident##_registered		\
		__attribute__((used, section("mbusctl_commands"))) = &ident

/* Options that mbusctl takes before the command's name or among its own. */
struct globals {
	const char *bus;	/* -b/--bus, NULL: the only one */
	bool json;		/* --json */
};

extern struct globals globals;

/*
 * getopt_long() options every command shares; a command puts COMMON_OPTIONS
 * into its table and COMMON_LETTERS into its letters, and hands what it does
 * not know to common_option(), which returns -1 to go on or an exit status.
 */
#define COMMON_LETTERS "b:h"
#define COMMON_OPTIONS							\
	{ "bus", required_argument, NULL, 'b' },			\
	{ "json", no_argument, NULL, 1000 },				\
	{ "help", no_argument, NULL, 'h' }
int common_option(const struct command *command, int letter);

/* Prints "mbusctl: ..." as one line on stderr and returns @status. */
int fail(enum status status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same from a library error. */
int fail_error(const struct meterbus_error *err);
/* The exit status that stands for @kind. */
enum status error_status(enum meterbus_error_kind kind);
/* Prints @why and the usage of @command, returns STATUS_USAGE. */
int fail_usage(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Opens the bus that -b names. Returns STATUS_OK or what fail() returned. */
int open_bus(struct meterbus_bus *bus);

/*
 * A whole decimal number from @min to @max, nothing before or behind it.
 * Returns false otherwise.
 */
bool parse_number(const char *text, unsigned long min, unsigned long max,
		  unsigned long *value);

/* Upper-case hex, "E5" or with @separator between the bytes; returns @out. */
#define HEX_TEXT_SIZE(len) ((len) * 3 + 1)
char *hex_text(char *out, const uint8_t *bytes, size_t len, char separator);

/* Opens @path for reading, "-" is stdin; NULL when fail() has said why not. */
FILE *open_input(const char *path);

struct json_object;
/* Prints @object as one line on stdout. */
void print_json(struct json_object *object);

#endif
