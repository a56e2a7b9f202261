// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes that a converter adds to answers: learnt, used and forgotten.
 */
#include <linux/string.h>

#include "added.h"

/* Consecutive frames with the same bytes before the bytes count as added. */
#define SEEN_MIN	2

/* Frames without them before they are forgotten. */
#define MISSED_MAX	3

/**
 * mbus_added_frame() - a valid frame has come
 * @added: one side of it
 * @bytes: what came with it on this side
 * @len: how many, zero for nothing
 */
void mbus_added_frame(struct mbus_added *added, const u8 *bytes, u16 len)
{
	if (added->len && added->len == len &&
	    !memcmp(added->bytes, bytes, len)) {
		added->missed = 0;
		if (added->seen < SEEN_MIN)
			added->seen++;
		return;
	}
	if (added->len && ++added->missed < MISSED_MAX &&
	    added->seen == SEEN_MIN)
		return;
	memset(added, 0, sizeof(*added));
	if (!len || len > MBUS_ADDED_MAX)
		return;
	added->len = len;
	memcpy(added->bytes, bytes, len);
	added->seen = 1;
}

/**
 * mbus_added_learnt() - how many bytes the converter is known to add
 * @added: one side of an answer
 *
 * Return: the number, zero as long as it is not known.
 */
u16 mbus_added_learnt(const struct mbus_added *added)
{
	return added->seen == SEEN_MIN ? added->len : 0;
}

/**
 * mbus_added_matches() - whether bytes are those that the converter adds
 * @added: one side of an answer
 * @bytes: what came there
 * @len: how many; fewer than are added are taken for them, too
 *
 * Return: true if so, also for no bytes at all.
 */
bool mbus_added_matches(const struct mbus_added *added, const u8 *bytes,
			u16 len)
{
	return len <= mbus_added_learnt(added) &&
	       !memcmp(added->bytes, bytes, len);
}
