// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "ui/input_lines.h"

#define ACK		0xE5
#define START_SHORT	0x10
#define START_LONG	0x68

void input_start(struct input *input, FILE *in, const char *name)
{
	memset(input, 0, sizeof(*input));
	input->in = in;
	input->name = name;
}

void input_end(struct input *input)
{
	free(input->text);
	json_object_put(input->readout);
}

char *input_place(const struct input *input, char out[INPUT_PLACE_SIZE])
{
	if (input->binary)
		snprintf(out, INPUT_PLACE_SIZE, "%.250s, byte %llu",
			 input->name,
			 (unsigned long long)input->telegram_offset);
	else
		snprintf(out, INPUT_PLACE_SIZE, "%.250s:%zu", input->name,
			 input->telegram_line);
	return out;
}

enum input_result input_check(struct input_telegram *telegram, size_t len,
			      char why[INPUT_WHY_SIZE])
{
	struct meterbus_error err;

	if (!meterbus_telegram_parse(&telegram->telegram, telegram->bytes, len,
				     &err))
		return INPUT_TELEGRAM;
	snprintf(why, INPUT_WHY_SIZE, "%s", err.text);
	return INPUT_BAD;
}

/* ------------------------------------------------------------- binary */

static enum input_result fill(struct input *input)
{
	size_t got;

	memmove(input->buffer, input->buffer + input->begin,
		input->end - input->begin);
	input->end -= input->begin;
	input->begin = 0;
	got = fread(input->buffer + input->end, 1,
		    sizeof(input->buffer) - input->end, input->in);
	input->end += got;
	return got ? INPUT_TELEGRAM :
	       ferror(input->in) ? INPUT_FAILED : INPUT_END;
}

/* Fills the buffer to a telegram's length, or to the end of the file. */
static enum input_result fill_telegram(struct input *input)
{
	enum input_result result;

	while (input->end - input->begin < METERBUS_TELEGRAM_MAX) {
		result = fill(input);
		if (result == INPUT_FAILED)
			return result;
		if (result == INPUT_END)
			break;
	}
	return input->begin < input->end ? INPUT_TELEGRAM : INPUT_END;
}

int input_measure(const uint8_t *bytes, size_t left)
{
	struct meterbus_telegram telegram;
	size_t len;

	if (!left)
		return 0;
	if (bytes[0] == ACK)
		return 1;
	if (bytes[0] == START_SHORT) {
		len = 5;
	} else if (bytes[0] == START_LONG) {
		len = left > 1 ? bytes[1] + 6U : METERBUS_TELEGRAM_MAX;
		if ((left > 1 && bytes[1] < 3) ||
		    (left > 2 && bytes[2] != bytes[1]) ||
		    (left > 3 && bytes[3] != START_LONG))
			return 0;
	} else {
		return 0;
	}
	if (len > left)
		return -1;
	return meterbus_telegram_parse(&telegram, bytes, len, NULL) ? 0 :
								      (int)len;
}

static void skip(struct input *input, size_t len)
{
	input->begin += len;
	input->offset += len;
}

static enum input_result next_binary(struct input *input,
				     struct input_telegram *telegram,
				     char why[INPUT_WHY_SIZE])
{
	uint64_t junk = 0;
	enum input_result result;
	int len;

	for (;;) {
		result = fill_telegram(input);
		if (result == INPUT_FAILED)
			return result;
		len = result == INPUT_END ? 0 :
		      input_measure(input->buffer + input->begin,
				    input->end - input->begin);
		if (result == INPUT_END || len > 0)
			break;
		skip(input, 1);
		junk++;
	}
	input->telegram_offset = input->offset - junk;
	if (junk) {
		snprintf(why, INPUT_WHY_SIZE, "%llu byte%s outside any telegram",
			 (unsigned long long)junk, junk == 1 ? "" : "s");
		return INPUT_BAD;
	}
	if (!len)
		return INPUT_END;
	memcpy(telegram->bytes, input->buffer + input->begin, len);
	skip(input, len);
	return input_check(telegram, len, why);
}

/* ----------------------------------------------------------------- text */

/* The next character, -1 at the end. Telegrams consist of ASCII characters. */
static int next_char(struct input *input)
{
	unsigned int first, second;

	if (input->end - input->begin < (input->wide ? 2 : 1) &&
	    fill(input) == INPUT_FAILED)
		return -1;
	if (input->begin == input->end)
		return -1;
	first = input->buffer[input->begin++];
	if (!input->wide)
		return first;
	if (input->begin == input->end)
		return -1;
	second = input->buffer[input->begin++];
	if (input->wide == 'b')
		return first ? '?' : second;
	return second ? '?' : first;
}

/* Appends to the line, of which @len characters are there. */
static bool put(struct input *input, size_t len, const void *more, size_t count)
{
	size_t size = input->text_size ? input->text_size : 512;

	while (size < len + count + 1)
		size *= 2;
	if (size > input->text_size) {
		char *text = realloc(input->text, size);

		if (!text)
			return false;
		input->text = text;
		input->text_size = size;
	}
	memcpy(input->text + len, more, count);
	input->text[len + count] = '\0';
	return true;
}

/* Characters of the buffer that end no line and need no conversion. */
static size_t plain_characters(const struct input *input)
{
	size_t at = input->begin;

	if (input->wide)
		return 0;
	while (at < input->end && input->buffer[at] &&
	       input->buffer[at] != '\n' && input->buffer[at] != '\r')
		at++;
	return at - input->begin;
}

/* One line into input->text; a CR ends one as well as LF and both. */
static enum input_result read_line(struct input *input)
{
	size_t len = 0, plain;
	char end;
	int c;

	for (;;) {
		plain = plain_characters(input);
		if (plain) {
			input->after_cr = false;
			if (!put(input, len, input->buffer + input->begin,
				 plain))
				return INPUT_FAILED;
			input->begin += plain;
			len += plain;
			continue;
		}
		c = next_char(input);
		if (c < 0)
			break;
		if (c == '\n' && !len && input->after_cr) {
			input->after_cr = false;
			continue;
		}
		input->after_cr = c == '\r';
		end = c == '\r' || !c ? '\n' : c;
		if (!put(input, len, &end, 1))
			return INPUT_FAILED;
		len++;
		if (c == '\n' || c == '\r')
			break;
	}
	if (!len)
		return ferror(input->in) ? INPUT_FAILED : INPUT_END;
	input->line++;
	return INPUT_TELEGRAM;
}

static enum input_result next_text(struct input *input,
				   struct input_telegram *telegram,
				   char why[INPUT_WHY_SIZE])
{
	enum input_result result;

	for (;;) {
		telegram->bus[0] = '\0';
		telegram->time_ns = 0;
		if (input->line) {
			result = lines_next(input, telegram, why);
			if (result != INPUT_END)
				return result;
		}
		result = read_line(input);
		if (result == INPUT_FAILED)
			return result;
		if (result == INPUT_END)
			return lines_end(input, why);
		lines_start(input);
	}
}

/* ----------------------------------------------------------- detection */

/* Bytes at @at that are one character of UTF-8; 0 if they are none. */
static size_t utf8_length(const uint8_t *at, size_t left)
{
	size_t len = *at < 0x80 ? 1 : *at < 0xC2 ? 0 : *at < 0xE0 ? 2 :
		     *at < 0xF0 ? 3 : *at < 0xF5 ? 4 : 0;

	if (len > left)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((at[i] & 0xC0) != 0x80)
			return 0;
	return len;
}

static bool is_control(uint8_t byte)
{
	return byte < ' ' && (!byte || !strchr("\t\n\v\f\r\x1A\x1B", byte));
}

/* Text has no control characters, and a few bytes at most of other codes. */
static bool looks_binary(const uint8_t *bytes, size_t len)
{
	size_t strange = 0;

	/* What fills up the end of text. */
	while (len > 1 && !bytes[len - 1] && bytes[len - 2] != 0x16 &&
	       bytes[len - 2] != 0xE5)
		len--;
	for (size_t i = 0; i < len;) {
		size_t used = utf8_length(bytes + i, len - i);

		if (is_control(bytes[i]))
			return true;
		strange += !used && i + 4 < len + (len < 5 ? 5 : 0);
		i += used ? used : 1;
	}
	return 4 * strange > len;
}

/* Every other byte of ASCII in UTF-16 is zero. */
static bool looks_wide(const uint8_t *bytes, size_t len, size_t zero)
{
	if (len < 4)
		return false;
	for (size_t i = 0; i + 1 < len && i < 64; i += 2)
		if (bytes[i + zero] || !bytes[i + 1 - zero])
			return false;
	return true;
}

static void detect(struct input *input)
{
	const uint8_t *bytes = input->buffer;
	size_t mark = 0;

	while (input->end < sizeof(input->buffer) &&
	       fill(input) == INPUT_TELEGRAM)
		;
	if (input->end >= 3 && !memcmp(bytes, "\xEF\xBB\xBF", 3))
		mark = 3;
	else if (input->end >= 2 && ((bytes[0] == 0xFF && bytes[1] == 0xFE) ||
				     (bytes[0] == 0xFE && bytes[1] == 0xFF)))
		mark = 2;
	if (looks_wide(bytes + mark, input->end - mark, 1))
		input->wide = 'l';
	else if (looks_wide(bytes + mark, input->end - mark, 0))
		input->wide = 'b';
	else if (mark == 2)
		mark = 0;
	input->binary = !input->wide &&
			looks_binary(bytes + mark, input->end - mark);
	if (!input->binary)
		input->begin = mark;
}

enum input_result input_next(struct input *input,
			     struct input_telegram *telegram,
			     char why[INPUT_WHY_SIZE])
{
	if (!input->started) {
		input->started = true;
		detect(input);
		if (ferror(input->in))
			return INPUT_FAILED;
	}
	telegram->bus[0] = '\0';
	telegram->time_ns = 0;
	return input->binary ? next_binary(input, telegram, why) :
			       next_text(input, telegram, why);
}
