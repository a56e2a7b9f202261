// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl: looks up the command and runs it.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/version.h>

#include "ui/command.h"

/* Bounds of the section COMMAND() fills, provided by the linker. */
extern const struct command *const __start_mbusctl_commands[];
extern const struct command *const __stop_mbusctl_commands[];

/* The largest distance at which a command is suggested for an unknown name. */
#define NEAR_DISTANCE 2

struct globals globals;

static size_t command_count(void)
{
	return __stop_mbusctl_commands - __start_mbusctl_commands;
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < command_count(); i++)
		if (!strcmp(__start_mbusctl_commands[i]->name, name))
			return __start_mbusctl_commands[i];
	return NULL;
}

static int compare_commands(const void *a, const void *b)
{
	const struct command *const *x = a;
	const struct command *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* All commands, sorted by name; the section is in link order. */
static const struct command **sorted_commands(void)
{
	const struct command **list;
	size_t count = command_count();

	list = calloc(count, sizeof(*list));
	if (!list)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	memcpy(list, __start_mbusctl_commands, count * sizeof(*list));
	qsort(list, count, sizeof(*list), compare_commands);
	return list;
}

/* Levenshtein distance of two short words. */
static size_t distance(const char *a, const char *b)
{
	size_t row[32];
	size_t len = strlen(b);
	size_t diagonal;
	size_t above;
	size_t i, j;

	if (len >= 32)
		return len;
	for (j = 0; j <= len; j++)
		row[j] = j;
	for (i = 0; a[i]; i++) {
		diagonal = row[0];
		row[0] = i + 1;
		for (j = 0; j < len; j++) {
			above = row[j + 1];
			row[j + 1] = diagonal + (a[i] != b[j]);
			if (row[j + 1] > above + 1)
				row[j + 1] = above + 1;
			if (row[j + 1] > row[j] + 1)
				row[j + 1] = row[j] + 1;
			diagonal = above;
		}
	}
	return row[len];
}

static int fail_unknown(const char *name)
{
	const struct command **list = sorted_commands();
	char near[128] = "";
	size_t used = 0;
	size_t i;

	for (i = 0; i < command_count(); i++) {
		if (distance(name, list[i]->name) > NEAR_DISTANCE &&
		    (!*name || strncmp(name, list[i]->name, strlen(name))))
			continue;
		if (used < sizeof(near))
			used += snprintf(near + used, sizeof(near) - used,
					 "%s%s", used ? " or " : "",
					 list[i]->name);
	}
	free(list);
	if (used)
		return fail(STATUS_USAGE,
			    "unknown command '%s'; did you mean %s?", name,
			    near);
	return fail(STATUS_USAGE,
		    "unknown command '%s'; see 'mbusctl help'",
		    name);
}

static void print_overview(FILE *out)
{
	const struct command **list = sorted_commands();
	size_t i;

	fputs("Usage: mbusctl [-b BUS] [--json] COMMAND [ARGUMENTS]\n"
	      "Reads and controls wired M-Bus (EN 13757) meters on /dev/mbusN.\n\n"
	      "Commands:\n",
	      out);
	for (i = 0; i < command_count(); i++)
		fprintf(out, "  %-12s %s\n", list[i]->name, list[i]->summary);
	fputs("\nOptions, before or after the command:\n"
	      "  -b, --bus BUS  mbus0, 0, or its tty; default: the only bus\n"
	      "      --json     print JSON\n"
	      "  -h, --help     print this help, or that of the command\n"
	      "      --version  print the version\n\n"
	      "'mbusctl help COMMAND' and the manual page mbusctl-COMMAND describe a command.\n",
	      out);
	free(list);
}

static int run_help(int argc, char **argv);

COMMAND(help_command,
	.name = "help",
	.arguments = "[COMMAND]",
	.summary = "describe a command",
	.run = run_help);

static int run_help(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };
	const struct command *command;
	int letter;
	int status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = common_option(&help_command, letter);
		if (status >= 0)
			return status;
	}
	if (argc - optind > 1)
		return fail_usage(&help_command, "too many arguments; give one command");
	if (argc == optind) {
		print_overview(stdout);
		return STATUS_OK;
	}
	command = find_command(argv[optind]);
	if (!command)
		return fail_unknown(argv[optind]);
	return common_option(command, 'h');
}

static int run_command(int argc, char **argv)
{
	const struct command *command = find_command(argv[0]);
	char title[64];

	if (!command)
		return fail_unknown(argv[0]);
	snprintf(title, sizeof(title), "mbusctl %s", command->name);
	argv[0] = title;
	/* Zero makes getopt_long() restart, with the options of the command. */
	optind = 0;
	return command->run(argc, argv);
}

/* Reports output that could not be written, for example to a full disk. */
static int finish_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	/* A reader that closed the pipe, as head(1) does, is no error. */
	if (errno == EPIPE || status != STATUS_OK)
		return status;
	return fail(STATUS_SYSTEM, "cannot write to standard output: %s",
		    strerror(errno));
}

int main(int argc, char **argv)
{
	enum { OPTION_VERSION = 1001 };
	static const struct option options[] = {
		COMMON_OPTIONS,
		{ "version", no_argument, NULL, OPTION_VERSION },
		{ 0 }
	};
	int letter;

	argv[0] = (char *)"mbusctl";
	while ((letter = getopt_long(argc, argv, "+" COMMON_LETTERS, options,
				     NULL)) != -1) {
		switch (letter) {
		case 'h':
			print_overview(stdout);
			return finish_output(STATUS_OK);
		case OPTION_VERSION:
			printf("mbusctl %s\n", meterbus_version_text());
			return finish_output(STATUS_OK);
		case '?':
			fputs("Try 'mbusctl --help'.\n", stderr);
			return STATUS_USAGE;
		default:
			common_option(&help_command, letter);
		}
	}
	if (optind == argc) {
		print_overview(stderr);
		return STATUS_USAGE;
	}
	return finish_output(run_command(argc - optind, argv + optind));
}
