/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MBUSCTL_HINT_H
#define MBUSCTL_HINT_H

#include <meterbus/error.h>
#include <meterbus/master.h>

#define HINT_TEXT 512

/*
 * The message of the library's error, finding or find, and the remedy with
 * this program. Returns @out.
 */
const char *error_text(const struct meterbus_error *err, char out[HINT_TEXT]);
const char *finding_text(const struct meterbus_finding *finding,
			 char out[HINT_TEXT]);
/* @about: as in struct meterbus_error. */
const char *hint_text(const char *text, enum meterbus_hint hint,
		      const char *about, char out[HINT_TEXT]);

#endif
