// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <meterbus/format.h>
#include <meterbus/json.h>
#include <meterbus/meters.h>

#include "ui/command.h"
#include "ui/hex.h"
#include "print/output.h"
#include "print/entry.h"
#include "ui/language.h"
#include "print/sheet.h"

#define NSEC_PER_SEC 1000000000

/* A telegram as it is decoded; the decoder keeps what was encrypted. */
struct decoded {
	struct meterbus_decoder decoder;
	struct meterbus_application app;
	struct meterbus_reading reading;
};

/* Fractions of a second only if the input has them. */
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

static int print_json_line(const struct output *output,
			   const struct decoded *decoded, size_t count,
			   const char *bus, int64_t time_ns)
{
	struct meterbus_json *json;
	struct meterbus_error err;
	char time[40];
	char *text;

	json = meterbus_json_readout(bus, time_text(time, time_ns));
	if (json && output->address)
		meterbus_json_outcome(json, output->address, output->error);
	for (size_t i = 0; i < count && json; i++) {
		if (!meterbus_json_add_decoded(json,
					       decoded[i].reading.telegram,
					       &decoded[i].app, &err))
			continue;
		meterbus_json_free(json);
		return fail_error(&err);
	}
	text = meterbus_json_finish(json);
	if (!text)
		return fail(STATUS_SYSTEM, "out of memory");
	puts(text);
	free(text);
	return STATUS_OK;
}

static int print_xml(const struct decoded *decoded, size_t count,
		     enum meterbus_xml_flavour flavour)
{
	struct meterbus_reading *readings = calloc(count, sizeof(*readings));
	struct meterbus_error err;
	int status = STATUS_OK;

	if (!readings)
		return fail(STATUS_SYSTEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		readings[i] = decoded[i].reading;
	if (meterbus_xml_write(stdout, readings, count, flavour, &err))
		status = fail_error(&err);
	free(readings);
	return status;
}

/* Prints the rule and the description that applied to each record. */
static void explain(const struct meterbus_application *app)
{
	struct meterbus_names names = { { 0 } };
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	char name[METERBUS_NAME_SIZE];

	if (app->profile)
		printf("  description: %s (%s), %s\n",
		       meterbus_profile_name(app->profile),
		       meterbus_profile_file(app->profile),
		       meterbus_profile_source(app->profile));
	else
		puts("  description: none for this meter");
	meterbus_data_records_start(&records, app);
	while (meterbus_data_record_next(&records, &record)) {
		meterbus_name(&names, &record, name);
		if (record.rule)
			printf("  %s: %s\n", name, record.rule);
	}
}

static void print_each(struct output *output, const struct decoded *decoded,
		       bool first)
{
	const struct meterbus_reading *reading = &decoded->reading;

	switch (output->format) {
	case TABLE:
		if (!first)
			putchar('\n');
		sheet_print(reading->telegram, reading->app, NULL,
			    output->bytes);
		if (output->explain)
			explain(reading->app);
		break;
	case CSV:
		if (first && !output->printed)
			meterbus_csv_head(stdout);
		meterbus_csv_write(stdout, reading);
		break;
	case INFLUX:
		meterbus_influx_write(stdout, reading);
		break;
	default:
		meterbus_annotate(stdout, reading);
		putchar('\n');
		break;
	}
}

static int print_readout(struct output *output, const struct decoded *decoded,
			 size_t count)
{
	switch (output->format) {
	case XML:
		return print_xml(decoded, count, METERBUS_XML_PLAIN);
	case XML_NORMALIZED:
		return print_xml(decoded, count, METERBUS_XML_NORMALIZED);
	default:
		for (size_t i = 0; i < count; i++)
			print_each(output, &decoded[i], i == 0);
		return STATUS_OK;
	}
}

/* The reason why nothing of @app was decoded, possibly in @text; NULL if something was. */
static const char *undecoded(const struct meterbus_application *app,
			     char text[METERBUS_ENCRYPTION_TEXT])
{
	struct meterbus_data_records records;
	struct meterbus_data_record record;

	if (app->error || !app->encrypted_len)
		return app->error;
	meterbus_data_records_start(&records, app);
	while (meterbus_data_record_next(&records, &record))
		if (!record.error)
			return NULL;
	return meterbus_encryption_format(app, text);
}

int output_readout(struct output *output,
		   const struct meterbus_telegram *telegrams, size_t count,
		   const char *bus, int64_t time_ns, const char *place)
{
	/* One more, as calloc(0) may return NULL. */
	struct decoded *decoded = calloc(count + 1, sizeof(*decoded));
	char encryption[METERBUS_ENCRYPTION_TEXT];
	int status;

	if (!decoded)
		return fail(STATUS_SYSTEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		decoded[i].decoder = output->decoder;
		decoded[i].reading.telegram = &telegrams[i];
		decoded[i].reading.app = &decoded[i].app;
		decoded[i].reading.bus = bus;
		decoded[i].reading.time_ns = time_ns;
		meterbus_decoder_parse(&decoded[i].decoder, &decoded[i].app,
				       &telegrams[i]);
	}
	if (output->format == JSON)
		status = print_json_line(output, decoded, count, bus, time_ns);
	else
		status = print_readout(output, decoded, count);
	output->printed++;
	for (size_t i = 0; i < count && status != STATUS_SYSTEM; i++) {
		const char *why = undecoded(&decoded[i].app, encryption);

		if (why)
			status = fail(STATUS_DECODE, "%s: %s (CI %02X): %s",
				      place, decoded[i].app.ci_name,
				      decoded[i].app.ci, why);
	}
	free(decoded);
	return status;
}

static const char *const format_names[] = {
	[TABLE] = "table", [JSON] = "json", [XML] = "xml",
	[XML_NORMALIZED] = "xml-normalized", [CSV] = "csv",
	[INFLUX] = "influx", [ANNOTATED] = "annotated",
};

const char *output_format_name(enum output_format format)
{
	return format_names[format];
}

static int parse_format(struct output *output, const char *name)
{
	for (size_t i = 0; i < sizeof(format_names) / sizeof(format_names[0]);
	     i++) {
		if (strcmp(format_names[i], name))
			continue;
		output->format = i;
		return -1;
	}
	return fail(STATUS_USAGE,
		    "--format %s: unknown format; use table, json, xml, xml-normalized, csv, influx or annotated",
		    name);
}

/* The message omits the key, as it may be logged. */
static int parse_key(struct output *output, const char *text)
{
	uint8_t bytes[METERBUS_TELEGRAM_MAX];
	char why[HEX_WHY_SIZE];
	size_t len = 0;

	if (hex_parse(bytes, &len, text, 0, why))
		return fail(STATUS_USAGE, "--key: %s", why);
	if (len != sizeof(output->key))
		return fail(STATUS_USAGE,
			    "--key: an AES-128 key has 32 hexadecimal digits, not %zu",
			    2 * len);
	memcpy(output->key, bytes, len);
	output->decoder.key = output->key;
	return -1;
}

static int parse_meter(struct output *output, const char *text)
{
	struct meterbus_error err;

	if (meterbus_address_parse(&output->meter, text, &err))
		return fail_error(&err);
	if (!output->meter.secondary || !meterbus_address_exact(&output->meter))
		return fail(STATUS_USAGE,
			    "--meter %s: not a complete secondary address; use 16 digits without wildcards",
			    text);
	output->decoder.meter = &output->meter;
	return -1;
}

int output_units(const char *text)
{
	entry_units_si = !strcmp(text, "si");
	if (entry_units_si || !strcmp(text, "meter"))
		return -1;
	return fail(STATUS_USAGE,
		    "--units %s: use meter (kWh, kW, l/h) or si (Wh, W, m³/h)",
		    text);
}

int output_option(struct output *output, const struct command *command,
		  int letter)
{
	switch (letter) {
	case OUTPUT_FORMAT:
		return parse_format(output, optarg);
	case OUTPUT_KEY:
		return parse_key(output, optarg);
	case OUTPUT_EXPLAIN:
		output->explain = true;
		return -1;
	case OUTPUT_BYTES:
		output->bytes = true;
		return -1;
	case OUTPUT_UNITS:
		return output_units(optarg);
	case OUTPUT_METER:
		return parse_meter(output, optarg);
	default:
		return common_option(command, letter);
	}
}

int output_start(struct output *output)
{
	struct meterbus_error err;

	if (globals.json && output->format != TABLE && output->format != JSON)
		return fail(STATUS_USAGE,
			    "--json excludes another --format");
	if (globals.json)
		output->format = JSON;
	if (output->format == TABLE)
		language_start();
	output->formats.slots = output->slots;
	output->formats.count = OUTPUT_FORMAT_SLOTS;
	output->decoder.formats = &output->formats;
	/* For the whole of the command; its end frees them. */
	output->decoder.meters = meterbus_meters_load_default(&err);
	if (!output->decoder.meters)
		return fail_error(&err);
	return STATUS_OK;
}
