// SPDX-License-Identifier: GPL-2.0-only
/*
 * A wire babbles if bytes keep coming at a certain rate for a certain time. A
 * single disturbance of any length or an occasional late answer is no babble.
 */
#include <linux/math64.h>
#include <linux/time64.h>

#include "babble.h"

/* For this long, this many bytes, with no longer pause than this. */
#define PERIOD_NS	(4ULL * NSEC_PER_SEC)
#define BYTES_MIN	7
#define PAUSE_MAX_NS	(3ULL * NSEC_PER_SEC)

/* Babble ends when the wire is quiet for this long. */
#define OVER_NS		(5ULL * NSEC_PER_SEC)

static void begin(struct mbus_babble *babble, u64 now)
{
	babble->since_ns = now;
	babble->count = 0;
}

/**
 * mbus_babble_add() - add unrequested bytes
 * @babble: the count
 * @bytes: those
 * @len: how many, not zero
 * @first_ns: when the first of them came
 * @now: time
 */
void mbus_babble_add(struct mbus_babble *babble, const u8 *bytes, u16 len,
		     u64 first_ns, u64 now)
{
	u64 elapsed;

	if (!babble->total || first_ns > babble->last_ns + PAUSE_MAX_NS)
		begin(babble, first_ns);
	babble->total += len;
	babble->count += len;
	babble->last_ns = now;
	babble->byte = bytes[len - 1];

	elapsed = now - babble->since_ns;
	if (elapsed < PERIOD_NS)
		return;
	babble->rate = 0;
	if (babble->count >= BYTES_MIN)
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
