/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that people write (INI): the settings of a bus and the quirks of
 * meters. In libmeterbus-bus.
 */
#ifndef METERBUS_CONFIG_H
#define METERBUS_CONFIG_H

#include <stddef.h>
#include <stdio.h>

#include <meterbus/error.h>
#include <meterbus/quirks.h>
#include <meterbus/settings.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

/*
 * Settings files: an INI file with the section [bus] and the keys baud, guard,
 * slack, gap, window (milliseconds; auto for those that can follow the baud
 * rate), repeats, and echo (off, on, auto). What is not there stays as it is.
 *
 * Adds the settings of the file to @settings. Returns 0, or -1 with METERBUS_E_USAGE
 * (line and what is wrong there) or METERBUS_E_SYSTEM.
 */
int meterbus_settings_load(const char *path,
			   struct meterbus_settings *settings,
			   struct meterbus_error *err);
/* Writes such a file; check ferror() of the stream afterwards. */
void meterbus_settings_write(FILE *out,
			     const struct meterbus_settings *settings);

/*
 * Quirks files (Documentation/quirks.md): reads @path, up to @max quirks. Returns how many there are, or -1
 * with METERBUS_E_USAGE (line and what is wrong there) or METERBUS_E_SYSTEM.
 */
int meterbus_quirks_load(const char *path, struct meterbus_quirks *quirks,
			 size_t max, struct meterbus_error *err);

METERBUS_END_DECLS

#endif
