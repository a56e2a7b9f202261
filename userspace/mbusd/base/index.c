// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/index.h"

#define SIZE_FIRST 64

/* FNV-1a. */
static uint64_t hash(const char *name)
{
	uint64_t value = 0xCBF29CE484222325;

	for (; *name; name++)
		value = (value ^ (unsigned char)*name) * 0x100000001B3;
	return value;
}

/* The slot of @name, or the free one where it belongs. */
static struct index_slot *find_slot(const struct index *index, const char *name)
{
	size_t at = hash(name) & (index->size - 1);

	while (index->slots[at].name && strcmp(index->slots[at].name, name))
		at = (at + 1) & (index->size - 1);
	return &index->slots[at];
}

/* Doubles the table, so that at most half of it is in use. */
static bool grow(struct index *index)
{
	struct index larger = {
		.size = index->size ? 2 * index->size : SIZE_FIRST,
		.count = index->count,
	};

	larger.slots = calloc(larger.size, sizeof(*larger.slots));
	if (!larger.slots)
		return false;
	for (size_t i = 0; i < index->size; i++)
		if (index->slots[i].name)
			*find_slot(&larger, index->slots[i].name) =
				index->slots[i];
	free(index->slots);
	*index = larger;
	return true;
}

bool index_add(struct index *index, const char *name, void *thing)
{
	struct index_slot *slot;

	if (2 * (index->count + 1) > index->size && !grow(index))
		return false;
	slot = find_slot(index, name);
	if (slot->name)
		return true;
	*slot = (struct index_slot){ name, thing };
	index->count++;
	return true;
}

void *index_find(const struct index *index, const char *name)
{
	return index->size ? find_slot(index, name)->thing : NULL;
}

void index_free(struct index *index)
{
	free(index->slots);
	*index = (struct index){ 0 };
}
