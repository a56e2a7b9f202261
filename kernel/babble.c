// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a wire is called one that babbles: so many bytes for so long. A single
 * disturbance, however long, and a late answer now and then are none.
 */
#include <linux/math64.h>
#include <linux/time64.h>

#include "babble.h"

/* So long, so often, and never quiet for longer than this. */
#define PERIOD_NS	(4ULL * NSEC_PER_SEC)
#define TIMES_MIN	7
#define PAUSE_MAX_NS	(2ULL * NSEC_PER_SEC)

/* A wire that was quiet for so long babbles no more. */
#define OVER_NS		(5ULL * NSEC_PER_SEC)

static void begin(struct mbus_babble *babble, u64 now)
{
	babble->since_ns = now;
	babble->count = 0;
	babble->times = 0;
}

/**
 * mbus_babble_add() - bytes have come that nobody asked for
 * @babble: the count
 * @bytes: those
 * @len: how many, not zero
 * @now: time
 */
void mbus_babble_add(struct mbus_babble *babble, const u8 *bytes, u16 len,
		     u64 now)
{
	u64 elapsed;

	if (!babble->total || now - babble->last_ns > PAUSE_MAX_NS)
		begin(babble, now);
	if (!babble->times || now != babble->last_ns)
		babble->times++;
	babble->total += len;
	babble->count += len;
	babble->last_ns = now;
	babble->byte = bytes[len - 1];

	elapsed = now - babble->since_ns;
	if (elapsed < PERIOD_NS)
		return;
	babble->rate = 0;
	if (babble->times >= TIMES_MIN)
		babble->rate = div_u64((u64)babble->count * MSEC_PER_SEC,
				       div_u64(elapsed, NSEC_PER_MSEC)) ?: 1;
	begin(babble, now);
}

/**
 * mbus_babble_now() - whether the wire babbles
 * @babble: the count
 * @now: time
 *
 * Return: true if so.
 */
bool mbus_babble_now(struct mbus_babble *babble, u64 now)
{
	if (babble->rate && now - babble->last_ns > OVER_NS)
		babble->rate = 0;
	return babble->rate;
}
