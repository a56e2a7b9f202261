/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes a meter receives as EN 13757-2 telegrams of the master (FT1.2 short,
 * control and long), all or nothing.
 */
#ifndef SIM_TELEGRAM_H
#define SIM_TELEGRAM_H

#include "../base/units.h"

#define TELEGRAM_MAX 261 /* L = 255, and six bytes around it */

/* Function codes and bits of the C field, as the bus carries them. */
enum {
	C_PRM = 0x40,
	C_FCB = 0x20,
	C_FCV = 0x10,
	C_ACD = 0x20,
	C_FUNCTION = 0x0f,
	C_SND_NKE = 0x0,
	C_SND_UD = 0x3,
	C_RSP_UD = 0x8,
	C_REQ_UD1 = 0xa,
	C_REQ_UD2 = 0xb,
};

enum { ADDRESS_SELECTED = 0xfd, ADDRESS_TEST = 0xfe, ADDRESS_BROADCAST = 0xff };

/* Equal bytes one after the other. */
struct byte_run {
	uint8_t byte;
	unsigned int count; /* 0: there was none */
	int64_t start, end;
};

struct telegram {
	struct byte_run before; /* the last bytes before it */
	int64_t start;
	uint8_t raw[TELEGRAM_MAX];
	size_t len;
	int baud;
	uint8_t c, a;
	bool has_ci;
	uint8_t ci;
	const uint8_t *data; /* after CI, within raw */
	size_t data_len;
};

enum parsed {
	PARSED_PART, /* more to come */
	PARSED_TELEGRAM, /* a complete valid one: parser->telegram */
	PARSED_SPOILED, /* no telegram; ignores all until the line is idle */
};

/* The receiver of all meters: they receive the same bytes. */
struct parser {
	struct span gap; /* idle time that ends whatever had begun */
	bool spoiled;
	int64_t last_end;
	struct byte_run run; /* the last bytes */
	struct byte_run before; /* and those before the telegram that began */
	int64_t start;
	uint8_t raw[TELEGRAM_MAX];
	size_t len;
	int baud;
	struct telegram telegram;
};

/* A character on the wire from @start to @end, sent at @baud. */
enum parsed parser_byte(struct parser *p, int64_t start, int64_t end, int baud,
			uint8_t byte);

/* The sum over @len bytes, mod 256 (EN 13757-2). */
uint8_t telegram_checksum(const uint8_t *bytes, size_t len);

/*
 * Checks a complete telegram in @bytes. Returns NULL, or its fault in words
 * for a person.
 */
const char *telegram_check(const uint8_t *bytes, size_t len);

#endif
