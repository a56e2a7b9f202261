/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads telegrams from a file in any of these forms:
 *
 *	hex		one telegram a line
 *	binary		telegrams one after the other
 *	debug output	of libmbus ("[...] RECV (005): 10 ...") and pyMeterBus
 *			("INFO:meterbus.serial:SEND (017) 68 ...")
  *	mbusctl		output of monitor, text or JSON, and JSON readouts of
  *			schema 1
 *
 * Text may mix the forms line by line; a file is binary if its first byte is
 * that of a telegram or a control character.
 */
#ifndef MBUSCTL_INPUT_H
#define MBUSCTL_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <meterbus/telegram.h>

#define INPUT_PLACE_SIZE 300
#define INPUT_WHY_SIZE	 300
#define INPUT_BUFFER	 4096

struct json_object;

/* A telegram that parsed. */
struct input_telegram {
	struct meterbus_telegram telegram;	/* points into bytes */
	uint8_t bytes[METERBUS_TELEGRAM_MAX];
	char bus[32];		/* empty: not in the input */
	int64_t time_ns;	/* since 1970; 0: not in the input */
};

enum input_result {
	INPUT_TELEGRAM,
	INPUT_BAD,	/* not a telegram; more may follow */
	INPUT_END,
	INPUT_FAILED,	/* see errno */
};

struct input {
	FILE *in;
	const char *name;
	bool started;
	bool binary;
	/* Text: the line last read and its number. */
	char *text;
	size_t text_size;
	size_t line;
	/* JSON readout with telegrams left. */
	struct json_object *readout;
	size_t next_telegram;
	/* Binary: unread bytes, and the file offset of the first. */
	uint8_t buffer[INPUT_BUFFER];
	size_t begin, end;
	uint64_t offset;
	uint64_t telegram_offset;
};

/* @in and @name must live until input_end(), which leaves @in open. */
void input_start(struct input *input, FILE *in, const char *name);
void input_end(struct input *input);

/* INPUT_BAD comes with the reason in @why. */
enum input_result input_next(struct input *input,
			     struct input_telegram *telegram,
			     char why[INPUT_WHY_SIZE]);

/* Where the last result came from: "log.txt:12", "dump.bin, byte 345". */
char *input_place(const struct input *input, char out[INPUT_PLACE_SIZE]);

#endif
