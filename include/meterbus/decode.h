/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a telegram says: the application layer of EN 13757-3.
 *
 *	struct meterbus_application app;
 *	struct meterbus_data_records records;
 *	struct meterbus_data_record record;
 *
 *	meterbus_application_parse(&app, &telegram);
 *	meterbus_data_records_start(&records, &app);
 *	while (meterbus_data_record_next(&records, &record))
 *		...
 *
 * Nothing is allocated and nothing copied: pointers lead into the telegram's
 * bytes or to constants, and live as long as the telegram. There is no hidden
 * state, so any number of threads may decode at once. Cost is linear in the
 * telegram's length. Bytes that make no sense become a record with an error;
 * they never stop the caller from having the records before them, nor, where
 * their length is known, those after.
 */
#ifndef METERBUS_DECODE_H
#define METERBUS_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/address.h>
#include <meterbus/telegram.h>

#define METERBUS_VIFE_MAX	10	/* EN 13757-3: of one record */
#define METERBUS_DIFE_MAX	10

/* ------------------------------------------------------------ numbers */

/* (-1 if negative) * mantissa * 10^exponent, exactly. */
struct meterbus_decimal {
	bool negative;
	int16_t exponent;
	uint64_t mantissa;
};

/*
 * Room for any decimal of a record with NUL: 20 digits, moved by at most 140
 * places (real32 38, VIF 9, ten VIFEs up to 6 each).
 */
#define METERBUS_DECIMAL_TEXT 192

/*
 * Plain decimal text without exponent or needless zeros ("174843100",
 * "-0.41"). Returns its length, or 0 (and an empty string) if it would not
 * fit, which no value of a record does.
 */
size_t meterbus_decimal_format(const struct meterbus_decimal *decimal,
			       char out[METERBUS_DECIMAL_TEXT]);

/* ---------------------------------------------------- dates and times */

#define METERBUS_ANY	0xFF	/* month, day, hour, minute or second left open */
#define METERBUS_ANY_YEAR 0xFFFF

/*
 * Types F, G, I and J. The meter may leave parts open ("every day",
 * "every year"): METERBUS_ANY.
 */
struct meterbus_time {
	bool has_date;
	bool has_clock;		/* hour and minute */
	bool has_second;
	bool summer_time;
	uint16_t year;
	uint8_t month;
	uint8_t day;
	uint8_t hour;
	uint8_t minute;
	uint8_t second;
};

#define METERBUS_TIME_TEXT 24

/*
 * ISO 8601, local time of the meter: "2024-09-10T22:33", "2024-09-10",
 * "22:33:05". Open parts are X as in ISO 8601-2: "XXXX-12-31". Returns @out.
 */
char *meterbus_time_format(const struct meterbus_time *time,
			   char out[METERBUS_TIME_TEXT]);

/* --------------------------------------------------------------- text */

/* ISO 8859-1, as sent: the last character comes first. */
struct meterbus_text {
	const uint8_t *bytes;
	size_t len;
};

/* UTF-8 takes at most two bytes for a character of ISO 8859-1. */
#define METERBUS_TEXT_UTF8(len) (2 * (len) + 1)

/*
 * Writes @text in reading order as UTF-8 with NUL; @size at least
 * METERBUS_TEXT_UTF8(text->len). Returns the length without NUL. Control
 * characters are kept: what prints them on a terminal must replace them.
 */
size_t meterbus_text_utf8(const struct meterbus_text *text, char *out,
			  size_t size);

/* ------------------------------------------------------------- values */

enum meterbus_value_type {
	METERBUS_VALUE_NONE,	/* no data, or data that the meter marks invalid */
	METERBUS_VALUE_NUMBER,
	METERBUS_VALUE_TIME,
	METERBUS_VALUE_TEXT,
	METERBUS_VALUE_BYTES,	/* in the order they were sent */
};

struct meterbus_value {
	enum meterbus_value_type type;
	/* With METERBUS_VALUE_NONE: why there is no value. */
	const char *invalid;
	union {
		struct meterbus_decimal number;	/* in the record's unit */
		struct meterbus_time time;
		struct meterbus_text text;
		struct {
			const uint8_t *data;
			size_t len;
		} bytes;
	};
};

/* ------------------------------------------------------------ records */

enum meterbus_function {
	METERBUS_INSTANTANEOUS,
	METERBUS_MAXIMUM,
	METERBUS_MINIMUM,
	METERBUS_ERROR_STATE,	/* value during error state */
};

/* "instantaneous", "maximum", "minimum", "error". */
const char *meterbus_function_name(enum meterbus_function function);

struct meterbus_data_record {
	const uint8_t *raw;	/* DIF to the last byte of data */
	size_t raw_len;

	/* Set if the record cannot be decoded; then only raw means anything. */
	const char *error;

	enum meterbus_function function;
	uint64_t storage;	/* 41 bit */
	uint32_t tariff;	/* 20 bit */
	uint16_t subunit;	/* 10 bit */

	const char *quantity;	/* "energy", "flow temperature" ... */
	const char *unit;	/* "Wh", "m³" ..., "" if there is none */
	struct meterbus_text plain_unit; /* plain-text VIF: instead of unit */
	/*
	 * The meaning of the VIFEs in words. Factors and offsets are not among
	 * them, they are in the value.
	 */
	unsigned int modifier_count;
	const char *modifiers[METERBUS_VIFE_MAX];
	/* VIFEs whose meaning only the manufacturer knows. */
	const uint8_t *manufacturer_vife;
	size_t manufacturer_vife_len;

	struct meterbus_value value;
	/* DIF 1F: the meter has more for the next request. */
	bool more_follow;
};

/* -------------------------------------------------- application layer */

struct meterbus_header {
	bool has_address;	/* long header; the short one lacks it */
	struct meterbus_address address; /* exact, secondary */
	uint16_t manufacturer;
	uint8_t version;
	uint8_t medium;
	uint8_t access_number;
	uint8_t status;
	uint16_t config;	/* configuration word, once "signature" */
};

struct meterbus_application {
	uint8_t ci;
	const char *ci_name;	/* what the CI field says this is */
	bool from_master;
	bool has_header;
	struct meterbus_header header;
	/*
	 * Why the contents cannot be taken apart further, NULL if they can.
	 * The bytes are in body all the same.
	 */
	const char *error;
	/* CI 70, 6E, 6F: what the meter complains about, else NULL. */
	const char *application_error;
	uint8_t application_error_code;
	/* After CI and header. */
	const uint8_t *body;
	size_t body_len;
	/* Data records: body, or nothing for a CI that carries none. */
	const uint8_t *records;
	size_t records_len;
	/* As many bytes at the start of records are encrypted. */
	size_t encrypted_len;
	unsigned int encryption_mode;
};

/* @telegram as parsed; anything but a long frame has nothing to decode. */
void meterbus_application_parse(struct meterbus_application *app,
				const struct meterbus_telegram *telegram);

/* "heat", "water" ...; "reserved" if the code has no meaning. */
const char *meterbus_medium_name(uint8_t medium);

/*
 * Words for the status byte, at most METERBUS_STATUS_FLAGS of them in @flags.
 * Returns how many.
 */
#define METERBUS_STATUS_FLAGS 7
unsigned int
meterbus_status_flags(uint8_t status,
		      const char *flags[METERBUS_STATUS_FLAGS]);

/* Where an iteration stands; to be set by meterbus_data_records_start(). */
struct meterbus_data_records {
	const uint8_t *next;
	const uint8_t *end;
	size_t encrypted_len;
	bool from_master;
};

void meterbus_data_records_start(struct meterbus_data_records *records,
			    const struct meterbus_application *app);

/* Fills @record and returns true, or false at the end. */
bool meterbus_data_record_next(struct meterbus_data_records *records,
			  struct meterbus_data_record *record);

/*
 * True if a readout's telegram ends with DIF 1F: the next REQ_UD2 with toggled
 * FCB brings more (EN 13757-3, 6.5).
 */
bool meterbus_more_follow(const struct meterbus_telegram *telegram);

#endif
