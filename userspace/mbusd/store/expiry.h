/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Retention: when readouts that are too old may be deleted. For the thread that
 * writes to the store.
 */
#ifndef MBUSD_EXPIRY_H
#define MBUSD_EXPIRY_H

#include <stdint.h>

#include "config/config.h"
#include "store/store.h"

struct expiry {
	int64_t clock_offset;	/* time of day less monotonic, seconds */
	int64_t from;		/* monotonic, seconds: not before */
};

void expiry_init(struct expiry *expiry, struct store *store);

/* Deletes a bounded number of them if it is time. Fails as store_expire(). */
int expiry_step(struct expiry *expiry, struct store *store,
		const struct config *config, struct meterbus_error *err);

#endif
