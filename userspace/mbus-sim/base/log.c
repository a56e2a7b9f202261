// SPDX-License-Identifier: GPL-2.0-or-later
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The log separates bytes that are further apart than this. */
#define BURST_GAP (100 * NS_PER_MS)

/* Bytes of one kind, collected until something else happens. */
struct burst {
	const char *word; /* a string constant */
	int64_t first, last;
	uint8_t bytes[512];
	size_t len;
};

/* With echo, bytes to the bus and to the PC come by turns. */
#define NR_BURSTS 3

struct log {
	FILE *file;
	struct burst bursts[NR_BURSTS];
};

struct log *log_open(const char *path)
{
	struct log *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->file = strcmp(path, "-") ? fopen(path, "we") : stderr;
	if (!l->file) {
		free(l);
		return NULL;
	}
	/* Readers of the log see whole lines as they happen. */
	setvbuf(l->file, NULL, _IOLBF, 0);
	return l;
}

void log_close(struct log *l)
{
	if (!l)
		return;
	log_flush(l);
	if (l->file != stderr)
		fclose(l->file);
	free(l);
}

static void print_head(struct log *l, int64_t t, const char *word)
{
	fprintf(l->file, "%lld.%06lld %s", (long long)(t / NS_PER_S),
		(long long)(t % NS_PER_S / NS_PER_US), word);
}

static void print_hex(struct log *l, const uint8_t *bytes, size_t len)
{
	while (len--)
		fprintf(l->file, " %02X", *bytes++);
	fputc('\n', l->file);
}

static void print_burst(struct log *l, struct burst *b)
{
	print_head(l, b->first, b->word);
	print_hex(l, b->bytes, b->len);
	b->len = 0;
}

void log_flush(struct log *l)
{
	struct burst *first;
	size_t i;

	if (!l)
		return;
	do {
		first = NULL;
		for (i = 0; i < NR_BURSTS; i++) {
			struct burst *b = &l->bursts[i];

			if (b->len && (!first || b->first < first->first))
				first = b;
		}
		if (first)
			print_burst(l, first);
	} while (first);
}

void log_event(struct log *l, int64_t t, const char *word, const char *format,
	       ...)
{
	va_list args;

	if (!l)
		return;
	log_flush(l);
	print_head(l, t, word);
	fputc(' ', l->file);
	va_start(args, format);
	vfprintf(l->file, format, args);
	va_end(args);
	fputc('\n', l->file);
}

void log_bytes(struct log *l, int64_t t, const char *word, const char *prefix,
	       const uint8_t *bytes, size_t len)
{
	if (!l)
		return;
	log_flush(l);
	print_head(l, t, word);
	fprintf(l->file, " %s", prefix);
	print_hex(l, bytes, len);
}

/* The burst of @word, or a free one; NULL when all are other words'. */
static struct burst *burst_of(struct log *l, const char *word)
{
	struct burst *idle = NULL;
	size_t i;

	for (i = 0; i < NR_BURSTS; i++) {
		struct burst *b = &l->bursts[i];

		if (!b->len)
			idle = b;
		else if (!strcmp(b->word, word))
			return b;
	}
	return idle;
}

void log_byte(struct log *l, int64_t t, const char *word, uint8_t byte)
{
	struct burst *b;

	if (!l)
		return;
	b = burst_of(l, word);
	if (!b || (b->len &&
		   (t - b->last > BURST_GAP || b->len == sizeof(b->bytes)))) {
		log_flush(l);
		b = &l->bursts[0];
	}
	if (!b->len) {
		b->first = t;
		b->word = word;
	}
	b->last = t;
	b->bytes[b->len++] = byte;
}

void log_rename(struct log *l, const char *from, const char *to)
{
	size_t i;

	for (i = 0; l && i < NR_BURSTS; i++)
		if (l->bursts[i].len && !strcmp(l->bursts[i].word, from))
			l->bursts[i].word = to;
}
