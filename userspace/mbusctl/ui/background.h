/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that continue in the background once they are ready.
 */
#ifndef MBUSCTL_BACKGROUND_H
#define MBUSCTL_BACKGROUND_H

/*
 * Calls @run in a child process. Returns STATUS_OK once the child has called
 * leave_terminal(@ready), or the child's exit status if it ended before that.
 * The child prints its own errors.
 */
int in_background(int (*run)(void *context, int ready), void *context);

/*
 * Detaches from the terminal: standard input, output and error become
 * /dev/null, so that a reader of our output sees its end. Does nothing if
 * @ready < 0 (foreground). Returns an exit status.
 */
int leave_terminal(int ready);

/*
 * Blocks SIGINT, SIGTERM and SIGHUP and returns a signalfd for them, or -1
 * after fail() has printed the reason.
 */
int watch_signals(void);

#endif
