/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Errors as values: a kind for programs, one line for people.
 */
#ifndef METERBUS_ERROR_H
#define METERBUS_ERROR_H

#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

enum meterbus_error_kind {
	METERBUS_OK = 0,
	METERBUS_E_USAGE,	/* the caller's input makes no sense */
	METERBUS_E_NO_BUS,	/* no such bus, or no bus at all, or not the only one */
	METERBUS_E_NO_TTY,	/* no such tty, or it cannot carry a bus */
	METERBUS_E_PERMISSION,	/* the system refused access */
	METERBUS_E_BUSY,	/* other users keep the bus */
	METERBUS_E_UNPLUGGED,	/* the adapter is gone */
	METERBUS_E_SILENCE,	/* nobody answered */
	METERBUS_E_COLLISION,	/* several answered at once */
	METERBUS_E_GARBLED,	/* an answer came and was damaged */
	METERBUS_E_UNREADABLE,	/* acknowledged, but no readout was to be had */
	METERBUS_E_DECODE,	/* valid telegram, contents not understood */
	METERBUS_E_SYSTEM,	/* anything else the system refused */
	METERBUS_E_NO_LINK,	/* the gateway is not connected now; later, perhaps */
};

#define METERBUS_ERROR_KINDS (METERBUS_E_NO_LINK + 1)

/* "ok", "usage", "no-bus", "silence", "unreadable" ... */
const char *meterbus_error_name(enum meterbus_error_kind kind);
/* What a readout ended as: "read" for METERBUS_OK, else the error's name. */
const char *meterbus_readout_outcome(enum meterbus_error_kind kind);

/*
 * Filled by the function that fails: what happened, where, why, and what to
 * do, in one line without a full stop. Every function that takes one accepts
 * NULL.
 */
struct meterbus_error {
	enum meterbus_error_kind kind;
	char text[256];
};

/*
 * Sets @err (which may be NULL) and returns -1, so that a function can end
 * with `return meterbus_fail(err, ...)`.
 */
int meterbus_fail(struct meterbus_error *err, enum meterbus_error_kind kind,
		  const char *format, ...)
	__attribute__((format(printf, 3, 4)));

METERBUS_END_DECLS

#endif
