// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ui/hex.h"
#include "ui/input_lines.h"

#define ACK		0xE5
#define START_SHORT	0x10
#define START_LONG	0x68

/* --------------------------------------------------------------- stream */

static void drop(struct input *input)
{
	input->stream_begin = 0;
	input->stream_end = 0;
}

/*
 * Where the next telegram of the stream begins, and how long it is: -1 if more
 * bytes may make one.
 */
static size_t find_start(const struct input *input, int *len)
{
	size_t at = input->stream_begin;

	*len = 0;
	for (; at < input->stream_end; at++) {
		*len = input_measure(input->stream + at,
				     input->stream_end - at);
		if (*len)
			break;
	}
	return at;
}

/* Drops the beginning of the stream, which is no telegram, with the reason. */
static enum input_result bad_stream(struct input *input,
				    char why[INPUT_WHY_SIZE])
{
	struct input_telegram telegram;
	size_t len = input->stream_end - input->stream_begin;

	if (len > METERBUS_TELEGRAM_MAX) {
		snprintf(why, INPUT_WHY_SIZE,
			 "more than the %d bytes of the longest telegram",
			 METERBUS_TELEGRAM_MAX);
	} else {
		memcpy(telegram.bytes, input->stream + input->stream_begin,
		       len);
		input_check(&telegram, len, why);
	}
	drop(input);
	return INPUT_BAD;
}

/* @more: further lines may complete a telegram. */
static enum input_result next_of_stream(struct input *input,
					struct input_telegram *telegram,
					bool more, char why[INPUT_WHY_SIZE])
{
	size_t start, junk;
	int len;

	if (input->stream_begin == input->stream_end) {
		drop(input);
		return INPUT_END;
	}
	start = find_start(input, &len);
	junk = start - input->stream_begin;
	if (!len || (len < 0 && !more)) {
		/* After bytes that only looked like the beginning of a telegram. */
		if (len < 0 && !more && input->dump_seen) {
			input->stream_begin = start + 1;
			return next_of_stream(input, telegram, more, why);
		}
		return bad_stream(input, why);
	}
	if (len < 0)
		return INPUT_END;
	if (junk) {
		input->stream_begin = start;
		snprintf(why, INPUT_WHY_SIZE, "%zu byte%s outside any telegram",
			 junk, junk == 1 ? "" : "s");
		return INPUT_BAD;
	}
	memcpy(telegram->bytes, input->stream + start, len);
	input->stream_begin += len;
	return input_check(telegram, len, why);
}

/* ------------------------------------------------------------ hex in text */

/* Characters that may separate bytes. */
static bool is_separator(char c)
{
	static const bool separators[256] = {
		[' '] = true, ['\t'] = true, ['\r'] = true, ['\n'] = true,
		[':'] = true, [','] = true, ['-'] = true, ['_'] = true,
		['.'] = true, ['|'] = true, ['\''] = true, ['"'] = true,
		['['] = true, [']'] = true, ['('] = true, [')'] = true,
		['{'] = true, ['}'] = true, ['<'] = true, ['>'] = true,
		['/'] = true, ['\\'] = true, ['$'] = true, ['%'] = true,
		['`'] = true,
		[0xC2] = true, [0xA0] = true,	/* a space that does not break */
	};

	return separators[(unsigned char)c];
}

/* A semicolon is one only before a byte that the next one ends. */
static bool separates(const char *at)
{
	return isxdigit((unsigned char)at[0]) &&
	       isxdigit((unsigned char)at[1]) &&
	       (!at[2] || strchr(";\r\n", at[2]));
}

/* The digits of the next byte behind separators and 0x, \x; NULL: none. */
static const char *next_pair(const char *at)
{
	for (;;) {
		if ((at[0] == '0' || at[0] == '\\') && (at[1] | 0x20) == 'x')
			at += 2;
		else if (is_separator(*at))
			at++;
		else if ((at[0] | 0x20) == 'x' && at[1] == '\'')
			at++;
		else if (at[0] == '&' && (at[1] | 0x20) == 'h')
			at += 2;
		else if (at[0] == ';' && separates(at + 1))
			at++;
		else
			break;
	}
	return hex_digit(at[0]) >= 0 && hex_digit(at[1]) >= 0 ? at : NULL;
}

static uint8_t byte_at(const char *pair)
{
	return hex_digit(pair[0]) << 4 | hex_digit(pair[1]);
}

/* After a pair of digits an h is ignored, as in 68h. */
static const char *behind_pair(const char *pair)
{
	return (pair[2] | 0x20) == 'h' ? pair + 3 : pair + 2;
}

/* Appends bytes from @at on while there are some; returns where they end. */
static const char *append_pairs(struct input *input, const char *at,
				size_t max)
{
	const char *pair;

	while (max-- && (pair = next_pair(at)) &&
	       input->stream_end < INPUT_STREAM) {
		input->stream[input->stream_end++] = byte_at(pair);
		at = behind_pair(pair);
	}
	return at;
}

/* True if nothing but bytes, separators and a comment stands at @at. */
static bool is_hex_only(const char *at)
{
	const char *pair;

	while ((pair = next_pair(at)))
		at = behind_pair(pair);
	while (is_separator(*at))
		at++;
	return !*at || *at == '#' || *at == ';';
}

/* -------------------------------------------------------------- prefixes */

/* "SEND (005)" or "RECV (005)", which libmbus and pyMeterBus write. */
static const char *find_debug(const char *line)
{
	static const char *const words[] = { "SEND (", "RECV (" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *at = strstr(line, words[i]);
		size_t digits;

		if (!at)
			continue;
		at += strlen(words[i]);
		digits = strspn(at, "0123456789");
		if (digits && at[digits] == ')')
			return at + digits + 1;
	}
	return NULL;
}

/* "20:33:05.123456 <- ..."; NULL if @line is none of mbusctl monitor's. */
static const char *find_monitor(const char *line)
{
	static const char shape[] = "00:00:00.000000 ";

	if (!strncmp(line, "-- ", 3))
		return line;
	for (size_t i = 0; shape[i]; i++)
		if (shape[i] == '0' ? line[i] < '0' || line[i] > '9' :
				      line[i] != shape[i])
			return NULL;
	return line + strlen(shape);
}

/*
 * What the other programs print beside the bytes they sent and received: words,
 * a telegram again once it is taken apart, the XML of it.
 */
static bool is_chatter(const char *line)
{
	line += strspn(line, " \t");
	return !strncmp(line, "init_slaves:", 12) ||
	       !strncmp(line, "mbus_", 5) || !strncmp(line, "```", 3) ||
	       !strncmp(line, "\"type\": \"Buffer\"", 16) ||
	       (*line == '<' && (isalpha((unsigned char)line[1]) ||
				 (line[1] && strchr("/?!", line[1]))));
}

/* Beginnings and ends of lists in programs. */
static bool is_bracket(const char *line)
{
	size_t len = strlen(line);

	while (len && isspace((unsigned char)line[len - 1]))
		len--;
	if (len && (line[len - 1] == '{' || line[len - 1] == '['))
		return true;
	return !line[strspn(line, " \t\r\n\x1A{}[]();,\"'-")];
}

/* -------------------------------------------------------- telegrams in it */

/*
 * A line that is bytes and nothing else, or what stands behind a prefix that
 * has nothing but bytes behind it.
 */
static enum input_result take_hex(struct input *input, const char *line,
				  const char *at, char why[INPUT_WHY_SIZE])
{
	uint8_t scratch[METERBUS_TELEGRAM_MAX];
	char hex_why[HEX_WHY_SIZE];
	const char *pair;
	size_t len = 0;

	if (is_hex_only(at)) {
		append_pairs(input, at, SIZE_MAX);
		return INPUT_END;
	}
	/* The first word that is not a byte. */
	while ((pair = next_pair(at)))
		at = behind_pair(pair);
	if (hex_parse(scratch, &len, line, at - line, hex_why))
		snprintf(why, INPUT_WHY_SIZE, "%s", hex_why);
	else
		snprintf(why, INPUT_WHY_SIZE, "column %zu is no byte",
			 (size_t)(at - line) + 1);
	return INPUT_BAD;
}

/*
 * The beginning of a telegram among other words: a start byte that stands at
 * the beginning of a word, with bytes behind it that make a telegram. Returns
 * where it begins. @whole: the bytes must make one; else enough of them that
 * it is plain what they were to be.
 */
static const char *find_in_words(struct input *input, const char *line,
				 bool whole)
{
	char before = ' ';

	for (const char *at = line; *at; before = *at++) {
		const char *pair = next_pair(at);
		size_t begin = input->stream_end, count;
		int len;

		if (pair != at && ((at[0] != '0' && at[0] != '\\') ||
				   (at[1] | 0x20) != 'x'))
			continue;
		/* FHEM writes a b before the first digit. */
		if (isalnum((unsigned char)before) && before != 'x' &&
		    (before != 'b' || (at - line > 1 &&
				       isalnum((unsigned char)at[-2]))))
			continue;
		if (!pair || (byte_at(pair) != START_LONG &&
			      byte_at(pair) != START_SHORT))
			continue;
		append_pairs(input, at, METERBUS_TELEGRAM_MAX);
		count = input->stream_end - begin;
		len = input_measure(input->stream + begin, count);
		input->stream_end = begin;
		if (len > 0)
			return at;
		if (!whole && count >= 9 &&
		    input->stream[begin] == START_LONG &&
		    input->stream[begin + 3] == START_LONG)
			return at;
	}
	return NULL;
}

/* An acknowledgment that is the last word of a line, behind punctuation. */
static bool ends_with_ack(const char *line)
{
	size_t len = strlen(line);

	while (len && isspace((unsigned char)line[len - 1]))
		len--;
	if (len < 3 || strncasecmp(line + len - 2, "E5", 2))
		return false;
	for (len -= 2; len && line[len - 1] == ' '; len--)
		;
	return len && strchr(":)<>=|-]", line[len - 1]);
}

/* The telegram of a line of a log, after its prefix. */
static enum input_result take_words(struct input *input, const char *line)
{
	const char *at = line, *end;

	while ((at = find_in_words(input, at, true))) {
		size_t begin = input->stream_end;
		int len;

		append_pairs(input, at, METERBUS_TELEGRAM_MAX);
		len = input_measure(input->stream + begin,
				    input->stream_end - begin);
		input->stream_end = begin;
		end = append_pairs(input, at, len);
		at = end;
		/* Further telegrams on the line: E5 and others. */
		if (is_hex_only(at)) {
			append_pairs(input, at, SIZE_MAX);
			break;
		}
	}
	if (input->stream_end != input->stream_begin) {
		input->is_log = true;
		return INPUT_END;
	}
	at = find_in_words(input, line, false);
	if (at) {
		append_pairs(input, at, METERBUS_TELEGRAM_MAX);
		prefix_remember(input, line, at - line);
		return INPUT_END;
	}
	/* socat -x: a direction and a length, the bytes are on the next line. */
	if ((*line == '<' || *line == '>') &&
	    behind_time(line + 1) != line + 1) {
		input->is_log = true;
		return INPUT_END;
	}
	if (is_chatter(line) || is_bracket(line))
		return INPUT_END;
	if (!input->left_out++)
		input->first_left_out = input->line;
	return INPUT_END;
}

static enum input_result take_debug(struct input *input,
				    const char *line, const char *hex,
				    char why[INPUT_WHY_SIZE])
{
	if (*line == '[')
		input->time_ns = input_time(line + 1, "%Y-%m-%d %H:%M:%S");
	if (*hex == ':')
		hex++;
	input->is_log = true;
	return take_hex(input, line, hex, why);
}

/* Findings and outcomes are skipped. */
static enum input_result take_monitor(struct input *input, const char *line,
				      const char *event,
				      char why[INPUT_WHY_SIZE])
{
	const char *hex = strstr(event, ": ");

	input->is_log = true;
	if (strncmp(event, "->", 2) && strncmp(event, "<-", 2)) {
		if (*event != '-' && next_pair(event) && is_hex_only(event))
			append_pairs(input, event, SIZE_MAX);
		return INPUT_END;
	}
	if (!hex) {
		snprintf(why, INPUT_WHY_SIZE, "no bytes in this line");
		return INPUT_BAD;
	}
	return take_hex(input, line, hex + 2, why);
}

/* A list in a program begins with a brace, too; JSON has a text behind it. */
static bool is_json(const char *line)
{
	line += strspn(line, " \t");
	if (*line != '{')
		return false;
	line++;
	line += strspn(line, " \t\r\n");
	return !*line ? false : *line == '"' || *line == '}';
}

static bool is_comment(const char *line)
{
	line += strspn(line, " \t");
	return *line == '#' || *line == ';' || !strncmp(line, "//", 2) ||
	       !strncmp(line, "/*", 2);
}

/* True if a byte, or half of one, is the first word. */
static bool begins_hex(const char *line)
{
	size_t digits;

	line += strspn(line, " \t\"'");
	digits = strspn(line, "0123456789abcdefABCDEF");
	return digits && (!line[digits] || is_separator(line[digits]));
}

/* Bytes, or a list of decimal numbers that look like it. */
static enum input_result take_bytes(struct input *input, const char *line)
{
	const char *at = behind_time(line);
	size_t begin = input->stream_end;

	input->is_log |= at != line;
	append_pairs(input, at, SIZE_MAX);
	if (begin == input->stream_begin && begin != input->stream_end &&
	    !input_measure(input->stream + begin, input->stream_end - begin)) {
		input->stream_end = begin;
		if (!decimal_line(input, at))
			append_pairs(input, at, SIZE_MAX);
	}
	return INPUT_END;
}

/* More of what an earlier line began; false if this one does not go on so. */
static bool take_more(struct input *input, const char *line)
{
	const char *at = prefix_again(input, line);

	if (input->stream_begin == input->stream_end)
		return false;
	if (input->decimals)
		return decimal_line(input, line);
	if (!at || !next_pair(at) || !is_hex_only(at))
		return false;
	append_pairs(input, at, SIZE_MAX);
	input->is_log = true;
	return true;
}

static enum input_result take_line(struct input *input,
				   struct input_telegram *telegram,
				   char why[INPUT_WHY_SIZE])
{
	const char *line = input->text, *found;

	if (is_json(line))
		return json_line(input, telegram, line, why);
	if (is_comment(line) || take_more(input, line))
		return INPUT_END;
	if (dump_line(input, line)) {
		input->dump_seen = true;
		return INPUT_END;
	}
	found = find_monitor(line);
	if (found)
		return take_monitor(input, line, found, why);
	if (is_hex_only(line))
		return take_bytes(input, line);
	if (literal_line(input, line) || column_line(input, line))
		return INPUT_END;
	found = find_debug(line);
	if (found)
		return take_debug(input, line, found, why);
	if (!strncmp(line, "mbus_frame_print:", 17))
		return INPUT_END;
	if (find_in_words(input, line, true))
		return take_words(input, line);
	if (decimal_line(input, line))
		return INPUT_END;
	if (ends_with_ack(line)) {
		input->is_log = true;
		input->stream[input->stream_end++] = ACK;
		return INPUT_END;
	}
	if (begins_hex(line) && behind_time(line) == line)
		return take_hex(input, line, line, why);
	return take_words(input, line);
}

/*
 * A new line that is a telegram of its own, or no bytes at all, ends what an
 * earlier one began. Returns true if that was not finished.
 */
static bool breaks_off(struct input *input)
{
	size_t begin = input->stream_end;
	bool joins = false;
	int len;

	const char *at;

	if (input->stream_begin == input->stream_end || input->dump ||
	    input->decimals)
		return false;
	at = prefix_again(input, input->text);
	if (at && next_pair(at) && is_hex_only(at))
		return false;
	if (column_line(input, input->text)) {
		input->stream_end = begin;
		return false;
	}
	if (is_hex_only(input->text) && next_pair(input->text)) {
		append_pairs(input, input->text, SIZE_MAX);
		len = input_measure(input->stream + input->stream_begin,
				    input->stream_end - input->stream_begin);
		joins = len > 0 ||
			(len < 0 &&
			 input_measure(input->stream + begin,
				       input->stream_end - begin) <= 0);
		input->stream_end = begin;
	}
	return !joins && !is_comment(input->text);
}

void lines_start(struct input *input)
{
	input->line_taken = false;
	blank_comments(input->text);
	if (input->stream_begin == input->stream_end) {
		input->decimals = false;
		input->prefix_len = 0;
	}
	input->broken_off = breaks_off(input);
	if (input->stream_begin == input->stream_end)
		input->telegram_line = input->line;
}

enum input_result lines_next(struct input *input,
			     struct input_telegram *telegram,
			     char why[INPUT_WHY_SIZE])
{
	enum input_result result;

	if (input->readout)
		return json_next(input, telegram, why);
	if (input->broken_off) {
		input->broken_off = false;
		return bad_stream(input, why);
	}
	if (!input->line_taken) {
		input->line_taken = true;
		if (input->stream_begin == input->stream_end)
			input->telegram_line = input->line;
		input->time_ns = 0;
		result = take_line(input, telegram, why);
		if (result != INPUT_END) {
			input->telegram_line = input->line;
			return result;
		}
	}
	result = next_of_stream(input, telegram, true, why);
	if (result == INPUT_TELEGRAM)
		telegram->time_ns = input->time_ns;
	return result;
}

enum input_result lines_end(struct input *input, char why[INPUT_WHY_SIZE])
{
	struct input_telegram telegram;
	unsigned long count = input->left_out;

	if (input->stream_begin != input->stream_end)
		return next_of_stream(input, &telegram, false, why);
	if (!count)
		return INPUT_END;
	input->left_out = 0;
	input->telegram_line = input->first_left_out;
	snprintf(why, INPUT_WHY_SIZE, "%lu line%s without a telegram left out",
		 count, count == 1 ? "" : "s");
	return input->is_log ? INPUT_LEFT_OUT : INPUT_BAD;
}
