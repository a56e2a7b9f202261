/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readouts as the commands print them: the formats, and the keys and formats
 * of records that it takes to decode them.
 */
#ifndef MBUSCTL_OUTPUT_H
#define MBUSCTL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/decoder.h>

enum output_format { TABLE, JSON, XML, XML_NORMALIZED, CSV, INFLUX, ANNOTATED };

/* Formats outlive a telegram: a compact frame needs what came before. */
#define OUTPUT_FORMAT_SLOTS 16

/* Zeroed to begin with. */
struct output {
	enum output_format format;
	uint8_t key[METERBUS_KEY_LEN];
	struct meterbus_address meter;
	struct meterbus_decoder decoder;
	struct meterbus_formats formats;
	struct meterbus_format slots[OUTPUT_FORMAT_SLOTS];
	unsigned int printed;	/* readouts */
	/* Of a readout: what JSON has of it beside its telegrams. */
	const char *address;		/* that was asked; NULL: not a readout */
	const struct meterbus_error *error;	/* NULL if it was read */
};

/*
 * For a command's getopt_long() table. What output_option() is given beyond
 * these letters goes to the common options of @command; it returns -1 to go
 * on, or an exit status.
 */
enum { OUTPUT_FORMAT = 3000, OUTPUT_KEY, OUTPUT_METER };
#define OUTPUT_OPTIONS							\
	{ "format", required_argument, NULL, OUTPUT_FORMAT },		\
	{ "key", required_argument, NULL, OUTPUT_KEY },			\
	{ "meter", required_argument, NULL, OUTPUT_METER }
struct command;
int output_option(struct output *output, const struct command *command,
		  int letter);

/* When the options are read; returns STATUS_OK or what is wrong with them. */
int output_start(struct output *output);

/*
 * Prints the @count telegrams of one readout; of a failed one there may be
 * none, which only JSON has a line for. @bus may be NULL, @time_ns
 * (since 1970) 0. What cannot be decoded is complained about as of @place.
 * Returns STATUS_OK, STATUS_DECODE or STATUS_SYSTEM.
 */
int output_readout(struct output *output,
		   const struct meterbus_telegram *telegrams, size_t count,
		   const char *bus, int64_t time_ns, const char *place);

#endif
