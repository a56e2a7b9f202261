// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl read: reads meters, each with all its telegrams.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <meterbus/format.h>
#include <meterbus/master.h>

#include "ui/command.h"
#include "daemon/daemon.h"
#include "daemon/bus.h"
#include "wire/master.h"
#include "print/output.h"
#include "ui/progress.h"
#include "print/sheet.h"

static int run_read(int argc, char **argv);

COMMAND(read_command,
	.name = "read",
	.arguments = "ADDRESS|NAME... [OPTIONS]",
	.summary = "read meters",
	.help = "ADDRESS is one of\n"
		"  5                   primary address, 0 to 250\n"
		"  31892743            the 8 digits on the meter; F matches any digit\n"
		"  3189274324232804    secondary address as 'scan' prints it\n"
		"  31892743.HYD.28.04  the same with the manufacturer's code; may be cut at a dot\n"
		"  31892743.HYD.28.04.00001234  also with the fabrication number\n"
		"NAME is that of a meter of mbusd, see 'mbusctl meters'; mbusd then reads it.\n"
		"Prints all telegrams of the meters as tables.\n"
		"      --json   an object for each meter: bus, time, address, outcome (read,\n"
		"               silence, collision, garbled, unreadable ...), why, telegrams\n"
		"      --format FORMAT  table, json, xml, xml-normalized, csv, influx, annotated\n"
		"      --units UNITS  of a table: meter (default), as on its face: kWh, kW, l/h;\n"
		"               si: Wh, W, m³/h as in the other formats\n"
		"      --bytes  in a table: the bytes of each record\n"
		"      --raw    each telegram as a line of hex, e.g. for 'mbusctl decode -'\n"
		"      --key HEX   AES-128 key of encrypted meters, 32 digits\n"
		"      --meter ADDRESS   16 digits, for the key, if not in the telegrams\n"
		"      --quirks NAME|FILE  deviations of the meters from the standard: a file, or the\n"
		"               name of known quirks (Documentation/quirks.md)\n"
		"      --direct   use the bus itself, even if mbusd serves it\n"
		"      --socket PATH  where mbusd listens, default " DAEMON_SOCKET "\n"
		"Findings are printed on stderr.\n"
		"Exit status: 0 read, 5 no answer, 6 several meters answered, 7 damaged answer,\n"
		"8 acknowledged but not read, 9 not decoded. Telegrams read before a failure are\n"
		"printed. The first failure sets the status; the other meters are still read.\n",
	.run = run_read);

struct reader {
	struct meterbus_bus *bus;
	bool direct;
	struct daemon_bus daemon;	/* name empty: not used */
	struct meterbus_master *master;
	struct quirks_choice quirks;
	struct output output;
	bool raw;
};

static void print_raw(const struct meterbus_readout *readout)
{
	char hex[HEX_TEXT_SIZE(METERBUS_TELEGRAM_MAX)];

	for (size_t i = 0; i < readout->count; i++)
		puts(hex_text(hex, readout->telegrams[i].bytes,
			      readout->telegrams[i].len, 0));
}

static int print(struct reader *reader, const struct meterbus_readout *readout,
		 const char *bus, const char *name)
{
	struct meterbus_telegram telegrams[METERBUS_READOUT_MAX];
	struct meterbus_decoder *decoder = &reader->output.decoder;
	const struct meterbus_address *meter = decoder->meter;
	struct timespec now;
	int status;

	if (reader->raw) {
		print_raw(readout);
		return STATUS_OK;
	}
	/* They parse: the library has checked them. */
	for (size_t i = 0; i < readout->count; i++)
		meterbus_telegram_parse(&telegrams[i],
					readout->telegrams[i].bytes,
					readout->telegrams[i].len, NULL);
	if (reader->output.printed && reader->output.format == TABLE)
		putchar('\n');
	if (!meter && readout->identified)
		decoder->meter = &readout->meter;
	clock_gettime(CLOCK_REALTIME, &now);
	/* The time when the readout was complete, to the second. */
	status = output_readout(&reader->output, telegrams, readout->count,
				bus, now.tv_sec * 1000000000LL, name);
	decoder->meter = meter;
	return status;
}

/* ------------------------------------------------------------- by mbusd */

/*
 * What the program decodes itself: with a key of the user's, which mbusd does
 * not have.
 */
static bool decodes_here(const struct reader *reader)
{
	return reader->raw || reader->output.decoder.key ||
	       reader->output.decoder.meter;
}

/* Tables are made here, in the language of the user. */
static void print_sheets(struct reader *reader,
			 const struct daemon_reading *reading)
{
	struct json_object *object = daemon_parse_exact(reading->line);
	struct json_object *list = daemon_list(object, "telegrams");
	struct meterbus_decoder *decoder = &reader->output.decoder;
	struct meterbus_application app;
	struct meterbus_telegram telegram;

	for (size_t i = 0; i < reading->readout.count; i++) {
		struct json_object *item = daemon_list_item(list, i);

		/* They parse: daemon_bus_read() has checked them. */
		meterbus_telegram_parse(&telegram,
					reading->readout.telegrams[i].bytes,
					reading->readout.telegrams[i].len,
					NULL);
		meterbus_decoder_parse(decoder, &app, &telegram);
		if (i)
			putchar('\n');
		sheet_print(&telegram, &app, daemon_list(item, "records"),
			    reader->output.bytes);
	}
	json_object_put(object);
}

static void print_text(struct reader *reader,
		       const struct daemon_reading *reading)
{
	if (reader->output.format == TABLE) {
		if (reader->output.printed++)
			putchar('\n');
		print_sheets(reader, reading);
		return;
	}
	if (reader->output.format == JSON) {
		puts(reading->line);
	} else {
		if (!reader->output.printed && reader->output.format == CSV)
			meterbus_csv_head(stdout);
		fputs(daemon_text(reading->object, "text"), stdout);
	}
	reader->output.printed++;
}

/* Reports telegrams that mbusd could not decode; STATUS_OK if there are none. */
static int check_decoded(const struct daemon_reading *reading, const char *name)
{
	struct json_object *list = daemon_list(reading->object, "telegrams");
	int status = STATUS_OK;

	for (size_t i = 0; i < daemon_list_length(list); i++) {
		struct json_object *telegram = daemon_list_item(list, i);

		if (*daemon_text(telegram, "error"))
			status = fail(STATUS_DECODE, "%s: CI %02X: %s", name,
				      (unsigned int)daemon_number(telegram,
								  "ci"),
				      daemon_text(telegram, "error"));
	}
	return status;
}

/* "text" of the answer; tables are made here. */
static const char *daemon_format(const struct reader *reader)
{
	if (decodes_here(reader) || reader->output.format == TABLE)
		return "json";
	return output_format_name(reader->output.format);
}

static int read_by_daemon(struct reader *reader,
			  const struct daemon_bus *bus,
			  const struct daemon_meter *meter, const char *name)
{
	struct daemon_reading reading;
	struct meterbus_error err;
	int status = STATUS_OK;
	int ret;

	progress_show("reading %s", name);
	ret = daemon_bus_read(bus, meter, daemon_format(reader), &reading,
			      &err);
	progress_clear();
	reader->output.address = name;
	reader->output.error = ret < 0 ? &err : NULL;
	if (decodes_here(reader) && reading.readout.count) {
		status = print(reader, &reading.readout, bus->device, name);
	} else if (reading.line &&
		   (reading.readout.count || reader->output.format == JSON)) {
		print_text(reader, &reading);
		status = check_decoded(&reading, name);
	}
	daemon_reading_free(&reading);
	if (stop_requested())
		return STATUS_SIGNAL + stop_requested();
	return ret < 0 ? fail_error(&err) : status;
}

/* ------------------------------------------------------- on the bus itself */

static int read_by_bus(struct reader *reader,
		       const struct meterbus_address *address)
{
	struct meterbus_readout readout;
	char name[METERBUS_ADDRESS_TEXT];
	struct meterbus_error err;
	int status = STATUS_OK;
	bool has_line;
	int ret;

	meterbus_address_format(address, name);
	progress_show("reading %s", name);
	meterbus_master_set_quirks(reader->master,
				   quirks_for(&reader->quirks, address));
	ret = meterbus_read(reader->master, address, &readout, &err);
	progress_clear();
	reader->output.address = name;
	reader->output.error = ret < 0 ? &err : NULL;
	has_line = reader->output.format == JSON && !stop_requested();
	if (readout.count || has_line)
		status = print(reader, &readout, meterbus_bus_name(reader->bus), name);
	if (stop_requested())
		return STATUS_SIGNAL + stop_requested();
	if (ret == 0)
		quirks_hint(&reader->quirks, address, &readout, name);
	return ret < 0 ? fail_error(&err) : status;
}

/* ------------------------------------------------------------ all of them */

/* A meter to read, and the bus it is on if that is known. */
struct target {
	struct daemon_meter meter;
	struct daemon_bus bus;	/* of a name */
};

static int read_meter(struct reader *reader, const struct target *target)
{
	char text[METERBUS_ADDRESS_TEXT];

	if (target->meter.name && !reader->direct)
		return read_by_daemon(reader, &target->bus, &target->meter,
				      target->meter.name);
	if (reader->daemon.name[0])
		return read_by_daemon(
			reader, &reader->daemon, &target->meter,
			meterbus_address_format(&target->meter.address, text));
	return read_by_bus(reader, &target->meter.address);
}

static int read_meters(struct reader *reader, const struct target *targets,
		       int count)
{
	int status = STATUS_OK;

	for (int i = 0; i < count && !stop_requested(); i++) {
		int result = read_meter(reader, &targets[i]);

		if (status == STATUS_OK || stop_requested())
			status = result;
		/* The others cannot be read either. */
		if (result == STATUS_UNPLUGGED || result == STATUS_SYSTEM)
			break;
	}
	return status;
}

/* mbusd does not support quirks that the user chooses. */
static int read_by_some_way(struct reader *reader,
			    const struct target *targets, int count)
{
	bool all_named = true;
	int status;

	reader->direct = reader->direct || reader->quirks.named ||
			 reader->quirks.count;
	for (int i = 0; i < count; i++)
		all_named = all_named && targets[i].meter.name;
	if (!reader->direct && (all_named || daemon_bus_find(&reader->daemon))) {
		reader->daemon.finding = note_finding;
		stop_on_signals();
		return read_meters(reader, targets, count);
	}
	status = open_master(&reader->master, &reader->bus);
	if (status != STATUS_OK)
		return status;
	status = read_meters(reader, targets, count);
	close_master(reader->master, reader->bus);
	return status;
}

/* An argument that is not an address may be the name of a meter in mbusd. */
static int find_target(struct target *target, const char *text)
{
	struct meterbus_error err, unknown;

	if (meterbus_address_parse(&target->meter.address, text, &err) == 0)
		return STATUS_OK;
	if (!daemon_is_wanted() && !daemon_is_there())
		return fail_error(&err);
	if (daemon_meter_find(text, &target->meter, &target->bus,
			      &unknown) < 0)
		return fail_error(&unknown);
	target->bus.finding = note_finding;
	if (globals.bus && strcmp(globals.bus, target->bus.name))
		return fail(STATUS_USAGE,
			    "meter %s is on bus %s, not on %s; leave out -b or name that bus",
			    text, target->bus.name, globals.bus);
	return STATUS_OK;
}

static int find_targets(struct target *targets, int count, char **texts)
{
	int status = STATUS_OK;

	for (int i = 0; i < count && status == STATUS_OK; i++)
		status = find_target(&targets[i], texts[i]);
	return status;
}

static int run_read(int argc, char **argv)
{
	enum { OPTION_RAW = 2000, OPTION_QUIRKS, OPTION_DIRECT };
	static const struct option options[] = {
		OUTPUT_OPTIONS,
		DAEMON_OPTIONS,
		COMMON_OPTIONS,
		{ "raw", no_argument, NULL, OPTION_RAW },
		{ "quirks", required_argument, NULL, OPTION_QUIRKS },
		{ "direct", no_argument, NULL, OPTION_DIRECT },
		{ 0 }
	};
	struct target *targets;
	struct reader reader = { .raw = false };
	int letter, count;
	int status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = -1;
		if (letter == OPTION_RAW)
			reader.raw = true;
		else if (letter == OPTION_QUIRKS)
			status = quirks_choose(&reader.quirks, optarg);
		else if (letter == OPTION_DIRECT)
			reader.direct = true;
		else if (letter == DAEMON_SOCKET_OPTION)
			status = daemon_option(&read_command, letter);
		else
			status = output_option(&reader.output, &read_command,
					       letter);
		if (status >= 0)
			return status;
	}
	count = argc - optind;
	if (!count)
		return fail_usage(&read_command, "no meter address given");
	status = output_start(&reader.output);
	if (status == STATUS_OK && reader.raw && reader.output.format != TABLE)
		status = fail(STATUS_USAGE,
			      "--raw excludes --format and --json");
	if (status != STATUS_OK)
		return status;
	targets = calloc(count, sizeof(*targets));
	if (!targets)
		return fail(STATUS_SYSTEM, "out of memory");
	status = find_targets(targets, count, argv + optind);
	if (status == STATUS_OK)
		status = read_by_some_way(&reader, targets, count);
	free(targets);
	return status;
}
