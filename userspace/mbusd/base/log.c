// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#include "base/log.h"

#define LINE_MAX_LEN 1024

static bool verbose;

void log_verbose(void)
{
	verbose = true;
}

/*
 * JOURNAL_STREAM is inherited by programs whose stderr leads elsewhere, so it
 * names device and inode of the journal's socket.
 */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(2, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

/* Control characters could move a terminal's cursor. UTF-8 stays. */
static size_t escape(char *out, size_t size, const char *text)
{
	size_t len = 0;

	for (; *text && len + 5 < size; text++) {
		unsigned char c = *text;

		if (c < 0x20 || c == 0x7f)
			len += snprintf(out + len, size - len, "\\x%02x", c);
		else
			out[len++] = c;
	}
	out[len] = '\0';
	return len;
}

/* One write per line, so that lines of several threads do not mix. */
__attribute__((format(printf, 2, 0)))
static void write_line(int priority, const char *format, va_list args)
{
	char text[LINE_MAX_LEN], line[LINE_MAX_LEN + 64];
	size_t len = 0;

	vsnprintf(text, sizeof(text), format, args);
	if (is_journal())
		len = snprintf(line, sizeof(line), "<%d>", priority);
	else
		len = snprintf(line, sizeof(line), "mbusd: ");
	len += escape(line + len, sizeof(line) - len - 1, text);
	line[len++] = '\n';
	fwrite(line, 1, len, stderr);
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(LOG_ERR, format, args);
	va_end(args);
}

void log_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(LOG_WARNING, format, args);
	va_end(args);
}

void log_notice(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(LOG_NOTICE, format, args);
	va_end(args);
}

void log_debug(const char *format, ...)
{
	va_list args;

	if (!verbose)
		return;
	va_start(args, format);
	write_line(LOG_DEBUG, format, args);
	va_end(args);
}
