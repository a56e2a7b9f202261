/* SPDX-License-Identifier: GPL-2.0-only */
/* The tty below a bus. */
#ifndef MBUS_TTY_H
#define MBUS_TTY_H

#include <linux/serial.h>
#include <linux/termios.h>
#include <linux/types.h>

struct tty_struct;

int mbus_tty_check(struct tty_struct *tty);
void mbus_tty_prepare(struct tty_struct *tty, struct ktermios *before);
void mbus_tty_restore(struct tty_struct *tty, const struct ktermios *before);
void mbus_tty_release(struct tty_struct *tty);

void mbus_tty_name(struct tty_struct *tty, char *name, size_t size);
u32 mbus_tty_baud(struct tty_struct *tty);
u32 mbus_tty_format(struct tty_struct *tty);
void mbus_tty_set_baud(struct tty_struct *tty, u32 baud);

u8 mbus_tty_errors(struct tty_struct *tty, struct serial_icounter_struct *last);
u8 mbus_tty_byte_flags(u8 tty_flag);

ssize_t mbus_tty_write(struct tty_struct *tty, const u8 *bytes, size_t len);
void mbus_tty_written(struct tty_struct *tty);
void mbus_tty_flush(struct tty_struct *tty);

#endif
