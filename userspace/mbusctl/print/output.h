/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decodes and prints readouts in the output formats of the commands.
 */
#ifndef MBUSCTL_OUTPUT_H
#define MBUSCTL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/decoder.h>

enum output_format { TABLE, JSON, XML, XML_NORMALIZED, CSV, INFLUX, ANNOTATED };

/* Kept across telegrams: a compact frame uses the format of an earlier one. */
#define OUTPUT_FORMAT_SLOTS 16

/* Zero it, then output_option() and output_start(). */
struct output {
	enum output_format format;
	uint8_t key[METERBUS_KEY_LEN];
	struct meterbus_address meter;
	struct meterbus_decoder decoder;
	struct meterbus_formats formats;
	struct meterbus_format slots[OUTPUT_FORMAT_SLOTS];
	unsigned int printed;	/* readouts */
	bool explain;		/* after a table: the rules that applied */
	bool bytes;		/* in a table: those of each record */
	/* Of a readout, for JSON. */
	const char *address;		/* as given; NULL: not a readout */
	const struct meterbus_error *error;	/* NULL: it was read */
};

/*
 * For a command's getopt_long() table. output_option() handles these and the
 * common options of @command; it returns -1 to continue or an exit status.
 */
enum { OUTPUT_FORMAT = 3000, OUTPUT_KEY, OUTPUT_METER, OUTPUT_EXPLAIN,
       OUTPUT_BYTES, OUTPUT_UNITS };
#define OUTPUT_OPTIONS							\
	{ "format", required_argument, NULL, OUTPUT_FORMAT },		\
	{ "key", required_argument, NULL, OUTPUT_KEY },			\
	{ "explain", no_argument, NULL, OUTPUT_EXPLAIN },		\
	{ "bytes", no_argument, NULL, OUTPUT_BYTES },			\
	{ "units", required_argument, NULL, OUTPUT_UNITS },		\
	{ "meter", required_argument, NULL, OUTPUT_METER }
struct command;
int output_option(struct output *output, const struct command *command,
		  int letter);

/* Takes --units; returns -1 or an exit status. */
int output_units(const char *text);

/* As --format has it: "table". */
const char *output_format_name(enum output_format format);

/* After the options were read; returns STATUS_OK or an error about them. */
int output_start(struct output *output);

/*
 * Prints the @count telegrams of one readout. A failed one may have none; then
 * only JSON prints a line. @bus may be NULL, @time_ns (since 1970) 0. @place
 * stands in front of messages about telegrams that are not decoded. Returns
 * STATUS_OK, STATUS_DECODE or STATUS_SYSTEM.
 */
int output_readout(struct output *output,
		   const struct meterbus_telegram *telegrams, size_t count,
		   const char *bus, int64_t time_ns, const char *place);

#endif
