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
	METERBUS_E_BUSY,	/* the bus is in use by another program */
	METERBUS_E_UNPLUGGED,	/* the adapter is gone */
	METERBUS_E_SILENCE,	/* no meter answered */
	METERBUS_E_COLLISION,	/* several meters answered at once */
	METERBUS_E_GARBLED,	/* an answer came and was damaged */
	METERBUS_E_UNREADABLE,	/* acknowledged, but there was no readout */
	METERBUS_E_DECODE,	/* valid telegram, contents not understood */
	METERBUS_E_SYSTEM,	/* anything else the system refused */
	METERBUS_E_NO_LINK,	/* the gateway is not connected now */
};

#define METERBUS_ERROR_KINDS (METERBUS_E_NO_LINK + 1)

/* "ok", "usage", "no-bus", "silence", "unreadable" ... */
const char *meterbus_error_name(enum meterbus_error_kind kind);
/* What a readout ended as: "read" for METERBUS_OK, else the error's name. */
const char *meterbus_readout_outcome(enum meterbus_error_kind kind);

/*
 * What a person can do about an error where that depends on the program: how
 * it is done with this one, the program knows.
 */
enum meterbus_hint {
	METERBUS_HINT_NONE = 0,
	METERBUS_HINT_ATTACH,		/* attach a bus to a tty: @about */
	METERBUS_HINT_DETACH,		/* detach the bus @about */
	METERBUS_HINT_LIST_BUSES,
	METERBUS_HINT_CHOOSE_BUS,	/* give the name of one of several */
	METERBUS_HINT_LIST_PORTS,	/* list the serial ports */
	METERBUS_HINT_CHOOSE_ADAPTER,	/* by its serial number or its tty */
	METERBUS_HINT_CHOOSE_PORT,	/* of an adapter with several ports */
	METERBUS_HINT_CHOOSE_BAUD,
	METERBUS_HINT_FIND_HOLDER,	/* which program has the tty @about open */
	METERBUS_HINT_SCAN,		/* search the bus for its meters */
	METERBUS_HINT_MONITOR,		/* watch the telegrams on the bus */
	METERBUS_HINT_PING,		/* see the outcomes of single requests */
	METERBUS_HINT_RESET,		/* send the meter an application reset */
	METERBUS_HINT_ALARM,		/* request its class 1 data */
};

#define METERBUS_HINTS (METERBUS_HINT_ALARM + 1)

/*
 * Filled by the function that fails. @text: what happened, where, why, and what
 * to do, in one line without a full stop; @hint, if any, completes it. Every
 * function that takes one accepts NULL.
 */
struct meterbus_error {
	enum meterbus_error_kind kind;
	char text[256];
	enum meterbus_hint hint;
	char about[128];	/* "" if the hint needs no object */
};

/*
 * Sets @err (which may be NULL) and returns -1, so that a function can end
 * with `return meterbus_fail(err, ...)`. There is no hint then.
 */
int meterbus_fail(struct meterbus_error *err, enum meterbus_error_kind kind,
		  const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with a hint. @about: what it is about; NULL: nothing. */
int meterbus_fail_hint(struct meterbus_error *err,
		       enum meterbus_error_kind kind, enum meterbus_hint hint,
		       const char *about, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

METERBUS_END_DECLS

#endif
