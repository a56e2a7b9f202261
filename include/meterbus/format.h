/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Telegrams as text for other programs: XML, CSV, InfluxDB
 * line protocol, annotated hex (Documentation/formats.md). JSON has a header
 * of its own, <meterbus/json.h>.
 *
 * Numbers are written exactly, never rounded. All of them write to a stdio
 * stream; check its ferror() afterwards; to have the text in
 * memory, use open_memstream().
 */
#ifndef METERBUS_FORMAT_H
#define METERBUS_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <meterbus/decode.h>
#include <meterbus/error.h>
#include <meterbus/telegram.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

/* A telegram and what is known about it. */
struct meterbus_reading {
	const struct meterbus_telegram *telegram;
	/* Of that telegram, by meterbus_application_parse(). */
	const struct meterbus_application *app;
	const char *bus;	/* "mbus0"; NULL if not known */
	int64_t time_ns;	/* since 1970, UTC; 0 if not known */
};

enum meterbus_xml_flavour {
	METERBUS_XML_PLAIN,	/* numbers as sent, power of ten in the unit */
	METERBUS_XML_NORMALIZED, /* in the unit without prefix, times in s */
};

/*
 * One document (MBusData) for the @count telegrams of one readout; the first
 * identifies the meter. Its elements and words are those of libmbus; see
 * Documentation/xml-differences.md. Nothing is written if no meter sent any of
 * the telegrams. Returns 0, or -1 with METERBUS_E_SYSTEM without memory or
 * if the stream refuses it.
 */
int meterbus_xml_write(FILE *out, const struct meterbus_reading *readings,
		       size_t count, enum meterbus_xml_flavour flavour,
		       struct meterbus_error *err);

/* RFC 4180: the line of column names, then a line for each data record. */
void meterbus_csv_head(FILE *out);
void meterbus_csv_write(FILE *out, const struct meterbus_reading *reading);

/*
 * InfluxDB line protocol: a line for each data record of a meter that has a
 * value, of the measurement "mbus".
 */
void meterbus_influx_write(FILE *out, const struct meterbus_reading *reading);

/* A key and a text, either of which may hold anything. */
struct meterbus_tag {
	const char *key;
	const char *value;	/* "": left out */
};

/*
 * The telegrams of one readout, which have one time, so that records that are
 * alike in two telegrams must be told apart. Zeroed by the caller but for the
 * tags, which every line has before its own.
 */
struct meterbus_influx {
	const struct meterbus_tag *tags;
	size_t tag_count;

	/* Private. */
	struct meterbus_names names;
};

/* meterbus_influx_write() for the next telegram of the readout. */
void meterbus_influx_add(FILE *out, struct meterbus_influx *influx,
			 const struct meterbus_reading *reading);

/* One line of any measurement, with texts as fields. @time_ns as above. */
void meterbus_influx_point(FILE *out, const char *measurement,
			   const struct meterbus_tag *tags, size_t tag_count,
			   const struct meterbus_tag *fields,
			   size_t field_count, int64_t time_ns);

/* A line for each field of a telegram: offset, bytes, meaning. */
void meterbus_annotate(FILE *out, const struct meterbus_reading *reading);

METERBUS_END_DECLS

#endif
