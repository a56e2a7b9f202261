/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transmissions whose answer may still be under way: bytes that come after the
 * next one may belong to them.
 */
#ifndef MBUS_LATE_H
#define MBUS_LATE_H

#include <linux/types.h>

/**
 * struct mbus_unanswered - a transmission whose answer may be on its way
 * @sent_ns: its computed end; zero for none
 * @until_ns: an answer that begins later is not to it
 */
struct mbus_unanswered {
	u64 sent_ns;
	u64 until_ns;
};

/**
 * struct mbus_late - those transmissions, and delays learnt from them
 * @silent: the last transaction without an answer
 * @silent_data: the same of those that asked for a long frame
 * @twice: the last transaction, if it was answered when sent once more: if
 *	that was the answer to the first transmission, another one comes
 * @suspect_ns: such a delay explains the last answer as well; the next window
 *	is that long, once
 * @silent_until_ns: answers to any transaction without one may come until then
 * @first_end_ns: computed end of the first transmission of the transaction
 */
struct mbus_late {
	struct mbus_unanswered silent;
	struct mbus_unanswered silent_data;
	struct mbus_unanswered twice;
	u64 suspect_ns;
	u64 silent_until_ns;
	u64 first_end_ns;
};

void mbus_late_silence(struct mbus_late *late, u64 sent_end_ns, bool data);
bool mbus_late_answer(struct mbus_late *late, u64 sent_end_ns, bool again,
		      u64 first_ns, bool ack, u64 margin_ns);
u64 mbus_late_delay(struct mbus_late *late, u64 first_ns, bool ack);
bool mbus_late_expected(const struct mbus_late *late, u64 first_ns);

#endif
