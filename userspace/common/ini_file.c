// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "common/ini_file.h"

#define BLANKS		" \t"
#define BOM		"\xEF\xBB\xBF"
#define TAB_WIDTH	8
/* inih's limit of a line is 200; nothing here comes near it. */
#define LINE_MAX_LEN	198

/*
 * inih takes a line apart. What the line is, is decided here: inih's callback
 * gets no line numbers and no headers, and any indented line continues a value.
 */
struct reader {
	struct ini_file *file;
	FILE *stream;
	int first;		/* the number of this file's first line, less 1 */
	struct ini_section *section;
	bool skip;		/* its header was refused */
	/* A key has begun: deeper lines continue it. */
	bool has_key;
	size_t indent;		/* its column */
	char *key;		/* its item's; NULL if it was refused */
	bool continues;		/* the line that inih has does so */
	bool ended;		/* the rest is left */
	bool failed;		/* no memory */
};

/* ------------------------------------------------------------ the result */

/* Room for one more; NULL without memory. */
static void *add(struct reader *r, void *array, size_t count, size_t size)
{
	void *grown = reallocarray(array, count + 1, size);

	r->failed |= !grown;
	return grown;
}

__attribute__((format(printf, 3, 4)))
static void complain(struct reader *r, int line, const char *format, ...)
{
	struct ini_file *file = r->file;
	struct ini_fault *faults;
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0) {
		r->failed = true;
		return;
	}
	faults = add(r, file->faults, file->fault_count, sizeof(*faults));
	if (!faults) {
		free(text);
		return;
	}
	file->faults = faults;
	faults[file->fault_count++] = (struct ini_fault){ line, text };
}

const char *ini_file_place(const struct ini_file *file, int line, int *number)
{
	size_t at = file->part_count - 1;

	while (at && file->parts[at].before >= line)
		at--;
	*number = line - file->parts[at].before;
	return file->parts[at].path;
}

/* "line 3", or "line 3 of FILE" if that is another file. */
static const char *place(struct reader *r, int line, char *out, size_t size)
{
	const struct ini_file *file = r->file;
	int number;
	const char *path = ini_file_place(file, line, &number);

	if (path == file->parts[file->part_count - 1].path)
		snprintf(out, size, "line %d", number);
	else
		snprintf(out, size, "line %d of %.90s", number, path);
	return out;
}

const struct ini_item *ini_find(const struct ini_item *items, size_t count,
				const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(items[i].key, key))
			return &items[i];
	return NULL;
}

/* --------------------------------------------------------------- headers */

struct header {
	int line;
	char name[];
};

static int compare_headers(const void *a, const void *b)
{
	return strcmp(((const struct header *)a)->name,
		      ((const struct header *)b)->name);
}

/* False after a fault: the section of that name was there before. */
static bool is_new(struct reader *r, const char *name)
{
	struct header *header, **known;
	char text[120];

	header = malloc(sizeof(*header) + strlen(name) + 1);
	known = NULL;
	if (header) {
		header->line = r->file->lines;
		strcpy(header->name, name);
		known = tsearch(header, &r->file->names, compare_headers);
	}
	if (known && *known == header)
		return true;
	free(header);
	if (!known) {
		r->failed = true;
		return false;
	}
	if (r->file->repeats)
		return true;
	complain(r, r->file->lines,
		 "section [%s] is there twice (%s); give each its own name",
		 name, place(r, (*known)->line, text, sizeof(text)));
	return false;
}

/* Single spaces between words, none around them. */
static void squeeze(char *text)
{
	char *out = text;

	for (char *word = text; *word; word += strcspn(word, BLANKS)) {
		size_t len;

		word += strspn(word, BLANKS);
		len = strcspn(word, BLANKS);
		if (len && out != text)
			*out++ = ' ';
		memmove(out, word, len);
		out += len;
		word += len - strcspn(word, BLANKS);
	}
	*out = '\0';
}

static void begin_section(struct reader *r, const char *name)
{
	struct ini_file *file = r->file;
	struct ini_section *sections;
	char *copy = strdup(name);

	sections = copy ? add(r, file->sections, file->count, sizeof(*sections)) :
			  NULL;
	if (!sections) {
		r->failed = true;
		free(copy);
		return;
	}
	file->sections = sections;
	r->section = &sections[file->count++];
	*r->section = (struct ini_section){ .name = copy, .line = file->lines };
}

/* @text: what is behind the bracket. */
static void take_header(struct reader *r, char *text)
{
	char *end = strchr(text, ']');
	int line = r->file->lines;

	r->section = NULL;
	r->skip = true;
	r->has_key = false;
	if (!end) {
		complain(r, line,
			 "the section's name has no end; put a ] behind it");
		return;
	}
	if (end[1 + strspn(end + 1, BLANKS)])
		complain(r, line,
			 "there is text behind the section's name; put it on a line of its own");
	*end = '\0';
	squeeze(text);
	if (!*text)
		complain(r, line, "the section has no name; write [name]");
	else if (is_new(r, text))
		begin_section(r, text);
}

/* ----------------------------------------------------------------- lines */

/* Well-formed UTF-8 without control characters but tab. */
static bool is_text(const unsigned char *s, size_t len)
{
	for (;;) {
		/* Nearly all of it is. */
		while (len && *s >= 0x20 && *s < 0x7f) {
			s++;
			len--;
		}
		if (!len)
			return true;

		unsigned int more = *s < 0x80		? 0 :
				    (*s & 0xe0) == 0xc0 ? 1 :
				    (*s & 0xf0) == 0xe0 ? 2 :
				    (*s & 0xf8) == 0xf0 ? 3 : 4;

		if (more == 4 || more >= len || *s == 0xc0 || *s == 0xc1 ||
		    *s > 0xf4 || *s == 0x7f || (*s < 0x20 && *s != '\t'))
			return false;
		/* Longer than need be, a surrogate, or past U+10FFFF. */
		if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
		    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
			return false;
		for (unsigned int i = 1; i <= more; i++)
			if ((s[i] & 0xc0) != 0x80)
				return false;
		s += more + 1;
		len -= more + 1;
	}
}

/*
 * Cuts a comment behind a value, and blanks at the end. A ; or # is none where
 * it is part of a word; # 3 and #3 differ, as people write "House #3".
 */
static void cut_comment(char *line)
{
	size_t len;

	for (char *at = line; (at = strpbrk(at, ";#")); at++) {
		if (at == line || !strchr(BLANKS, at[-1]) ||
		    (*at == '#' && !strchr(BLANKS, at[1])))
			continue;
		*at = '\0';
		break;
	}
	len = strlen(line);
	while (len && strchr(BLANKS, line[len - 1]))
		line[--len] = '\0';
}

static size_t column_of(const char *line)
{
	size_t column = 0;

	for (; *line && strchr(BLANKS, *line); line++)
		column = *line == ' ' ? column + 1 :
					(column / TAB_WIDTH + 1) * TAB_WIDTH;
	return column;
}

/*
 * "baud = 2400", "bit 0: x": a word, perhaps a number, and a sign. No colon
 * within a word: host:10001, 12:30.
 */
static bool looks_like_key(const char *text)
{
	static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t len = strspn(text, word);

	if (!len)
		return false;
	text += len;
	text += strspn(text, BLANKS);
	text += strspn(text, "0123456789");
	text += strspn(text, BLANKS);
	return *text == '=' || (*text == ':' && strchr(BLANKS, text[1]));
}

/* True if inih is to have it. @text is without indentation and comment. */
static bool take_line(struct reader *r, char *text, size_t column)
{
	const char *sign = text + strcspn(text, "=:");
	int line = r->file->lines;

	if (*text == '[') {
		take_header(r, text + 1);
		return false;
	}
	r->continues = r->has_key && column > r->indent;
	if (r->continues && looks_like_key(text)) {
		complain(r, line,
			 "the indentation makes this a part of the value above; begin it at the column of the key above");
		return false;
	}
	if (r->continues)
		return true;
	r->has_key = *sign;
	r->indent = column;
	r->key = NULL;
	if (!*sign)
		complain(r, line, "this is neither [section] nor key = value");
	else if (sign == text)
		complain(r, line, "there is no key in front of the %c", *sign);
	return *sign && sign != text;
}

/* A line without its end; its length may be above @size. False at the end. */
static bool get_line(struct reader *r, char *line, size_t size, size_t *len)
{
	int c;

	*len = 0;
	while ((c = getc_unlocked(r->stream)) != EOF && c != '\n') {
		if (*len + 1 < size)
			line[*len] = c;
		++*len;
	}
	if (c == EOF && !*len)
		return false;
	if (*len && *len < size && line[*len - 1] == '\r')
		--*len;
	line[*len < size ? *len : size - 1] = '\0';
	r->file->lines++;
	return true;
}

/* What another program may have saved; false after a fault. */
static bool check_encoding(struct reader *r, char *line, size_t *len)
{
	if (*len >= 2 && (!memcmp(line, "\xFF\xFE", 2) ||
			  !memcmp(line, "\xFE\xFF", 2))) {
		complain(r, r->file->lines,
			 "the file is UTF-16; save it as UTF-8");
		/* Every line would be wrong. */
		r->ended = true;
		return false;
	}
	if (*len >= strlen(BOM) && !memcmp(line, BOM, strlen(BOM))) {
		*len -= strlen(BOM);
		memmove(line, line + strlen(BOM), *len + 1);
	}
	return true;
}

/* Called by inih for each line, in place of fgets(). */
static char *read_line(char *out, int size, void *data)
{
	struct reader *r = data;
	char line[LINE_MAX_LEN + 1], *text;
	size_t len;

	(void)size;	/* more than LINE_MAX_LEN + 1 */
	if (r->failed || r->ended || !get_line(r, line, sizeof(line), &len))
		return NULL;
	strcpy(out, "\n");
	if (r->file->lines == r->first + 1 && !check_encoding(r, line, &len))
		return out;
	if (len >= sizeof(line)) {
		complain(r, r->file->lines,
			 "the line is longer than %d characters; continue it on the next line, indented",
			 LINE_MAX_LEN);
		return out;
	}
	if (!is_text((unsigned char *)line, len)) {
		complain(r, r->file->lines,
			 "the line is no UTF-8 text or has control characters; write it anew");
		return out;
	}
	text = line + strspn(line, BLANKS);
	if (strchr(";#", *text))
		return out;
	cut_comment(text);
	/* A space is what makes a line a continuation for inih. */
	if (take_line(r, text, column_of(line)))
		stpcpy(stpcpy(stpcpy(out, r->continues ? " " : ""), text), "\n");
	return out;
}

/* -------------------------------------------------------- keys and values */

/*
 * What would become a part of the value by accident is removed; returns what to
 * say of it, or NULL.
 */
static const char *mend(char *value)
{
	size_t len = strlen(value);

	if (len && value[len - 1] == '\\') {
		do
			value[--len] = '\0';
		while (len && strchr(BLANKS, value[len - 1]));
		return "a \\ continues no line; remove it, and indent the next line";
	}
	if (len > 1 && strchr("\"'", *value) &&
	    strchr(value + 1, *value) == value + len - 1) {
		value[len - 1] = '\0';
		memmove(value, value + 1, len - 1);
		return "quotation marks would be a part of the value; remove them";
	}
	if (*value == '=') {
		memmove(value, value + 1, len);
		return "there is a second =; remove one";
	}
	return NULL;
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if (*text & 0x80)
			return false;
	return true;
}

/* Takes over @value, which may be NULL without memory. */
static void append(struct reader *r, char *value)
{
	struct ini_item *item = &r->section->items[r->section->count - 1];
	char *joined = NULL;

	if (!value || asprintf(&joined, "%s%s%s", item->value,
			       *item->value ? " " : "", value) < 0) {
		r->failed = true;
	} else {
		free(item->value);
		item->value = joined;
	}
	free(value);
}

/* The same. */
static void add_item(struct reader *r, const char *key, char *value)
{
	struct ini_section *section = r->section;
	struct ini_item item = { .key = strdup(key), .value = value,
				 .line = r->file->lines };
	struct ini_item *items;

	items = item.key && item.value ?
			add(r, section->items, section->count, sizeof(*items)) :
			NULL;
	if (!items) {
		r->failed = true;
		free(item.key);
		free(item.value);
		return;
	}
	section->items = items;
	items[section->count++] = item;
	r->key = item.key;
}

/* False after a fault. */
static bool check_key(struct reader *r, const char *key)
{
	const struct ini_item *old;
	char text[120];

	if (!r->section) {
		if (!r->skip)
			complain(r, r->file->lines,
				 "%s stands before the first [section]; put it below one",
				 key);
		return false;
	}
	if (!is_ascii(key)) {
		complain(r, r->file->lines,
			 "%s: this key has a character that is not ASCII, perhaps a space; type it again",
			 key);
		return false;
	}
	old = ini_find(r->section->items, r->section->count, key);
	if (old)
		complain(r, r->file->lines, "%s is there twice (%s); remove one",
			 key, place(r, old->line, text, sizeof(text)));
	return !old;
}

/* Called by inih for each "key = value" and for each continuation. */
static int take(void *data, const char *name, const char *key,
		const char *value)
{
	struct reader *r = data;
	const char *odd;
	char *copy;

	(void)name;
	if (r->continues ? !r->key : !check_key(r, key))
		return 1;
	copy = strdup(value);
	odd = copy ? mend(copy) : NULL;
	if (odd)
		complain(r, r->file->lines, "%s: %s", r->continues ? r->key : key,
			 odd);
	if (r->continues)
		append(r, copy);
	else
		add_item(r, key, copy);
	return 1;
}

/* ------------------------------------------------------------------ files */

static bool add_part(struct reader *r, const char *path)
{
	struct ini_file *file = r->file;
	struct ini_part *parts;
	char *copy = strdup(path);

	parts = copy ? add(r, file->parts, file->part_count, sizeof(*parts)) :
		       NULL;
	if (!parts) {
		free(copy);
		return false;
	}
	file->parts = parts;
	parts[file->part_count++] = (struct ini_part){ copy, file->lines };
	return true;
}

/* Returns 0 or an errno. */
static int read_lines(struct reader *r)
{
	errno = 0;
	ini_parse_stream(read_line, r, take, r);
	if (r->failed)
		return ENOMEM;
	return !ferror(r->stream) ? 0 : errno ? errno : EIO;
}

/* @why: an errno if there is no stream. */
static int read_part(struct ini_file *file, const char *path, FILE *stream,
		     int why)
{
	struct reader r = { .file = file, .stream = stream,
			    .first = file->lines };

	if (!add_part(&r, path)) {
		why = ENOMEM;
	} else {
		if (stream)
			why = read_lines(&r);
		/* An empty one has a place, too. */
		if (file->lines == r.first)
			file->lines++;
	}
	errno = why;
	return why ? -1 : 0;
}

int ini_file_read_stream(struct ini_file *file, const char *name, FILE *stream)
{
	return read_part(file, name, stream, 0);
}

int ini_file_read(struct ini_file *file, const char *path)
{
	FILE *stream = fopen(path, "re");
	int failed = read_part(file, path, stream, errno);
	int why = errno;

	if (stream)
		fclose(stream);
	errno = why;
	return failed;
}

void ini_file_free(struct ini_file *file)
{
	for (size_t i = 0; i < file->count; i++) {
		struct ini_section *section = &file->sections[i];

		for (size_t j = 0; j < section->count; j++) {
			free(section->items[j].key);
			free(section->items[j].value);
		}
		free(section->items);
		free(section->name);
	}
	free(file->sections);
	for (size_t i = 0; i < file->fault_count; i++)
		free(file->faults[i].text);
	free(file->faults);
	for (size_t i = 0; i < file->part_count; i++)
		free(file->parts[i].path);
	free(file->parts);
	tdestroy(file->names, free);
	*file = (struct ini_file){ 0 };
}
