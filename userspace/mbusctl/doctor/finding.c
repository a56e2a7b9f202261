// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <dirent.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "doctor/finding.h"
#include "ui/command.h"

static const char *const level_names[] = {
	[FINDING_OK] = "ok",
	[FINDING_NOTE] = "note",
	[FINDING_WARNING] = "warning",
	[FINDING_FAULT] = "fault",
};

void finding_add(struct findings *findings, enum finding_level level,
		 const char *code, const char *subject, const char *format, ...)
{
	struct finding *finding;
	va_list args;

	findings->items = reallocarray(findings->items, findings->count + 1,
				       sizeof(*findings->items));
	if (!findings->items)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	finding = &findings->items[findings->count++];
	*finding = (struct finding){ .level = level, .code = code };
	snprintf(finding->subject, sizeof(finding->subject), "%s", subject);
	va_start(args, format);
	vsnprintf(finding->text, sizeof(finding->text), format, args);
	va_end(args);
}

void finding_remedy(struct findings *findings, const char *format, ...)
{
	struct finding *finding = &findings->items[findings->count - 1];
	va_list args;

	va_start(args, format);
	vsnprintf(finding->remedy, sizeof(finding->remedy), format, args);
	va_end(args);
}

size_t findings_of_level(const struct findings *findings,
			 enum finding_level level)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += findings->items[i].level == level;
	return count;
}

/* What a device or a daemon calls itself must not steer a terminal. */
static void print_clean(FILE *out, const char *text)
{
	for (; *text; text++)
		putc(iscntrl((unsigned char)*text) ? '?' : *text, out);
}

static void print_text(const struct finding *finding, FILE *out)
{
	fprintf(out, "%-7s  %s%s", level_names[finding->level], finding->code,
		*finding->subject ? " " : "");
	print_clean(out, finding->subject);
	fputs(": ", out);
	print_clean(out, finding->text);
	putc('\n', out);
	if (!*finding->remedy)
		return;
	fputs("         remedy: ", out);
	print_clean(out, finding->remedy);
	putc('\n', out);
}

static void print_object(const struct finding *finding, FILE *out)
{
	struct json_object *object = json_object_new_object();
	const struct {
		const char *key, *text;
	} members[] = {
		{ "code", finding->code },
		{ "level", level_names[finding->level] },
		{ "subject", finding->subject },
		{ "text", finding->text },
		{ "remedy", finding->remedy },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		json_object_object_add(object, members[i].key,
				       *members[i].text ?
					       json_object_new_string(
						       members[i].text) :
					       NULL);
	fprintf(out, "%s\n",
		json_object_to_json_string_ext(object,
					       JSON_C_TO_STRING_PLAIN |
						       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

void findings_print(const struct findings *findings, FILE *out, bool json)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (json)
			print_object(&findings->items[i], out);
		else
			print_text(&findings->items[i], out);
	}
}

/* -------------------------------------------------- files below the root */

char *doctor_path(const struct findings *findings, char out[DOCTOR_PATH_MAX],
		  const char *format, ...)
{
	int used = snprintf(out, DOCTOR_PATH_MAX, "%s", findings->root);
	va_list args;

	if (used < 0 || used >= DOCTOR_PATH_MAX)
		used = 0;
	va_start(args, format);
	vsnprintf(out + used, DOCTOR_PATH_MAX - used, format, args);
	va_end(args);
	return out;
}

bool doctor_exists(const struct findings *findings, const char *path)
{
	char full[DOCTOR_PATH_MAX];

	return access(doctor_path(findings, full, "%s", path), F_OK) == 0;
}

bool doctor_line(const struct findings *findings, const char *path, char *out,
		 size_t size)
{
	char full[DOCTOR_PATH_MAX];
	FILE *in = fopen(doctor_path(findings, full, "%s", path), "re");
	bool got;

	*out = '\0';
	if (!in)
		return false;
	got = fgets(out, (int)size, in);
	fclose(in);
	out[strcspn(out, "\n")] = '\0';
	return got;
}

static bool has_all(const char *line, va_list words)
{
	const char *word;

	if (line[strspn(line, " \t")] == '#')
		return false;
	while ((word = va_arg(words, const char *)))
		if (!strcasestr(line, word))
			return false;
	return true;
}

bool doctor_has_line(const struct findings *findings, const char *path, ...)
{
	char full[DOCTOR_PATH_MAX];
	FILE *in = fopen(doctor_path(findings, full, "%s", path), "re");
	bool found = false;
	char *line = NULL;
	size_t size = 0;

	if (!in)
		return false;
	while (!found && getline(&line, &size, in) >= 0) {
		va_list words;

		va_start(words, path);
		found = has_all(line, words);
		va_end(words);
	}
	free(line);
	fclose(in);
	return found;
}

bool doctor_runs(const struct findings *findings, const char *name)
{
	char path[DOCTOR_PATH_MAX], comm[64];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	dir = opendir(doctor_path(findings, path, "/proc"));
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/comm", entry->d_name);
		found = doctor_line(findings, path, comm, sizeof(comm)) &&
			!strcmp(comm, name);
	}
	closedir(dir);
	return found;
}
