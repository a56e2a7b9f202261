/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames of EN 13757-2 (format class FT1.2): E5, short, control and long.
 * No lock, no allocation, no clock: the caller passes the bytes and reports
 * when the line has been quiet.
 */
#ifndef MBUS_FRAME_H
#define MBUS_FRAME_H

#include <linux/types.h>
#include <uapi/linux/meterbus.h>

#define MBUS_FRAME_ACK		0xe5
#define MBUS_FRAME_SHORT	0x10
#define MBUS_FRAME_LONG		0x68
#define MBUS_FRAME_STOP		0x16
#define MBUS_FRAME_SHORT_LEN	5

/* Errors of one byte as drivers report them; fit struct mbus_frame_rx.flags. */
#define MBUS_BYTE_FLAGS (METERBUS_FLAG_PARITY | METERBUS_FLAG_FRAMING | \
			 METERBUS_FLAG_BREAK | METERBUS_FLAG_OVERRUN)

/**
 * struct mbus_unit - a frame or junk, taken off a byte stream
 * @data: points into the receiver, valid until its next call
 * @len: bytes of @data
 * @reason: METERBUS_REASON_NONE for a valid frame, else its fault
 * @flags: METERBUS_FLAG_* of all its bytes
 */
struct mbus_unit {
	const u8 *data;
	u16 len;
	u8 reason;
	u8 flags;
};

/**
 * struct mbus_frame_rx - bytes on their way to frames
 * @len: bytes in @buf
 * @head: where the next frame may begin; all before it is junk
 * @taken: bytes of the last unit, still in front of @buf
 * @reason: why the bytes before @head are junk
 * @fresh: @buf starts where the line had been quiet, so E5 may stand alone
 * @buf: the bytes that no unit has been made of
 * @flags: METERBUS_FLAG_* of each of them
 */
struct mbus_frame_rx {
	u16 len;
	u16 head;
	u16 taken;
	u8 reason;
	bool fresh;
	u8 buf[METERBUS_DATA_MAX];
	u8 flags[METERBUS_DATA_MAX];
};

void mbus_frame_rx_init(struct mbus_frame_rx *rx);
void mbus_frame_rx_push(struct mbus_frame_rx *rx, u8 byte, u8 flags);
bool mbus_frame_rx_next(struct mbus_frame_rx *rx, struct mbus_unit *unit);
bool mbus_frame_rx_flush(struct mbus_frame_rx *rx, struct mbus_unit *unit);
void mbus_frame_rx_quiet(struct mbus_frame_rx *rx);
bool mbus_frame_rx_empty(const struct mbus_frame_rx *rx);
bool mbus_frame_rx_incomplete(const struct mbus_frame_rx *rx);

bool mbus_frame_sendable(const u8 *frame, size_t len);

#endif
