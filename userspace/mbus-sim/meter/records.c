// SPDX-License-Identifier: GPL-2.0-or-later
#include "records.h"

#include <string.h>

#define EXTENSION	0x80
#define DIF_FILLER	0x2f
#define DIF_READ_ALL	0x7f
#define FIELD_SELECTION 0x8
#define FIELD_VARIABLE	0xd
#define FIELD_SPECIAL	0xf
#define VIF_ANY		0x7e
#define VIF_TEXT	0x7c

/* The meaning of DIF and DIFEs, without the length of the data. */
struct place {
	uint8_t function;
	uint64_t storage, tariff, subunit;
	unsigned int difes;
	size_t vif; /* where VIF begins */
};

static bool skip_extensions(const uint8_t *data, size_t len, size_t *at)
{
	while (*at < len && data[(*at)++] & EXTENSION)
		;
	return *at <= len;
}

static size_t data_length(uint8_t dif, const uint8_t *data, size_t len)
{
	static const uint8_t lengths[16] = {0, 1, 2, 3, 4, 4, 6, 8,
					    0, 1, 2, 3, 4, 0, 6, 0};

	if ((dif & 0xf) != FIELD_VARIABLE)
		return lengths[dif & 0xf];
	if (!len)
		return 1;
	return 1 + (data[0] < 0xc0 ? data[0] : data[0] & 0xf);
}

bool record_next(const uint8_t *data, size_t len, size_t *at,
		 struct record *record)
{
	size_t start, head;

	while (*at < len && data[*at] == DIF_FILLER)
		(*at)++;
	start = head = *at;
	if (start >= len || (data[start] & 0xf) == FIELD_SPECIAL)
		return false;
	if (!skip_extensions(data, len, &head) || head >= len ||
	    (data[head] & ~EXTENSION) == VIF_TEXT ||
	    !skip_extensions(data, len, &head))
		return false;
	record->bytes = data + start;
	record->head = head - start;
	record->len = record->head +
		      data_length(data[start], data + head, len - head);
	*at = start + record->len;
	return *at <= len;
}

bool records_select(const uint8_t *data, size_t len)
{
	struct record record;
	size_t at = 0;

	if (len == 1 && data[0] == DIF_READ_ALL)
		return true;
	while (record_next(data, len, &at, &record))
		if ((record.bytes[0] & 0xf) != FIELD_SELECTION)
			return false;
	return len && at == len;
}

static void find_place(const struct record *record, struct place *place)
{
	const uint8_t *b = record->bytes;
	size_t i;

	memset(place, 0, sizeof(*place));
	place->function = b[0] >> 4 & 3;
	place->storage = b[0] >> 6 & 1;
	for (i = 0; b[i] & EXTENSION && place->difes < 10; i++) {
		uint8_t dife = b[i + 1];

		place->storage |= (uint64_t)(dife & 0xf)
				  << (1 + 4 * place->difes);
		place->tariff |= (uint64_t)(dife >> 4 & 3)
				 << (2 * place->difes);
		place->subunit |= (uint64_t)(dife >> 6 & 1) << place->difes;
		place->difes++;
	}
	place->vif = i + 1;
}

/* All bits set, of as many as the DIFEs have; without any, there is no any. */
static bool number_fits(uint64_t wanted, uint64_t own, unsigned int bits)
{
	return wanted == own || (bits && wanted == (1ULL << bits) - 1);
}

static bool is_wanted(const struct record *selection,
		      const struct record *record)
{
	struct place want, own;
	size_t vif;

	find_place(selection, &want);
	find_place(record, &own);
	if (want.function != own.function || want.subunit != own.subunit ||
	    !number_fits(want.storage, own.storage,
			 want.difes ? 1 + 4 * want.difes : 0) ||
	    !number_fits(want.tariff, own.tariff, 2 * want.difes))
		return false;
	if (selection->bytes[want.vif] == VIF_ANY)
		return true;
	vif = selection->head - want.vif;
	return vif == record->head - own.vif &&
	       !memcmp(selection->bytes + want.vif, record->bytes + own.vif,
		       vif);
}

bool record_wanted(const uint8_t *wanted, size_t len,
		   const struct record *record)
{
	struct record selection;
	size_t at = 0;

	if (len == 1 && wanted[0] == DIF_READ_ALL)
		return true;
	while (record_next(wanted, len, &at, &selection))
		if (is_wanted(&selection, record))
			return true;
	return false;
}
