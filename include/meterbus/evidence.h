/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The exchanges that a find of a search rests upon.
 */
#ifndef METERBUS_EVIDENCE_H
#define METERBUS_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include <linux/meterbus.h>

#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

/* Longer ones are no selection, SND_NKE or REQ_UD2. */
#define METERBUS_REQUEST_MAX	32

/* So many of them are kept, the last ones. */
#define METERBUS_TRIES_MAX	32

/* One exchange that a find rests upon. */
struct meterbus_try {
	uint64_t at_us;		/* when it was sent, since the search began */
	uint32_t delay_us;	/* end of the request to first byte; 0: none */
	uint8_t outcome;	/* enum meterbus_outcome */
	uint8_t reason;		/* enum meterbus_reason */
	uint8_t tries;		/* transmissions, with their repeats */
	uint8_t request_len;	/* 0: not kept */
	uint8_t request[METERBUS_REQUEST_MAX];
	size_t answer_len;
	uint8_t answer[METERBUS_DATA_MAX];
};

METERBUS_END_DECLS

#endif
