/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Line settings by number, which struct termios cannot hold. In a file of its
 * own because <asm/termbits.h> and <termios.h> can't be had together.
 */
#ifndef SIM_SERIAL_H
#define SIM_SERIAL_H

/* Raw, 8E1, at @baud; -1 with errno set. A pty drops the parity by itself. */
int serial_set(int fd, int baud);

/* The baud rate; of a pty's master that of its slave. -1 with errno set. */
int serial_baud(int fd);

#endif
