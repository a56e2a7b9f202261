/* SPDX-License-Identifier: GPL-2.0-only */
/* The tty below a bus. */
#ifndef MBUS_TTY_H
#define MBUS_TTY_H

#include <linux/serial.h>
#include <linux/termios.h>
#include <linux/types.h>

struct tty_struct;

/* @baud: bits per second, zero for B0; @format: METERBUS_TTY_FORMAT_* */
struct mbus_tty_settings {
	u32 baud;
	u32 format;
};

int mbus_tty_check(struct tty_struct *tty);
void mbus_tty_prepare(struct tty_struct *tty, struct ktermios *before);
void mbus_tty_restore(struct tty_struct *tty, const struct ktermios *before);
void mbus_tty_release(struct tty_struct *tty);

void mbus_tty_name(struct tty_struct *tty, char *name, size_t size);
struct mbus_tty_settings mbus_tty_settings(struct tty_struct *tty);
struct mbus_tty_settings mbus_tty_read_settings(struct tty_struct *tty);
bool mbus_tty_set_baud(struct tty_struct *tty, u32 baud);
bool mbus_tty_opened(struct tty_struct *tty);

u8 mbus_tty_errors(struct tty_struct *tty, struct serial_icounter_struct *last);
u8 mbus_tty_byte_flags(u8 tty_flag);

ssize_t mbus_tty_write(struct tty_struct *tty, const u8 *bytes, size_t len);
void mbus_tty_written(struct tty_struct *tty);
void mbus_tty_flush(struct tty_struct *tty);

#endif
