/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The meaning of a record that is split into its blocks.
 */
#ifndef LIBMETERBUS_MEANING_H
#define LIBMETERBUS_MEANING_H

#include <stdbool.h>

#include <meterbus/decode.h>

#include "decode/split.h"

/*
 * Sets quantity, unit, modifiers and value of @record; a compact profile begins
 * the series of @records. Returns NULL, or why the record has no value.
 */
const char *meaning_apply(struct meterbus_data_record *record,
			  const struct blocks *blocks,
			  struct meterbus_data_records *records);

/*
 * The same for what split_simple() has split, of a meter without a description:
 * most records.
 */
const char *meaning_apply_simple(struct meterbus_data_record *record,
				 const struct blocks *blocks,
				 bool from_master);

#endif
