/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text that grows. Most of what the formats write is constant and needs no
 * escaping: an append is a copy, and inlined for that.
 */
#ifndef LIBMETERBUS_FORMAT_BUFFER_H
#define LIBMETERBUS_FORMAT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/digits.h"

/*
 * Starts zeroed; text is for free(). A failed allocation sets failed, and
 * nothing is appended from then on.
 */
struct buffer {
	char *text;
	size_t len, size;
	bool failed;
};

bool buffer_grow(struct buffer *buffer, size_t more);

/* Room for @more bytes at the end; NULL without memory. */
static inline char *buffer_room(struct buffer *buffer, size_t more)
{
	if (buffer->size - buffer->len < more && !buffer_grow(buffer, more))
		return NULL;
	return buffer->text + buffer->len;
}

static inline void buffer_add(struct buffer *buffer, const char *text,
			      size_t len)
{
	char *room = buffer_room(buffer, len);

	if (!room)
		return;
	memcpy(room, text, len);
	buffer->len += len;
}

/* The same, not inlined: for what is not done for each member of a record. */
void buffer_add_text(struct buffer *buffer, const char *text);

/* @literal: a string constant. */
#define buffer_add_literal(buffer, literal) \
	buffer_add(buffer, literal "", sizeof(literal) - 1)

static inline void buffer_add_number(struct buffer *buffer, uint64_t number)
{
	char *room = buffer_room(buffer, DIGITS_MAX);

	if (room)
		buffer->len = digits_number(room, number, 1) - buffer->text;
}

/* Upper-case digits. */
static inline void buffer_add_hex(struct buffer *buffer, const uint8_t *bytes,
				  size_t len)
{
	char *room = buffer_room(buffer, 2 * len);

	if (room)
		buffer->len = digits_bytes(room, bytes, len) - buffer->text;
}

#endif
