// SPDX-License-Identifier: GPL-2.0-only
/*
 * To which transmission an answer can belong, by the times alone. An E5 can
 * answer anything, a long frame only a request for data.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "late.h"

/* No meter answers later than this after a request. */
#define LATE_NS		(2ULL * NSEC_PER_SEC)

/**
 * mbus_late_silence() - a transaction has ended without an answer
 * @late: filled
 * @sent_end_ns: computed end of its last transmission
 * @data: it asked for a long frame
 */
void mbus_late_silence(struct mbus_late *late, u64 sent_end_ns, bool data)
{
	late->silent.sent_ns = sent_end_ns;
	late->silent.until_ns = sent_end_ns + LATE_NS;
	late->silent_until_ns = late->silent.until_ns;
	if (data)
		late->silent_data = late->silent;
}

static bool is_due(const struct mbus_unanswered *before, u64 first_ns)
{
	return before->sent_ns && first_ns <= before->until_ns;
}

static struct mbus_unanswered *silent_for(struct mbus_late *late, bool ack)
{
	return ack ? &late->silent : &late->silent_data;
}

/**
 * mbus_late_answer() - a transaction has its answer
 * @late: what was sent before
 * @sent_end_ns: computed end of its last transmission
 * @again: that was not its first
 * @first_ns: when the answer began
 * @ack: it is an E5
 * @margin_ns: tolerance of delivery
 *
 * Return: true if the answer may be that to an earlier transaction.
 */
bool mbus_late_answer(struct mbus_late *late, u64 sent_end_ns, bool again,
		      u64 first_ns, bool ack, u64 margin_ns)
{
	const struct mbus_unanswered *silent = silent_for(late, ack);
	u64 delay;

	if (again) {
		delay = first_ns - late->first_end_ns;
		late->suspect_ns = delay + margin_ns;
		late->twice.sent_ns = sent_end_ns;
		late->twice.until_ns = sent_end_ns + delay + margin_ns;
	}
	if (is_due(silent, first_ns)) {
		late->suspect_ns = first_ns - silent->sent_ns + margin_ns;
		return true;
	}
	late->silent.sent_ns = 0;
	late->silent_data.sent_ns = 0;
	return false;
}

/**
 * mbus_late_delay() - an answer has come that no transaction waits for
 * @late: what was sent before; an answer is to one of them only
 * @first_ns: when it began
 * @ack: it is an E5
 *
 * Return: its delay after the transmission it belongs to, zero if there is
 * none.
 */
u64 mbus_late_delay(struct mbus_late *late, u64 first_ns, bool ack)
{
	struct mbus_unanswered *before = &late->twice;
	u64 delay;

	if (!is_due(before, first_ns))
		before = silent_for(late, ack);
	if (!is_due(before, first_ns))
		return 0;
	delay = first_ns - before->sent_ns;
	before->sent_ns = 0;
	return delay;
}

/**
 * mbus_late_expected() - whether an earlier transmission may yet be answered
 * @late: what was sent before
 * @first_ns: when an answer began
 *
 * Return: true if so.
 */
bool mbus_late_expected(const struct mbus_late *late, u64 first_ns)
{
	return is_due(&late->silent, first_ns) ||
	       is_due(&late->twice, first_ns);
}
