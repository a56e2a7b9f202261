// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Progress on a terminal, and signals that stop a command.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ui/progress.h"

#define LINE_MAX_COLUMNS 200
#define DEFAULT_COLUMNS 80

static bool shown;
static volatile sig_atomic_t stop_signal;

static unsigned int terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 2)
		return DEFAULT_COLUMNS;
	return size.ws_col < LINE_MAX_COLUMNS ? size.ws_col : LINE_MAX_COLUMNS;
}

void progress_show(const char *format, ...)
{
	char line[LINE_MAX_COLUMNS];
	va_list args;

	if (!isatty(STDERR_FILENO))
		return;
	va_start(args, format);
	/* A full line would wrap and could not be erased. */
	vsnprintf(line, terminal_columns(), format, args);
	va_end(args);
	fflush(stdout);
	fprintf(stderr, "\r\033[K%s", line);
	fflush(stderr);
	shown = true;
}

void progress_clear(void)
{
	if (!shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	shown = false;
}

char *duration_text(char out[DURATION_TEXT], unsigned int seconds)
{
	if (seconds >= 3600)
		snprintf(out, DURATION_TEXT, "%u h %02u min", seconds / 3600,
			 seconds / 60 % 60);
	else if (seconds >= 60)
		snprintf(out, DURATION_TEXT, "%u min %02u s", seconds / 60,
			 seconds % 60);
	else
		snprintf(out, DURATION_TEXT, "%u s", seconds);
	return out;
}

static void on_signal(int number)
{
	stop_signal = number;
}

void stop_on_signals(void)
{
	/* Without SA_RESTART, so that a wait for the bus ends as well. */
	struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = SA_RESETHAND,
	};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int stop_requested(void)
{
	return stop_signal;
}
