/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A telegram's contents as a table for people.
 */
#ifndef MBUSCTL_TABLE_H
#define MBUSCTL_TABLE_H

#include <stdio.h>

#include <meterbus/decode.h>
#include <meterbus/telegram.h>

/*
 * Prints who sent @telegram, which says @app, then a line for each of its data
 * records. What the meter says in text is printed without its control
 * characters.
 */
void table_print(FILE *out, const struct meterbus_telegram *telegram,
		 const struct meterbus_application *app);

#endif
