// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "master/evidence.h"

#define NS_PER_US	1000

void evidence_begin(struct meterbus_evidence *evidence)
{
	evidence->count = 0;
}

/* Where there are too many, the last ones are worth more than the first. */
static struct meterbus_try *next_try(struct meterbus_evidence *evidence)
{
	struct meterbus_try *tries = evidence->tries;

	if (evidence->count == METERBUS_TRIES_MAX)
		memmove(tries, tries + 1, --evidence->count * sizeof(*tries));
	return &tries[evidence->count++];
}

void evidence_add(struct meterbus_evidence *evidence,
		  const struct meterbus_exchange *exchange)
{
	struct meterbus_try *next = next_try(evidence);

	if (!evidence->base_ns)
		evidence->base_ns = exchange->sent_ns;
	memset(next, 0, sizeof(*next));
	next->at_us = (exchange->sent_ns - evidence->base_ns) / NS_PER_US;
	next->outcome = exchange->outcome;
	next->reason = exchange->reason;
	next->tries = exchange->tries;
	if (exchange->request_len <= sizeof(next->request)) {
		next->request_len = exchange->request_len;
		memcpy(next->request, exchange->request, next->request_len);
	}
	if (!exchange->answer_len)
		return;
	/* Noise may come before the request is out. */
	if (exchange->first_ns > exchange->sent_end_ns)
		next->delay_us = (exchange->first_ns - exchange->sent_end_ns) /
				 NS_PER_US;
	next->answer_len = exchange->answer_len;
	memcpy(next->answer, exchange->answer, exchange->answer_len);
}
