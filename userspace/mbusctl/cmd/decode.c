// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl decode: decodes telegrams from files.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ui/command.h"
#include "ui/input.h"
#include "print/output.h"

static int run_decode(int argc, char **argv);

COMMAND(decode_command,
	.name = "decode",
	.arguments = "[--json | --format FORMAT] [--key HEX [--meter ADDRESS]] [FILE... | -]",
	.summary = "decode telegrams",
	.help = "Reads files, or standard input: hex text in any notation (# and ; start a\n"
		"comment), hex dumps, binary telegrams, logs of other programs, output of\n"
		"mbusctl monitor and read.\n\n"
		"  --format FORMAT  table (default), json (as --json), xml, xml-normalized,\n"
		"                   csv, influx, annotated\n"
		"  --units UNITS    of a table: meter (default), as on its face: kWh, kW, l/h;\n"
		"                   si: Wh, W, m³/h as in the other formats\n"
		"  --bytes          in a table: the bytes of each record\n"
		"  --explain        after a table: the rule and description that applied to each record\n"
		"  --key HEX        the meter's AES-128 key, 32 digits, for encrypted telegrams\n"
		"  --meter ADDRESS  the meter, 16 digits, for encrypted telegrams with the short\n"
		"                   header, which do not contain it\n\n"
		"Input that is not a telegram or cannot be decoded is reported on standard\n"
		"error; the rest is decoded and the exit status is 9. Lines of a log without a\n"
		"telegram are counted there.\n",
	.run = run_decode);

static int fail_place(const struct input *input, const char *why)
{
	char place[INPUT_PLACE_SIZE];

	return fail(STATUS_DECODE, "%s: %s", input_place(input, place), why);
}

static int decode_telegram(struct output *output, const struct input *input,
			   const struct input_telegram *telegram)
{
	char place[INPUT_PLACE_SIZE];

	return output_readout(output, &telegram->telegram, 1,
			      *telegram->bus ? telegram->bus : NULL,
			      telegram->time_ns, input_place(input, place));
}

static int decode_stream(struct output *output, FILE *in, const char *name)
{
	struct input_telegram telegram;
	enum input_result result;
	char why[INPUT_WHY_SIZE];
	int status = STATUS_OK;
	struct input input;

	input_start(&input, in, name);
	while ((result = input_next(&input, &telegram, why)) != INPUT_END) {
		int failed = STATUS_OK;

		if (result == INPUT_FAILED) {
			status = fail(STATUS_SYSTEM, "cannot read %s: %m",
				      name);
			break;
		}
		if (result == INPUT_BAD)
			failed = fail_place(&input, why);
		else if (result == INPUT_LEFT_OUT)
			fail_place(&input, why);
		else
			failed = decode_telegram(output, &input, &telegram);
		if (failed != STATUS_OK)
			status = failed;
		if (failed == STATUS_SYSTEM)
			break;
	}
	input_end(&input);
	return status;
}

static int fail_open(const char *name)
{
	size_t digits = strspn(name, "0123456789abcdefABCDEF");
	int status = errno == EACCES ? STATUS_PERMISSION : STATUS_USAGE;

	if (errno == ENOENT && digits >= 2 && !name[digits])
		return fail(status,
			    "no file %.40s; to decode a telegram, pipe it: echo 680303... | mbusctl decode",
			    name);
	return fail(status, "cannot open %s: %m", name);
}

static int decode_file(struct output *output, const char *name)
{
	int status;
	FILE *in;

	if (!strcmp(name, "-"))
		return decode_stream(output, stdin, "standard input");
	in = fopen(name, "re");
	if (!in)
		return fail_open(name);
	status = decode_stream(output, in, name);
	fclose(in);
	return status;
}

static int run_decode(int argc, char **argv)
{
	static const struct option options[] = {
		OUTPUT_OPTIONS,
		COMMON_OPTIONS,
		{ 0 }
	};
	struct output output = { .format = TABLE };
	int letter, status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = output_option(&output, &decode_command, letter);
		if (status >= 0)
			return status;
	}
	status = output_start(&output);
	if (status != STATUS_OK)
		return status;

	if (optind == argc)
		return decode_file(&output, "-");
	for (; optind < argc; optind++) {
		int result = decode_file(&output, argv[optind]);

		if (result != STATUS_OK)
			status = result;
	}
	return status;
}
