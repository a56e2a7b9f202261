// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl decode: telegrams from files to readings.
 */
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <meterbus/decoder.h>
#include <meterbus/format.h>
#include <meterbus/json.h>

#include "command.h"
#include "hex.h"
#include "input.h"
#include "table.h"

static int run_decode(int argc, char **argv);

COMMAND(decode_command,
	.name = "decode",
	.arguments = "[--json | --format FORMAT] [--key HEX [--meter ADDRESS]] [FILE... | -]",
	.summary = "show what telegrams say",
	.help = "Reads files, or standard input: hex text with one telegram a line (spaces,\n"
		"colons, commas, 0x do not matter, # and ; start a comment), binary telegrams,\n"
		"debug output of libmbus and pyMeterBus, what mbusctl monitor or read print.\n\n"
		"  --format FORMAT  table (default), json (as --json), xml, xml-normalized,\n"
		"                   csv, influx, annotated\n"
		"  --key HEX        the meter's AES-128 key, 32 digits, for encrypted telegrams\n"
		"  --meter ADDRESS  whose telegrams these are, 16 digits, for encrypted ones with\n"
		"                   the short header, which do not tell\n\n"
		"What is no telegram, or of which nothing is understood, is named on standard\n"
		"error; the others are decoded and the exit status is 9.\n",
	.run = run_decode);

enum format { TABLE, JSON, XML, XML_NORMALIZED, CSV, INFLUX, ANNOTATED };

#define NSEC_PER_SEC 1000000000

/* Formats outlive a telegram: a compact frame needs what came before. */
#define FORMAT_SLOTS 16

struct decode {
	enum format format;
	uint8_t key[METERBUS_KEY_LEN];
	struct meterbus_address meter;
	struct meterbus_decoder decoder;
	struct meterbus_formats formats;
	struct meterbus_format slots[FORMAT_SLOTS];
	bool head_printed;
};

/* ------------------------------------------------------------- output */

/* As in the input: with fractions of a second only if there are some. */
static const char *time_text(char out[40], int64_t time_ns)
{
	time_t seconds = time_ns / NSEC_PER_SEC;
	unsigned int us = time_ns % NSEC_PER_SEC / 1000;
	struct tm tm;
	size_t len;

	if (!time_ns || !gmtime_r(&seconds, &tm))
		return NULL;
	len = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	if (us)
		snprintf(out + len, 40 - len, ".%06uZ", us);
	else
		strcpy(out + len, "Z");
	return out;
}

static int print_json_line(const struct meterbus_reading *reading)
{
	struct json_object *readout;
	struct meterbus_error err;
	int status = STATUS_OK;
	char time[40];

	readout = meterbus_json_readout(reading->bus,
					time_text(time, reading->time_ns));
	if (!readout)
		return fail(STATUS_SYSTEM, "no memory left for JSON");
	if (meterbus_json_add_decoded(readout, reading->telegram, reading->app,
				      &err))
		status = fail_error(&err);
	else
		print_json(readout);
	json_object_put(readout);
	return status;
}

static int print_xml(const struct meterbus_reading *reading,
		     enum meterbus_xml_flavour flavour)
{
	struct meterbus_error err;

	if (meterbus_xml_write(stdout, reading, 1, flavour, &err))
		return fail_error(&err);
	return STATUS_OK;
}

static int print_reading(struct decode *decode,
			 const struct meterbus_reading *reading)
{
	switch (decode->format) {
	case TABLE:
		table_print(stdout, reading->telegram, reading->app);
		break;
	case JSON:
		return print_json_line(reading);
	case XML:
		return print_xml(reading, METERBUS_XML_PLAIN);
	case XML_NORMALIZED:
		return print_xml(reading, METERBUS_XML_NORMALIZED);
	case CSV:
		if (!decode->head_printed)
			meterbus_csv_head(stdout);
		decode->head_printed = true;
		meterbus_csv_write(stdout, reading);
		break;
	case INFLUX:
		meterbus_influx_write(stdout, reading);
		break;
	case ANNOTATED:
		meterbus_annotate(stdout, reading);
		putchar('\n');
		break;
	}
	return STATUS_OK;
}

/* -------------------------------------------------------------- input */

static int fail_place(const struct input *input, const char *why)
{
	char place[INPUT_PLACE_SIZE];

	return fail(STATUS_DECODE, "%s: %s", input_place(input, place), why);
}

static int decode_telegram(struct decode *decode, const struct input *input,
			   const struct input_telegram *telegram)
{
	struct meterbus_application app;
	struct meterbus_reading reading = {
		.telegram = &telegram->telegram,
		.app = &app,
		.bus = *telegram->bus ? telegram->bus : NULL,
		.time_ns = telegram->time_ns,
	};
	char why[200];
	int status;

	meterbus_decoder_parse(&decode->decoder, &app, &telegram->telegram);
	status = print_reading(decode, &reading);
	if (status != STATUS_OK || !app.error)
		return status;
	snprintf(why, sizeof(why), "%s (CI %02X): %s", app.ci_name, app.ci,
		 app.error);
	return fail_place(input, why);
}

static int decode_stream(struct decode *decode, FILE *in, const char *name)
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
		else
			failed = decode_telegram(decode, &input, &telegram);
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
			    "there is no file %.40s; to decode a telegram, pipe it: echo 680303... | mbusctl decode",
			    name);
	return fail(status, "cannot open %s: %m", name);
}

static int decode_file(struct decode *decode, const char *name)
{
	int status;
	FILE *in;

	if (!strcmp(name, "-"))
		return decode_stream(decode, stdin, "standard input");
	in = fopen(name, "re");
	if (!in)
		return fail_open(name);
	status = decode_stream(decode, in, name);
	fclose(in);
	return status;
}

/* ------------------------------------------------------------- options */

static int parse_format(struct decode *decode, const char *name)
{
	static const char *const names[] = {
		[TABLE] = "table", [JSON] = "json", [XML] = "xml",
		[XML_NORMALIZED] = "xml-normalized", [CSV] = "csv",
		[INFLUX] = "influx", [ANNOTATED] = "annotated",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name))
			continue;
		decode->format = i;
		return -1;
	}
	return fail(STATUS_USAGE,
		    "--format %s: not one of table, json, xml, xml-normalized, csv, influx, annotated",
		    name);
}

/* The key itself is not repeated: messages end up in logs. */
static int parse_key(struct decode *decode, const char *text)
{
	uint8_t bytes[METERBUS_TELEGRAM_MAX];
	char why[HEX_WHY_SIZE];
	size_t len = 0;

	if (hex_parse(bytes, &len, text, 0, why))
		return fail(STATUS_USAGE, "--key: %s", why);
	if (len != sizeof(decode->key))
		return fail(STATUS_USAGE,
			    "--key: an AES-128 key has 32 hexadecimal digits, not %zu",
			    2 * len);
	memcpy(decode->key, bytes, len);
	decode->decoder.key = decode->key;
	return -1;
}

static int parse_meter(struct decode *decode, const char *text)
{
	struct meterbus_error err;

	if (meterbus_address_parse(&decode->meter, text, &err))
		return fail_error(&err);
	if (!decode->meter.secondary || !meterbus_address_exact(&decode->meter))
		return fail(STATUS_USAGE,
			    "--meter %s: only the whole secondary address tells a meter, 16 digits without wildcards",
			    text);
	decode->decoder.meter = &decode->meter;
	return -1;
}

static int run_decode(int argc, char **argv)
{
	enum { FORMAT = 2000, KEY, METER };
	static const struct option options[] = {
		{ "format", required_argument, NULL, FORMAT },
		{ "key", required_argument, NULL, KEY },
		{ "meter", required_argument, NULL, METER },
		COMMON_OPTIONS,
		{ 0 }
	};
	struct decode decode = { .format = TABLE };
	int letter, status = -1;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		if (letter == FORMAT)
			status = parse_format(&decode, optarg);
		else if (letter == KEY)
			status = parse_key(&decode, optarg);
		else if (letter == METER)
			status = parse_meter(&decode, optarg);
		else
			status = common_option(&decode_command, letter);
		if (status >= 0)
			return status;
	}
	if (globals.json && decode.format != TABLE && decode.format != JSON)
		return fail(STATUS_USAGE,
			    "--json and another --format: only one of them");
	if (globals.json)
		decode.format = JSON;
	decode.formats.slots = decode.slots;
	decode.formats.count = FORMAT_SLOTS;
	decode.decoder.formats = &decode.formats;

	if (optind == argc)
		return decode_file(&decode, "-");
	for (status = STATUS_OK; optind < argc; optind++) {
		int result = decode_file(&decode, argv[optind]);

		if (result != STATUS_OK)
			status = result;
	}
	return status;
}
