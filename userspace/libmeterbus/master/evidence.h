/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: the exchanges from which a search concluded the state of
 * a meter.
 */
#ifndef LIBMETERBUS_EVIDENCE_H
#define LIBMETERBUS_EVIDENCE_H

#include <meterbus/link.h>
#include <meterbus/evidence.h>

struct meterbus_evidence {
	uint64_t base_ns;	/* when the search sent its first byte */
	size_t count;
	struct meterbus_try tries[METERBUS_TRIES_MAX];
};

/* Another address or mask: what was noted before is not about it. */
void evidence_begin(struct meterbus_evidence *evidence);

/* Notes @exchange, which still has its request. */
void evidence_add(struct meterbus_evidence *evidence,
		  const struct meterbus_exchange *exchange);

#endif
