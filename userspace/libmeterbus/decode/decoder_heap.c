// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <string.h>

#include <meterbus/decoder.h>

/* Meters of a bus rarely have more formats than these. */
#define SLOTS 16

/* The decoder comes first: its address is that of the whole. */
struct heap_decoder {
	struct meterbus_decoder decoder;
	struct meterbus_formats formats;
	struct meterbus_format slots[SLOTS];
	struct meterbus_address meter;
	uint8_t key[METERBUS_KEY_LEN];
};

struct meterbus_decoder *meterbus_decoder_new(void)
{
	struct heap_decoder *heap = calloc(1, sizeof(*heap));

	if (!heap)
		return NULL;
	heap->formats.slots = heap->slots;
	heap->formats.count = SLOTS;
	heap->decoder.formats = &heap->formats;
	return &heap->decoder;
}

void meterbus_decoder_free(struct meterbus_decoder *decoder)
{
	struct heap_decoder *heap = (struct heap_decoder *)decoder;

	if (!heap)
		return;
	explicit_bzero(heap->key, sizeof(heap->key));
	free(heap);
}

void meterbus_decoder_set_key(struct meterbus_decoder *decoder,
			      const uint8_t key[METERBUS_KEY_LEN])
{
	struct heap_decoder *heap = (struct heap_decoder *)decoder;

	if (key)
		memcpy(heap->key, key, sizeof(heap->key));
	decoder->key = key ? heap->key : NULL;
}

void meterbus_decoder_set_meter(struct meterbus_decoder *decoder,
				const struct meterbus_address *meter)
{
	struct heap_decoder *heap = (struct heap_decoder *)decoder;

	if (meter)
		heap->meter = *meter;
	decoder->meter = meter ? &heap->meter : NULL;
}

void meterbus_decoder_set_meters(struct meterbus_decoder *decoder,
				 const struct meterbus_meters *meters)
{
	decoder->meters = meters;
}
