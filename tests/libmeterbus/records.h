/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records from hex text to one line of words each. The bytes end where the
 * next page may not be read, so that reading past them kills the test.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <meterbus/decode.h>

#define LINE_SIZE 1024

/* Returns how many bytes the digits of @text are; spaces do not count. */
static inline size_t from_hex(uint8_t *bytes, const char *text)
{
	size_t len = 0;
	unsigned int byte;
	int used;

	while (sscanf(text, " %2x%n", &byte, &used) == 1) {
		bytes[len++] = byte;
		text += used;
	}
	return len;
}

/* A copy of @len bytes that ends at a page which cannot be read. */
static inline const uint8_t *at_the_edge(const uint8_t *bytes, size_t len)
{
	static uint8_t *edge;

	if (!edge) {
		size_t page = sysconf(_SC_PAGESIZE);
		uint8_t *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (pages == MAP_FAILED ||
		    mprotect(pages + page, page, PROT_NONE))
			abort();
		edge = pages + page;
	}
	return memcpy(edge - len, bytes, len);
}

static inline void put(char line[LINE_SIZE], const char *format, ...)
{
	size_t len = strlen(line);
	va_list args;

	va_start(args, format);
	vsnprintf(line + len, LINE_SIZE - len, format, args);
	va_end(args);
}

static inline void put_value(char line[LINE_SIZE],
			     const struct meterbus_value *value)
{
	char text[LINE_SIZE];

	switch (value->type) {
	case METERBUS_VALUE_NONE:
		put(line, "(%s)", value->invalid);
		return;
	case METERBUS_VALUE_NUMBER:
		meterbus_decimal_format(&value->number, text);
		put(line, "%s", text);
		return;
	case METERBUS_VALUE_TIME:
		put(line, "%s%s%s", meterbus_time_format(&value->time, text),
		    value->time.summer_time ? " summer" : "",
		    value->time.marked_invalid ? " (marked invalid)" : "");
		return;
	case METERBUS_VALUE_TEXT:
		meterbus_text_utf8(&value->text, text, sizeof(text));
		put(line, "\"%s\"", text);
		return;
	case METERBUS_VALUE_WORD:
		put(line, "'%s'", value->word);
		return;
	case METERBUS_VALUE_BYTES:
		put(line, "<");
		for (size_t i = 0; i < value->bytes.len; i++)
			put(line, "%02X", value->bytes.data[i]);
		put(line, ">");
		return;
	}
}

/*
 * "quantity value unit", what of function, storage, tariff and subunit is not
 * the usual, then the modifiers, each after a semicolon.
 */
static inline char *describe(const struct meterbus_data_record *record,
			     char line[LINE_SIZE])
{
	char unit[LINE_SIZE];

	*line = '\0';
	if (record->error) {
		put(line, "error: %s", record->error);
		return line;
	}
	put(line, "%s ", record->quantity);
	put_value(line, &record->value);
	meterbus_unit_format(record, unit);
	if (record->plain_unit.len)
		put(line, " '%s'", unit);
	else if (*unit)
		put(line, " %s", unit);
	if (record->function != METERBUS_INSTANTANEOUS)
		put(line, ", %s", meterbus_function_name(record->function));
	if (record->storage)
		put(line, ", storage %" PRIu64, record->storage);
	if (record->tariff)
		put(line, ", tariff %" PRIu32, record->tariff);
	if (record->subunit)
		put(line, ", subunit %u", record->subunit);
	if (record->has_time)
		put(line, ", at %s", meterbus_time_format(&record->time, unit));
	for (unsigned int i = 0; i < record->modifier_count; i++)
		put(line, "; %s", record->modifiers[i]);
	for (size_t i = 0; i < record->manufacturer_vife_len; i++)
		put(line, "; code %02X", record->manufacturer_vife[i] & 0x7F);
	return line;
}

/* A telegram with these bytes after C and CI, which is not checked. */
static inline struct meterbus_telegram telegram_of(uint8_t c, uint8_t ci,
						   const uint8_t *bytes,
						   size_t len)
{
	struct meterbus_telegram telegram = {
		.type = METERBUS_TELEGRAM_LONG,
		.c = c,
		.ci = ci,
		.data = at_the_edge(bytes, len),
		.data_len = len,
	};

	return telegram;
}

/* All records in @hex, one a line; CI 78 from a meter, 51 from a master. */
static inline char *decoded(const char *hex, bool from_master)
{
	static char lines[4 * LINE_SIZE];
	uint8_t bytes[METERBUS_USER_DATA_MAX];
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	struct meterbus_telegram telegram;
	struct meterbus_application app;
	char line[LINE_SIZE];
	size_t len = 0;

	telegram = telegram_of(from_master ? METERBUS_C_SND_UD :
					     METERBUS_C_RSP_UD,
			       from_master ? METERBUS_CI_SEND : 0x78, bytes,
			       from_hex(bytes, hex));
	meterbus_application_parse(&app, &telegram);
	meterbus_data_records_start(&records, &app);
	*lines = '\0';
	while (meterbus_data_record_next(&records, &record))
		len += snprintf(lines + len, sizeof(lines) - len, "%s%s",
				len ? "\n" : "", describe(&record, line));
	return lines;
}

#define EXPECT_DECODED(expected, hex)					\
	EXPECT_STREQ(expected, decoded(hex, false))			\
	{								\
		TH_LOG("  of %s", hex);					\
	}

#endif
