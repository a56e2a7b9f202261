// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl decode: telegrams in hex, one a line, to readings.
 */
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/decode.h>
#include <meterbus/json.h>
#include <meterbus/telegram.h>

#include "command.h"
#include "table.h"

static int run_decode(int argc, char **argv);

COMMAND(decode_command,
	.name = "decode",
	.arguments = "[--json] [FILE... | -]",
	.summary = "show what telegrams in hex say",
	.help = "Reads files, or standard input, with one telegram a line: hex digits, where\n"
		"spaces, colons, commas and 0x do not matter. # and ; start a comment. With\n"
		"--json one object a telegram and line.\n\n"
		"A line that is no telegram, or of which nothing is understood, is named on\n"
		"standard error; the others are decoded and the exit status is 9.\n",
	.run = run_decode);

/* Where a line comes from, for messages. */
struct place {
	const char *file;
	size_t line;
};

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

static int fail_line(const struct place *place, const char *why)
{
	return fail(STATUS_DECODE, "%s:%zu: %s", place->file, place->line,
		    why);
}

/*
 * Returns how many bytes @line has, or -1 after saying why it is no hex text.
 */
static int parse_line(uint8_t bytes[METERBUS_TELEGRAM_MAX], const char *line,
		      const struct place *place)
{
	char why[80];
	int count = 0;

	for (const char *c = line; *c && *c != '#' && *c != ';'; c++) {
		if (strchr(" \t\r\n:,", *c))
			continue;
		if (c[0] == '0' && (c[1] | 0x20) == 'x') {
			c++;
			continue;
		}
		if (digit_value(c[0]) < 0) {
			snprintf(why, sizeof(why),
				 "column %zu is no hexadecimal digit",
				 (size_t)(c - line) + 1);
			return fail_line(place, why), -1;
		}
		if (digit_value(c[1]) < 0) {
			snprintf(why, sizeof(why),
				 "the digit in column %zu is half a byte",
				 (size_t)(c - line) + 1);
			return fail_line(place, why), -1;
		}
		if (count == METERBUS_TELEGRAM_MAX)
			return fail_line(place,
					 "more than 261 bytes, which no telegram has"),
			       -1;
		bytes[count++] = digit_value(c[0]) << 4 | digit_value(c[1]);
		c++;
	}
	return count;
}

static int print_telegram(const struct meterbus_telegram *telegram)
{
	struct json_object *readout;
	struct meterbus_error err;
	int status = STATUS_OK;

	if (!globals.json) {
		table_print(stdout, telegram);
		return STATUS_OK;
	}
	readout = meterbus_json_readout(NULL, NULL);
	if (!readout)
		return fail(STATUS_SYSTEM, "no memory left for JSON");
	if (meterbus_json_add(readout, telegram->raw, telegram->raw_len, &err))
		status = fail_error(&err);
	else
		print_json(readout);
	json_object_put(readout);
	return status;
}

static int decode_line(const char *line, const struct place *place)
{
	uint8_t bytes[METERBUS_TELEGRAM_MAX];
	struct meterbus_application app;
	struct meterbus_telegram telegram;
	struct meterbus_error err;
	char why[120];
	int len, status;

	len = parse_line(bytes, line, place);
	if (len < 0)
		return STATUS_DECODE;
	if (!len)
		return STATUS_OK;
	if (meterbus_telegram_parse(&telegram, bytes, len, &err))
		return fail_line(place, err.text);
	status = print_telegram(&telegram);
	if (status != STATUS_OK)
		return status;

	meterbus_application_parse(&app, &telegram);
	if (!app.error)
		return STATUS_OK;
	snprintf(why, sizeof(why), "%s (CI %02X): %s", app.ci_name, app.ci,
		 app.error);
	return fail_line(place, why);
}

static int decode_stream(FILE *in, const char *name)
{
	struct place place = { name, 0 };
	int status = STATUS_OK;
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, in) >= 0) {
		int result;

		place.line++;
		result = decode_line(line, &place);
		if (result != STATUS_OK)
			status = result;
		if (result == STATUS_SYSTEM)
			break;
	}
	if (ferror(in))
		status = fail(STATUS_SYSTEM, "cannot read %s: %m", name);
	free(line);
	return status;
}

static int fail_open(const char *name)
{
	size_t digits = strspn(name, "0123456789abcdefABCDEF");
	int status = errno == EACCES ? STATUS_PERMISSION : STATUS_USAGE;

	if (errno == ENOENT && digits >= 2 && !name[digits])
		return fail(status,
			    "there is no file %.40s; to decode a telegram, pipe it: echo 680303... | mbusctl decode",
			    name);
	return fail(status, "cannot open %s: %m", name);
}

static int decode_file(const char *name)
{
	int status;
	FILE *in;

	if (!strcmp(name, "-"))
		return decode_stream(stdin, "standard input");
	in = fopen(name, "re");
	if (!in)
		return fail_open(name);
	status = decode_stream(in, name);
	fclose(in);
	return status;
}

static int run_decode(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };
	int letter, status = STATUS_OK;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		int result = common_option(&decode_command, letter);

		if (result >= 0)
			return result;
	}
	if (optind == argc)
		return decode_file("-");
	for (; optind < argc; optind++) {
		int result = decode_file(argv[optind]);

		if (result != STATUS_OK)
			status = result;
	}
	return status;
}
