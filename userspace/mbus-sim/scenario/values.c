// SPDX-License-Identifier: GPL-2.0-or-later
#include "values.h"
#include "../base/units.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Complaints are made of these; one is handed out at a time. */
static char complaint[160];

const char *value_int(const struct field *f, const char *text, void *target)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (end == text || *end)
		return "is not a whole number";
	if (errno || value < f->min || value > f->max) {
		snprintf(complaint, sizeof(complaint), "is not in %ld ... %ld",
			 f->min, f->max);
		return complaint;
	}
	*(int *)target = value;
	return NULL;
}

const char *value_flag(const struct field *f, const char *text, void *target)
{
	(void)f;
	if (!strcasecmp(text, "yes"))
		*(bool *)target = true;
	else if (!strcasecmp(text, "no"))
		*(bool *)target = false;
	else
		return "is neither yes nor no";
	return NULL;
}

const char *value_seed(const struct field *f, const char *text, void *target)
{
	char *end;

	(void)f;
	errno = 0;
	*(uint64_t *)target = strtoull(text, &end, 0);
	if (end == text || *end || errno || *text == '-')
		return "is not a number of 0 ... 2^64-1";
	return NULL;
}

const char *value_span(const struct field *f, const char *text, void *target)
{
	(void)f;
	return span_parse(text, target);
}

const char *value_choice(const struct field *f, const char *text, void *target)
{
	size_t len = 0;
	int i;

	for (i = 0; f->choices[i]; i++) {
		if (!strcasecmp(text, f->choices[i])) {
			*(unsigned int *)target = i;
			return NULL;
		}
	}
	len += snprintf(complaint, sizeof(complaint), "is none of");
	for (i = 0; f->choices[i] && len < sizeof(complaint); i++)
		len += snprintf(complaint + len, sizeof(complaint) - len,
				"%s %s", i ? "," : "", f->choices[i]);
	return complaint;
}

const char *value_text(const struct field *f, const char *text, void *target)
{
	char **to = target;

	(void)f;
	free(*to);
	*to = copy_text(text);
	return NULL;
}

const char *value_baud(const struct field *f, const char *text, void *target)
{
	static const struct field any = {.min = 1, .max = 1000000};
	int baud;

	(void)f;
	if (value_int(&any, text, &baud) || !baud_known(baud))
		return "is not an M-Bus rate: 300, 600, 1200, 2400, 4800, "
		       "9600, 19200 or 38400";
	*(int *)target = baud;
	return NULL;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

const char *value_hex(const char *text, unsigned char *bytes, size_t *len)
{
	size_t nr = 0;

	for (;;) {
		int high, low;

		while (isspace((unsigned char)*text))
			text++;
		if (!*text)
			break;
		high = digit(text[0]);
		low = high < 0 ? -1 : digit(text[1]);
		if (low < 0) {
			snprintf(complaint, sizeof(complaint),
				 "is not hex: byte %zu is \"%.2s\"", nr + 1,
				 text);
			return complaint;
		}
		if (nr == *len)
			return "has too many bytes";
		bytes[nr++] = high << 4 | low;
		text += 2;
	}
	*len = nr;
	return NULL;
}

bool values_take(struct settings *s, const struct setting *item,
		 const struct field *fields, size_t nr, void *base)
{
	const char *why;

	for (; nr--; fields++) {
		if (strcmp(fields->key, item->key))
			continue;
		why = fields->parse(fields, item->value,
				    (char *)base + fields->offset);
		if (why)
			settings_complain(s, item, "%s", why);
		return true;
	}
	return false;
}
