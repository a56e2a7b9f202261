/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of progress on a terminal, and stopping by a signal.
 */
#ifndef MBUSCTL_PROGRESS_H
#define MBUSCTL_PROGRESS_H

/* Replaces the line of progress, if stderr is a terminal. */
void progress_show(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Erases the line; call it before any other output and at the end. */
void progress_clear(void);

/* "2 h 05 min", "3 min 20 s", "12 s"; returns @out. */
#define DURATION_TEXT 24
char *duration_text(char out[DURATION_TEXT], unsigned int seconds);

/*
 * Makes the first SIGINT or SIGTERM set stop_requested(), so that partial
 * results can be printed; a second one ends the program.
 */
void stop_on_signals(void);
/* The signal, or 0. */
int stop_requested(void);
/* Plus the signal: the exit status after a signal, as in the shell. */
#define STATUS_SIGNAL 128

#endif
