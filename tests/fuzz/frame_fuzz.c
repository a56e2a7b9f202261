// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel/frame.c against any stream of (byte, flags, gap): no byte is lost or
 * doubled, what is called a frame is one, and no frame is called junk.
 *
 * Input: pairs of a byte and a control byte, whose low bits are MBUS_BYTE_FLAGS
 * and whose highest bit says that the line is quiet after it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "must.h"

#define QUIET	0x80

/* The bytes between two silences, and what became of them. */
struct burst {
	u8 bytes[8192];
	u8 flags[8192];
	size_t len;
	size_t done;	/* bytes that have left as units */
	u8 junk[8192];	/* they left as junk */
	bool first;	/* the line had been quiet before */
};

static u8 sum(const u8 *bytes, size_t len)
{
	u8 sum = 0;
	size_t i;

	for (i = 0; i < len; i++)
		sum += bytes[i];
	return sum;
}

/* EN 13757-2 once more, written the other way round: length by first byte. */
static size_t frame_at(const u8 *b, size_t avail)
{
	size_t len;

	if (avail >= 5 && b[0] == 0x10 && b[4] == 0x16 && sum(b + 1, 2) == b[3])
		return 5;
	if (avail < 9 || b[0] != 0x68 || b[3] != 0x68 || b[1] != b[2])
		return 0;
	len = b[1] + 6;
	if (b[1] < 3 || avail < len || b[len - 1] != 0x16 ||
	    sum(b + 4, b[1]) != b[len - 2])
		return 0;
	return len;
}

static void check_unit(struct burst *burst, const struct mbus_unit *unit)
{
	const u8 *bytes = burst->bytes + burst->done;
	u8 flags = 0;
	size_t i;

	MUST(unit->len);
	MUST(unit->len <= METERBUS_DATA_MAX);
	MUST(burst->done + unit->len <= burst->len);
	MUST(!memcmp(unit->data, bytes, unit->len));
	for (i = 0; i < unit->len; i++)
		flags |= burst->flags[burst->done + i];
	MUST(unit->flags == flags);
	MUST(unit->reason < METERBUS_REASON_COUNT);

	if (unit->reason) {
		memset(burst->junk + burst->done, 1, unit->len);
	} else if (unit->data[0] == 0xe5) {
		MUST(unit->len == 1 && burst->len == 1 && burst->first);
		MUST(!flags);
	} else {
		MUST(frame_at(unit->data, unit->len) == unit->len);
		MUST(mbus_frame_sendable(unit->data, unit->len));
	}
	burst->done += unit->len;
}

static void end_burst(struct mbus_frame_rx *rx, struct burst *burst)
{
	struct mbus_unit unit;
	size_t at;

	while (mbus_frame_rx_flush(rx, &unit))
		check_unit(burst, &unit);
	MUST(mbus_frame_rx_empty(rx));
	MUST(burst->done == burst->len);
	for (at = 0; at < burst->len; at++) {
		if (burst->junk[at])
			MUST(!frame_at(burst->bytes + at, burst->len - at));
	}
	if (burst->len == 1 && burst->first && burst->bytes[0] == 0xe5)
		MUST(burst->junk[0] == !!burst->flags[0]);
	memset(burst->junk, 0, burst->len);
	burst->len = 0;
	burst->done = 0;
	burst->first = true;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct burst burst;
	static struct mbus_frame_rx rx;
	struct mbus_unit unit;
	size_t i;

	memset(burst.junk, 0, sizeof(burst.junk));
	burst.len = 0;
	burst.done = 0;
	burst.first = true;
	mbus_frame_rx_init(&rx);
	for (i = 0; i + 1 < size; i += 2) {
		burst.bytes[burst.len] = data[i];
		burst.flags[burst.len] = data[i + 1] & MBUS_BYTE_FLAGS;
		burst.len++;
		mbus_frame_rx_push(&rx, data[i], data[i + 1] & MBUS_BYTE_FLAGS);
		while (mbus_frame_rx_next(&rx, &unit))
			check_unit(&burst, &unit);
		MUST(burst.len - burst.done < METERBUS_DATA_MAX);
		if (data[i + 1] & QUIET || burst.len == sizeof(burst.bytes))
			end_burst(&rx, &burst);
	}
	end_burst(&rx, &burst);
	return 0;
}
