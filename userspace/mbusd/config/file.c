// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/file.h"

/*
 * libinih tells its handler neither the line nor whether it is a continuation,
 * and cuts the names of sections; reading the lines on its behalf does better.
 */
struct reading {
	struct config_file *file;
	FILE *stream;
	char *text;		/* of getline() */
	size_t size;
	int line;
	bool indented;
	bool skip;		/* the section's header made no sense */
	bool open;		/* a section has begun in this part */
};

/* Well-formed UTF-8 without control characters but tab and newline. */
static bool is_text(const unsigned char *s, size_t len)
{
	while (len) {
		unsigned int more = *s < 0x80		? 0 :
				    (*s & 0xe0) == 0xc0 ? 1 :
				    (*s & 0xf0) == 0xe0 ? 2 :
				    (*s & 0xf8) == 0xf0 ? 3 : 4;

		if (more == 4 || more >= len || *s == 0xc0 || *s == 0xc1 ||
		    *s > 0xf4 || *s == 0x7f ||
		    (*s < 0x20 && !strchr("\t\r\n", *s)))
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
	return true;
}

/* Nothing can go on without a configuration. */
static void __attribute__((noreturn)) fail_without_memory(void)
{
	fputs("mbusd: out of memory\n", stderr);
	exit(EXIT_FAILURE);
}

static void *grow(void *array, size_t count, size_t size)
{
	void *grown = reallocarray(array, count + 1, size);

	if (!grown)
		fail_without_memory();
	return grown;
}

static char *copy(const char *text, size_t len)
{
	char *copied = grow(NULL, len, 1);

	memcpy(copied, text, len);
	copied[len] = '\0';
	return copied;
}

static void add_fault(struct config_file *file, int line, bool warning,
		      const char *format, va_list args)
{
	char text[512];

	vsnprintf(text, sizeof(text), format, args);
	file->faults = grow(file->faults, file->fault_count,
			    sizeof(*file->faults));
	file->faults[file->fault_count++] = (struct config_fault){
		.line = line,
		.warning = warning,
		.text = copy(text, strlen(text)),
	};
}

void config_complain(struct config_file *file, int line, const char *format,
		     ...)
{
	va_list args;

	va_start(args, format);
	add_fault(file, line, false, format, args);
	va_end(args);
}

void config_warn(struct config_file *file, int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_fault(file, line, true, format, args);
	va_end(args);
}

/* The last part that begins before @line; the file itself for 0. */
static const struct config_part *part_of(const struct config_file *file,
					 int line)
{
	size_t at = file->part_count - 1;

	while (at && file->parts[at].before >= line)
		at--;
	return &file->parts[at];
}

const char *config_path_of(const struct config_file *file, int line)
{
	return part_of(file, line)->path;
}

char *config_place(const struct config_file *file, int line, int other,
		   char out[CONFIG_PLACE_SIZE])
{
	const struct config_part *part = part_of(file, other);

	if (part == part_of(file, line))
		snprintf(out, CONFIG_PLACE_SIZE, "line %d",
			 other - part->before);
	else
		snprintf(out, CONFIG_PLACE_SIZE, "line %d of %.90s",
			 other - part->before, part->path);
	return out;
}

static int by_line(const void *a, const void *b)
{
	const struct config_fault *one = a, *other = b;

	return one->line - other->line;
}

size_t config_report_faults(struct config_file *file, config_fault_fn *fault,
			  void *context)
{
	size_t count = file->fault_count;
	size_t faults = 0;

	if (count)
		qsort(file->faults, count, sizeof(*file->faults), by_line);
	for (size_t i = 0; i < count; i++) {
		const struct config_fault *one = &file->faults[i];
		const struct config_part *part = part_of(file, one->line);

		fault(context, one->warning, part->path,
		      one->line ? one->line - part->before : 0, one->text);
		faults += !one->warning;
	}
	return faults;
}

/* "bus cellar"; without a name "mbusd". To be freed. */
static char *make_key(const char *kind, size_t kind_len, const char *name,
		      size_t name_len)
{
	char *key;

	if (asprintf(&key, "%.*s%s%.*s", (int)kind_len, kind,
		     name_len ? " " : "", (int)name_len, name) < 0)
		fail_without_memory();
	return key;
}

static void add_section(struct reading *r, const char *kind, size_t kind_len,
			const char *name, size_t name_len)
{
	struct config_file *file = r->file;
	char place[CONFIG_PLACE_SIZE];
	char *key = make_key(kind, kind_len, name, name_len);
	void *line = index_find(&file->lines, key);

	if (line) {
		config_complain(file, r->line,
				"section [%s] is there twice (%s); give each its own name",
				key,
				config_place(file, r->line, (int)(intptr_t)line,
					     place));
		free(key);
		r->skip = true;
		return;
	}
	if (!index_add(&file->lines, key, (void *)(intptr_t)r->line))
		fail_without_memory();
	file->sections = grow(file->sections, file->count,
			      sizeof(*file->sections));
	file->sections[file->count++] = (struct config_section){
		.kind = copy(kind, kind_len),
		.name = copy(name, name_len),
		.key = key,
		.line = r->line,
	};
}

/* @text: what stands behind the bracket. */
static void take_header(struct reading *r, const char *text)
{
	size_t len = strcspn(text, "]\r\n");
	size_t kind_len = strcspn(text, " \t]\r\n");
	const char *name = text + kind_len;

	r->skip = false;
	r->open = true;
	if (text[len] != ']') {
		config_complain(r->file, r->line,
				"the section's name has no end; put a ] behind it");
		r->skip = true;
		return;
	}
	name += strspn(name, " \t");
	len -= name - text;
	while (len && (name[len - 1] == ' ' || name[len - 1] == '\t'))
		len--;
	add_section(r, text, kind_len, name, len);
}

/* libinih tells the first line of that kind only. */
static bool is_ini(const char *line, bool indented)
{
	line += strspn(line, " \t\r\n");
	return !*line || strchr(";#[", *line) || indented ||
	       line[strcspn(line, "=:")];
}

/*
 * Cuts a comment that stands behind a value: libinih knows those with a
 * semicolon only. A # is none where it is part of a word.
 */
static void cut_comment(char *line)
{
	for (char *at = strchr(line, '#'); at; at = strchr(at + 1, '#')) {
		if (at == line || !strchr(" \t", at[-1]) ||
		    !strchr(" \t\r\n", at[1]))
			continue;
		strcpy(at, "\n");
		return;
	}
}

/* Called by libinih for each line, in place of fgets(). */
static char *read_line(char *out, int size, void *data)
{
	struct reading *r = data;
	ssize_t len = getline(&r->text, &r->size, r->stream);

	if (len < 0)
		return NULL;
	r->line++;
	if (!is_text((unsigned char *)r->text, len)) {
		config_complain(r->file, r->line,
				"the line is no UTF-8 text or has control characters; write it anew");
		len = 0;
	} else if (len >= size) {
		config_complain(r->file, r->line,
				"the line is longer than %d characters; continue it on the next line, indented",
				size - 1);
		len = 0;
	}
	memcpy(out, r->text, len);
	out[len] = '\0';
	if (len == 0)
		strcpy(out, "\n");
	cut_comment(out);
	r->indented = out[0] == ' ' || out[0] == '\t';
	if (!is_ini(out, r->indented)) {
		config_complain(r->file, r->line,
				"this is neither [section] nor key = value");
		strcpy(out, "\n");
	}
	if (out[0] == '[')
		take_header(r, out + 1);
	return out;
}

static struct config_item *find(const struct config_section *section,
				const char *key)
{
	for (size_t i = 0; i < section->count; i++)
		if (!strcmp(section->items[i].key, key))
			return &section->items[i];
	return NULL;
}

const struct config_item *config_find_item(const struct config_section *section,
					   const char *key)
{
	return find(section, key);
}

static void append(struct config_item *item, const char *more)
{
	size_t len = strlen(item->value);

	item->value = grow(item->value, len + strlen(more) + 1, 1);
	sprintf(item->value + len, " %s", more);
}

static void add_item(struct reading *r, struct config_section *section,
		     const char *key, const char *value)
{
	section->items = grow(section->items, section->count,
			      sizeof(*section->items));
	section->items[section->count++] = (struct config_item){
		.key = copy(key, strlen(key)),
		.value = copy(value, strlen(value)),
		.line = r->line,
	};
}

/* Called by libinih for each "key = value" and for each continuation line. */
static int take(void *data, const char *name, const char *key,
		const char *value)
{
	struct reading *r = data;
	struct config_file *file = r->file;
	struct config_section *section;
	char place[CONFIG_PLACE_SIZE];
	struct config_item *old;

	(void)name;
	if (r->skip)
		return 1;
	if (!r->open) {
		config_complain(file, r->line,
				"%s stands before the first [section]; put it below one",
				key);
		return 1;
	}
	section = &file->sections[file->count - 1];
	old = find(section, key);
	if (r->indented && old)
		append(old, value);
	else if (old)
		config_complain(file, r->line,
				"%s is there twice (%s); remove one", key,
				config_place(file, r->line, old->line, place));
	else
		add_item(r, section, key, value);
	return 1;
}

static void add_part(struct config_file *file, const char *path, int before)
{
	file->parts = grow(file->parts, file->part_count, sizeof(*file->parts));
	file->parts[file->part_count++] = (struct config_part){
		.path = copy(path, strlen(path)),
		.before = before,
	};
}

/* @r->line: those of the parts before. */
static bool read_part(struct reading *r, const char *path)
{
	struct config_file *file = r->file;
	int first = r->line;
	bool ok;

	add_part(file, path, first);
	r->open = r->skip = false;
	r->stream = fopen(path, "re");
	if (!r->stream) {
		config_complain(file, first ? first + 1 : 0,
				"cannot be read: %s%s", strerror(errno),
				errno == ENOENT ? "; see mbusd.conf(5), or 'mbusctl scan --config' writes one" :
						  "");
		r->line++;
		return false;
	}
	ini_parse_stream(read_line, r, take, r);
	ok = !ferror(r->stream);
	if (!ok)
		config_complain(file, first ? first + 1 : 0,
				"cannot be read: %s", strerror(errno));
	fclose(r->stream);
	/* An empty one has a place, too. */
	if (r->line == first)
		r->line++;
	return ok;
}

/* Not those that an editor or a package manager has left behind. */
static int is_conf(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 5 &&
	       !strcmp(entry->d_name + len - 5, ".conf");
}

/* In the order of bytes, whatever the language of the system. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool read_folder(struct reading *r)
{
	const char *slash = strrchr(r->file->path, '/');
	struct dirent **names;
	char path[PATH_MAX];
	bool ok = true;
	int len, count;

	len = snprintf(path, sizeof(path), "%.*sconf.d",
		       slash ? (int)(slash - r->file->path + 1) : 0,
		       r->file->path);
	count = scandir(path, &names, is_conf, by_name);
	if (count < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return true;
		config_complain(r->file, 0, "%s cannot be read: %s", path,
				strerror(errno));
		return false;
	}
	for (int i = 0; i < count; i++) {
		snprintf(path + len, sizeof(path) - len, "/%s",
			 names[i]->d_name);
		ok = read_part(r, path) && ok;
		free(names[i]);
	}
	free(names);
	return ok;
}

bool config_file_read(struct config_file *file)
{
	struct reading r = { .file = file };
	bool ok;

	ok = read_part(&r, file->path) && read_folder(&r);
	free(r.text);
	return ok;
}

static void free_section(struct config_section *section)
{
	for (size_t i = 0; i < section->count; i++) {
		free(section->items[i].key);
		free(section->items[i].value);
	}
	free(section->items);
	free(section->key);
	free(section->kind);
	free(section->name);
}

void config_file_free(struct config_file *file)
{
	for (size_t i = 0; i < file->count; i++)
		free_section(&file->sections[i]);
	free(file->sections);
	index_free(&file->lines);
	for (size_t i = 0; i < file->fault_count; i++)
		free(file->faults[i].text);
	free(file->faults);
	for (size_t i = 0; i < file->part_count; i++)
		free(file->parts[i].path);
	free(file->parts);
}
