// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/config.h"
#include "ui/command.h"

#define SPACES " \t\r\n"

/* Keys whose values are no secret and name no person. */
static const char *const shown[] = {
	"store", "retention", "schedule", "quirks-file", "bus", "tty", "usb",
	"tcp", "rfc2217", "port", "baud", "guard", "echo", "address",
	"reads-per-day", "quirks", "type", "timeout", "topic", "discovery",
	"retain", "retention-policy", "socket", "group", "listen",
};

static bool is_shown(const char *key, size_t len)
{
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (strlen(shown[i]) == len && !strncmp(shown[i], key, len))
			return true;
	return false;
}

/* "https://host/..." of an address whose path may be the secret. */
static void write_url(FILE *out, const char *value)
{
	const char *host = strstr(value, "://");
	size_t len;

	if (!host || strchr(value, '@')) {
		fputs("(left out)\n", out);
		return;
	}
	len = host + 3 - value + strcspn(host + 3, "/?#" SPACES);
	fprintf(out, "%.*s%s\n", (int)len, value,
		value[len] && !strchr(SPACES, value[len]) ? "/(left out)" : "");
}

/* @hide: the value of the key before, of which an indented line is a part. */
static void write_line(FILE *out, char *line, bool *hide)
{
	bool indented = strchr(" \t", line[0]);
	char *key = line + strspn(line, SPACES);
	size_t len = strcspn(key, "=:" SPACES);
	char *value = key + strcspn(key, "=:\n");

	if (!*key || strchr("#;", *key))
		return;
	if (*key == '[') {
		fprintf(out, "\n%.*s]\n", (int)strcspn(key, "]\n"), key);
		return;
	}
	if (indented && *hide)
		return;
	if (indented) {
		fprintf(out, "%s", line);
		return;
	}
	*hide = !is_shown(key, len);
	value += strspn(value, "=:" SPACES);
	fprintf(out, "%.*s = ", (int)len, key);
	if (len == 3 && !strncmp(key, "url", len))
		write_url(out, value);
	else if (*hide)
		fputs("(left out)\n", out);
	else
		fprintf(out, "%.*s\n", (int)strcspn(value, "\r\n"), value);
}

static void copy_file(const char *path, FILE *out)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	bool hide = true;
	size_t size = 0;

	if (!in) {
		fprintf(out, "; %s cannot be read: %s\n", path, strerror(errno));
		return;
	}
	fprintf(out, "; %s\n", path);
	while (getline(&line, &size, in) >= 0)
		write_line(out, line, &hide);
	free(line);
	fclose(in);
}

/* conf.d is beside the file. */
static void copy_folder(const char *path, FILE *out)
{
	const char *slash = strrchr(path, '/');
	char pattern[512];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%.*sconf.d/*.conf",
		 slash ? (int)(slash - path + 1) : 0, path);
	if (glob(pattern, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		copy_file(found.gl_pathv[i], out);
	globfree(&found);
}

int doctor_copy_config(const char *path, const char *out)
{
	FILE *file = fopen(out, "we");

	if (!file)
		return fail(STATUS_SYSTEM, "cannot write %s: %s", out,
			    strerror(errno));
	copy_file(path, file);
	copy_folder(path, file);
	if (fclose(file) == 0)
		return STATUS_OK;
	return fail(STATUS_SYSTEM, "cannot write %s: %s", out, strerror(errno));
}
