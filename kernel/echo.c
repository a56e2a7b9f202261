// SPDX-License-Identifier: GPL-2.0-only
/*
 * The comparison of what was sent with what comes back.
 */
#include "echo.h"

/* Answers without an echo before auto says that there is none. */
#define MISSED_MAX	3

/**
 * mbus_echo_rx_set_mode() - what to expect of the converter
 * @echo: the echo; another mode than before forgets what was learnt, and
 *	leaves the comparison under way as it is
 * @mode: enum meterbus_echo
 */
void mbus_echo_rx_set_mode(struct mbus_echo_rx *echo, u8 mode)
{
	if (mode == echo->mode)
		return;
	echo->mode = mode;
	echo->learnt = METERBUS_ECHO_UNKNOWN;
	echo->missed = 0;
}

/**
 * mbus_echo_rx_start() - a transmission begins
 * @echo: the echo
 */
void mbus_echo_rx_start(struct mbus_echo_rx *echo)
{
	echo->open = echo->mode != METERBUS_ECHO_OFF;
	echo->pos = 0;
	echo->seen = false;
	echo->differs = false;
}

/**
 * mbus_echo_rx_push() - a byte has come
 * @echo: open
 * @sent: the transmission
 * @len: its bytes
 * @byte: the byte
 * @flags: MBUS_BYTE_FLAGS; a byte that came with an error is no echo
 *
 * Return: true if it goes on with the echo and is thereby dealt with. Else it
 * is no echo, and neither were the @echo->pos bytes before it: both are the
 * caller's, who ends it with mbus_echo_rx_stop().
 */
bool mbus_echo_rx_push(struct mbus_echo_rx *echo, const u8 *sent, u16 len,
		       u8 byte, u8 flags)
{
	if (byte != sent[echo->pos] || flags) {
		echo->differs = echo->pos &&
				(echo->mode == METERBUS_ECHO_ON ||
				 echo->learnt == METERBUS_ECHO_PRESENT);
		return false;
	}
	if (++echo->pos == len)
		mbus_echo_rx_complete(echo);
	return true;
}

/**
 * mbus_echo_rx_stop() - what comes from here on is no echo
 * @echo: the echo
 */
void mbus_echo_rx_stop(struct mbus_echo_rx *echo)
{
	echo->open = false;
	echo->pos = 0;
}

/**
 * mbus_echo_rx_complete() - all of the transmission has come back
 * @echo: the echo
 */
void mbus_echo_rx_complete(struct mbus_echo_rx *echo)
{
	echo->open = false;
	echo->seen = true;
	echo->learnt = METERBUS_ECHO_PRESENT;
}

/**
 * mbus_echo_rx_answered() - an answer has come; learn from what came before it
 * @echo: the echo
 */
void mbus_echo_rx_answered(struct mbus_echo_rx *echo)
{
	if (echo->seen) {
		echo->learnt = METERBUS_ECHO_PRESENT;
		echo->missed = 0;
	} else if (echo->missed < MISSED_MAX) {
		echo->missed++;
	} else {
		echo->learnt = METERBUS_ECHO_ABSENT;
	}
}
