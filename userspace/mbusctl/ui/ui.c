// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Errors, usage, common options and small helpers of all commands.
 */
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/command.h"
#include "ui/hint.h"
#include "ui/progress.h"

static const enum status statuses[] = {
	[METERBUS_OK]		= STATUS_OK,
	[METERBUS_E_USAGE]	= STATUS_USAGE,
	[METERBUS_E_NO_BUS]	= STATUS_NO_BUS,
	[METERBUS_E_NO_TTY]	= STATUS_NO_BUS,
	[METERBUS_E_PERMISSION]	= STATUS_PERMISSION,
	[METERBUS_E_BUSY]	= STATUS_BUSY,
	[METERBUS_E_UNPLUGGED]	= STATUS_UNPLUGGED,
	[METERBUS_E_SILENCE]	= STATUS_SILENCE,
	[METERBUS_E_COLLISION]	= STATUS_COLLISION,
	[METERBUS_E_GARBLED]	= STATUS_GARBLED,
	[METERBUS_E_UNREADABLE]	= STATUS_UNREADABLE,
	[METERBUS_E_DECODE]	= STATUS_DECODE,
	[METERBUS_E_SYSTEM]	= STATUS_SYSTEM,
	[METERBUS_E_NO_LINK]	= STATUS_UNPLUGGED,
};

enum status error_status(enum meterbus_error_kind kind)
{
	if ((size_t)kind >= sizeof(statuses) / sizeof(statuses[0]))
		return STATUS_SYSTEM;
	return statuses[kind];
}

__attribute__((format(printf, 1, 0)))
static void print_error(const char *format, va_list args)
{
	/* Keeps the order where stdout and stderr are the same file. */
	fflush(stdout);
	fputs("mbusctl: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int fail(enum status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_error(format, args);
	va_end(args);
	return status;
}

int fail_error(const struct meterbus_error *err)
{
	char text[HINT_TEXT];

	error_text(err, text);
	/* Cancelled by stop_requested(), which the library reports as an error. */
	if (err->kind == METERBUS_E_SYSTEM && stop_requested())
		return fail(STATUS_SIGNAL + stop_requested(), "%s", text);
	return fail(error_status(err->kind), "%s", text);
}

static void print_usage(FILE *out, const struct command *command)
{
	fprintf(out, "Usage: mbusctl %s%s%s\n", command->name,
		command->arguments ? " " : "",
		command->arguments ? command->arguments : "");
}

int fail_usage(const struct command *command, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_error(format, args);
	va_end(args);
	print_usage(stderr, command);
	return STATUS_USAGE;
}

int common_option(const struct command *command, int letter)
{
	switch (letter) {
	case 'b':
		globals.bus = optarg;
		return -1;
	case 1000:
		globals.json = true;
		return -1;
	case 'h':
		print_usage(stdout, command);
		printf("\n%c%s.\n", command->summary[0] & ~0x20,
		       command->summary + 1);
		if (command->help)
			printf("\n%s", command->help);
		return STATUS_OK;
	default:
		print_usage(stderr, command);
		return STATUS_USAGE;
	}
}

int open_bus(struct meterbus_bus **bus)
{
	struct meterbus_error err;

	*bus = meterbus_bus_open(globals.bus, &err);
	if (!*bus)
		return fail_error(&err);
	return STATUS_OK;
}

bool parse_number(const char *text, unsigned long min, unsigned long max,
		  unsigned long *value)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long number;

	if (digits == 0 || text[digits])
		return false;
	errno = 0;
	number = strtoul(text, NULL, 10);
	if (errno || number < min || number > max)
		return false;
	*value = number;
	return true;
}

char *hex_text(char *out, const uint8_t *bytes, size_t len, char separator)
{
	static const char digits[] = "0123456789ABCDEF";
	char *end = out;
	size_t i;

	for (i = 0; i < len; i++) {
		if (i && separator)
			*end++ = separator;
		*end++ = digits[bytes[i] >> 4];
		*end++ = digits[bytes[i] & 15];
	}
	*end = '\0';
	return out;
}

void print_json(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object,
					    JSON_C_TO_STRING_PLAIN |
						    JSON_C_TO_STRING_NOSLASHESCAPE));
}

FILE *open_input(const char *path)
{
	FILE *in;

	if (!strcmp(path, "-"))
		return stdin;
	in = fopen(path, "re");
	if (!in)
		fail(STATUS_SYSTEM, "cannot open %s: %s", path,
		     strerror(errno));
	return in;
}
