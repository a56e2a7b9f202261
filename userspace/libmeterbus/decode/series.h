/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compact profiles (EN 13757-3, annex F): a record of variable length that
 * holds the values of one register at equal distances in time. Each becomes a
 * record of its own.
 */
#ifndef LIBMETERBUS_SERIES_H
#define LIBMETERBUS_SERIES_H

#include <meterbus/decode.h>

#include "decode/value.h"

/* Which of the three profiles it is, by its VIFE. */
#define VIFE_PROFILE_INVERSE	0x13
#define VIFE_PROFILE_REGISTERS	0x1E
#define VIFE_PROFILE		0x1F

/* How the VIF and VIFEs of the profile read a value of it. */
struct series_meaning {
	enum vif_type type;
	int exponent;
	uint32_t thousandths;
};

/*
 * Begins the series of @data in @records->series, whose values share all of
 * @record. Time and, for increments, the value to begin with are those of the
 * same storage number in front of it. Returns false if @data is no profile
 * that can be taken apart.
 */
bool series_start(struct meterbus_data_records *records,
		  const struct meterbus_data_record *record,
		  const struct series_meaning *meaning,
		  const struct data *data, bool inverse);

/* The next value; false if there is none. */
bool series_next(struct meterbus_series *series,
		 struct meterbus_data_record *record);

#endif
