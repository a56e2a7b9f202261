/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Quirks: what some meters need beyond EN 13757, or cannot do, when they are
 * read. Some are known here, others come from a file (<meterbus/config.h>,
 * Documentation/quirks.md). meterbus_read() follows those in struct
 * meterbus_master.
 */
#ifndef METERBUS_QUIRKS_H
#define METERBUS_QUIRKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/address.h>
#include <meterbus/error.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

/* Before a readout by primary address. */
enum meterbus_quirk_nke {
	METERBUS_NKE_AUTO,	/* unless this master has sent one already */
	METERBUS_NKE_ALWAYS,
	METERBUS_NKE_NEVER,
};

/* The frame count bit of REQ_UD2. */
enum meterbus_quirk_fcb {
	METERBUS_FCB_TOGGLES,	/* as EN 13757-2 has it */
	METERBUS_FCB_ZERO,	/* always 5B */
	METERBUS_FCB_ONE,	/* always 7B */
};

#define METERBUS_QUIRKS_NAME	32
#define METERBUS_QUIRKS_METERS	4
#define METERBUS_QUIRKS_BEFORE	16

/* Zeroed: a meter without any. */
struct meterbus_quirks {
	char name[METERBUS_QUIRKS_NAME];
	/* Whose quirks these are: any of these patterns; none: by name only. */
	unsigned int meter_count;
	struct meterbus_address meters[METERBUS_QUIRKS_METERS];

	enum meterbus_quirk_nke nke;
	/* C field of its selection, 0x53 or 0x73; 0: as the master does. */
	uint8_t select_c;
	/* Application reset (CI 50) before the readout, with a subcode or not. */
	bool reset;
	bool has_subcode;
	uint8_t subcode;
	/* SND_UD before the readout: CI and data; no length, no such telegram. */
	size_t before_len;
	uint8_t before[METERBUS_QUIRKS_BEFORE];
	/* Quiet time it needs before the first request, microseconds; or 0. */
	uint32_t settle_us;
	/* Response window of its requests, microseconds; 0: as the bus is set. */
	uint32_t window_us;
	enum meterbus_quirk_fcb fcb;
	/* Telegrams after which to stop, 0: when it announces no more. */
	unsigned int telegrams;
};

/* Those known here; @count is how many. */
const struct meterbus_quirks *meterbus_quirks_known(size_t *count);

/*
 * The quirks among the @count at @quirks that are called @name, or that are
 * of a meter with the address @meter (the first of them); NULL if there are
 * none. A meter whose manufacturer is not known matches only patterns that
 * leave it open.
 */
const struct meterbus_quirks *
meterbus_quirks_named(const struct meterbus_quirks *quirks, size_t count,
		      const char *name);
const struct meterbus_quirks *
meterbus_quirks_of(const struct meterbus_quirks *quirks, size_t count,
		   const struct meterbus_address *meter);

METERBUS_END_DECLS

#endif
