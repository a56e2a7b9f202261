// SPDX-License-Identifier: GPL-2.0-or-later
#include "telegram.h"

#include <string.h>

uint8_t telegram_checksum(const uint8_t *bytes, size_t len)
{
	uint8_t sum = 0;

	while (len--)
		sum += *bytes++;
	return sum;
}

/* Telegram length known from its first bytes; 0: not yet, -1: no telegram. */
static int length(const uint8_t *bytes, size_t len)
{
	if (bytes[0] == 0x10)
		return 5;
	if (bytes[0] != 0x68)
		return -1;
	if (len >= 3 && (bytes[1] != bytes[2] || bytes[1] < 3))
		return -1;
	if (len >= 4 && bytes[3] != 0x68)
		return -1;
	return len >= 4 ? bytes[1] + 6 : 0;
}

const char *telegram_check(const uint8_t *bytes, size_t len)
{
	int whole;

	if (!len)
		return "is empty";
	whole = length(bytes, len);
	if (whole < 0)
		return "does not begin as a telegram (68 L L 68 or 10)";
	if (!whole || len < (size_t)whole)
		return "is shorter than its L field says";
	if (len > (size_t)whole)
		return "is longer than its L field says";
	if (bytes[len - 1] != 0x16)
		return "does not end in 16";
	if (bytes[0] == 0x10) {
		if (telegram_checksum(bytes + 1, 2) != bytes[3])
			return "has a wrong checksum";
	} else if (telegram_checksum(bytes + 4, len - 6) != bytes[len - 2]) {
		return "has a wrong checksum";
	}
	return NULL;
}

static void take_apart(struct telegram *t, const struct parser *p)
{
	t->before = p->before;
	t->start = p->start;
	memcpy(t->raw, p->raw, p->len);
	t->len = p->len;
	t->baud = p->baud;
	t->has_ci = t->raw[0] == 0x68;
	if (t->has_ci) {
		t->c = t->raw[4];
		t->a = t->raw[5];
		t->ci = t->raw[6];
		t->data = t->raw + 7;
		t->data_len = t->len - 9;
	} else {
		t->c = t->raw[1];
		t->a = t->raw[2];
		t->ci = 0;
		t->data = NULL;
		t->data_len = 0;
	}
}

static bool is_gap(const struct parser *p, int64_t start, int baud)
{
	return start - p->last_end > span_ns(&p->gap, baud);
}

static void extend_run(struct parser *p, int64_t start, int64_t end, int baud,
		       uint8_t byte)
{
	struct byte_run *run = &p->run;

	if (!run->count || run->byte != byte || is_gap(p, start, baud))
		*run = (struct byte_run){.byte = byte, .start = start};
	run->count++;
	run->end = end;
}

enum parsed parser_byte(struct parser *p, int64_t start, int64_t end, int baud,
			uint8_t byte)
{
	int whole;

	if (is_gap(p, start, baud) || (!p->len && !p->spoiled)) {
		p->len = 0;
		p->spoiled = false;
		p->baud = baud;
		p->before = p->run;
		p->start = start;
	}
	extend_run(p, start, end, baud, byte);
	p->last_end = end;
	if (p->spoiled)
		return PARSED_SPOILED;

	p->raw[p->len++] = byte;
	whole = baud == p->baud ? length(p->raw, p->len) : -1;
	if (whole >= 0 && (!whole || p->len < (size_t)whole))
		return PARSED_PART;
	if (whole < 0 || telegram_check(p->raw, p->len)) {
		p->spoiled = true;
		p->len = 0;
		return PARSED_SPOILED;
	}
	take_apart(&p->telegram, p);
	p->len = 0;
	return PARSED_TELEGRAM;
}
