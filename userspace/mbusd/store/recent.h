/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The readings stored last, so that outputs need not decode them again. All functions may be called from any thread.
 */
#ifndef MBUSD_RECENT_H
#define MBUSD_RECENT_H

#include "store/reading.h"

struct recent;

struct recent *recent_new(void);	/* NULL without memory */
void recent_free(struct recent *recent);

/* Takes a reference of @reading, which has its id. */
void recent_add(struct recent *recent, struct reading *reading);

/* For reading_put(); NULL if it is no longer kept. */
struct reading *recent_find(struct recent *recent, int64_t id);

#endif
