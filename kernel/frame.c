// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes to frames and back, EN 13757-2 section 5 (format class FT1.2):
 *
 *	E5				acknowledge
 *	10 C A CS 16			short frame
 *	68 L L 68 C A CI ... CS 16	long frame, L = 3..255 bytes C to data
 *
 * The receiver resynchronises on the next byte that can begin a frame, at
 * whatever offset: a damaged frame never hides a sound one behind it, and
 * 68 68 68 68 is the legal start of a frame with L = 68h.
 */
#include <linux/string.h>
#include <linux/types.h>

#include "frame.h"

/* Junk longer than this is passed on in pieces, so that a frame always fits. */
#define JUNK_MAX (METERBUS_DATA_MAX - METERBUS_FRAME_MAX - 1)

/* frame_length(): the bytes may still become a frame. */
#define FRAME_OPEN 0

static u8 checksum(const u8 *bytes, size_t len)
{
	u8 sum = 0;

	while (len--)
		sum += *bytes++;
	return sum;
}

/*
 * Length of the frame that @bytes begin with, FRAME_OPEN when more bytes are
 * needed to decide, or the negative enum meterbus_reason why they begin none.
 */
static int frame_length(const u8 *bytes, size_t avail)
{
	size_t start, body;

	switch (bytes[0]) {
	case MBUS_FRAME_SHORT:
		start = 1;
		body = 2;
		break;
	case MBUS_FRAME_LONG:
		if (avail >= 2 && bytes[1] < 3)
			return -METERBUS_REASON_HEADER;
		if (avail >= 3 && bytes[2] != bytes[1])
			return -METERBUS_REASON_HEADER;
		if (avail >= 4 && bytes[3] != MBUS_FRAME_LONG)
			return -METERBUS_REASON_HEADER;
		if (avail < 4)
			return FRAME_OPEN;
		start = 4;
		body = bytes[1];
		break;
	default:
		return -METERBUS_REASON_NOISE;
	}

	if (avail < start + body + 2)
		return FRAME_OPEN;
	if (checksum(bytes + start, body) != bytes[start + body])
		return -METERBUS_REASON_CHECKSUM;
	if (bytes[start + body + 1] != MBUS_FRAME_STOP)
		return -METERBUS_REASON_STOP;
	return start + body + 2;
}

/**
 * mbus_frame_sendable() - whether bytes are one whole frame a master may send
 * @frame: the bytes
 * @len: how many
 *
 * Return: true for a short, control or long frame, valid and nothing behind.
 */
bool mbus_frame_sendable(const u8 *frame, size_t len)
{
	return len && frame_length(frame, len) == (int)len;
}

/**
 * mbus_frame_rx_init() - start with an empty receiver on a quiet line
 * @rx: the receiver
 */
void mbus_frame_rx_init(struct mbus_frame_rx *rx)
{
	memset(rx, 0, sizeof(*rx));
	rx->fresh = true;
}

static void drop_taken(struct mbus_frame_rx *rx)
{
	if (!rx->taken)
		return;
	rx->len -= rx->taken;
	memmove(rx->buf, rx->buf + rx->taken, rx->len);
	memmove(rx->flags, rx->flags + rx->taken, rx->len);
	rx->taken = 0;
	rx->head = 0;
	rx->fresh = false;
}

/**
 * mbus_frame_rx_push() - take one byte
 * @rx: the receiver; mbus_frame_rx_next() has returned false since the last
 *	byte, so there is room
 * @byte: the byte
 * @flags: errors of the byte, of MBUS_BYTE_FLAGS
 */
void mbus_frame_rx_push(struct mbus_frame_rx *rx, u8 byte, u8 flags)
{
	drop_taken(rx);
	if (rx->len == METERBUS_DATA_MAX)
		return;
	rx->buf[rx->len] = byte;
	rx->flags[rx->len] = flags & MBUS_BYTE_FLAGS;
	rx->len++;
}

static bool lone_ack(const struct mbus_frame_rx *rx)
{
	return rx->fresh && rx->len == 1 && rx->buf[0] == MBUS_FRAME_ACK;
}

/* The first frame that failed names the junk: later ones begin inside it. */
static void skip(struct mbus_frame_rx *rx, u8 reason)
{
	if (!rx->head || rx->reason == METERBUS_REASON_NOISE)
		rx->reason = reason;
	rx->head++;
}

static void take(struct mbus_frame_rx *rx, struct mbus_unit *unit, u16 len,
		 u8 reason)
{
	u16 i;

	unit->data = rx->buf;
	unit->len = len;
	unit->flags = 0;
	for (i = 0; i < len; i++)
		unit->flags |= rx->flags[i];
	unit->reason = reason;
	rx->taken = len;
}

static void take_junk(struct mbus_frame_rx *rx, struct mbus_unit *unit)
{
	take(rx, unit, rx->head, rx->reason);
	if (unit->flags & METERBUS_FLAG_BREAK)
		unit->reason = METERBUS_REASON_BREAK;
	else if (rx->fresh && rx->len == 1 && rx->buf[0] == 0x00)
		unit->reason = METERBUS_REASON_NUL;
	else if (rx->buf[0] == MBUS_FRAME_ACK)
		unit->reason = lone_ack(rx) ? METERBUS_REASON_PARITY :
					      METERBUS_REASON_COMPANY;
}

static bool scan(struct mbus_frame_rx *rx, struct mbus_unit *unit, bool quiet)
{
	int len;

	drop_taken(rx);
	while (rx->head < rx->len) {
		if (lone_ack(rx) && !quiet)
			return false;
		if (lone_ack(rx) && !rx->flags[0]) {
			take(rx, unit, 1, METERBUS_REASON_NONE);
			return true;
		}

		len = frame_length(rx->buf + rx->head, rx->len - rx->head);
		if (len == FRAME_OPEN && !quiet)
			return false;
		if (len > 0) {
			if (rx->head)
				break;
			take(rx, unit, len, METERBUS_REASON_NONE);
			return true;
		}
		skip(rx, len == FRAME_OPEN ? METERBUS_REASON_TRUNCATED : -len);
		if (rx->head == JUNK_MAX)
			break;
	}
	/* Junk waits for its end, unless a frame follows or it grows long. */
	if (!rx->head || (rx->head == rx->len && !quiet && rx->head < JUNK_MAX))
		return false;
	take_junk(rx, unit);
	return true;
}

/**
 * mbus_frame_rx_next() - the next unit that is complete
 * @rx: the receiver
 * @unit: filled when the return is true
 *
 * E5 is no unit yet: it is an acknowledge only if the line stays quiet.
 *
 * Return: true while there is one.
 */
bool mbus_frame_rx_next(struct mbus_frame_rx *rx, struct mbus_unit *unit)
{
	return scan(rx, unit, false);
}

/**
 * mbus_frame_rx_flush() - the next unit now that the line is quiet
 * @rx: the receiver
 * @unit: filled when the return is true
 *
 * No more bytes follow: the rest forms units of its own. Call until it
 * returns false, which leaves the receiver empty.
 *
 * Return: true while there is one.
 */
bool mbus_frame_rx_flush(struct mbus_frame_rx *rx, struct mbus_unit *unit)
{
	if (scan(rx, unit, true))
		return true;
	mbus_frame_rx_quiet(rx);
	return false;
}

/**
 * mbus_frame_rx_quiet() - the line was quiet after the last unit
 * @rx: the receiver, empty: an E5 that comes now may stand alone
 */
void mbus_frame_rx_quiet(struct mbus_frame_rx *rx)
{
	drop_taken(rx);
	rx->fresh = true;
}

/**
 * mbus_frame_rx_empty() - whether all bytes have left as units
 * @rx: the receiver
 *
 * Return: true if none is left.
 */
bool mbus_frame_rx_empty(const struct mbus_frame_rx *rx)
{
	return rx->len == rx->taken;
}

/**
 * mbus_frame_rx_incomplete() - whether a frame has begun and may yet complete
 * @rx: the receiver, after mbus_frame_rx_next() returned false
 *
 * Return: true if waiting for more bytes makes sense.
 */
bool mbus_frame_rx_incomplete(const struct mbus_frame_rx *rx)
{
	return rx->head < rx->len && !rx->taken && !lone_ack(rx);
}
