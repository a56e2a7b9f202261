// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_stream.h"

#define FIRST_SIZE 256

struct text_stream {
	char **text;
	size_t *len;
	size_t used, size;	/* of the text, and of its memory */
	bool failed;
};

/* Called by stdio, which takes 0 as an error. */
static ssize_t append(void *context, const char *data, size_t count)
{
	struct text_stream *stream = context;
	size_t size = stream->size;
	char *larger;

	while (size - stream->used <= count)
		size *= 2;
	if (size != stream->size) {
		larger = realloc(*stream->text, size);
		if (!larger) {
			stream->failed = true;
			return 0;
		}
		*stream->text = larger;
		stream->size = size;
	}
	memcpy(*stream->text + stream->used, data, count);
	stream->used += count;
	(*stream->text)[stream->used] = '\0';
	*stream->len = stream->used;
	return (ssize_t)count;
}

/* fclose() itself fails for the last write only. */
static int end(void *context)
{
	struct text_stream *stream = context;
	bool failed = stream->failed;

	free(stream);
	return failed ? -1 : 0;
}

FILE *text_stream_open(char **text, size_t *len)
{
	const cookie_io_functions_t functions = { .write = append, .close = end };
	struct text_stream *stream = malloc(sizeof(*stream));
	FILE *out = NULL;

	*len = 0;
	*text = malloc(FIRST_SIZE);
	if (stream && *text) {
		(*text)[0] = '\0';
		*stream = (struct text_stream){
			.text = text, .len = len, .size = FIRST_SIZE,
		};
		out = fopencookie(stream, "w", functions);
	}
	if (out)
		return out;
	free(stream);
	free(*text);
	*text = NULL;
	return NULL;
}
