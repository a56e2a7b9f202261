/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Level converters that switch the direction of the line may add bytes to
 * answers of meters: one to three 00 or FF before or behind.
 * They are learnt from valid frames only, as noise forms none.
 */
#ifndef MBUS_ADDED_H
#define MBUS_ADDED_H

#include <linux/types.h>

#define MBUS_ADDED_MAX	3

/**
 * struct mbus_added - bytes that come with each answer on one side of it
 * @len: their number
 * @bytes: those
 * @seen: frames in a row that came with them
 * @missed: frames in a row that came without, or with others
 */
struct mbus_added {
	u8 len;
	u8 bytes[MBUS_ADDED_MAX];
	u8 seen;
	u8 missed;
};

void mbus_added_frame(struct mbus_added *added, const u8 *bytes, u16 len);
u16 mbus_added_learnt(const struct mbus_added *added);
bool mbus_added_matches(const struct mbus_added *added, const u8 *bytes,
			u16 len);

#endif
