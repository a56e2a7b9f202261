// SPDX-License-Identifier: GPL-2.0-or-later
#include "talker.h"

#include <stdlib.h>
#include <string.h>

/* Start, eight data bits from the lowest, even parity, stop; space is 0. */
static bool bit_is_space(const struct talker *t, size_t bit)
{
	uint8_t byte = t->bytes[bit / CHAR_BITS];
	size_t place = bit % CHAR_BITS;

	if (!place)
		return true;
	if (place <= 8)
		return !(byte >> (place - 1) & 1);
	if (place == 9)
		return !__builtin_parity(byte);
	return false;
}

static size_t nr_bits(const struct talker *t)
{
	return t->len * CHAR_BITS;
}

static int64_t next_edge(const struct talker *t)
{
	if (t->next_bit > nr_bits(t))
		return NEVER;
	return t->start + bits_ns(t->next_bit, t->baud);
}

int64_t talker_end(const struct talker *t)
{
	return t->start + bits_ns(nr_bits(t), t->baud);
}

struct talker *talkers_add(struct talkers *all, int64_t start, int baud,
			   const uint8_t *bytes, size_t len)
{
	struct talker *t;

	all->items = grow(all->items, all->nr, sizeof(*all->items));
	t = &all->items[all->nr++];
	*t = (struct talker){ .start = start, .baud = baud, .len = len };
	memcpy(t->bytes, bytes, len);
	return t;
}

int64_t talkers_next(const struct talkers *all)
{
	int64_t first = NEVER;
	size_t i;

	for (i = 0; i < all->nr; i++) {
		int64_t t = next_edge(&all->items[i]);

		if (t < first)
			first = t;
	}
	return first;
}

static void step(struct talkers *all, struct talker *t)
{
	bool space = t->next_bit < nr_bits(t) && bit_is_space(t, t->next_bit);

	t->next_bit++;
	if (space == t->space)
		return;
	t->space = space;
	all->spaces += space ? 1 : -1;
	all->milliamps += space ? t->milliamps : -t->milliamps;
}

void talkers_step(struct talkers *all)
{
	int64_t now = talkers_next(all);
	size_t i;

	if (now == NEVER)
		return;
	/* All that change at once, or the sum would show what never was. */
	for (i = 0; i < all->nr; i++)
		while (next_edge(&all->items[i]) == now)
			step(all, &all->items[i]);
}

bool talkers_reap(struct talkers *all, struct talker *gone)
{
	size_t i;

	for (i = 0; i < all->nr; i++) {
		if (next_edge(&all->items[i]) != NEVER)
			continue;
		*gone = all->items[i];
		all->items[i] = all->items[--all->nr];
		return true;
	}
	return false;
}

void talkers_cut_meters(struct talkers *all)
{
	size_t i;

	for (i = 0; i < all->nr; i++) {
		struct talker *t = &all->items[i];

		if (!t->meter)
			continue;
		if (t->space) {
			all->spaces--;
			all->milliamps -= t->milliamps;
		}
		t->space = false;
		t->last = true;
		t->next_bit = nr_bits(t) + 1;
	}
}

bool talkers_meter_active(const struct talkers *all)
{
	size_t i;

	for (i = 0; i < all->nr; i++)
		if (all->items[i].meter && all->items[i].next_bit)
			return true;
	return false;
}
