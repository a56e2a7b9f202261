/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The contents of a telegram: the application layer of EN 13757-3.
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
#include <meterbus/decimal.h>
#include <meterbus/telegram.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

#define METERBUS_VIFE_MAX	10	/* EN 13757-3: of one record */
#define METERBUS_DIFE_MAX	10

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
	bool marked_invalid;	/* the meter marks its clock as wrong */
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

/*
 * ISO 8859-1, as sent: the last character comes first, but for meters that
 * send the high byte first (CI 76), which also begin with the first character.
 */
struct meterbus_text {
	const uint8_t *bytes;
	size_t len;
	bool in_reading_order;
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
	METERBUS_VALUE_WORD,	/* an identifier or a code, as people write it */
};

/* The longest word is the name of a device type. */
#define METERBUS_WORD_SIZE 32

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
		char word[METERBUS_WORD_SIZE];	/* UTF-8 with NUL */
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
	/*
	 * DIF to the last byte of data; of a compact frame's record, whose DIF
	 * and VIF are not sent, the data only.
	 */
	const uint8_t *raw;
	size_t raw_len;
	/*
	 * DIF to the last byte before data (and before LVAR): the start of
	 * raw, or in a compact frame part of the remembered format. Empty for
	 * counters of the fixed structure, alarms and encrypted bytes.
	 */
	const uint8_t *head;
	size_t head_len;

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
	 * A VIFE's "/h", "·s" ... that belongs behind the unit, or NULL. The
	 * whole unit: meterbus_unit_format().
	 */
	const char *unit_suffix;
	/*
	 * The meaning of the VIFEs in words. Factors, offsets and what is in
	 * unit_suffix are not among them.
	 */
	unsigned int modifier_count;
	const char *modifiers[METERBUS_VIFE_MAX];
	/* VIFEs whose meaning only the manufacturer knows. */
	const uint8_t *manufacturer_vife;
	size_t manufacturer_vife_len;
	/*
	 * Set if quantity and unit are not the standard's words but the
	 * manufacturer's: which meters they are known of, and which rule of
	 * their description gave them ("kamstrup.conf [code FF 07]").
	 */
	const char *source;
	const char *rule;
	/*
	 * What the bits of value say, lowest first, bit_count of them; NULL
	 * where a bit means nothing. Without bits value is a plain number.
	 */
	const char *const *bits;
	unsigned int bit_count;
	/*
	 * Set if texts of the standard read the same bytes differently: what
	 * the other reading would be. value is that of EN 13757-3.
	 */
	const char *note;

	struct meterbus_value value;
	/*
	 * A value of a compact profile: when it was measured, as the profile
	 * says. Values of the profile are records of their own.
	 */
	bool has_time;
	struct meterbus_time time;
	/* Of a profile with a value each month: which of them, from 1 on. */
	uint16_t month;
	/* DIF 1F: the meter has more for the next request. */
	bool more_follow;
};

/*
 * Names of records for programs ("energy", "flow_temperature", "energy_due_1"):
 * stable, and unique among the records given to one @names, which is zeroed to
 * begin with and used for one readout. Empty for a record with an error.
 * Returns @out. The rules: Documentation/names.md.
 */
#define METERBUS_NAME_SIZE 96
#define METERBUS_NAMES	1024
struct meterbus_names {
	uint32_t hashes[METERBUS_NAMES];	/* private */
};

char *meterbus_name(struct meterbus_names *names,
		    const struct meterbus_data_record *record,
		    char out[METERBUS_NAME_SIZE]);

/*
 * The record's whole unit as UTF-8: "Wh", "m³/s", the text of a plain-text VIF;
 * empty if there is none. Returns @out.
 */
#define METERBUS_UNIT_TEXT (METERBUS_TEXT_UTF8(METERBUS_USER_DATA_MAX) + 16)
char *meterbus_unit_format(const struct meterbus_data_record *record,
			   char out[METERBUS_UNIT_TEXT]);

/* -------------------------------------------------- application layer */

enum meterbus_header_kind {
	METERBUS_HEADER_NONE,
	METERBUS_HEADER_SHORT,
	METERBUS_HEADER_LONG,
	METERBUS_HEADER_FIXED,	/* the start of the fixed data structure */
};

struct meterbus_header {
	enum meterbus_header_kind kind;
	bool has_address;	/* long header */
	/*
	 * Long header: exact, secondary. Fixed structure: the ID, all else
	 * wildcards, because the meter does not send it.
	 */
	struct meterbus_address address;
	uint16_t manufacturer;	/* long header only */
	uint8_t version;	/* long header only */
	uint8_t medium;		/* long header and fixed structure */
	uint8_t access_number;
	uint8_t status;		/* in words: meterbus_header_flags() */
	/*
	 * Configuration word, once "signature". Fixed structure: medium and
	 * units as sent, low byte first.
	 */
	uint16_t config;
};

struct meterbus_profile;

/* What stands behind CI and header. */
enum meterbus_contents {
	METERBUS_CONTENTS_NONE,		/* not a long frame */
	METERBUS_CONTENTS_COMMAND,	/* CI alone, or with a parameter */
	METERBUS_CONTENTS_SELECTION,	/* CI 52, 56; records narrow it down */
	METERBUS_CONTENTS_RECORDS,
	METERBUS_CONTENTS_FIXED,	/* two counters */
	METERBUS_CONTENTS_FORMAT,	/* DIFs and VIFs of a compact frame */
	METERBUS_CONTENTS_COMPACT,	/* data whose DIFs and VIFs came before */
	METERBUS_CONTENTS_ALARM,
	METERBUS_CONTENTS_ERROR,	/* of the meter's application */
	METERBUS_CONTENTS_OTHER,	/* named, but not taken apart */
};

struct meterbus_application {
	uint8_t ci;
	const char *ci_name;	/* the meaning of the CI field */
	enum meterbus_contents contents;
	bool from_master;
	/* CI 76, 77: numbers and text begin with what others send last. */
	bool high_byte_first;
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
	/* A command's parameter and its meaning, NULL if there is none. */
	const char *parameter_name;
	uint8_t parameter;
	/* METERBUS_CONTENTS_SELECTION: which meters it means. */
	struct meterbus_address selection;
	/* Format and compact frames: which format that is. */
	uint16_t format_signature;
	/* Compact frames: of the full frame that it stands for. */
	uint16_t frame_crc;
	/*
	 * DIFs and VIFs: of a format frame, or of a compact frame once
	 * meterbus_formats_apply() has found them.
	 */
	const uint8_t *format;
	size_t format_len;
	/* After CI and header; decrypted once meterbus_decrypt() has. */
	const uint8_t *body;
	size_t body_len;
	/* What meterbus_data_record_next() takes apart: body, or its end. */
	const uint8_t *records;
	size_t records_len;
	/*
	 * Set if part of the telegram was sent encrypted (EN 13757-7), also
	 * once it is decrypted. Modes 5 and 7 can be decrypted.
	 */
	unsigned int encryption_mode;
	const char *encryption_name;	/* "AES-128-CBC" ... */
	/* As many bytes at the start of body are still encrypted. */
	size_t encrypted_len;
	/*
	 * As many bytes at the start of body are encrypted by what the header
	 * says, but begin like plain text: a gateway decrypted them and left
	 * the header as it was. They are read as plain text unless a key fits.
	 */
	size_t claimed_len;
	bool decrypted;
	/* What is known of such meters, by <meterbus/decoder.h>; or NULL. */
	const struct meterbus_profile *profile;
	/* Mode 7: what makes the key of this telegram. */
	uint8_t key_derivation;
	bool has_message_counter;
	uint32_t message_counter;
};

/*
 * @telegram as parsed; anything but a long frame has nothing to decode. What
 * takes a key or an earlier telegram to decode: <meterbus/decoder.h>.
 */
void meterbus_application_parse(struct meterbus_application *app,
				const struct meterbus_telegram *telegram);

#define METERBUS_ENCRYPTION_TEXT 64

/*
 * "encrypted, mode 5 (AES-128-CBC), 2 blocks"; empty if nothing is encrypted
 * any more. Returns @out.
 */
char *meterbus_encryption_format(const struct meterbus_application *app,
				 char out[METERBUS_ENCRYPTION_TEXT]);

/* "heat", "water" ...; "reserved" if the code has no meaning. */
const char *meterbus_medium_name(uint8_t medium);

/*
 * Words for the status byte, at most METERBUS_STATUS_FLAGS of them in @flags.
 * Returns how many. meterbus_status_flags() is for short and long headers;
 * the fixed structure uses the two lowest bits for something else.
 */
#define METERBUS_STATUS_FLAGS 7
unsigned int
meterbus_status_flags(uint8_t status,
		      const char *flags[METERBUS_STATUS_FLAGS]);
unsigned int
meterbus_header_flags(const struct meterbus_header *header,
		      const char *flags[METERBUS_STATUS_FLAGS]);
/* The same, and the manufacturer's bits by what is known of the meter. */
unsigned int
meterbus_application_flags(const struct meterbus_application *app,
			   const char *flags[METERBUS_STATUS_FLAGS]);

/*
 * A compact profile (EN 13757-3, annex F) that is being taken apart. Private.
 */
struct meterbus_series {
	const uint8_t *next, *end;	/* values not given yet */
	uint8_t control, spacing;	/* its first two bytes */
	bool inverse;			/* from the newest to the oldest */
	bool has_base;			/* what increments are added to */
	struct meterbus_decimal base;
	uint8_t type;			/* how its VIF reads a value */
	int exponent;
	uint32_t thousandths;
	struct meterbus_data_record record; /* what all values share */
};

/* Where an iteration stands; to be set by meterbus_data_records_start(). */
struct meterbus_data_records {
	const uint8_t *next;
	/* DIFs and VIFs, where they do not stand beside the data; or NULL. */
	const uint8_t *format;
	/*
	 * Apart from what moves: a processor that takes a pair in one access
	 * would wait for the half that was just written.
	 */
	const uint8_t *end;
	const uint8_t *format_end;
	size_t encrypted_len;
	enum meterbus_contents contents;
	bool from_master;
	bool high_byte_first;
	/* Bytes that a digit pair of LVAR BCD takes; 0: not known yet. */
	uint8_t lvar_bcd_bytes;
	/* Fixed structure: status, both units. */
	uint8_t fixed_status;
	uint8_t fixed_units[2];
	uint8_t fixed_count;
	const struct meterbus_profile *profile; /* what is known of this meter */
	/* Not all bytes behind the encrypted ones make records: one record. */
	bool rest_undecoded;
	/*
	 * Set by meterbus_data_records_start(): a compact profile becomes a
	 * record for each of its values. May be cleared before the first
	 * record; then it is one record with bytes.
	 */
	bool expand;
	const uint8_t *first, *first_format;
	struct meterbus_series series;
};

void meterbus_data_records_start(struct meterbus_data_records *records,
			    const struct meterbus_application *app);

/*
 * Fills @record and returns true, or false at the end. All kinds of contents
 * with values have records: data records, the two counters of the fixed
 * structure, an alarm's bits, a format frame's DIFs and VIFs without data.
 */
bool meterbus_data_record_next(struct meterbus_data_records *records,
			  struct meterbus_data_record *record);

/*
 * True if a readout's telegram ends with DIF 1F: the next REQ_UD2 with toggled
 * FCB brings more (EN 13757-3, 6.5).
 */
bool meterbus_more_follow(const struct meterbus_telegram *telegram);

METERBUS_END_DECLS

#endif
