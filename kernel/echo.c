// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares sent bytes with received ones.
 */
#include "echo.h"

/* Answers without an echo before auto decides that there is none. */
#define MISSED_MAX	3

/**
 * mbus_echo_rx_set_mode() - set the echo to expect
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
	echo->usual = echo->learnt;
	echo->seen = false;
	echo->differs = false;
	echo->faulty = false;
}

static bool one_bit(u8 bits)
{
	return bits && !(bits & (bits - 1));
}

/*
 * Where in the transmission the byte is: at @echo->pos, or behind it if bytes
 * of the echo were lost or one is wrong, which is believed only while nothing
 * else can come. Return: @len for nowhere.
 */
static u16 find_byte(const struct mbus_echo_rx *echo, const u8 *sent, u16 len,
		     u8 byte, bool early)
{
	u16 pos = echo->pos;

	if (byte == sent[pos])
		return pos;
	if (!early)
		return len;
	if (pos && one_bit(byte ^ sent[pos]))
		return pos;
	while (++pos < len)
		if (byte == sent[pos])
			return pos;
	return len;
}

/**
 * mbus_echo_rx_push() - a byte has come
 * @echo: open
 * @sent: the transmission
 * @len: its bytes
 * @byte: the byte
 * @flags: MBUS_BYTE_FLAGS; a byte that came with an error is no echo
 * @early: no meter can have sent it
 *
 * Return: true if it goes on with the echo and is thereby dealt with. Else it
 * is no echo, and neither were the @echo->pos bytes before it unless
 * mbus_echo_rx_cut() returns it: both belong to the caller, which ends it with
 * mbus_echo_rx_stop().
 */
bool mbus_echo_rx_push(struct mbus_echo_rx *echo, const u8 *sent, u16 len,
		       u8 byte, u8 flags, bool early)
{
	u16 pos = flags ? len : find_byte(echo, sent, len, byte, early);

	if (pos == len) {
		echo->differs = echo->pos &&
				(echo->mode == METERBUS_ECHO_ON ||
				 echo->learnt == METERBUS_ECHO_PRESENT);
		return false;
	}
	if (pos != echo->pos || byte != sent[pos])
		echo->faulty = true;
	echo->pos = pos + 1;
	if (echo->pos == len)
		mbus_echo_rx_complete(echo);
	return true;
}

/**
 * mbus_echo_rx_cut() - another byte has come in the midst of an echo
 * @echo: open, with bytes that matched
 * @early: no meter can have sent these
 *
 * Return: true if they were an echo that is cut short, all the same.
 */
bool mbus_echo_rx_cut(struct mbus_echo_rx *echo, bool early)
{
	if (!early)
		return false;
	echo->faulty = true;
	return true;
}

/**
 * mbus_echo_rx_remains() - how much of an echo is in front of some bytes
 * @echo: the echo
 * @sent: the transmission
 * @len: its bytes
 * @bytes: what came back and is no frame
 * @count: how many
 *
 * For the echo that an adapter delivers late and in one lump with an answer, so
 * that nothing but its bytes tells what it is.
 *
 * Return: the number of bytes, zero for none.
 */
u16 mbus_echo_rx_remains(const struct mbus_echo_rx *echo, const u8 *sent,
			 u16 len, const u8 *bytes, u16 count)
{
	u16 least = echo->learnt == METERBUS_ECHO_FAULTY ? 2 : 3;
	u16 start, same, best = 0;

	if (echo->mode == METERBUS_ECHO_OFF ||
	    echo->learnt == METERBUS_ECHO_ABSENT)
		return 0;
	for (start = 0; start < len; start++) {
		for (same = 0; same < count && start + same < len; same++)
			if (bytes[same] != sent[start + same])
				break;
		/* An echo that is cut begins or ends where the frame does. */
		if (start && start + same != len)
			continue;
		if (same > best)
			best = same;
	}
	return best >= least ? best : 0;
}

/**
 * mbus_echo_rx_stop() - end the comparison
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
	echo->missed = 0;
	echo->learnt = echo->faulty ? METERBUS_ECHO_FAULTY :
				      METERBUS_ECHO_PRESENT;
}

/**
 * mbus_echo_rx_answered() - learn from the bytes before an answer
 * @echo: the echo
 */
void mbus_echo_rx_answered(struct mbus_echo_rx *echo)
{
	if (echo->faulty) {
		echo->learnt = METERBUS_ECHO_FAULTY;
		echo->missed = 0;
	} else if (echo->seen) {
		echo->missed = 0;
	} else if (echo->missed < MISSED_MAX) {
		echo->missed++;
	} else {
		echo->learnt = METERBUS_ECHO_ABSENT;
	}
}
