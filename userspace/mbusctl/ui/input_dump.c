// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hex dumps: an offset, bytes, often a column of characters. Of xxd, hexdump,
 * od and Wireshark.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ui/input_lines.h"

static size_t hex_digits(const char *text)
{
	return strspn(text, "0123456789abcdefABCDEF");
}

static bool append(struct input *input, uint8_t byte)
{
	if (input->stream_end == INPUT_STREAM)
		return false;
	input->stream[input->stream_end++] = byte;
	return true;
}

static unsigned int pair(const char *digits)
{
	const char two[3] = { digits[0], digits[1], '\0' };

	return strtoul(two, NULL, 16);
}

/* A byte that telegrams begin with. */
static bool is_start(const char *digits)
{
	return !strncmp(digits, "68", 2) || !strncmp(digits, "10", 2) ||
	       !strncasecmp(digits, "E5", 2);
}

/* The words of hexdump and od -x are numbers with the low byte first. */
static void append_group(struct input *input, const char *at, size_t digits,
			 bool words)
{
	if (words && digits == 4) {
		append(input, pair(at + 2));
		append(input, pair(at));
		return;
	}
	for (size_t i = 0; i < digits; i += 2)
		append(input, pair(at + i));
}

/*
 * Groups with a space between, two in the middle of the line; the column of
 * characters begins behind more of them, or with a bar.
 */
static void take_bytes(struct input *input, const char *at, bool colon)
{
	size_t begin = input->stream_end;
	bool words = !colon && hex_digits(at) == 4;

	/* od --endian=big: a telegram begins with its first byte. */
	if (words && !input->dump)
		input->dump_big_endian = is_start(at) && !is_start(at + 2);
	words = words && !input->dump_big_endian;
	for (;;) {
		size_t digits = hex_digits(at), spaces;

		if (!digits || digits % 2 ||
		    (at[digits] && !isspace((unsigned char)at[digits])))
			return;
		append_group(input, at, digits, words);
		at += digits;
		spaces = strspn(at, " \t");
		if (words ? spaces > 4 :
		    spaces > 2 || (spaces == 2 && (colon ||
				input->stream_end - begin >= 16)))
			return;
		at += spaces;
	}
}

/* A star stands for lines that are equal to the one before. */
static void repeat(struct input *input, unsigned long offset)
{
	size_t len = input->dump_line_len;

	while (len && input->dump_next + len <= offset &&
	       input->stream_end >= len &&
	       input->stream_end + len <= INPUT_STREAM) {
		memcpy(input->stream + input->stream_end,
		       input->stream + input->stream_end - len, len);
		input->stream_end += len;
		input->dump_next += len;
	}
}

bool dump_line(struct input *input, const char *line)
{
	size_t digits, begin;
	unsigned long hex, octal, decimal, offset;
	bool colon, apart;

	line += strspn(line, " \t");
	if (*line == '*' && input->dump) {
		input->dump_star = true;
		return true;
	}
	digits = hex_digits(line);
	colon = line[digits] == ':';
	if (digits < 4 || digits > 8 || (line[digits] && !colon &&
					 !isspace((unsigned char)line[digits])))
		return false;
	hex = strtoul(line, NULL, 16);
	octal = digits == 7 ? strtoul(line, NULL, 8) : hex;
	decimal = strspn(line, "0123456789") == digits ?
			  strtoul(line, NULL, 10) : hex;
	/* One that begins elsewhere is a dump if its offset stands apart. */
	apart = digits >= 6 && colon && line[digits + 1] == ' ' &&
		hex_digits(line + digits + 2) == 4;
	if (!input->dump && hex && !apart)
		return false;
	if (!input->dump)
		input->dump_next = hex;
	if (input->dump && input->dump_star) {
		offset = octal >= input->dump_next && octal < hex ? octal : hex;
		repeat(input, offset);
	} else if (input->dump && hex != input->dump_next &&
		   octal != input->dump_next &&
		   decimal != input->dump_next) {
		/* A dump may follow another. */
		if (hex)
			return false;
		input->dump_next = 0;
	}
	line += digits + colon;
	line += strspn(line, " \t");
	begin = input->stream_end;
	take_bytes(input, line, colon);
	/* The end of a dump is an offset alone; its beginning is not. */
	if (begin == input->stream_end && !input->dump)
		return false;
	input->dump = begin != input->stream_end;
	input->dump_star = false;
	input->dump_line_len = input->stream_end - begin;
	input->dump_next = input->dump ?
				   input->dump_next + input->dump_line_len : 0;
	return true;
}
