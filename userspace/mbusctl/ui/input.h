/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telegrams from a file, in whatever form people have them:
 *
 *	hex		one telegram a line
 *	binary		telegrams one after the other
 *	debug output	of libmbus ("[...] RECV (005): 10 ...") and pyMeterBus
 *			("INFO:meterbus.serial:SEND (017) 68 ...")
 *	mbusctl		what monitor prints, as text or JSON, and any JSON with
 *			readouts of schema 1
 *
 * Text may mix its forms line by line; a file is binary if its first byte is
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

/* What is to be decoded; checked to be a telegram. */
struct input_telegram {
	struct meterbus_telegram telegram;	/* leads into bytes */
	uint8_t bytes[METERBUS_TELEGRAM_MAX];
	char bus[32];		/* empty if the input does not tell */
	int64_t time_ns;	/* since 1970, 0 if the input does not tell */
};

enum input_result {
	INPUT_TELEGRAM,
	INPUT_BAD,	/* something that is no telegram; go on */
	INPUT_END,
	INPUT_FAILED,	/* errno tells */
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
	/* JSON readout that is not through yet. */
	struct json_object *readout;
	size_t next_telegram;
	/* Binary: bytes not taken yet, and where the first of them stands. */
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

/* "log.txt:12", or "dump.bin, byte 345", of what came last. Returns @out. */
char *input_place(const struct input *input, char out[INPUT_PLACE_SIZE]);

#endif
