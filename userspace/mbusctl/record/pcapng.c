// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pcapng (draft-ietf-opsawg-pcapng): a section, one interface, and a packet
 * for each record. Wired M-Bus has no link type of its own, so the packets are
 * the bytes of the wire as LINKTYPE_USER0; direction and errors are in the
 * packet's flags, the rest in words in its comment.
 */
#include <endian.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "ui/describe.h"
#include "record/recorder.h"

enum {
	BLOCK_SECTION = 0x0A0D0D0A, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6,
	ORDER_MAGIC = 0x1A2B3C4D,
	LINKTYPE_USER0 = 147,
};

enum {
	OPTION_END = 0, OPTION_COMMENT = 1,
	OPTION_SECTION_APPLICATION = 4,
	OPTION_IF_NAME = 2, OPTION_IF_DESCRIPTION = 3, OPTION_IF_SPEED = 8,
	OPTION_IF_TIME = 9,
	OPTION_PACKET_FLAGS = 2,
};

enum {
	FLAG_INBOUND = 1, FLAG_OUTBOUND = 2,
	FLAG_CRC = 1 << 24, FLAG_SHORT = 1 << 26, FLAG_START = 1 << 29,
	FLAG_SYMBOL = 1U << 31,
};

#define NANOSECONDS 9		/* if_tsresol: 10^-9 */
#define BLOCK_MAX 2048		/* 512 bytes of data, and words */
#define COMMENT_MAX 400

struct block {
	uint8_t bytes[BLOCK_MAX];
	size_t len;
};

static void add16(struct block *block, uint16_t value)
{
	value = htole16(value);
	memcpy(block->bytes + block->len, &value, sizeof(value));
	block->len += sizeof(value);
}

static void add32(struct block *block, uint32_t value)
{
	value = htole32(value);
	memcpy(block->bytes + block->len, &value, sizeof(value));
	block->len += sizeof(value);
}

/* Padded to 32 bits. */
static void add_bytes(struct block *block, const void *bytes, size_t len)
{
	memcpy(block->bytes + block->len, bytes, len);
	block->len += len;
	while (block->len % 4)
		block->bytes[block->len++] = 0;
}

static void add_option(struct block *block, uint16_t code, const void *value,
		       size_t len)
{
	add16(block, code);
	add16(block, len);
	add_bytes(block, value, len);
}

static void begin(struct block *block, uint32_t type)
{
	block->len = 0;
	add32(block, type);
	add32(block, 0);	/* its length, see end() */
}

static void end(struct block *block, FILE *out)
{
	uint32_t total = block->len + 4;

	add32(block, total);
	total = htole32(total);
	memcpy(block->bytes + 4, &total, sizeof(total));
	fwrite(block->bytes, block->len, 1, out);
}

void pcapng_head(FILE *out, const struct meterbus_recording_head *head)
{
	static const char application[] = "mbusctl monitor";
	const uint8_t resolution = NANOSECONDS;
	const uint64_t speed = htole64(head->baud);
	struct block block;

	begin(&block, BLOCK_SECTION);
	add32(&block, ORDER_MAGIC);
	add16(&block, 1);
	add16(&block, 0);
	add32(&block, 0xFFFFFFFF);	/* the section's length is not known */
	add32(&block, 0xFFFFFFFF);
	add_option(&block, OPTION_SECTION_APPLICATION, application,
		   strlen(application));
	add_option(&block, OPTION_END, NULL, 0);
	end(&block, out);

	begin(&block, BLOCK_INTERFACE);
	add16(&block, LINKTYPE_USER0);
	add16(&block, 0);
	add32(&block, 0);		/* packets are never cut */
	add_option(&block, OPTION_IF_NAME, head->bus, strlen(head->bus));
	add_option(&block, OPTION_IF_DESCRIPTION, head->tty,
		   strlen(head->tty));
	add_option(&block, OPTION_IF_SPEED, &speed, sizeof(speed));
	add_option(&block, OPTION_IF_TIME, &resolution, 1);
	add_option(&block, OPTION_END, NULL, 0);
	end(&block, out);
}

static uint32_t packet_flags(const struct meterbus_bus_record *head)
{
	uint32_t flags = 0;

	if (head->direction == METERBUS_DIRECTION_SENT)
		flags |= FLAG_OUTBOUND;
	if (head->direction == METERBUS_DIRECTION_RECEIVED)
		flags |= FLAG_INBOUND;
	if (head->reason == METERBUS_REASON_CHECKSUM)
		flags |= FLAG_CRC;
	if (head->reason == METERBUS_REASON_TRUNCATED)
		flags |= FLAG_SHORT;
	if (head->reason == METERBUS_REASON_HEADER ||
	    head->reason == METERBUS_REASON_NOISE)
		flags |= FLAG_START;
	if (head->flags & (METERBUS_FLAG_PARITY | METERBUS_FLAG_FRAMING |
			   METERBUS_FLAG_BREAK))
		flags |= FLAG_SYMBOL;
	return htole32(flags);
}

struct words {
	char text[COMMENT_MAX];
	size_t used;
};

__attribute__((format(printf, 2, 3)))
static void append(struct words *words, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(words->text + words->used,
			sizeof(words->text) - words->used, format, args);
	va_end(args);
	if (len > 0)
		words->used += len;
	if (words->used >= sizeof(words->text))
		words->used = sizeof(words->text) - 1;
}

static void append_flag(const char *name, void *context)
{
	append(context, " [%s]", name);
}

/* The text that monitor prints, without time and bytes. */
static void comment(struct words *words, const struct meterbus_record *record)
{
	const struct meterbus_bus_record *head = &record->head;
	char text[DESCRIPTION_SIZE];

	*words = (struct words){ 0 };
	if (head->lost)
		append(words, "%u records lost before this one. ", head->lost);
	describe_telegram(text, record->data, head->len);
	switch (head->kind) {
	case METERBUS_KIND_OUTCOME:
		append(words, "%s", meterbus_outcome_name(head->outcome));
		if (head->reason)
			append(words, " (%s)", meterbus_reason_text(head->reason));
		if (head->tries > 1)
			append(words, " after %u tries", head->tries);
		append(words, " for %s", text);
		break;
	case METERBUS_KIND_FINDING:
		append(words, "%s", meterbus_reason_text(head->reason));
		break;
	default:
		append(words, "%s", text);
		if (head->tries > 1)
			append(words, ", try %u", head->tries);
	}
	each_flag(head->flags, append_flag, words);
}

void pcapng_record(FILE *out, const struct meterbus_record *record,
		   int64_t wall_offset_ns)
{
	const struct meterbus_bus_record *head = &record->head;
	/* An outcome is an empty packet with a comment. */
	bool outcome = head->kind == METERBUS_KIND_OUTCOME;
	size_t len = outcome ? 0 : head->len;
	uint64_t time = wall_offset_ns + (outcome ? head->last_ns :
						    head->first_ns);
	uint32_t flags = packet_flags(head);
	struct words words;
	struct block block;

	comment(&words, record);
	begin(&block, BLOCK_PACKET);
	add32(&block, 0);
	add32(&block, time >> 32);
	add32(&block, time);
	add32(&block, len);
	add32(&block, len);
	add_bytes(&block, record->data, len);
	add_option(&block, OPTION_COMMENT, words.text, words.used);
	add_option(&block, OPTION_PACKET_FLAGS, &flags, sizeof(flags));
	add_option(&block, OPTION_END, NULL, 0);
	end(&block, out);
}
