// SPDX-License-Identifier: GPL-2.0-or-later
#include "transmission.h"

#include <stdlib.h>
#include <string.h>

static size_t char_bits(const struct transmission *t)
{
	return t->no_parity ? CHAR_BITS - 1 : CHAR_BITS;
}

/* Start, eight data bits from the lowest, even parity, stop; space is 0. */
static bool bit_is_space(const struct transmission *t, size_t bit)
{
	uint8_t byte = t->bytes[bit / char_bits(t)];
	size_t place = bit % char_bits(t);

	if (!place)
		return true;
	if (place <= 8)
		return !(byte >> (place - 1) & 1);
	if (place == 9 && !t->no_parity)
		return !__builtin_parity(byte);
	return false;
}

static size_t nr_bits(const struct transmission *t)
{
	return t->len * char_bits(t);
}

/* When @bit begins; past the last: when that ends. */
static int64_t edge(const struct transmission *t, size_t bit)
{
	size_t done = bit / char_bits(t);
	int64_t pauses;

	if (done == t->len)
		done--; /* none after the last byte */
	pauses = done * t->byte_pause;
	if (t->pause_after && done >= t->pause_after)
		pauses += t->pause;
	return t->start + bits_ns(bit, t->baud) + pauses;
}

int64_t transmission_end(const struct transmission *t)
{
	return edge(t, nr_bits(t));
}

struct transmission *transmissions_add(struct transmissions *all, int64_t start,
				       int baud, const uint8_t *bytes,
				       size_t len)
{
	struct transmission *t;

	all->items = grow(all->items, all->nr, sizeof(*all->items));
	t = &all->items[all->nr++];
	*t = (struct transmission){
		.start = start,
		.next = start,
		.baud = baud,
		.len = len,
	};
	memcpy(t->bytes, bytes, len);
	return t;
}

void transmission_delay(struct transmission *t, int64_t by)
{
	t->start += by;
	t->next = t->start;
}

int64_t transmissions_next(const struct transmissions *all)
{
	int64_t first = NEVER;
	size_t i;

	for (i = 0; i < all->nr; i++)
		if (all->items[i].next < first)
			first = all->items[i].next;
	return first;
}

static void step(struct transmissions *all, struct transmission *t)
{
	bool space = t->next_bit < nr_bits(t) && bit_is_space(t, t->next_bit);

	t->next_bit++;
	t->next = t->next_bit > nr_bits(t) ? NEVER : edge(t, t->next_bit);
	if (space == t->space)
		return;
	t->space = space;
	all->spaces += space ? 1 : -1;
	all->milliamps += space ? t->milliamps : -t->milliamps;
}

void transmissions_step(struct transmissions *all)
{
	int64_t now = transmissions_next(all);
	size_t i;

	if (now == NEVER)
		return;
	/* All that change at the same time, as the sum must not be seen between. */
	for (i = 0; i < all->nr; i++)
		while (all->items[i].next == now)
			step(all, &all->items[i]);
}

bool transmissions_take_ended(struct transmissions *all,
			      struct transmission *gone)
{
	size_t i;

	for (i = 0; i < all->nr; i++) {
		if (all->items[i].next != NEVER)
			continue;
		*gone = all->items[i];
		all->items[i] = all->items[--all->nr];
		return true;
	}
	return false;
}

void transmissions_cut_meters(struct transmissions *all)
{
	size_t i;

	for (i = 0; i < all->nr; i++) {
		struct transmission *t = &all->items[i];

		if (!t->meter)
			continue;
		if (t->space) {
			all->spaces--;
			all->milliamps -= t->milliamps;
		}
		t->space = false;
		t->last = true;
		t->next = NEVER;
	}
}

bool transmissions_on_bus(const struct transmissions *all)
{
	size_t i;

	for (i = 0; i < all->nr; i++)
		if (all->items[i].on_bus && all->items[i].next_bit)
			return true;
	return false;
}
