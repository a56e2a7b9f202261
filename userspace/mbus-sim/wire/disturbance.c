// SPDX-License-Identifier: GPL-2.0-or-later
#include "disturbance.h"

static bool is_set(const struct span *span)
{
	return span->ns || span->millibits;
}

void disturbance_init(struct wire *w)
{
	const struct noise *noise = &w->scenario->noise;
	const struct other_master *other = &w->scenario->other;

	w->next_noise =
		is_set(&noise->idle) ? span_ns(&noise->idle, w->baud) : NEVER;
	w->next_stream = noise->stream.bytes.len ?
				 span_ns(&noise->stream.every, w->baud) :
				 NEVER;
	w->next_other = is_set(&other->every) && other->telegram.len ?
				span_ns(&other->first, w->baud) :
				NEVER;
}

void noise_add(struct wire *w)
{
	int64_t about = span_ns(&w->scenario->noise.idle, w->baud);
	bool busy = w->transmissions.nr || w->breaking;
	uint8_t byte = random_next(&w->random);
	size_t i;

	for (i = 0; i < NR_SENDERS; i++)
		busy |= w->senders[i].sending;
	if (!busy)
		transmissions_add(&w->transmissions, w->next_noise, w->baud,
				  &byte, 1);
	w->next_noise += bits_ns(CHAR_BITS, w->baud) + about / 2 +
			 random_next(&w->random) % about;
}

void stream_add(struct wire *w)
{
	const struct stream *stream = &w->scenario->noise.stream;
	struct transmission *t =
		transmissions_add(&w->transmissions, w->next_stream, w->baud,
				  stream->bytes.bytes + w->stream_place, 1);

	t->milliamps = stream->milliamps;
	t->on_bus = stream->milliamps;
	w->stream_place = (w->stream_place + 1) % stream->bytes.len;
	w->next_stream += span_ns(&stream->every, w->baud);
}

/* When the other master last took the bus; NEVER: not yet. */
static int64_t other_since(const struct wire *w, int64_t t)
{
	const struct other_master *other = &w->scenario->other;
	int64_t first = span_ns(&other->first, w->baud);
	int64_t every = span_ns(&other->every, w->baud);

	if (!every || t < first)
		return NEVER;
	return t - (t - first) % every;
}

bool other_master_holds(const struct wire *w, int64_t t)
{
	int64_t since = other_since(w, t);

	return since != NEVER &&
	       t - since < span_ns(&w->scenario->other.holds, w->baud);
}

bool other_master_hides(const struct wire *w, int64_t t)
{
	return !w->scenario->other.seen && other_master_holds(w, t);
}

void other_master_sends(struct wire *w)
{
	const struct other_master *other = &w->scenario->other;
	int64_t again = span_ns(&other->telegram_every, w->baud);
	int64_t now = w->next_other;
	size_t i;

	for (i = 0; i < other->telegram.len; i++)
		queue_put(&w->senders[SENDER_OTHER].queue, now,
			  other->telegram.bytes[i]);
	if (again && other_master_holds(w, now + again))
		w->next_other = now + again;
	else
		w->next_other =
			other_since(w, now) + span_ns(&other->every, w->baud);
}
