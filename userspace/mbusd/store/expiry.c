// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "common/clock.h"
#include "base/log.h"
#include "store/expiry.h"

/* Steps of store_expire() at a time. */
#define STEPS 4

/*
 * A clock that jumps ahead makes all readouts old at once. Nothing is deleted for
 * a day, so that it can be corrected; the same if the last readout is older than
 * a month when the daemon starts.
 */
#define JUMP_S 3600
#define GAP_S (30 * 86400)
#define JUMP_WAIT_S 86400

static int64_t seconds(clockid_t clock)
{
	return clock_ns(clock) / NS_PER_S;
}

void expiry_init(struct expiry *expiry, struct store *store)
{
	int64_t now = seconds(CLOCK_REALTIME);
	int64_t monotonic = seconds(CLOCK_MONOTONIC);
	int64_t last = 0;

	*expiry = (struct expiry){ .clock_offset = now - monotonic };
	if (store_last(store, NULL, INT64_MAX, &last, NULL) == 0 && last &&
	    now - last / NS_PER_S > GAP_S)
		expiry->from = monotonic + JUMP_WAIT_S;
}

static bool is_time(struct expiry *expiry)
{
	int64_t monotonic = seconds(CLOCK_MONOTONIC);
	int64_t offset = seconds(CLOCK_REALTIME) - monotonic;

	if (offset > expiry->clock_offset + JUMP_S ||
	    offset < expiry->clock_offset - JUMP_S) {
		log_warning("the clock jumped by %lld s; no old readouts are deleted for a day",
			    (long long)(offset - expiry->clock_offset));
		expiry->from = monotonic + JUMP_WAIT_S;
	}
	expiry->clock_offset = offset;
	return monotonic >= expiry->from;
}

int expiry_step(struct expiry *expiry, struct store *store,
		const struct config *config, struct meterbus_error *err)
{
	const char **outputs;
	int64_t before;
	bool more = true;
	int ret = 0;

	if (!config->retention_s || !is_time(expiry))
		return 0;
	outputs = calloc(config->output_count + 1, sizeof(*outputs));
	if (!outputs)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	for (size_t i = 0; i < config->output_count; i++)
		outputs[i] = config->outputs[i]->name;
	before = seconds(CLOCK_REALTIME) - (int64_t)config->retention_s;
	for (int i = 0; more && i < STEPS && ret == 0; i++)
		ret = store_expire(store, before * NS_PER_S, outputs,
				   config->output_count, &more, err);
	free(outputs);
	return ret;
}
