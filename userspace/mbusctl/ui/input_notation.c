// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bytes that are not written as pairs of digits: texts with escapes, decimal
 * numbers, dumps without an offset. And what stands in front of bytes.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ui/hex.h"
#include "ui/input_lines.h"

#define NSEC_PER_SEC 1000000000LL

static bool append(struct input *input, uint8_t byte)
{
	if (input->stream_end == INPUT_STREAM)
		return false;
	input->stream[input->stream_end++] = byte;
	return true;
}

/* ------------------------------------------------------ texts of programs */

static int octal(const char **at)
{
	int byte = 0;

	for (int i = 0; i < 3 && **at >= '0' && **at <= '7'; i++)
		byte = byte * 8 + *(*at)++ - '0';
	return byte <= 0xFF ? byte : -1;
}

/* The byte behind a backslash; -1: no escape of C or Python. */
static int escape(const char **at)
{
	static const char letters[] = "abfnrtv\\'\"", bytes[] = "\a\b\f\n\r\t\v\\'\"";
	const char *letter;
	int byte;

	if (**at == 'x') {
		if (hex_digit((*at)[1]) < 0 || hex_digit((*at)[2]) < 0)
			return -1;
		byte = hex_digit((*at)[1]) << 4 | hex_digit((*at)[2]);
		*at += 3;
		return byte;
	}
	if (**at >= '0' && **at <= '7')
		return octal(at);
	letter = **at ? strchr(letters, **at) : NULL;
	if (!letter)
		return -1;
	++*at;
	return (unsigned char)bytes[letter - letters];
}

/* Appends the text behind @at as far as @quote; NULL if it is none. */
static const char *take_text(struct input *input, const char *at, char quote)
{
	while (*at != quote) {
		int byte;

		if (!*at || *at == '\n')
			return NULL;
		if (*at != '\\') {
			byte = (unsigned char)*at++;
		} else {
			at++;
			byte = escape(&at);
		}
		if (byte < 0 || !append(input, byte))
			return NULL;
	}
	return at + 1;
}

bool literal_line(struct input *input, const char *line)
{
	bool any = false;

	while ((line = strpbrk(line, "\"'"))) {
		size_t begin = input->stream_end;
		const char *end = take_text(input, line + 1, *line);

		if (end && input_measure(input->stream + begin,
					 input->stream_end - begin) > 0) {
			any = true;
			line = end;
		} else {
			input->stream_end = begin;
			line++;
		}
	}
	return any;
}

/* --------------------------------------------------------------- decimals */

/* What begins a telegram and has no two digits or other ones in hexadecimal. */
static bool begins_telegram(const uint8_t *bytes, size_t count)
{
	static const uint8_t starts[] = { 0x68, 0x10, 0xE5 };

	return count && memchr(starts, bytes[0], sizeof(starts)) &&
	       input_measure(bytes, count);
}

bool decimal_line(struct input *input, const char *line)
{
	const bool goes_on = input->decimals &&
			     input->stream_begin != input->stream_end;
	size_t begin = input->stream_end;
	bool digits = false;

	line += strspn(line, " \t[({");
	while (isdigit((unsigned char)*line)) {
		char *end;
		unsigned long byte = strtoul(line, &end, 10);

		if (byte > 255 || !append(input, byte))
			break;
		digits = true;
		line = end + strspn(end, " \t,])};\r\n");
	}
	if (!*line && digits &&
	    (goes_on || begins_telegram(input->stream + begin,
					input->stream_end - begin))) {
		input->decimals = true;
		return true;
	}
	input->stream_end = begin;
	return false;
}

/* ------------------------------------------------------ columns of characters */

/* Whether @text shows @count bytes, with a dot for those that are not ASCII. */
static bool shows(const char *text, const uint8_t *bytes, size_t count)
{
	size_t len = strcspn(text, "\r\n");

	if (len == count + 2 && text[0] == '|' && text[len - 1] == '|')
		text++;
	else if (len != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		const bool plain = bytes[i] >= ' ' && bytes[i] < 0x7F;

		if (text[i] != '.' && (!plain || text[i] != (char)bytes[i]))
			return false;
	}
	return true;
}

bool column_line(struct input *input, const char *line)
{
	size_t begin = input->stream_end;

	line += strspn(line, " \t");
	while (hex_digit(line[0]) >= 0 && hex_digit(line[1]) >= 0 &&
	       line[2] == ' ' &&
	       append(input, hex_digit(line[0]) << 4 | hex_digit(line[1]))) {
		line += 2;
		if (line[1] == ' ' &&
		    shows(line + strspn(line, " "), input->stream + begin,
			  input->stream_end - begin))
			return true;
		line += strspn(line, " ");
	}
	input->stream_end = begin;
	return false;
}

/* ------------------------------------------------------ in front of bytes */

int64_t input_time(const char *text, const char *format)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, format, &tm);
	int64_t ns;

	if (!rest)
		return 0;
	/* Beyond 2262 nanoseconds do not fit. */
	if (__builtin_mul_overflow((int64_t)timegm(&tm), NSEC_PER_SEC, &ns) ||
	    ns > INT64_MAX - NSEC_PER_SEC)
		return 0;
	if (*rest == '.')
		for (int64_t unit = NSEC_PER_SEC / 10;
		     *++rest >= '0' && *rest <= '9'; unit /= 10)
			ns += (*rest - '0') * unit;
	return *rest == 'Z' ? ns : 0;
}

/* @shape: 0 stands for a digit, - for a separator of dates. NULL: no match. */
static const char *match(const char *at, const char *shape)
{
	for (; *shape; shape++, at++) {
		if (*shape == '0' ? !isdigit((unsigned char)*at) :
		    *shape == '-' ? !*at || !strchr("-./", *at) :
				    *at != *shape)
			return NULL;
	}
	return at;
}

const char *behind_time(const char *line)
{
	const char *at = line + strspn(line, " \t"), *date, *time;

	at += *at == '[' || *at == '(';
	date = match(at, "0000-00-00");
	if (!date)
		date = match(at, "00-00-0000");
	if (date && (*date == ' ' || *date == 'T'))
		at = date + 1;
	time = match(at, "00:00:00");
	if (!time || at[0] > '2' || at[3] > '5' || at[6] > '5')
		return line;
	if (*time == '.' || *time == ',')
		time += 1 + strspn(time + 1, "0123456789");
	time += *time == 'Z';
	time += *time == ']' || *time == ')';
	return isspace((unsigned char)*time) ? time : line;
}

void prefix_remember(struct input *input, const char *line, size_t len)
{
	input->prefix_len = len < sizeof(input->prefix) ? len : 0;
	memcpy(input->prefix, line, input->prefix_len);
}

const char *prefix_again(const struct input *input, const char *line)
{
	size_t i;

	for (i = 0; i < input->prefix_len; i++) {
		if (isdigit((unsigned char)input->prefix[i]) ?
			    !isdigit((unsigned char)line[i]) :
			    line[i] != input->prefix[i])
			return NULL;
	}
	return i ? line + i : NULL;
}

void blank_comments(char *line)
{
	char *begin, *end;

	if (!match(line + strspn(line, " \t"), "0x"))
		return;
	while ((begin = strstr(line, "/*"))) {
		end = strstr(begin + 2, "*/");
		if (!end)
			return;
		memset(begin, ' ', end + 2 - begin);
	}
}
