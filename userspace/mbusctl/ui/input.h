/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telegrams from a file, in whatever form people have them: binary, hex text,
 * lists of programs, hex dumps, logs of other programs, JSON. formats.md lists
 * them. Text may mix its forms line by line.
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
/* Bytes of lines that are not completely processed yet. */
#define INPUT_STREAM	 4096

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
	INPUT_LEFT_OUT,	/* lines of a log without a telegram; more may follow */
	INPUT_END,
	INPUT_FAILED,	/* see errno */
};

struct input {
	FILE *in;
	const char *name;
	bool started;
	bool binary;
	/* UTF-16: 'l' or 'b' for the byte that comes first, else 0. */
	char wide;
	/* Text: the line last read and its number. */
	char *text;
	size_t text_size;
	bool after_cr;
	size_t line;
	bool line_taken;	/* its bytes are in the stream */
	bool broken_off;	/* it does not continue with the present bytes */
	size_t telegram_line;	/* where the telegram began */
	int64_t time_ns;	/* given by the line */
	uint8_t stream[INPUT_STREAM];
	size_t stream_begin, stream_end;
	bool decimals;		/* the telegram is a list of such numbers */
	/* What stood in front of the first bytes of a telegram. */
	char prefix[160];
	size_t prefix_len;
	/* A hex dump: the offset that comes next, the length of a line. */
	bool dump, dump_seen, dump_star, dump_big_endian;
	unsigned long dump_next;
	size_t dump_line_len;
	/* Lines without a telegram, which a log has. */
	bool is_log;
	unsigned long left_out;
	size_t first_left_out;
	/* JSON readout that is not completely processed. */
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
