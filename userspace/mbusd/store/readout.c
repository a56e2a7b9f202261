// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "store/store.h"

static char *keep_text(char **at, const char *text)
{
	char *kept = *at;

	*at = stpcpy(kept, text) + 1;
	return kept;
}

struct store_readout *store_readout_copy(const struct store_readout *readout,
					 size_t *size)
{
	struct store_readout *copy;
	char *at;

	*size = sizeof(*copy) + strlen(readout->meter) + strlen(readout->bus) +
		strlen(readout->address) + strlen(readout->why) + 4;
	for (size_t i = 0; i < readout->telegram_count; i++)
		*size += readout->telegrams[i].len;
	copy = malloc(*size);
	if (!copy)
		return NULL;
	*copy = *readout;
	at = (char *)(copy + 1);
	copy->meter = keep_text(&at, readout->meter);
	copy->bus = keep_text(&at, readout->bus);
	copy->address = keep_text(&at, readout->address);
	copy->why = keep_text(&at, readout->why);
	for (size_t i = 0; i < readout->telegram_count; i++) {
		memcpy(at, readout->telegrams[i].bytes,
		       readout->telegrams[i].len);
		copy->telegrams[i].bytes = (uint8_t *)at;
		at += readout->telegrams[i].len;
	}
	return copy;
}
