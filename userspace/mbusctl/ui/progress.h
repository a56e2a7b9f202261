/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of progress at the bottom of a terminal, and none elsewhere.
 */
#ifndef MBUSCTL_PROGRESS_H
#define MBUSCTL_PROGRESS_H

/* Shows it in place of the last one, if stderr is a terminal. */
void progress_show(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Takes it away; before anything else is printed, and at the end. */
void progress_clear(void);

/* "2 h 05 min", "3 min 20 s", "12 s"; returns @out. */
#define DURATION_TEXT 24
char *duration_text(char out[DURATION_TEXT], unsigned int seconds);

/*
 * From now on the first SIGINT or SIGTERM only makes stop_requested() true, so
 * that what is known can be printed; a second one ends the program.
 */
void stop_on_signals(void);
/* The signal, or 0. */
int stop_requested(void);
/* Added to it gives the exit status shells use for a program a signal ended. */
#define STATUS_SIGNAL 128

#endif
