/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that go on in the background once they are ready.
 */
#ifndef MBUSCTL_BACKGROUND_H
#define MBUSCTL_BACKGROUND_H

/*
 * Calls @run in a process of its own and returns when that has called
 * leave_terminal(@ready), or has ended: its exit status then. Errors it prints
 * itself.
 */
int in_background(int (*run)(void *context, int ready), void *context);

/*
 * From here on nobody reads what we print, and a script that reads our output
 * sees its end. Returns an exit status. @ready < 0: in the foreground, does
 * nothing.
 */
int leave_terminal(int ready);

/*
 * A signalfd that tells of SIGINT, SIGTERM and SIGHUP, which do nothing else
 * from now on. -1 when fail() has said why not.
 */
int watch_signals(void);

#endif
