/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of text: what they hold of telegrams. Between input.c, which reads
 * them, and the forms that people and programs write.
 */
#ifndef MBUSCTL_INPUT_LINES_H
#define MBUSCTL_INPUT_LINES_H

#include "ui/input.h"

/*
 * The next telegram of input->text, of a JSON readout, or of bytes that earlier
 * lines left. INPUT_END if there is none before the next line.
 */
enum input_result lines_next(struct input *input,
			     struct input_telegram *telegram,
			     char why[INPUT_WHY_SIZE]);

/* A new line is in input->text. */
void lines_start(struct input *input);

/* At the end of the lines: reports an incomplete telegram. */
enum input_result lines_end(struct input *input, char why[INPUT_WHY_SIZE]);

/* A line of JSON; INPUT_END if it need not have a telegram. */
enum input_result json_line(struct input *input,
			    struct input_telegram *telegram, const char *line,
			    char why[INPUT_WHY_SIZE]);
enum input_result json_next(struct input *input,
			    struct input_telegram *telegram,
			    char why[INPUT_WHY_SIZE]);

/*
 * A line of a hex dump (xxd, hexdump, od, Wireshark): appends its bytes to the
 * stream. Returns false if it is none.
 */
bool dump_line(struct input *input, const char *line);

/*
 * Each appends the bytes of a line to the stream and returns true, or returns
 * false: telegrams as texts of a program ("h\x15\x15h", b'...'); decimal numbers,
 * also over several lines; pairs of digits with a column of characters.
 */
bool literal_line(struct input *input, const char *line);
bool decimal_line(struct input *input, const char *line);
bool column_line(struct input *input, const char *line);

/* Behind the date and time that @line begins with, else @line. */
const char *behind_time(const char *line);

/*
 * Logs of serial ports divide telegrams: remembers the @len characters in front
 * of the bytes of a line. prefix_again() finds the bytes of a line that begins
 * so but for its digits, else NULL.
 */
void prefix_remember(struct input *input, const char *line, size_t len);
const char *prefix_again(const struct input *input, const char *line);

/* In a line of an array of C. */
void blank_comments(char *line);

/* The bytes are complete: are they a telegram? */
enum input_result input_check(struct input_telegram *telegram, size_t len,
			      char why[INPUT_WHY_SIZE]);

/* How long the valid telegram at @bytes is; 0: none, -1: more is needed. */
int input_measure(const uint8_t *bytes, size_t left);

/* "2024-09-10T20:33:05.123456Z" and the like; 0 if @text is none. */
int64_t input_time(const char *text, const char *format);

#endif
