// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/file.h"

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

__attribute__((format(printf, 4, 0)))
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

const char *config_path_of(const struct config_file *file, int line)
{
	int number;

	return ini_file_place(&file->ini, line, &number);
}

char *config_place(const struct config_file *file, int line, int other,
		   char out[CONFIG_PLACE_SIZE])
{
	int number;
	const char *path = ini_file_place(&file->ini, other, &number);

	if (path == config_path_of(file, line))
		snprintf(out, CONFIG_PLACE_SIZE, "line %d", number);
	else
		snprintf(out, CONFIG_PLACE_SIZE, "line %d of %.90s", number,
			 path);
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
		const char *path = file->path;
		int line = 0;

		if (one->line)
			path = ini_file_place(&file->ini, one->line, &line);
		fault(context, one->warning, path, line, one->text);
		faults += !one->warning;
	}
	return faults;
}

const struct ini_item *config_find_item(const struct config_section *section,
					const char *key)
{
	return ini_find(section->items, section->count, key);
}

/* "bus cellar" is a kind and a name. */
static void add_section(struct config_file *file,
			const struct ini_section *section)
{
	size_t kind_len = strcspn(section->name, " ");

	file->sections = grow(file->sections, file->count,
			      sizeof(*file->sections));
	file->sections[file->count++] = (struct config_section){
		.kind = copy(section->name, kind_len),
		.name = section->name + kind_len + !!section->name[kind_len],
		.line = section->line,
		.items = section->items,
		.count = section->count,
	};
}

static bool read_part(struct config_file *file, const char *path)
{
	bool is_first = !file->ini.part_count;

	if (ini_file_read(&file->ini, path) == 0)
		return true;
	config_complain(file, is_first ? 0 : file->ini.lines,
			"cannot be read: %s%s", strerror(errno),
			is_first && errno == ENOENT ?
				"; see mbusd.conf(5), or 'mbusctl scan --config' writes one" :
				"");
	return false;
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

static bool read_folder(struct config_file *file)
{
	const char *slash = strrchr(file->path, '/');
	struct dirent **names;
	char path[PATH_MAX];
	bool ok = true;
	int len, count;

	len = snprintf(path, sizeof(path), "%.*sconf.d",
		       slash ? (int)(slash - file->path + 1) : 0, file->path);
	count = scandir(path, &names, is_conf, by_name);
	if (count < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return true;
		config_complain(file, 0, "%s cannot be read: %s", path,
				strerror(errno));
		return false;
	}
	for (int i = 0; i < count; i++) {
		snprintf(path + len, sizeof(path) - len, "/%s",
			 names[i]->d_name);
		ok = read_part(file, path) && ok;
		free(names[i]);
	}
	free(names);
	return ok;
}

bool config_file_read(struct config_file *file)
{
	const struct ini_file *ini = &file->ini;
	bool ok;

	ok = read_part(file, file->path) && read_folder(file);
	for (size_t i = 0; i < ini->fault_count; i++)
		config_complain(file, ini->faults[i].line, "%s",
				ini->faults[i].text);
	for (size_t i = 0; i < ini->count; i++)
		add_section(file, &ini->sections[i]);
	return ok;
}

void config_file_free(struct config_file *file)
{
	for (size_t i = 0; i < file->count; i++)
		free(file->sections[i].kind);
	free(file->sections);
	for (size_t i = 0; i < file->fault_count; i++)
		free(file->faults[i].text);
	free(file->faults);
	ini_file_free(&file->ini);
}
