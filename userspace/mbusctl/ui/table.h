/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints a telegram as a table.
 */
#ifndef MBUSCTL_TABLE_H
#define MBUSCTL_TABLE_H

#include <stdio.h>

#include <meterbus/decode.h>
#include <meterbus/telegram.h>

/*
 * Prints a header line for @telegram, whose decoded contents are @app, then a
 * line for each data record. Control characters in text of the meter are
 * replaced.
 */
void table_print(FILE *out, const struct meterbus_telegram *telegram,
		 const struct meterbus_application *app);

#endif
