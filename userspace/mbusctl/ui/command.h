/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands of mbusctl: one file each, registered with COMMAND().
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
	STATUS_SYSTEM		= 1,	/* a system call failed */
	STATUS_USAGE		= 2,	/* invalid command line */
	STATUS_NO_BUS		= 3,	/* no such bus or tty */
	STATUS_PERMISSION	= 4,
	STATUS_SILENCE		= 5,	/* no answer; nothing found */
	STATUS_COLLISION	= 6,	/* several meters answered at once */
	STATUS_GARBLED		= 7,	/* the answer was damaged */
	STATUS_UNREADABLE	= 8,	/* acknowledged, but not read or not done */
	STATUS_DECODE		= 9,	/* contents not decoded */
	STATUS_UNPLUGGED	= 10,
	STATUS_BUSY		= 11,	/* in use by another program */
	STATUS_FOUND		= 12,	/* doctor: a warning or a fault */
};

struct command {
	const char *name;
	const char *arguments;	/* for the usage line; may be NULL */
	const char *summary;	/* for the list of commands */
	const char *help;	/* for --help: options, one a line; may be NULL */
	/*
	 * argv[0] is "mbusctl NAME", which getopt_long() puts in front of its
	 * messages. Returns an exit status.
	 */
	int (*run)(int argc, char **argv);
};

/* Puts a command into the section that main.c searches. */
#define COMMAND(ident, ...)						\
	static const struct command ident = { __VA_ARGS__ };		\
	static const struct command *const ident##_registered		\
		__attribute__((used, section("mbusctl_commands"))) = &ident

/* Options that are allowed before and after the command's name. */
struct globals {
	const char *bus;	/* -b/--bus; NULL: the only bus */
	bool json;		/* --json */
};

extern struct globals globals;

/*
 * Options of every command: a command puts COMMON_OPTIONS into its table for
 * getopt_long() and COMMON_LETTERS into its letters, and passes letters it
 * does not handle to common_option(). That returns -1 to continue or an exit
 * status.
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
/* The same for an error of the library. */
int fail_error(const struct meterbus_error *err);
/* The exit status for @kind. */
enum status error_status(enum meterbus_error_kind kind);
/* Prints the message and the usage of @command; returns STATUS_USAGE. */
int fail_usage(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Opens the bus of -b. Returns STATUS_OK or what fail() returned. */
int open_bus(struct meterbus_bus **bus);

/*
 * Parses @text, a decimal number from @min to @max and nothing else. Returns
 * false if it is not one.
 */
bool parse_number(const char *text, unsigned long min, unsigned long max,
		  unsigned long *value);

/* Upper-case hex, @separator (if not 0) between the bytes; returns @out. */
#define HEX_TEXT_SIZE(len) ((len) * 3 + 1)
char *hex_text(char *out, const uint8_t *bytes, size_t len, char separator);

/* Opens @path, "-" is stdin; NULL after fail() has printed the reason. */
FILE *open_input(const char *path);

struct json_object;
/* Prints @object as one line on stdout. */
void print_json(struct json_object *object);

#endif
