// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>

#include "format/buffer.h"

/* Most readouts of one telegram fit. */
#define FIRST_SIZE 8192

bool buffer_grow(struct buffer *buffer, size_t more)
{
	size_t size = buffer->size ? buffer->size : FIRST_SIZE;
	char *text;

	if (buffer->failed)
		return false;
	while (size - buffer->len < more)
		size *= 2;
	text = realloc(buffer->text, size);
	if (!text) {
		buffer->failed = true;
		return false;
	}
	buffer->text = text;
	buffer->size = size;
	return true;
}

void buffer_add_text(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}
