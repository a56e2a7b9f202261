// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ui/terminal.h"

int terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) ||
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

/* https://no-color.org: any value but an empty one. */
static bool has_colours(void)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(none && *none) && term && *term &&
	       strcmp(term, "dumb");
}

void terminal_style(enum style style)
{
	static const char *const codes[] = {
		[STYLE_PLAIN] = "\033[0m", [STYLE_STRONG] = "\033[1m",
		[STYLE_FAINT] = "\033[2m", [STYLE_FAULT] = "\033[31m",
	};

	if (has_colours())
		fputs(codes[style], stdout);
}

int terminal_columns_of(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += (*text & 0xC0) != 0x80;
	return count;
}
