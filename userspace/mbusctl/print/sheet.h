/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A telegram for people: the meter, then a table of its records.
 */
#ifndef MBUSCTL_SHEET_H
#define MBUSCTL_SHEET_H

#include <stdbool.h>

#include <meterbus/decode.h>

/* The maker with the manufacturer code @code, NULL if it is not known. */
const char *maker_name(const char code[4]);

struct json_object;
/*
 * @records: those of mbusd, which may have had a key; NULL: those of @app.
 * @bytes: with the bytes of each record.
 */
void sheet_print(const struct meterbus_telegram *telegram,
		 const struct meterbus_application *app,
		 struct json_object *records, bool bytes);

#endif
